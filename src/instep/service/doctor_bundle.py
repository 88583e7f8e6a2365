"""The diagnostic bundle: what helps to find out what is wrong, without anything that tells of a person.

It is built from what may be told, not by taking away what may not: numbers, times, words of the program, and a
placeholder for each word that a person chose. No sentence of an error gets in, since sentences name items; its class
does.
"""

from __future__ import annotations

import io
import json
import os
import platform
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable
from typing import Any

from instep import __version__
from instep.core.model import Kind
from instep.errors import InstepError
from instep.service.doctor import Check
from instep.service.doctor_names import Names
from instep.service.doctor_parts import parts
from instep.service.installation import Installation

RUNS = 50
CONTENTS = (
    ("checks.json", "the outcome of each check, without paths, addresses and sentences of errors"),
    ("versions.json", "the versions of Instep, its parts, Python and the operating system; which settings of the"
     " environment are set, not to what"),
    ("settings.json", "the settings, with account-1, host-1, mailbox-1 … in the place of names, addresses and paths"),
    ("state.json", "the version, size and number of rows of the state database; the pairs, with placeholders"),
    ("runs.json", f"the last {RUNS} runs: when, how they ended, counts; of problems and errors only their kind"),
)  # fmt: skip
"""The files of a bundle and what is in them, for a person to read before it is made."""
LEFT_OUT = (
    "Not inside: passwords, items, names and contents of anything, names of accounts and folders, addresses of people "
    "and servers, paths, the name of this computer and of its user, logs."
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
_SIDES = ("desktop_actions", "server_actions")
_COUNTS = ("linked", "merged", "conflicts")
_ENVIRONMENT = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE", "NO_COLOR", "CREDENTIALS_DIRECTORY", "TZ")


def bundle(here: Installation, checks: Iterable[Check]) -> bytes:
    """Make the bundle as a ZIP file; ``checks`` are the doctor's findings.

    What cannot be read (damaged settings or state) is named in its place by the kind of its error; never raises
    ``InstepError``. Nothing in it comes from a person's words, which ``Check.name`` and ``Check.detail`` promise too.
    """
    names = Names()
    files = {
        "checks.json": [_check(names, check) for check in checks],
        "versions.json": _versions(),
        "settings.json": _settings(here, names),
        **_state(here, names),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("README.txt", _readme())
        for name, _ in CONTENTS:
            zipped.writestr(name, json.dumps(files[name], indent=1))
    return out.getvalue()


def _readme() -> str:
    lines = [f"A diagnostic bundle of Instep {__version__}.", "", LEFT_OUT, "", "Inside:"]
    lines += [f"- {name}: {what}." for name, what in CONTENTS]
    return "\n".join([*lines, "", "You may open and read every file before you give this away.", ""])


def _check(names: Names, check: Check) -> dict[str, Any]:
    told = {"check": check.name, "outcome": check.outcome.value, "detail": check.detail}
    told |= {"account": names.of("account", check.account)} if check.account else {}
    return told | ({"error": _word(check.error)} if check.error else {})


def _versions() -> dict[str, Any]:
    there = [name for name in os.environ if name.upper() in _ENVIRONMENT or name.startswith("INSTEP_")]
    return {
        "instep": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "encoding": sys.getfilesystemencoding(),
        "environment": sorted(name for name in there if _WORD.fullmatch(name)),
        "parts": {part.name: part.version for part in parts()},
    }


def _settings(here: Installation, names: Names) -> dict[str, Any]:
    try:
        accounts, kept = here.accounts(), here.retention()
    except InstepError as error:
        return {"error": type(error).__name__}
    history = {"keep_days": kept.keep_days, "keep_runs": kept.keep_runs}
    return {"accounts": [names.settings(account) for account in accounts], "history": history}


def _state(here: Installation, names: Names) -> dict[str, Any]:
    from instep.store import runs as run_table
    from instep.store.conflicts import of_account
    from instep.store.health import health_of
    from instep.store.pairs import of_account as pairs_of

    if not here.home.state.exists():
        return {"state.json": {}, "runs.json": []}
    try:
        health = health_of(here.home.state)
        with here.db.reading() as tx:
            pairs = [_pair(names, pair) for pair in pairs_of(tx)]
            waiting = Counter(_word(row.reason) for row in of_account(tx))
            runs = [_run(names, run) for run in run_table.of_account(tx, limit=RUNS)]
    except InstepError as error:
        return {"state.json": {"error": type(error).__name__}, "runs.json": []}
    state = {"schema": health.schema, "bytes": health.size, "faults": len(health.faults), "rows": health.counts}
    return {"state.json": {**state, "pairs": pairs, "conflicts": dict(waiting)}, "runs.json": runs}


def _pair(names: Names, pair: Any) -> dict[str, Any]:
    return {
        "id": pair.id,
        "account": names.of("account", pair.account),
        "kind": pair.kind.value,
        "desktop": names.of("folder", pair.left),
        "server": names.of("folder", pair.right),
        "direction": _word(pair.direction),
        "on_conflict": _word(pair.on_conflict),
        "begun": pair.begun,
        "limited": sorted(_word(key) for key in pair.options),
    }


def _run(names: Names, run: Any) -> dict[str, Any]:
    report = run.report
    told = {
        "id": run.id,
        "account": names.of("account", run.account),
        "started": run.started.isoformat(timespec="seconds"),
        "ended": run.ended.isoformat(timespec="seconds") if run.ended else None,
        "status": _word(run.status),
        "dry": run.dry,
        "asked": _word(run.asked.partition(" ")[0]),
        "failure": _word(report.get("failure_kind")),
        **{key: _number(report.get(key)) for key in ("requests", "bytes", "seconds")},
    }
    return {**told, "pairs": [_pair_run(pair) for pair in report.get("pairs", ())]}


def _pair_run(pair: dict[str, Any]) -> dict[str, Any]:
    problems = Counter(_word(problem.get("error")) or "other" for problem in pair.get("problems", ()))
    return {
        "kind": pair.get("kind") if pair.get("kind") in set(Kind) else "other",
        **{side: {key: _number(number) for key, number in pair.get(side, {}).items()} for side in _SIDES},
        **{key: _number(pair.get(key)) for key in _COUNTS},
        "problems": dict(problems),
    }


def _word(value: object) -> str:
    """A word of the program; anything that cannot be one is left out."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) else None
