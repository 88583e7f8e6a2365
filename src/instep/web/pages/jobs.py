"""One piece of work as it goes on: live by server-sent events, by reloading without script; it can be stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from instep.web.jobs import Job
from instep.web.render import page, see_other, text
from instep.web.site import site_of

_BEAT = 15.0  # seconds after which a sign of life is sent
_PACE = 0.2  # seconds between two pictures of what goes on


def job_of(request: Request) -> Job:
    """Return the job that a request's address names; a page that says where to look when it is gone."""
    job = site_of(request).jobs.get(request.path_params["job"])
    if job is None:
        raise HTTPException(
            404,
            "That is not known any more, as Instep has been started anew since. What was done is in the history.",
        )
    return job


async def show(request: Request) -> Response:
    """Show a job."""
    job = job_of(request)
    if job.then and not job.running and not job.failure:
        return see_other(job.then)
    return page(request, "job.html", job=job)


async def events(request: Request) -> Response:
    """Send the job's picture whenever it changes, and once more at its end."""
    job = job_of(request)

    async def pictures() -> AsyncIterator[str]:
        with job.watched() as changed:
            while True:
                over = not job.running
                yield _event("job", text(request, job.fragment, job=job, live=job.live))
                if over:
                    yield _event("over", "")
                    return
                await asyncio.sleep(_PACE)
                while not changed.is_set():
                    try:
                        await asyncio.wait_for(changed.wait(), _BEAT)
                    except TimeoutError:
                        yield ": here\n\n"
                changed.clear()

    return StreamingResponse(pictures(), media_type="text/event-stream")


def _event(name: str, data: str) -> str:
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n"


async def stop(request: Request) -> Response:
    """Ask a job to end between two items."""
    job = job_of(request)
    job.stop()
    return see_other(f"/jobs/{job.id}")


ROUTES = [
    Route("/jobs/{job}", show, name="job"),
    Route("/jobs/{job}/events", events),
    Route("/jobs/{job}/stop", stop, methods=["POST"]),
]
