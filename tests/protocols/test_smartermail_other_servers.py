"""Servers that differ from what the facts tell, in ways that must not keep anybody's items from being carried."""

from __future__ import annotations

import json

import pytest

from instep.core.model import Kind
from instep.errors import NotSmarterMail, Transient
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.forms import Forms
from instep.protocols.smartermail.opening import open_folder
from peers.smartermail_sessions import said
from peers.standin import Asked, Say
from protocols.test_smartermail_odd_answers import PAGE, at, source

ANNOUNCED = [
    ("as many as there are", 3, ["1", "2", "3"], True),
    ("fewer, as without the groups", 2, ["1", "2", "3"], True),
    ("more, as with groups that no list shows", 5, ["1", "2", "3"], True),
    ("more, and the folder in one piece holds another one", 5, ["1", "2", "4"], False),
    ("more, and the folder in one piece holds more", 5, ["1", "2", "3", "4"], False),
]


@pytest.mark.parametrize(("situation", "total", "alone", "taken"), ANNOUNCED, ids=[row[0] for row in ANNOUNCED])
def test_contacts_announced_in_a_wrong_number_count_where_two_calls_agree(
    situation: str, total: int, alone: list[str], taken: bool
) -> None:
    def content(asked: Asked) -> Say:
        if asked.path.endswith("contacts-all"):
            skip = json.loads(asked.body)["searchParams"]["skip"]
            return said(results=[{"id": id} for id in ("1", "2", "3")][skip:], totalCount=total)
        return said(contacts=[{"id": id} for id in alone])

    async def work(rest: RestClient) -> None:
        folder = open_folder(rest, source(Kind.CONTACT), Forms())
        if taken:
            assert await folder.listing() == [{"id": id} for id in ("1", "2", "3")]
        else:
            with pytest.raises(Transient, match="did not add up"):
                await folder.listing()

    at(content, work)


CHANGES = [
    ("the second form is taken", "contact-put/anna%40example.com/c1", True),
    ("the third form is taken", "contact-put/anna/f1", True),
    ("each form is answered by a page", "nothing", False),
]


@pytest.mark.parametrize(("situation", "right", "done"), CHANGES, ids=[row[0] for row in CHANGES])
def test_web_mail_s_page_in_the_place_of_a_call_is_another_form_refused(situation: str, right: str, done: bool) -> None:
    def content(asked: Asked) -> Say:
        return said(success=True, contact={"id": "c1"}) if asked.path.endswith(right) else PAGE

    async def work(rest: RestClient) -> None:
        folder = open_folder(rest, source(Kind.CONTACT), Forms())
        if done:
            await folder.update("c1", {"id": "c1", "displayAs": "x"})
        else:
            with pytest.raises(NotSmarterMail):
                await folder.update("c1", {"id": "c1", "displayAs": "x"})

    at(content, work)
