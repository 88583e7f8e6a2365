"""Questions about tasks and notes over REST (facts 3.5 and 3.6), and about tasks over CalDAV."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from instep.codecs import icalendar
from instep.core.model import Kind, Task
from instep.errors import InstepError
from instep.protocols.smartermail.replies import named
from instep.protocols.webdav.names import Flavour
from instep.service.live_check.answers import Answer, Sure, not_answered, not_tried
from instep.service.live_check.bench import Bench

_TEXT = "First line\nsecond line"
_HTML = "<p>Instep <b>test</b></p>"


async def dates(bench: Bench) -> Answer:
    """How a task's dates come back that were sent in UTC, and what becomes of a due date without a start."""
    due = datetime.combine(bench.day, datetime.min.time()).replace(hour=10)
    sent = {"useDateTime": True, "start": f"{due - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}", "due": _utc(due)}
    task = await bench.shown(Kind.TASK, await bench.make(Kind.TASK, "dates", sent))
    form = _form(named(task, "due"), due)
    if not form:
        return not_answered("the due date did not come back")
    return Answer(form, Sure.SEEN if form == "UTC" else Sure.LIKELY, f"{await _without_start(bench, due)}.")


def _utc(local: datetime) -> str:
    return f"{local:%Y-%m-%dT%H:%M:%SZ}"


def _form(value: Any, meant: datetime) -> str:
    """In which form a point in time came back; the zone of the mailbox itself is not told."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return "no date"
    if found is None:
        return ""
    if found.tzinfo is not None:
        same = found.astimezone(UTC).replace(tzinfo=None) == meant
        word = "UTC" if value.endswith("Z") else "with an offset"
        return word if same else f"{word}, another point in time"
    return "without a zone, the same figures" if found == meant else "without a zone, on another clock"


async def _without_start(bench: Bench, due: datetime) -> str:
    try:
        sent = {"useDateTime": True, "due": _utc(due)}
        task = await bench.shown(Kind.TASK, await bench.make(Kind.TASK, "due alone", sent))
    except InstepError:
        return "A due date without a start is refused"
    if not named(task, "due"):
        return "A due date without a start is dropped"
    return f"A due date without a start {'gets one' if named(task, 'start') else 'stays alone'}"


async def note_text(bench: Bench) -> Answer:
    """Whether a formatted note comes back as it was sent, and a plain one too."""
    plain = await bench.shown(Kind.NOTE, await bench.make(Kind.NOTE, "plain", {"text": _TEXT, "isPlainText": True}))
    html = await bench.shown(Kind.NOTE, await bench.make(Kind.NOTE, "html", {"text": _HTML, "isPlainText": False}))
    found = named(html, "text")
    if not isinstance(found, str):
        return not_answered("the note came back without a text")
    kept = named(plain, "text") == _TEXT
    detail = "A plain text comes back as sent." if kept else "A plain text comes back otherwise."
    if found == _HTML:
        return Answer("kept", Sure.SEEN, detail)
    if _HTML in found and "<html" in found.lower():
        return Answer("wrapped in a page", Sure.SEEN, detail)
    return Answer("rewritten" if "test" in found else "lost", Sure.SEEN, detail)


async def todo_collection(bench: Bench) -> Answer:
    """Whether CalDAV shows the task list, says that it takes tasks, and takes one that REST shows too."""
    if bench.dav is None:
        return not_tried(bench.dav_why)
    place = bench.dav.collection(bench.tag, Flavour.CALENDAR, "VTODO")
    if place is None:
        return Answer("not shown", Sure.SEEN)
    value = "shown, says VTODO" if place.tells_components else "shown, does not say what it takes"
    name = bench.name("dav task")
    uid = f"{bench.tag} task".replace(" ", "-").lower()
    _, answer = await bench.dav.put_new(place, uid, icalendar.write(Task(uid=uid, summary=name)))
    if not answer.ok:
        return Answer(value, Sure.SEEN, f"A task was refused there (status {answer.status}).")
    seen = await bench.found(Kind.TASK, name) is not None
    return Answer(value, Sure.SEEN, f"A task that was put there {'shows' if seen else 'does not show'} over REST.")
