"""Conflicts: all that wait for a person, by account and kind; what is decided waits to be carried out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.core.fields import FIELDS, GROUP_LABELS
from instep.core.model import Kind
from instep.engine.asked import REASONS
from instep.engine.conflicts import put_back
from instep.engine.questions import Choice, Resolution
from instep.errors import ConfigError
from instep.service.naming import side_names
from instep.store import conflicts
from instep.store.conflicts import ConflictHead
from instep.web.answering import CHOSEN
from instep.web.decisions import Decided
from instep.web.jobs import of_sort
from instep.web.pages.sync import synchronize
from instep.web.render import page, see_other
from instep.web.security import form_of, said
from instep.web.site import Site, site_of

_PAGE = 100
SAID = {
    "gone": "That conflict is not open any more: it was carried out, or nothing clashes there now.",
    "undone": "Taken back. It is open again, as it was.",
    "late": "That was carried out already, so it cannot be taken back here. The history can undo it.",
    "none": "There is nothing to take back.",
}
"""What a page may be told to say, by a word in its address."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One conflict in the list. ``answer`` says what was decided; empty while nothing is."""

    id: int
    name: str
    reason: str
    fields: str
    answer: str


@dataclass(frozen=True, slots=True)
class Group:
    """The conflicts of one account and kind on this page. ``open`` and ``answered`` count all of them."""

    kind: Kind
    open: int
    answered: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """One account with its conflicts. ``known`` is false when its settings are gone."""

    id: str
    name: str
    known: bool
    busy: str
    answered: int
    groups: tuple[Group, ...]


def inbox(request: Request) -> Response:
    """Show all open conflicts, or those of one account, a page at a time."""
    site = site_of(request)
    chosen = request.query_params.get("account", "")
    account = site.account(chosen) if chosen else None
    number = _number(request.query_params.get("page", ""))
    with site.here.db.reading() as tx:
        tally = conflicts.tally(tx)
        name = account.name if account is not None else None
        heads = conflicts.heads(tx, name, limit=_PAGE + 1, skip=(number - 1) * _PAGE)
    owners = list(_owners(site, heads[:_PAGE], tally))
    waits = [(o, d) for (a, _), (o, d) in tally.items() if name is None or a == name]
    return page(
        request,
        "conflicts.html",
        owners=owners,
        account=account,
        account_id=chosen,
        total=sum(o for o, _ in waits),
        undecided=sum(o - d for o, d in waits),
        number=number,
        more=len(heads) > _PAGE,
        say=SAID.get(request.query_params.get("said", ""), ""),
        undo=undoable(site),
        chosen=CHOSEN,
        first=next((e.id for o in owners for g in o.groups for e in g.entries if not e.answer), 0),
    )


def _owners(site: Site, heads: list[ConflictHead], tally: dict[tuple[str, Kind], tuple[int, int]]) -> Iterator[Owner]:
    settings = {account.name: account for account in site.here.accounts()}
    for name, mine in groupby(heads, lambda head: head.account):
        names = side_names(site.here, name)
        groups = tuple(
            Group(kind, *tally.get((name, kind), (0, 0)), tuple(_entry(head, names) for head in same))
            for kind, same in groupby(mine, lambda head: head.kind)
        )
        answered = sum(done for (owner, _), (_, done) in tally.items() if owner == name)
        busy = next((job.id for job in site.jobs.running(name)), "")
        yield Owner(site.id_of(name), name, name in settings, busy, answered, groups)


def _entry(head: ConflictHead, names: tuple[str, str]) -> Entry:
    labels = {f.clash_group: f.label for f in FIELDS[head.kind]} | GROUP_LABELS
    fields = ", ".join(labels.get(str(group), str(group)) for group in head.fields)
    answer = ""
    if head.resolution is not None:
        choice = Resolution.from_json(head.resolution).choice
        sides = {Choice.DESKTOP: names[0], Choice.SERVER: names[1]}
        answer = sides.get(choice) or CHOSEN[choice]
    return Entry(head.id, head.name, REASONS.get(head.reason, head.reason), fields, answer)


def _number(text: str) -> int:
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) < 7 else 1


# Taking back --------------------------------------------------------------------------------------------------------


def undoable(site: Site) -> Decided | None:
    """The last decision, while no run has carried it out."""
    last = site.decisions.last
    if last is None:
        return None
    with site.here.db.reading() as tx:
        return last if conflicts.is_answered(tx, last.first) else None


def undo(request: Request) -> Response:
    """Take the last decision back; the conflicts are open again, or have the answers that they had before."""
    site = site_of(request)
    number = _number(said(request, "first"))
    decided = site.decisions.take(number)
    if decided is None:
        return see_other("/conflicts?said=none")
    if number not in put_back(site.here.db, decided.before, {number: decided.version}):
        return see_other("/conflicts?said=late")
    return see_other(f"/conflicts/{number}?said=undone")


def take_back(request: Request) -> Response:
    """Take one stored answer back, however long ago it was given."""
    site = site_of(request)
    number = _number(said(request, "number"))
    found = put_back(site.here.db, {number: None})
    back = said(request, "back")
    return see_other(f"{_list(back)}said={'undone' if found else 'late'}")


def _list(account: str) -> str:
    return f"/conflicts?account={account}&" if account.isalnum() else "/conflicts?"


# Carrying out -------------------------------------------------------------------------------------------------------


def carry_out(request: Request) -> Response:
    """Synchronize the account whose decisions wait to be carried out."""
    site = site_of(request)
    account = site.account(str(form_of(request).get("account", "")))
    return see_other(f"/jobs/{begin(site, account.name)}")


def begin(site: Site, name: str) -> str:
    """Begin a run that carries out an account's answers; gives its id. Raises ``ConfigError`` when there is none."""
    with site.here.db.reading() as tx:
        heads = conflicts.heads(tx, name, answered=True, limit=1)
    if not heads:
        raise ConfigError("Nothing of this account waits to be carried out.", "See Conflicts for what is open.")
    # All pairs: how the account stands is told by its last run, and one of some pairs would hide what stopped another.
    return of_sort(synchronize(site, site.here.account(name)), "sync").id


ROUTES = [
    Route("/conflicts", inbox),
    Route("/conflicts/undo", undo, methods=["POST"]),
    Route("/conflicts/take-back", take_back, methods=["POST"]),
    Route("/conflicts/carry-out", carry_out, methods=["POST"]),
]
