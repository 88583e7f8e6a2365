"""A stand-in, not a real server: a small DAV server with implicit scheduling (RFC 6638) that records its messages.

It is stricter than real servers: whatever they may send, it does. It reads the stored text by itself, and sends for any
change that is not plainly somebody's own.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from peers.odd_dav import CAL, OddDav, Quirks
from peers.standin import Asked, Say, serving

OWNER = "alice@example.org"
_OWN_BUSINESS = re.compile(r"(DTSTAMP|CREATED|LAST-MODIFIED|SEQUENCE|CATEGORIES|COLOR|TRANSP|PRODID|X-[A-Z0-9-]+)[;:]")
_QUIET = ("SCHEDULE-AGENT=CLIENT", "SCHEDULE-AGENT=NONE")
_ME = f"mailto:{OWNER}"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that would have been sent."""

    method: str
    to: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the server understands of a document: the public lines, and who is in them."""

    public: tuple[str, ...] = ()
    organizers: frozenset[str] = frozenset()
    quiet_organizer: bool = False
    loud: frozenset[str] = frozenset()
    mine: tuple[str, ...] = ()


@dataclass
class MailingDav(OddDav):
    """``letters`` is what writes over HTTP made it send; ``put`` and ``remove`` are other programs and send nothing."""

    quirks: Quirks = field(default_factory=lambda: Quirks(schedules=True))
    letters: list[Letter] = field(default_factory=list)

    def answers(self, asked: Asked) -> Say:
        path = asked.path
        match asked.method:
            case "PROPFIND" if b"owner" in asked.body and path == CAL:
                return self._told(path, "<D:owner><D:href>/dav/anna/me</D:href></D:owner>")
            case "PROPFIND" if b"calendar-user-address-set" in asked.body:
                known = f"<D:href>/dav/anna/me</D:href><D:href>MAILTO:{OWNER.upper()}</D:href>"
                return self._told(path, f"<C:calendar-user-address-set>{known}</C:calendar-user-address-set>")
        before = self._seen(path)
        say = super().answers(asked)
        if asked.method in ("PUT", "DELETE") and say.status < 300 and path.startswith(CAL):
            reply = asked.headers.get("schedule-reply", "T").upper() != "F"
            self.letters += self._letters(before, self._seen(path), deleted=asked.method == "DELETE", reply=reply)
        return say

    def _told(self, path: str, prop: str) -> Say:
        return self._multistatus(self._response(path, prop))

    def _seen(self, path: str) -> _Seen:
        if path not in self.members:
            return _Seen()
        lines = re.sub(r"\r?\n[ \t]", "", self.members[path][1].decode()).splitlines()
        lines = re.sub(r"BEGIN:VALARM.*?END:VALARM\n", "", "\n".join([*lines, ""]), flags=re.DOTALL).splitlines()
        hosts = [x for x in lines if re.match(r"ORGANIZER[;:]", x, re.IGNORECASE)]
        guests = [x for x in lines if re.match(r"ATTENDEE[;:]", x, re.IGNORECASE)]
        return _Seen(
            tuple(sorted(x for x in lines if not _OWN_BUSINESS.match(x))),
            frozenset(_address(x) for x in hosts),
            bool(hosts) and all(any(q in x.upper() for q in _QUIET) for x in hosts),
            frozenset(_address(x) for x in guests if not any(q in x.upper() for q in _QUIET)),
            tuple(sorted(x for x in lines if x.lower().endswith(_ME) or re.match(r"EXDATE|COMMENT", x))),
        )

    def _letters(self, old: _Seen, new: _Seen, *, deleted: bool, reply: bool) -> list[Letter]:
        organizers = old.organizers | new.organizers
        if not organizers:
            return []
        if OWNER not in organizers:
            wanted = reply if deleted else old.mine != new.mine
            return [Letter("REPLY", to) for to in sorted(organizers)] if wanted and not new.quiet_organizer else []
        was, now = old.loud - organizers, new.loud - organizers
        called_off = [Letter("CANCEL", to) for to in sorted(was - now)]
        invited = [Letter("REQUEST", to) for to in sorted(now if old.public != new.public else now - was)]
        return called_off + invited


def _address(line: str) -> str:
    return line.lower().rpartition("mailto:")[2].strip()


@contextmanager
def in_a_thread(server: MailingDav) -> Iterator[str]:
    """Serve in a thread of its own, for programs that run elsewhere; gives the base URL."""
    loop, started, urls = asyncio.new_event_loop(), threading.Event(), list[str]()
    done = asyncio.Event()

    async def whole() -> None:
        async with serving(server.answers) as stand_in:
            urls.append(stand_in.url)
            started.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(whole()), daemon=True)
    thread.start()
    if not started.wait(60):
        raise RuntimeError("the stand-in did not start")
    try:
        yield urls[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(60)


__all__ = ["OWNER", "Letter", "MailingDav", "in_a_thread"]
