"""How one SmarterMail server writes its items over REST, as far as that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from instep.core.model import Kind


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the lenses must know of a server; the defaults say "not known", and nothing is written by guess then.

    ``phone_type`` is how a telephone's type stands (``word``: "Home"; ``number``: 0; empty: as the item itself shows).
    ``contact_keys`` are names of contact keys (lower case) beyond the documented ones which this server was seen to
    keep. ``recurrence`` names the form of an event's recurrence object that was seen to come back with the same
    instants; empty: series are neither read nor written. ``task_reminder`` is what a task's reminder holds
    (``minutes`` before it, or a ``time``); empty: as the item itself shows.
    """

    phone_type: str = ""
    contact_keys: frozenset[str] = frozenset()
    recurrence: str = ""
    task_reminder: str = ""


UNKNOWN = Dialect()


def learned(kind: Kind, item: Mapping[str, Any], dialect: Dialect = UNKNOWN) -> Dialect:
    """Give the dialect with what an item of the server shows of it; what is known already stays."""
    keys = {key.lower(): value for key, value in item.items()}
    if kind is Kind.CONTACT and not dialect.phone_type:
        phones = keys.get("phonenumberlist")
        for entry in phones if isinstance(phones, list) else ():
            if isinstance(entry, dict) and (form := _form_of_type(entry)):
                return replace(dialect, phone_type=form)
    if kind is Kind.TASK and not dialect.task_reminder and keys.get("reminderset") is True:
        reminder = keys.get("reminder")
        if isinstance(reminder, str) and reminder:
            return replace(dialect, task_reminder="time")
        if isinstance(reminder, int) and not isinstance(reminder, bool):
            return replace(dialect, task_reminder="minutes")
    return dialect


def _form_of_type(entry: Mapping[str, Any]) -> str:
    for key, value in entry.items():
        if key.lower() in ("type", "phonetype") and not isinstance(value, bool):
            if isinstance(value, int):
                return "number"
            if isinstance(value, str) and value:
                return "word"
    return ""
