"""What happened, as sentences: one per pair, one per failure."""

from __future__ import annotations

from collections.abc import Iterable

from instep.core.fields import FIELDS, GROUP_LABELS
from instep.core.harmless import plain
from instep.core.model import Kind, Side
from instep.engine.report import Counts, PairReport, Report

_DONE = (("create", "new"), ("update", "changed"), ("delete", "deleted"))


def pair_name(pair: PairReport) -> str:
    """Name a pair for a person: ``contacts · Contacts ↔ Address Book``."""
    return f"{pair.kind.value} · {plain(pair.desktop)} ↔ {plain(pair.server)}"


def pair_sentence(pair: PairReport, *, dry_run: bool = False, of_a_plan: bool = False) -> str:
    """Say in one sentence what was done for a pair, or in a dry run would be; ``of_a_plan``: more may be left to do."""
    if pair.stopped:
        return f"{pair_name(pair)}: stopped, nothing was changed. {plain(pair.stopped)}"
    parts = [part for side in (Side.LEFT, Side.RIGHT) if (part := _writes(side, pair.actions(side)))]
    if pair.linked:
        parts.append(f"{pair.linked} found to be the same")
    if pair.merged:
        parts.append(f"{pair.merged} merged")
    if pair.conflicts:
        parts.append(f"{counted(pair.conflicts, 'conflict')} to decide")
    if pair.problems:
        parts.append(counted(len(pair.problems), "problem"))
    if not pair.complete and not pair.problems:
        parts.append("not finished")
    stay = "".join(f"; {line}" for line in staying_lines(pair))
    if not parts:
        return f"{pair_name(pair)}: {'nothing done' if of_a_plan else 'in step, nothing to do'}{stay}."
    would = "would be: " if dry_run else ""
    return f"{pair_name(pair)}: {would}{'; '.join(parts)}{stay}."


def staying_lines(pair: PairReport) -> list[str]:
    """Say for each side how many of its items the protocol in use cannot carry; empty where there are none."""
    counts = [(side.value, number) for side, number in pair.staying.items() if number]
    return [
        f"{number} {'stays as it is' if number == 1 else 'stay as they are'} on the {side}" for side, number in counts
    ]


def _writes(side: Side, counts: Counts) -> str:
    done = [f"{number} {word}" for name, word in _DONE if (number := getattr(counts, name))]
    return f"{', '.join(done)} on the {side.value}" if done else ""


def field_labels(kind: Kind, names: Iterable[str]) -> list[str]:
    """Name fields, and groups of fields, of a kind as people do."""
    labels = {field.name: field.label for field in FIELDS[kind]} | dict(GROUP_LABELS)
    return [labels.get(name, name) for name in names]


def counted(number: int, word: str) -> str:
    """Say ``1 problem`` or ``2 problems``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def problem_lines(pair: PairReport) -> list[str]:
    """Say each problem of a pair, and what is worth saying without being one."""
    lines = []
    for problem in pair.problems:
        what = f"{plain(problem.item)}: " if problem.item else ""
        message = plain(problem.message)
        # Errors name their place themselves; it is said once.
        lines.append(f"  {problem.side.value}: {message if what and what[:-2] in message else what + message}")
    return lines + [f"  {plain(text)}" for text in pair.notes]


def closing(report: Report) -> str:
    """Say what a run cost, for ``-v`` and the log."""
    return (
        f"{report.account}: run {report.run}, {report.status.value}, {counted(report.requests, 'request')}, "
        f"{report.bytes} bytes, {report.seconds:.1f} s"
    )
