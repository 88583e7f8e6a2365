"""What a command's exit code says."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from instep.errors import AccountError, ConfigError, InstepError, is_servers

if TYPE_CHECKING:
    from instep.engine.report import Report


class Code(IntEnum):
    """The documented exit codes; of several accounts the highest number counts, which is the worst."""

    IN_STEP = 0
    DIFFERS = 1  # conflicts or problems are left; dry run, verify, check: something differs
    USAGE = 2  # the command line, the settings, or this computer's state cannot be used
    GUARD = 3  # a guard stopped something until a person says a word
    SERVER = 4  # the server cannot be reached, is no DAV server, or refused the login
    INTERRUPTED = 130  # Ctrl-C, as shells count it
    PIPE_CLOSED = 141  # nobody reads the output any more, as shells count it


def code_of_report(report: Report, *, dry_run: bool = False) -> Code:
    """Tell how an account stands after a run; in a dry run any work that would be done counts as a difference."""
    codes = [Code.IN_STEP]
    if report.failure:
        codes.append(Code.SERVER if report.unreachable else Code.USAGE)
    for pair in report.pairs:
        if pair.stopped:
            codes.append(Code.GUARD)
        if pair.conflicts or pair.problems or (dry_run and pair.work):
            codes.append(Code.DIFFERS)
    return max(codes)


def code_of_error(error: InstepError) -> Code:
    """Tell which code an error ends a command with."""
    if is_servers(error):
        return Code.SERVER
    return Code.USAGE if isinstance(error, ConfigError | AccountError) else Code.DIFFERS
