"""History: all runs that wrote something, and one run with everything it did."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.core.diff import Relation, diff
from instep.errors import ConfigError
from instep.store import history as table
from instep.store import lease, runs
from instep.store.database import Tx
from instep.store.history import HistoryRow
from instep.web.paging import asked_number, path_number
from instep.web.recorded import left_alone, line_of, lines_of, pairs_of
from instep.web.render import page
from instep.web.site import Site, site_of

RUNS = 50  # on one page
WRITES = 60  # on one page of a run
_FIELDS = 10  # fields that are named of one write
_DID = {"create": "made", "update": "changed", "delete": "deleted"}


def show_runs(request: Request) -> Response:
    """Show a page of runs, newest first: of all accounts or one, those that wrote something or all."""
    site = site_of(request)
    account, everything = request.query_params.get("account", ""), request.query_params.get("all") == "1"
    before, after = asked_number(request, "before"), asked_number(request, "after")
    with site.here.db.reading() as tx:
        names = {site.id_of(name): name for name in runs.accounts(tx)}
        names |= {site.id_of(known.name): known.name for known in site.here.accounts()}
        name = names.get(account)
        if account and name is None:
            raise HTTPException(404, "There is no such account in the history.")
        # One more than is shown tells whether there are others.
        found = runs.page(tx, RUNS + 1, account=name, before=before, after=after, wrote=not everything)
    more = len(found) > RUNS
    found = found[-RUNS:] if after else found[:RUNS]
    return page(
        request,
        "history.html",
        lines=lines_of(site, found),
        accounts=sorted(names.items(), key=lambda pair: pair[1].casefold()),
        chosen=account,
        everything=everything,
        newer=found[0].id if found and (more if after else before) else 0,
        older=found[-1].id if found and (after or more) else 0,
    )


@dataclass(frozen=True, slots=True)
class Write:
    """What was done to an item on one side, with the fields that changed."""

    side: str
    did: str
    fields: str


@dataclass(frozen=True, slots=True)
class Written:
    """An item that a run wrote: under which number its versions are, and what was done."""

    number: str
    name: str
    kind: str
    writes: list[Write]


def show_run(request: Request) -> Response:
    """Show one run: what came of it, and each item that it wrote."""
    site, number = site_of(request), path_number(request, "run")
    before = asked_number(request, "before")
    with site.here.db.reading() as tx:
        row = runs.get(tx, number)
        if row is None:
            raise HTTPException(404, "The history holds no such run (any more).")
        rows = table.rows(tx, run_id=number, before=before, limit=WRITES + 1)
        written = _written(tx, rows[:WRITES])
        newest = runs.page(tx, 1, account=row.account)
    goes_on = row.ended is None and newest[0].id == row.id and row.account in lease.working(site.here.db)
    line = line_of(row, goes_on)
    return page(
        request,
        "history_run.html",
        line=line,
        pairs=pairs_of(row),
        left=left_alone(row),
        written=written,
        before=before,
        older=rows[WRITES - 1].id if len(rows) > WRITES else 0,
        undoable=bool(rows) and not row.dry and not line.goes_on and _is_set_up(site, row.account),
        gone=not _is_set_up(site, row.account),
    )


def _is_set_up(site: Site, name: str) -> bool:
    try:
        site.here.account(name)
    except ConfigError:
        return False
    return True


def _written(tx: Tx, rows: list[HistoryRow]) -> list[Written]:
    """The items of some rows; the writes of one item on both sides, which are kept together, as one."""
    images = table.images(tx, [row.id for row in rows if row.op == "update"])
    found = []
    for _, group in groupby(rows, key=lambda row: row.link_id if row.link_id is not None else f"h{row.id}"):
        mine = list(group)
        writes = [Write(r.side.value, _DID[r.op], _fields(images[r.id]) if r.id in images else "") for r in mine]
        last = mine[0]
        number = str(last.link_id) if last.link_id is not None else f"h{last.id}"
        found.append(Written(number, last.name, last.kind.value if last.kind else "", writes))
    return found


def _fields(both: table.Images) -> str:
    before = both.before.item if both.before is not None else None
    after = both.after.item if both.after is not None else None
    if before is None or after is None:
        return ""
    labels = [row.label for row in diff(before, after) if row.relation is not Relation.SAME]
    more = f" and {len(labels) - _FIELDS} more" if len(labels) > _FIELDS else ""
    return ", ".join(labels[:_FIELDS]) + more


ROUTES = [Route("/history", show_runs), Route("/history/{run:int}", show_run)]
