"""The page about SmarterMail's fields says what the lenses do."""

from __future__ import annotations

import re

import smartermail_fields_page
from instep.codecs.smartermail_limits import HELD
from instep.core.fields import FIELDS
from instep.core.model import Kind


def test_the_page_of_smartermails_fields_is_what_the_lenses_say() -> None:
    page = smartermail_fields_page.PAGE.read_text(encoding="utf-8")
    assert page == smartermail_fields_page.page(), "run: make docs"


def test_every_field_is_held_somewhere_or_said_to_stay_outside() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]*) \| [^|]* \| ([^|]*) \|$", smartermail_fields_page.page(), re.MULTILINE)
    silent = [label for label, key, remark in rows if not key.strip() and not remark.strip()]
    assert silent == []


def test_every_held_field_is_a_field() -> None:
    for kind in Kind:
        assert HELD[kind] <= {field.name for field in FIELDS[kind]}
