"""What undo and restore have in common: the plan as it is shown and asked about, the guard, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from instep.cli.exit import Code
from instep.cli.output import complain, note, say, say_json
from instep.cli.terminal import TERMINAL
from instep.core.harmless import plain
from instep.engine.byhand import HandReport, Intent, Outcome
from instep.engine.events import Face, GuardAnswer
from instep.engine.sentences import counted
from instep.engine.undoing import Wanted
from instep.errors import ConfigError

if TYPE_CHECKING:
    from instep.accounts.account import Account
    from instep.connectors.base import Connector
    from instep.core.guard import Stop
    from instep.core.model import Kind
    from instep.service.installation import Installation

_ACTIONS = {"create": "make again", "update": "change back", "delete": "remove"}
_DONE = {"create": "made again", "update": "changed back", "delete": "removed"}

Act = Callable[["Connector", "Connector", Wanted], Awaitable[HandReport]]


def account_of(here: Installation, name: str, what: str) -> Account:
    """The account that ``what`` belongs to; ``ConfigError`` when it is not set up any more."""
    try:
        return here.account(name)
    except ConfigError as error:
        raise ConfigError(
            f"{what} belongs to the account {name!r}, which is not set up any more.",
            "Add the account again under that name, with the same folders: instep account add.",
        ) from error


@dataclass(frozen=True, slots=True)
class How:
    """What a person said on the command line: ``on_guard`` is ``ask``, ``stop`` or ``go``; ``send`` lets guests be
    mailed."""

    dry_run: bool
    yes: bool
    on_guard: str
    send: bool


def carried_out(here: Installation, account: Account, head: str, act: Act, how: How, *, as_json: bool) -> Code:
    """Let ``act`` plan and carry out what a person asked for, show it under ``head``, and give the exit code."""
    here.unlock([account])
    report = asyncio.run(_acted(here, account, head, act, how))
    if as_json:
        say_json(report.to_json())
    else:
        _tell(report, head, dry_run=how.dry_run)
    if report.failure:
        complain(plain(report.failure))
    if report.waits:
        note("Nothing was written: it waits for a yes, which --yes says.")
    for sentence in report.stopped:
        note(f"A guard stopped it: {plain(sentence)} To do it: --on-guard go")
    return _code(report, dry_run=how.dry_run)


async def _acted(here: Installation, account: Account, head: str, act: Act, how: How) -> HandReport:
    from instep.accounts.connect import connect
    from instep.service.running import require_place

    await require_place(here, account)
    asks = TERMINAL.interactive() and not how.dry_run

    async def confirm(report: HandReport) -> bool:
        if not asks:
            return False
        async with TERMINAL.talk():
            _show(report, head, note)
            answer = await TERMINAL.ask("Go on? [y/N] ")
            return (answer or "").casefold() in ("y", "yes")

    async def guard(name: str, kind: Kind, stop: Stop) -> GuardAnswer:
        if how.on_guard != "ask":
            return GuardAnswer(how.on_guard)
        if not asks:
            return GuardAnswer.STOP
        async with TERMINAL.talk():
            note(f"\n{plain(name)} · {kind.value}: {plain(stop.sentence())}")
            answer = await TERMINAL.ask("Do it? [y/N] ")
            return GuardAnswer.GO if (answer or "").casefold() in ("y", "yes") else GuardAnswer.STOP

    wanted = Wanted(
        dry_run=how.dry_run,
        yes=how.yes,
        send=how.send,
        own_addresses=account.own_addresses,
        confirm=confirm,
        face=Face(guard=guard),
    )
    desktop, server = connect(account, await here.secret(account), means=here.means(account))
    try:
        return await act(desktop, server, wanted)
    finally:
        await asyncio.gather(desktop.close(), server.close(), return_exceptions=True)


def _show(report: HandReport, head: str, out: Callable[[str], None]) -> None:
    out(head)
    for intent in report.intents:
        out(_line(intent))


def _line(intent: Intent) -> str:
    match intent.outcome:
        case Outcome.ALREADY:
            words = "already so"
        case Outcome.REFUSED:
            words = "left alone"
        case Outcome.DONE:
            words = _DONE[intent.action]
        case Outcome.PLANNED:
            words = _ACTIONS[intent.action]
    kind = intent.kind.value if intent.kind else ""
    reason = f": {plain(intent.reason)}" if intent.reason else ""
    reason += " To allow that: --send." if intent.mails else ""
    return f"  {intent.side.value:7}  {words:12}  {kind:12}  {plain(intent.name)}{reason}"


def _tell(report: HandReport, head: str, *, dry_run: bool) -> None:
    if report.failure and not report.intents:
        return
    _show(report, head, say)
    if dry_run:
        say(f"{counted(report.count(Outcome.PLANNED), 'item')} would be written; nothing was.")
        return
    done, already, refused = (report.count(o) for o in (Outcome.DONE, Outcome.ALREADY, Outcome.REFUSED))
    if already and not (done or refused or report.count(Outcome.PLANNED)):
        say("Everything is so already; nothing was written.")
    elif done or refused:
        rest = f", {already} already so" if already else ""
        say(f"{counted(done, 'item')} written{rest}{f', {refused} left alone' if refused else ''}.")
    if report.run:
        say(f"This is run {report.run}; instep undo {report.run} takes it back.")
    if any(i.outcome is Outcome.DONE and i.action != "delete" for i in report.intents):
        say(f"The next sync carries it to the other side: instep sync {plain(report.account)}")


def _code(report: HandReport, *, dry_run: bool) -> Code:
    if report.failure:
        return Code.SERVER if report.unreachable else Code.USAGE
    if report.waits or report.stopped:
        return Code.GUARD
    differs = report.count(Outcome.REFUSED) or (dry_run and report.count(Outcome.PLANNED))
    return Code.DIFFERS if differs else Code.IN_STEP
