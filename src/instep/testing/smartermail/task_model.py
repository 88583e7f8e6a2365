"""A task's inner form and the model of CalDAV's documents, each onto the other."""

from __future__ import annotations

import html
import re
from collections.abc import Set
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from instep.core.model import Alarm, Moment, Task
from instep.testing.smartermail.contact_form import words
from instep.testing.smartermail.exchange import Json
from instep.testing.smartermail.times import instant_of, value_of

_STATUS: Final = ("NEEDS-ACTION", "IN-PROCESS", "COMPLETED", "CANCELLED")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")
_BREAK: Final = re.compile(r"<br\s*/?>|</p>|</div>", re.IGNORECASE)


def taken(task: Task, zone: str) -> Json:
    """Give what a task says, in the inner form; ``zone`` is the mailbox's, for days and for floating times."""
    reminder = next((alarm.trigger for alarm in task.alarms if isinstance(alarm.trigger, Moment)), None)
    return {
        "subject": task.summary,
        "description": task.html or task.description,
        "status": _STATUS.index(task.status) if task.status in _STATUS else 0,
        "percentComplete": task.percent or 0,
        "priority": 10 - task.priority if task.priority else 5,
        "start": _utc(task.start, zone),
        "due": _utc(task.due, zone),
        "useDateTime": task.start is not None or task.due is not None,
        "reminder": _utc(reminder, zone),
        "reminderSet": reminder is not None,
        "categoriesString": "; ".join(task.categories),
    }


def onto(task: Task, data: Json, changed: Set[str]) -> Task:
    """Give the task with the changed keys of ``data``; what they do not speak of stays."""
    new: dict[str, Any] = {}
    for name in changed:
        value = data[name]
        match name:
            case "subject":
                new["summary"] = value
            case "description":
                formatted = bool(_TAG.search(value))
                new["html"] = value if formatted else ""
                new["description"] = text_of(value) if formatted else value
            case "status":
                new["status"] = _STATUS[value] if 0 <= value < len(_STATUS) else "NEEDS-ACTION"
            case "percentComplete":
                new["percent"] = value or None
            case "priority":
                new["priority"] = min(9, max(1, 10 - value)) if value != 5 else None
            case "start" | "due":
                new[name] = _moment(value) if data["useDateTime"] else None
            case "useDateTime" if not value:
                new |= {"start": None, "due": None}
            case "reminder" | "reminderSet":
                rest = tuple(alarm for alarm in task.alarms if not isinstance(alarm.trigger, Moment))
                at = _moment(data["reminder"]) if data["reminderSet"] else None
                new["alarms"] = (*rest, Alarm(at, text=data["subject"])) if at else rest
            case "categoriesString":
                new["categories"] = tuple(words(value))
    return replace(task, **new)


def text_of(formatted: str) -> str:
    """Give the plain text of HTML, roughly."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", formatted))).strip()


def _utc(moment: Moment | None, zone: str) -> str | None:
    return f"{instant_of(value_of(moment, zone)):%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _moment(value: str | None) -> Moment | None:
    if value is None:
        return None
    return Moment(datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None), "UTC")
