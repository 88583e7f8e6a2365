"""A SmarterMail task and ``Task``."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from instep.codecs.smartermail_body import TASK, body_of, categories_of, put_body, put_categories
from instep.codecs.smartermail_dialect import Dialect
from instep.codecs.smartermail_event import minutes_before
from instep.codecs.smartermail_json import Object, Pen, flag_of, number_of, text_of
from instep.codecs.smartermail_stamps import modified_of, moment_of, put_moment
from instep.core.fields import FIELDS, same
from instep.core.model import Alarm, Kind, Moment, Task
from instep.core.moments import same_moment
from instep.errors import CodecError

STATUSES: Final = ("", "IN-PROCESS", "COMPLETED", "CANCELLED")
"""What the numbers of a status mean, in the order of the web mail's list; 0 is not started."""
PRIORITIES: Final = (9, 9, 8, 7, 6, None, 4, 4, 3, 2, 1)
"""SmarterMail's priority 0 (lowest) to 10 (highest) in iCalendar's terms; 5, its default, says nothing special."""
_PRIORITY_OF: Final = {None: 5, 0: 5, 1: 10, 2: 9, 3: 8, 4: 7, 5: 5, 6: 4, 7: 3, 8: 2, 9: 1}
_FIELD: Final = {field.name: field for field in FIELDS[Kind.TASK]}


def read_task(object: Object, dialect: Dialect) -> Task:
    """Read a task. A start that only repeats the due date says nothing: SmarterMail wants one beside each due date."""
    dated = flag_of(object, "useDateTime") is not False
    due = moment_of(object, "due") if dated else None
    start = moment_of(object, "start") if dated else None
    if start is not None and due is not None and same_moment(start, due):
        start = None
    status, percent = number_of(object, "status"), number_of(object, "percentComplete")
    priority = number_of(object, "priority")
    return Task(
        uid=text_of(object, "uid"),
        summary=text_of(object, "subject").strip(),
        description=body_of(object, TASK),
        start=start,
        due=due,
        status=STATUSES[status] if status is not None and 0 <= status < len(STATUSES) else "",
        percent=min(percent, 100) if percent is not None and percent > 0 else None,
        priority=PRIORITIES[priority] if priority is not None and 0 <= priority <= 10 else None,
        categories=categories_of(object),
        alarms=_alarms(object, start, due),
        modified=modified_of(object, "lastModifiedUTC", "lastModified", "dateModified"),
    )


def write_task(pen: Pen, new: Task, dialect: Dialect) -> None:
    """Write what differs; a recurrence stays as it is. Raises ``CodecError`` for a task that says nothing of itself,
    and for a time in an unknown zone."""
    old = read_task(pen.object, dialect)
    if new.headless:
        raise CodecError("only some occurrences of the task are there", "Make the change in the web mail.")
    if _differs("summary", old, new) or pen.fresh:
        pen.put("subject", new.summary)
    if _differs("description", old, new):
        put_body(pen, TASK, new.description)
    if pen.fresh or _differs("start", old, new) or _differs("due", old, new):
        _put_dates(pen, old, new)
    _put_progress(pen, old, new)
    if _PRIORITY_OF.get(old.priority, 5) != (priority := _PRIORITY_OF.get(new.priority, 5)):
        pen.put("priority", priority)
    if _differs("categories", old, new):
        put_categories(pen, new.categories)
    if _differs("alarms", old, new):
        _put_alarms(pen, old, new, dialect)


def _differs(field: str, old: Task, new: Task) -> bool:
    return not same(_FIELD[field], getattr(old, field), getattr(new, field))


def _put_progress(pen: Pen, old: Task, new: Task) -> None:
    was, now = _status(old), _status(new)
    if was != now:
        pen.put("status", now)
    percent = new.percent or 0
    if STATUSES[now] == "COMPLETED" and was != now and new.percent is None:
        percent = 100
    if percent != (old.percent or 0):
        pen.put("percentComplete", percent)


def _status(task: Task) -> int:
    word = task.status.upper()
    return STATUSES.index(word) if word in STATUSES else 0


# Dates ------------------------------------------------------------------------------------------------------------


def _put_dates(pen: Pen, old: Task, new: Task) -> None:
    dated = new.start is not None or new.due is not None
    flag = flag_of(pen.object, "useDateTime")
    if pen.fresh or (flag is not None and flag != dated):
        pen.put("useDateTime", dated)
    if not dated and (pen.fresh or flag is not None):
        return
    stale = flag is False
    if new.due is None:
        if _has(pen, "due"):
            pen.put("due", None)
    elif stale or _differs("due", old, new):
        put_moment(pen, "due", new.due)
    start = new.start or new.due
    if start is None:
        if _has(pen, "start"):
            pen.put("start", None)
    elif stale or pen.fresh or _differs("start", old, new) or (new.start is None and _has(pen, "start")):
        put_moment(pen, "start", start)


def _has(pen: Pen, name: str) -> bool:
    member = pen.object.get(name)
    return member is not None and member.value is not None


# Reminder ---------------------------------------------------------------------------------------------------------


def _alarms(object: Object, start: Moment | None, due: Moment | None) -> tuple[Alarm, ...]:
    """The one reminder: a time, or minutes before the start (without one, before the due date)."""
    if not flag_of(object, "reminderSet"):
        return ()
    member = object.get("reminder")
    if member is not None and isinstance(member.value, str):
        at = moment_of(object, "reminder")
        if at is None:
            return ()
        if not isinstance(at.local, datetime):
            at = Moment(datetime.combine(at.local, datetime.min.time()))
        return (Alarm(at),)
    minutes = number_of(object, "reminder")
    if minutes is None or not 0 <= minutes <= 10_000_000:
        return ()
    return (Alarm(-60 * minutes, related_end=start is None and due is not None),)


def _put_alarms(pen: Pen, old: Task, new: Task, dialect: Dialect) -> None:
    if old.alarms and old.alarms[0] in new.alarms:
        return
    member = pen.object.get("reminder")
    form = dialect.task_reminder
    if member is not None and member.value is not None:
        form = "time" if isinstance(member.value, str) else "minutes"
    if not new.alarms:
        pen.put("reminderSet", False)
        return
    for alarm in new.alarms:
        if form == "time" and isinstance(alarm.trigger, Moment):
            put_moment(pen, "reminder", alarm.trigger)
            pen.put("reminderSet", True)
            return
        before = replace(alarm, related_end=False) if new.start is None and new.due is not None else alarm
        if form == "minutes" and (minutes := minutes_before(before)) is not None:
            pen.put("reminder", minutes)
            pen.put("reminderSet", True)
            return
