"""Words for what the engine counts, as templates use them."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request

from instep.accounts.account import Account
from instep.accounts.joining import scope_of
from instep.core.model import Side
from instep.engine.events import Phase
from instep.engine.report import PairReport, Report, Status
from instep.engine.sentences import counted, staying_lines
from instep.store.pairs import Pair
from instep.store.runs import RunRow
from instep.web.advice import advice_on_page, on_page
from instep.web.site import site_of
from instep.web.topics import address_of

_PHASES = {
    Phase.LOOKING: "Looking what has changed",
    Phase.READING: "Reading",
    Phase.DECIDING: "Deciding",
    Phase.WRITING: "Writing",
    Phase.DELETING: "Deleting",
    Phase.DONE: "Done",
}
_OPS = (("create", "made"), ("update", "changed"), ("delete", "deleted"))


def phase_words(phase: Phase) -> str:
    """Say what a phase does."""
    return _PHASES[phase]


def span(seconds: int) -> str:
    """Say a length of time roughly."""
    if seconds < 90:
        return counted(max(seconds, 1), "second")
    return counted(round(seconds / 60), "minute")


def capitalize_first(text: str) -> str:
    """Begin a text with a capital, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def done_lines(pair: PairReport, of_a_plan: bool = False, would: bool = False) -> list[str]:
    """Say what was done for a pair, a line for each side and sort; one line when nothing was to do. ``of_a_plan``:
    more may be left to do; ``would``: it was only foreseen."""
    lines = [
        f"{number} {'would be ' if would else ''}{word} on the {side.value}"
        for side in (Side.LEFT, Side.RIGHT)
        for op, word in _OPS
        if (number := getattr(pair.actions(side), op))
    ]
    if pair.linked:
        lines.append(f"{pair.linked} found to be the same on both sides")
    if pair.merged:
        lines.append(f"{pair.merged} merged, as both sides had changed other fields")
    stay = staying_lines(pair)
    if not lines and of_a_plan:
        return ["Nothing done", *stay]
    if not lines and not pair.conflicts and not pair.problems:
        return ["In step, nothing to do" if pair.complete else "Not finished; the next synchronization goes on", *stay]
    return lines + stay


def tone(report: Report) -> str:
    """Return how much a run's end wants a person, as a class of the stylesheet."""
    if report.status is Status.IN_STEP:
        return "good"
    return "asks" if report.status is Status.CONFLICTS else "bad"


def verdict(report: Report) -> str:
    """Say in one sentence how an account stands after a run."""
    asked = sum(pair.conflicts for pair in report.pairs)
    wrong = sum(len(pair.problems) for pair in report.pairs)
    if not asked and not wrong:
        return "Both sides are in step." if report.pairs else "Nothing is paired."
    parts = [counted(asked, "conflict") + " to decide" if asked else "", counted(wrong, "problem") if wrong else ""]
    return f"In step, but for {' and '.join(part for part in parts if part)}."


def asked_words(asked: str) -> str:
    """Say what a person wanted of a run; empty for a synchronization."""
    what, _, of = asked.partition(" ")
    if what == "undo":
        return f"Undo of run {of}"
    item, _, version = of.partition(" ")
    return f"Version {version} of item {item} brought back" if what == "restore" else asked


def outcome(run: RunRow) -> str:
    """Say in a few words what came of a run."""
    if run.ended is None:
        return "goes on, or was interrupted"
    if run.status == Status.FAILED:
        return str(run.report.get("error", "failed"))
    if run.asked:
        return _by_hand(run)
    words = {Status.STOPPED: "stopped by you", Status.HALTED: "stopped, to ask you first"}.get(Status(run.status), "")
    counts = [
        pair.get(f"{side}_actions", {}).get(op, 0)
        for pair in run.report.get("pairs", ())
        for side in ("desktop", "server")
        for op, _ in _OPS
    ]
    would = "would be " if run.dry else ""
    written = f"{counted(sum(counts), 'change')} {would}written" if sum(counts) else ""
    asked = sum(pair.get("conflicts", 0) for pair in run.report.get("pairs", ()))
    wrong = sum(len(pair.get("problems", ())) for pair in run.report.get("pairs", ()))
    parts = [
        f"preview: {written or 'nothing to do'}" if run.dry else words or written or "nothing to do",
        counted(asked, "conflict") if asked else "",
        counted(wrong, "problem") if wrong else "",
    ]
    return ", ".join(part for part in parts if part)


def _by_hand(run: RunRow) -> str:
    outcomes = [item.get("outcome") for item in run.report.get("items", ())]
    done, left = outcomes.count("done"), outcomes.count("refused")
    stopped = "stopped by you" if run.status == Status.STOPPED else ""
    parts = [stopped, f"{counted(done, 'item')} written" if done else "", f"{left} left alone" if left else ""]
    return ", ".join(part for part in parts if part) or "nothing to do"


def account_id(request: Request, name: str) -> str:
    """Return how an account is called in addresses."""
    return site_of(request).id_of(name)


def remedy(cause: str, id: str) -> tuple[str, str] | None:
    """Say what to do about an error of that class, and on which page of the account called ``id``; else ``None``."""
    match cause:
        case "SignInNeeded":
            return "Sign in again", f"/accounts/{id}/sign-in"
        case "LoginRefused" | "SecretUnavailable":
            return "Give the password", f"/accounts/{id}/settings#password"
        case "InsecureRefused" | "NotADavServer" | "NotSmarterMail" | "Unreachable":
            return "Look at the settings", f"/accounts/{id}/settings#url"
    return None


def scope_words(pair: Pair) -> str:
    """Say which items of a pair take part."""
    return scope_of(pair).sentence() or "all items"


def desktop_words(account: Account) -> str:
    """Name an account's desktop: the folder's path, with the person's own folder as ``~``."""
    scheme, _, place = account.desktop.partition(":")
    if scheme != "files":
        return account.desktop
    own = str(Path.home())
    return f"~{place[len(own) :]}" if place.startswith(f"{own}{os.sep}") else place


def server_words(account: Account) -> str:
    """Name an account's server: its host, or the e-mail address by which it is found."""
    url = account.url if "://" in account.url else f"https://{account.url}"
    return (urlsplit(url).netloc.rpartition("@")[2] if account.url else "") or account.email


FILTERS = {
    "on_page": on_page,
    "on_page_advice": advice_on_page,
    "remedy": remedy,
    "scope_words": scope_words,
    "asked_words": asked_words,
    "capitalize_first": capitalize_first,
    "topic": address_of,
    "phase_words": phase_words,
    "span": span,
    "done_lines": done_lines,
    "tone": tone,
    "verdict": verdict,
    "account_id": account_id,
    "desktop_words": desktop_words,
    "server_words": server_words,
}
