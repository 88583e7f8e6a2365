"""One conflict: both versions field by field, the answers that fit, what each would do, and the decision."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from instep.core.diff import Relation, Row
from instep.core.merge import Terms
from instep.core.model import Event, Side, Task
from instep.core.recurring import series_in_words
from instep.engine import conflicts as engine
from instep.engine.asked import REASONS, asked_group, choosable, group_label, heading, relation_words
from instep.engine.mailing import sentence
from instep.engine.preview import preview
from instep.engine.questions import Candidate, Choice, Question
from instep.errors import ConfigError, InstepError, PreconditionFailed
from instep.store import conflicts
from instep.store.conflicts import ConflictHead
from instep.web.advice import on_page
from instep.web.answering import CHOSEN, Selection, options_of, selection_from, selection_of
from instep.web.dates import style_of
from instep.web.decisions import Decided
from instep.web.foreseen import items_after, still_asked
from instep.web.pages.conflict_parts import Shown, asked_of
from instep.web.pages.conflicts import SAID, begin, undoable
from instep.web.render import Clock, page, see_other, text
from instep.web.security import form_of, said
from instep.web.side_by_side import blocks_of, folded, line_of
from instep.web.site import Site, site_of

_SAID = SAID | {
    "changed": "It has changed since it was shown, so nothing was decided. This is how it is now.",
    "nothing": "Nothing is chosen yet: choose a version, or a side for at least one field.",
}


def show(request: Request) -> Response:
    """Show a conflict, with what the address says is chosen, else with the answer that it has."""
    try:
        question = asked_of(request)
    except ConfigError:
        return see_other("/conflicts?said=gone")
    params = request.query_params.multi_items()
    chosen = selection_of(question, params)
    if chosen.choice is None and chosen.which == 1 and "which" not in request.query_params:
        chosen = selection_from(question)
    return page(request, "conflict.html", **_context(request, question, chosen))


def _context(request: Request, question: Question, chosen: Selection) -> dict[str, Any]:
    site = site_of(request)
    shown = Shown(question, chosen.which)
    groups = choosable(question, chosen.which)
    lines = [_line(shown, row, groups) for row in shown.rows]
    first, rest = folded(lines)
    labels = {group: group_label(question, group) for group in groups}
    later, others = _around(site, question)
    return {
        "question": question,
        "chosen": chosen,
        "options": options_of(question, chosen.which),
        "blocks": blocks_of(first, labels),
        "rest": rest,
        "sides": [_side(shown, side, request) for side in Side],
        "reason": _reason(question),
        "candidates": [(c.number, _told(c)) for c in question.candidates],
        "later": later,
        "others": others,
        "undo": undoable(site),
        "chosen_words": CHOSEN,
        "say": _SAID.get(request.query_params.get("said", ""), ""),
        **_preview(request, question, chosen),
    }


def _line(shown: Shown, row: Row, groups: tuple[str, ...]) -> Any:
    words = relation_words(shown.question, row)
    group = asked_group(shown.question, row) or (row.group if row.group in groups else "")
    return line_of(row, words, shown.item(Side.LEFT), shown.item(Side.RIGHT), group)


def _side(shown: Shown, side: Side, request: Request) -> dict[str, str | bool]:
    """What heads a column: the store's own name, whether it has deleted the item, and a series in words."""
    item = shown.item(side)
    series = series_in_words(item, style_of(Clock(request))) if isinstance(item, Event | Task) else ""
    gone = item is None and shown.question.reason in {"edit-delete", "sends-mail"}
    return {"side": side.value, "name": heading(shown.question, side), "gone": gone, "series": series}


def _told(candidate: Candidate) -> str:
    """A candidate's name, and what tells it from the others of that name: its first fields that are not the same."""
    own = [row.text(candidate.side) for row in candidate.rows if row.relation is not Relation.SAME]
    return ", ".join([candidate.name, *[text for text in own if text][:2]])


def _reason(question: Question) -> str:
    desktop, server = heading(question, Side.LEFT), heading(question, Side.RIGHT)
    match question.reason:
        case "edit-delete":
            gone, edited = (desktop, server) if question.left is None else (server, desktop)
            return f"It was changed on {edited} and deleted on {gone}."
        case "match" if len(question.candidates) > 1:
            one, other = (desktop, server) if question.left is not None else (server, desktop)
            return f"{len(question.candidates)} items on {other} may be the same as this one on {one}."
        case "sends-mail":
            return sentence(question.mails, server)
        case _:
            return f"{REASONS.get(question.reason, question.reason)}."


def _around(site: Site, question: Question) -> tuple[ConflictHead | None, int]:
    """The next conflict without an answer, and how many others of this account and kind have none."""
    with site.here.db.reading() as tx:
        place = (question.account, question.kind.value, question.id)
        behind = conflicts.heads(tx, answered=False, after=place, limit=1)
        found = behind or [h for h in conflicts.heads(tx, answered=False, limit=2) if h.id != question.id]
        total, answered = conflicts.tally(tx).get((question.account, question.kind), (0, 0))
    return (found[0] if found else None), total - answered - (question.answer is None)


# Preview ------------------------------------------------------------------------------------------------------------


def _preview(request: Request, question: Question, chosen: Selection) -> dict[str, Any]:
    """What the selection would do; what does not fit the question is said."""
    answer = chosen.resolution()
    empty: dict[str, Any] = {"answer": answer, "after": [], "open_fields": [], "fault": ""}
    if answer is None:
        return empty
    site = site_of(request)
    try:
        own = site.here.account(question.account).own_addresses
    except InstepError:
        own = frozenset()
    try:
        found = preview(site.here.db, question.id, answer, Terms(own=own))
    except ConfigError as error:
        return empty | {"fault": on_page(error)}
    after = items_after(question, answer.choice, found, style_of(Clock(request)))
    asked = [] if answer.choice is Choice.SKIP else still_asked(question, found)
    return empty | {"after": after, "open_fields": asked}


def foresee(request: Request) -> Response:
    """Give the preview alone to a script that asks for it; without script, lead to the page that shows it."""
    scripted = request.headers.get("hx-request") == "true"
    try:
        question = asked_of(request)
    except ConfigError:
        if scripted:
            return HTMLResponse(text(request, "conflict_preview.html", fault=SAID["gone"]))
        return see_other("/conflicts?said=gone")
    chosen = selection_of(question, form_of(request).multi_items())
    if not scripted:
        query = chosen.query()
        return see_other(f"/conflicts/{question.id}{'?' + query if query else ''}#preview")
    context = {"question": question, "chosen": chosen, **_preview(request, question, chosen)}
    if said(request, "version") != question.version:
        context["fault"] = _SAID["changed"].replace("This is how it is now.", "Reload the page to see how it is now.")
    return HTMLResponse(text(request, "conflict_preview.html", **context))


# Deciding -----------------------------------------------------------------------------------------------------------


def decide(request: Request) -> Response:
    """Store the decision, for this conflict and if wanted for all that remain, and lead to the next."""
    site = site_of(request)
    number = request.path_params["number"]
    try:
        question = asked_of(request)
    except ConfigError:
        return see_other("/conflicts?said=gone")
    chosen = selection_of(question, form_of(request).multi_items())
    answer = chosen.resolution()
    version = said(request, "version")
    if version != question.version:
        return see_other(f"/conflicts/{number}?said=changed")
    if answer is None:
        return see_other(f"/conflicts/{number}?said=nothing")
    later, _ = _around(site, question)
    try:
        before = {number: engine.decide(site.here.db, number, answer, version).answer}
    except PreconditionFailed:
        return see_other(f"/conflicts/{number}?said=changed")
    except ConfigError:
        return see_other("/conflicts?said=gone")
    if said(request, "all") == "yes" and answer.choice not in (Choice.SEND, Choice.SKIP):
        before |= dict.fromkeys(engine.decide_remaining(site.here.db, question, answer))
        later = _around(site, question)[0]
    if answer.choice is not Choice.SKIP or before[number] is not None:
        site.decisions.add(Decided(number, question.name, answer.choice, before, version))
    if said(request, "then") == "synchronize" and answer.choice is not Choice.SKIP:
        return see_other(f"/jobs/{begin(site, question.account)}")
    return see_other(f"/conflicts/{later.id}" if later is not None else "/conflicts")


ROUTES = [
    Route("/conflicts/{number:int}", show),
    Route("/conflicts/{number:int}/preview", foresee, methods=["POST"]),
    Route("/conflicts/{number:int}/decide", decide, methods=["POST"]),
]
