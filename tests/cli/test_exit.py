"""The exit codes of the documentation."""

from __future__ import annotations

import pytest

from instep.cli.exit import Code, code_of_error, code_of_report
from instep.cli.sync import worst
from instep.core.model import Kind, Side
from instep.engine.report import Counts, PairReport, Problem, Report
from instep.errors import (
    Busy,
    CodecError,
    ConfigError,
    InsecureRefused,
    InstepError,
    LoginRefused,
    NotADavServer,
    SecretUnavailable,
    StateDamaged,
    Transient,
    Unreachable,
)


def report(**fields: object) -> Report:
    return Report(1, "work", [PairReport(Kind.CONTACT, "a", "b", **fields)])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("situation", "given", "dry_run", "code"),
    [
        ("nothing to do", report(), False, 0),
        ("work was done", report(server_actions=Counts(create=3)), False, 0),
        ("work would be done", report(server_actions=Counts(create=3)), True, 1),
        ("a dry run without work", report(linked=4), True, 0),
        ("a conflict is left", report(conflicts=1), False, 1),
        ("a problem is left", report(problems=[Problem(Side.LEFT, "x", "y")]), False, 1),
        ("a guard stopped the pair", report(stopped="Stop.", conflicts=1), False, 3),
        ("the server was not reached", Report(1, "work", failure="No.", unreachable=True), False, 4),
        ("the state is busy", Report(1, "work", failure="Busy."), False, 2),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_report_gives_the_documented_code(situation: str, given: Report, dry_run: bool, code: int) -> None:
    assert code_of_report(given, dry_run=dry_run) == code


@pytest.mark.parametrize("codes", [(4, 3), (3, 2), (2, 1), (1, 0), (4, 0), (0, 3, 1)])
def test_several_accounts_give_the_worst_code(codes: tuple[int, ...]) -> None:
    ways = {
        0: report(),
        1: report(conflicts=1),
        2: Report(1, "x", failure="Busy."),
        3: report(stopped="Stop."),
        4: Report(1, "x", failure="No.", unreachable=True),
    }

    assert worst([ways[code] for code in codes]) == max(codes)
    assert worst([ways[code] for code in reversed(codes)]) == max(codes)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), Code.USAGE),
        (SecretUnavailable("x"), Code.USAGE),
        (InsecureRefused("x"), Code.USAGE),
        (Busy("x"), Code.USAGE),
        (StateDamaged("x"), Code.USAGE),
        (Unreachable("x"), Code.SERVER),
        (LoginRefused("x"), Code.SERVER),
        (NotADavServer("x"), Code.SERVER),
        (Transient("x"), Code.SERVER),
        (CodecError("x"), Code.DIFFERS),
    ],
    ids=lambda value: type(value).__name__,
)
def test_error_gives_the_documented_code(error: InstepError, code: Code) -> None:
    assert code_of_error(error) is code
