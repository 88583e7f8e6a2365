"""Parts of a conflict's versions: a photo as a picture, a long text as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from instep.core.diff import Row
from instep.core.model import Item, Side
from instep.engine import conflicts as engine
from instep.engine.asked import rows_of
from instep.engine.questions import Question
from instep.errors import ConfigError
from instep.service.naming import named
from instep.web.answering import selection_of
from instep.web.dates import style_of
from instep.web.pictures import picture
from instep.web.render import Clock
from instep.web.site import site_of


@dataclass(frozen=True, slots=True)
class Shown:
    """A conflict as one candidate shows it: its two versions; where only one matches, there is one."""

    question: Question
    which: int

    @property
    def rows(self) -> tuple[Row, ...]:
        """The fields."""
        return rows_of(self.question, self.which)

    def item(self, side: Side) -> Item | None:
        """The version of a side."""
        candidate = next((c for c in self.question.candidates if c.number == self.which), None)
        if candidate is not None and candidate.side is side:
            return candidate.item
        return self.question.left if side is Side.LEFT else self.question.right


def asked_of(request: Request) -> Question:
    """The question that an address names, under the stores' names and with the person's dates; ``ConfigError`` when it
    is not open."""
    here = site_of(request).here
    return named(here, engine.question(here.db, request.path_params["number"], style_of(Clock(request))))


def _version(request: Request) -> tuple[Shown, Side]:
    try:
        question = asked_of(request)
    except ConfigError as error:
        raise HTTPException(404, str(error)) from error
    which = selection_of(question, request.query_params.multi_items()).which
    side = next((side for side in Side if side.value == request.path_params["side"]), None)
    if side is None:
        raise HTTPException(404)
    return Shown(question, which), side


def photo(request: Request) -> Response:
    """Give a version's photo, if it is one that is shown."""
    shown, side = _version(request)
    found = picture(getattr(shown.item(side), "photo", None))
    if found is None:
        raise HTTPException(404, "There is no picture that can be shown.")
    return found


def whole(request: Request) -> Response:
    """Give the whole text of a field, however long it is."""
    shown, side = _version(request)
    row = next((row for row in shown.rows if row.field == request.path_params["field"]), None)
    if row is None:
        raise HTTPException(404)
    return PlainTextResponse(row.text(side).encode("utf-8", "replace"))


ROUTES = [
    Route("/conflicts/{number:int}/photo/{side}", photo),
    Route("/conflicts/{number:int}/text/{side}/{field}", whole),
]
