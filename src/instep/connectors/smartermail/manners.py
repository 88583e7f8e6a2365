"""New e-mail addresses as texts or as objects: no source agrees, so the server's own refusal decides (facts 3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from instep.connectors.smartermail.known import Known
from instep.core.model import Kind
from instep.protocols.smartermail.folders import Json
from instep.protocols.smartermail.replies import named

QUESTION = "contact-emails"
OBJECTS = "objects"
_KEY = "emailAddressList"


def manners(kind: Kind, known: Known, sent: Json, held: Mapping[str, Any] | None = None) -> list[Json]:
    """Return an object in each manner in which it may have to be sent, the likely one first; one alone where what the
    server holds shows how it writes them, or where there is nothing to choose."""
    entries = named(sent, _KEY)
    shown = bool(named(held, _KEY))
    if kind is not Kind.CONTACT or shown or not isinstance(entries, list) or not entries:
        return [sent]
    if not all(isinstance(entry, str) for entry in entries):
        return [sent]
    other = {
        key: [{"address": entry} for entry in entries] if key.casefold() == _KEY.casefold() else value
        for key, value in sent.items()
    }
    return [other, sent] if known.form(QUESTION) == OBJECTS else [sent, other]


def learn(known: Known, sent: Json) -> None:
    """Remember the manner of an object that the server took."""
    entries = named(sent, _KEY)
    if isinstance(entries, list) and entries and all(isinstance(entry, dict) for entry in entries):
        known.learn(QUESTION, OBJECTS)
