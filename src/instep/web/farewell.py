"""The program's end: the runs that are wanted then, and those that go on, in bounded time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from instep.web.background import Background
from instep.web.jobs import Job

PATIENCE = 30.0  # seconds for the runs; systems that shut down wait little longer for a program
_STOPPING = 5.0  # seconds more for what was asked to stop between two items
_STEP = 0.1


async def farewell(
    background: Background,
    hurried: Callable[[], bool],
    say: Callable[[Sequence[str]], None],
    patience: float = PATIENCE,
) -> None:
    """Run the accounts that want it once more, and wait for everything that goes on; then ask it to stop.

    ``say`` is told the accounts' names when anything is waited for; ``hurried`` tells that nobody wants to wait any
    more. What does not end in time goes on in the next run, as after any sudden end.
    """
    end = time.monotonic() + patience
    going = background.site.jobs.running()
    names = [job.account or job.title for job in going] + [account.name for account in await background.at_exit()]
    if not names:
        return
    say(list(dict.fromkeys(names)))
    # What goes on may have looked before the last edit, so that it does not stand for the last run.
    await _wait(going, end, hurried)
    for account in [] if hurried() else await background.at_exit():
        background.begin_own(account)
    jobs = background.site.jobs.running()
    await _wait(jobs, end, hurried)
    for job in jobs:
        job.stop()
    await _wait(jobs, time.monotonic() + _STOPPING, hurried)


async def _wait(jobs: list[Job], end: float, hurried: Callable[[], bool]) -> None:
    for job in jobs:
        while job.running and not hurried() and time.monotonic() < end:
            await asyncio.to_thread(job.wait, _STEP)
