"""Pages from templates: everything is escaped, text from items is made harmless, times are the person's own."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from instep import __version__
from instep.core.harmless import plain, plain_lines, shortened
from instep.engine.sentences import counted

STATIC = Path(__file__).parent / "static"
ZONE_COOKIE = "instep_zone"


@lru_cache
def environment() -> Environment:
    """Return the templates' environment; anything that a template lacks is a defect and raises."""
    env = Environment(
        loader=PackageLoader("instep.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(plain=plain, lines=plain_lines, short=shortened, counted=counted)
    env.globals.update(version=__version__, looks=_looks())
    from instep.web.wording import FILTERS

    env.filters.update(FILTERS)
    return env


def _looks() -> str:
    """A name for the stylesheet and scripts as they are, so that browsers may keep them as long as it holds."""
    digest = sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


class Clock:
    """Times as the person of a request reads them: in their browser's language and zone."""

    def __init__(self, request: Request) -> None:
        self.locale = _locale(request.headers.get("accept-language", ""))
        self.zone = _zone(request.cookies.get(ZONE_COOKIE, ""))

    def when(self, moment: datetime | float | None) -> str:
        """Say a moment: the time alone when it is today, else with the date; empty for ``None``."""
        if moment is None:
            return ""
        there = self._local(moment)
        if there.date() == datetime.now(self.zone).date():
            return str(format_time(there, "short", locale=self.locale))
        return str(format_datetime(there, "medium", locale=self.locale))

    def full(self, moment: datetime | float | None) -> str:
        """Say a moment with date and time, however near it is."""
        return "" if moment is None else str(format_datetime(self._local(moment), "medium", locale=self.locale))

    def day(self, day: date) -> str:
        """Say a date."""
        return str(format_date(day, "medium", locale=self.locale))

    def _local(self, moment: datetime | float) -> datetime:
        if isinstance(moment, datetime):
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(self.zone)
        return datetime.fromtimestamp(moment, UTC).astimezone(self.zone)


def _locale(accepted: str) -> Locale:
    for part in accepted.split(",")[:20]:
        tag = part.partition(";")[0].strip().replace("-", "_")
        try:
            if tag and len(tag) <= 20:
                return Locale.parse(tag)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en", "GB")


def _zone(name: str) -> tzinfo | None:
    """The zone of that name; the computer's own (``None``) where a browser said none or one that nobody knows."""
    try:
        return ZoneInfo(name) if name and len(name) <= 64 else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def text(request: Request, template: str, **context: Any) -> str:
    """Return a template filled in: a page, or a fragment of one."""
    return environment().get_template(template).render(_context(request) | context)


def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a page."""
    return HTMLResponse(text(request, template, **context), status)


def refused(request: Request, status: int, message: str, advice: str) -> HTMLResponse:
    """Answer with the page that says why something is not to be had; it shows nothing of the installation."""
    shown = environment().get_template("refused.html").render(status=status, message=message, advice=advice)
    return HTMLResponse(shown, status)


def see_other(path: str) -> Response:
    """Lead a browser to a page after a form was taken."""
    return RedirectResponse(path, 303)


def _context(request: Request) -> dict[str, Any]:
    return {
        "request": request,
        "token": getattr(request.state, "token", ""),
        "clock": Clock(request),
        "path": request.url.path,
        "waiting": waiting(request),
    }


def waiting(request: Request) -> int:
    """Return how many conflicts wait, for the sign beside the word in the heading."""
    from instep.store import conflicts
    from instep.web.site import site_of

    with site_of(request).here.db.reading() as tx:
        return sum(conflicts.waiting(tx).values())
