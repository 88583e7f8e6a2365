"""A task between its inner form and what REST shows and takes (facts 3.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from instep.testing.smartermail.exchange import Json, Refusal, soft
from instep.testing.smartermail.folders import Item
from instep.testing.smartermail.shapes import TASK, has, key, taken
from instep.testing.smartermail.switches import Switches
from instep.testing.smartermail.times import read_task_time, task_time_shown

_DATES: Final = ("start", "due", "reminder")
DONE: Final = 2


def shown(switches: Switches, item: Item, owner: str, source: str, zone: str) -> Json:
    """Give a task as an answer holds it; ``zone`` is the mailbox's."""
    data: Json = {"id": item.id, **item.data, "sourceId": source, "sourceOwner": owner}
    for name in _DATES:
        data[name] = task_time_shown(switches, data[name], zone)
    del data["uid"]
    return data


def read(switches: Switches, body: Mapping[str, Any], onto: Json | None, zone: str) -> Json:
    """Give the inner form of what a client sends; ``onto`` is the task that it replaces, None for a new one.

    Raises ``Refusal`` for a value of a wrong type, and for a task without subject or with a priority beyond 0-10.
    """
    body = {name: value for name, value in body.items() if name.lower() not in ("uid", "isdelegatedbyowner")}
    for name in _DATES:
        if has(body, name):
            value = read_task_time(key(body, name), name, zone)
            body = {known: old for known, old in body.items() if known.lower() != name} | {name: value}
    kept = onto if onto is not None and switches.partial == "keeps" else {}
    data = taken(TASK, body, kept)
    if not data["subject"].strip():
        raise soft("SUBJECT_REQUIRED")
    if not 0 <= data["priority"] <= 10 or not 0 <= data["percentComplete"] <= 100 or not 0 <= data["status"] <= 3:
        raise Refusal(400, "Value out of range.")
    if not data["useDateTime"]:
        data |= {"start": None, "due": None}
    if data["due"] and not data["start"] and switches.due_without_start == "refused":
        raise soft("START_REQUIRED")
    if switches.normalises == "little":
        data["subject"] = data["subject"].strip()
        if data["status"] == DONE:
            data["percentComplete"] = 100
        if not data["reminderSet"]:
            data["reminder"] = None
    return data
