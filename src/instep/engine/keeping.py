"""Keeping history within its bounds: at most once a day, at the end of a run that had something to do."""

from __future__ import annotations

from datetime import timedelta

from instep.engine.report import Report
from instep.engine.work import Run
from instep.store import history
from instep.store import runs as run_table
from instep.store.blobs import sweep

DAY = timedelta(days=1)


def keep(run: Run, report: Report) -> None:
    """Forget versions that are too old, and bytes that nothing needs any more; ``report.swept`` says that it was done.

    Does nothing after a run that wrote nothing, and nothing twice a day. What an open journal row holds stays, and so
    does every version of a run that is kept: it can be undone whole.
    """
    if run.options.dry_run or not any(pair.work for pair in report.pairs):
        return
    now, retention = run.clock(), run.options.retention
    with run.db.reading() as tx:
        if run_table.swept_since(tx, now - DAY):
            return
    with run.db.transaction() as tx:
        if not history.prune(tx, retention.keep_days, retention.keep_runs, now):
            sweep(tx)
    report.swept = True
