"""Long pieces of work: each runs in a thread of its own, is watched by any number of pages, and can be stopped.

A job lives in this program's memory alone. What it does is kept where it always is (the state, the history), so a page
that comes back after a restart finds the run there.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from instep.errors import Busy, InstepError, Where
from instep.web.advice import on_page

LOG = logging.getLogger("instep")
_KEPT = 200

Work = Callable[["Job"], Awaitable[None]]


@dataclass(eq=False)
class Job:
    """One piece of work. ``what`` names its sort (``sync``, ``test`` …), ``account`` whose it is (may be empty),
    ``fragment`` the template that shows ``live``, which the work fills while it goes on. ``failure`` is the sentence of
    the error that ended it, or empty; ``then`` the address to which its page leads on when it has ended well."""

    what: str
    account: str
    title: str
    fragment: str
    live: Any
    done_title: str = ""
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    started: float = field(default_factory=time.time)
    ended: float | None = None
    failure: str = ""
    error: InstepError | None = None
    then: str = ""
    version: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _watchers: dict[asyncio.Event, asyncio.AbstractEventLoop] = field(default_factory=dict)
    _done: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        """Whether it still goes on."""
        return self.ended is None

    @property
    def heading(self) -> str:
        """What the page that shows it is called: what it does, or did."""
        return self.title if self.running or not self.done_title else self.done_title

    @property
    def stopping(self) -> bool:
        """Whether a person wants it to end; the work asks this between two items."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask it to end soon, leaving all sound."""
        self._stop.set()
        self.tell()

    def tell(self) -> None:
        """Let the pages that watch know that ``live`` has changed; called from any thread."""
        self.version += 1
        for event, loop in list(self._watchers.items()):
            try:
                loop.call_soon_threadsafe(event.set)
            except RuntimeError:  # that loop has ended
                self._watchers.pop(event, None)

    @contextmanager
    def watched(self) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever there is something new to show."""
        event = asyncio.Event()
        self._watchers[event] = asyncio.get_running_loop()
        try:
            yield event
        finally:
            self._watchers.pop(event, None)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait in a thread until it has ended; tells whether it has."""
        return self._done.wait(seconds)

    def _run(self, work: Work) -> None:
        try:
            asyncio.run(_awaited(work, self))
        except InstepError as error:
            self.failure, self.error = on_page(error), error
        except Exception as error:
            LOG.critical("%s: defect", self.what, exc_info=error)
            self.failure = f"A defect of Instep ended this: {type(error).__name__}. Nothing is lost."
        finally:
            self.ended = time.time()
            self.tell()
            self._done.set()


async def _awaited(work: Work, job: Job) -> None:
    await work(job)


def of_sort(begun: Job, what: str) -> Job:
    """Give a job back that is of the sort that a person wanted to begin.

    Raises ``Busy`` when it is another that already goes on: what was wanted is then not done, and must not seem to be.
    """
    if begun.what != what:
        raise Busy(
            f"Something else goes on for this account right now: {begun.title}.",
            "Wait until it has ended, then go back and try again.",
            Where(account=begun.account),
        )
    return begun


class Jobs:
    """The jobs of this program, the newest last; one at a time for an account."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}

    def start(self, job: Job, work: Work) -> Job:
        """Begin a job, or give the one that already goes on for its account."""
        with self._lock:
            if job.account and (busy := self._of(job.account)) is not None:
                return busy
            self._jobs[job.id] = job
            for old in [j.id for j in self._jobs.values() if not j.running][:-_KEPT]:
                del self._jobs[old]
        threading.Thread(target=job._run, args=(work,), name=f"instep-{job.what}", daemon=True).start()
        return job

    def get(self, id: str) -> Job | None:
        """Return a job; ``None`` when there is none of that name in this program."""
        return self._jobs.get(id)

    def all(self) -> list[Job]:
        """Return all that are still known, the newest last."""
        with self._lock:
            return list(self._jobs.values())

    def running(self, account: str | None = None) -> list[Job]:
        """Return what goes on, for one account or for all."""
        with self._lock:
            return [j for j in self._jobs.values() if j.running and account in (None, j.account)]

    def last(self, account: str, what: str) -> Job | None:
        """Return the newest job of a sort for an account, ended or not."""
        with self._lock:
            found = [j for j in self._jobs.values() if j.account == account and j.what == what]
        return found[-1] if found else None

    def _of(self, account: str) -> Job | None:
        return next((j for j in self._jobs.values() if j.running and j.account == account), None)
