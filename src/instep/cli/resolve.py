"""``instep resolve``: a person's answer to a conflict, stored and carried out at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.exit import Code

if TYPE_CHECKING:
    from instep.core.model import Side
    from instep.engine.questions import Question, Resolution
    from instep.service.installation import Installation


@click.command(cls=Command)
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@click.option("--keep", metavar="server[:N]|desktop[:N]", help="Keep one side's version; N where several items match.")
@click.option(
    "--take", "takes", multiple=True, metavar="FIELD=server|desktop", help="Keep one side's field; for each field."
)
@click.option("--new", is_flag=True, help="They are different things: the desktop's item becomes a new one.")
@click.option("--both", is_flag=True, help="Keep both versions, as two items.")
@click.option("--send", is_flag=True, help="Write it although the server then mails people; only this item.")
@click.option("--skip", is_flag=True, help="Leave it open; an answer that waits is taken back.")
@click.option("--all-remaining", is_flag=True, help="The same answer for all conflicts of that account, kind and sort.")
@click.option("--later", is_flag=True, help="Only store the answer; the next sync carries it out.")
@click.pass_context
def resolve(
    ctx: click.Context,
    number: int,
    keep: str | None,
    takes: tuple[str, ...],
    new: bool,
    both: bool,
    send: bool,
    skip: bool,
    all_remaining: bool,
    later: bool,
) -> None:
    """Decide conflict ID ("instep conflicts" shows the numbers) and carry that out.

    If an item was edited since it was shown, nothing is written over: the conflict is asked again.
    """
    from instep.cli.opened import installation
    from instep.cli.output import say
    from instep.engine.conflicts import decide, decide_remaining, question
    from instep.engine.questions import Choice
    from instep.engine.sentences import counted

    if sum((keep is not None, bool(takes), new, both, send, skip)) != 1:
        raise click.UsageError("Give one of --keep, --take, --new, --both, --send and --skip.", ctx)
    if send and all_remaining:
        raise click.UsageError("--send is a yes to one item: give it for each, without --all-remaining.", ctx)
    with installation() as here:
        asked = question(here.db, number)
        answer = _answer(ctx, asked, keep, takes, new=new, both=both, send=send)
        decide(here.db, number, answer)
        decided = [number]
        if all_remaining:
            decided += decide_remaining(here.db, asked, answer)
        if answer.choice is Choice.SKIP:
            say(f"{counted(len(decided), 'conflict')} left open.")
        elif later:
            say(f"{counted(len(decided), 'answer')} stored; the next sync of {asked.account} carries it out.")
        else:
            ctx.exit(_carry_out(here, asked.account, decided, everywhere=send))


def _answer(
    ctx: click.Context,
    asked: Question,
    keep: str | None,
    takes: tuple[str, ...],
    *,
    new: bool,
    both: bool,
    send: bool,
) -> Resolution:
    from instep.engine.questions import Choice, Resolution

    if keep is not None:
        side, _, which = keep.partition(":")
        if side not in (Choice.SERVER, Choice.DESKTOP) or (which and (not which.isdecimal() or int(which) < 1)):
            raise click.UsageError(f"--keep {keep}: write server, desktop, server:N or desktop:N.", ctx)
        return Resolution(Choice(side), which=int(which or 1))
    if takes:
        return Resolution(Choice.MERGE, takes=dict(_take(ctx, asked, text) for text in takes))
    chosen = [(new, Choice.NEW), (both, Choice.BOTH), (send, Choice.SEND)]
    return Resolution(next((choice for given, choice in chosen if given), Choice.SKIP))


def _take(ctx: click.Context, asked: Question, text: str) -> tuple[str, Side]:
    from instep.core.model import Side
    from instep.engine.asked import choosable, group_label

    name, equals, side = text.rpartition("=")
    if not equals or side not in ("server", "desktop"):
        raise click.UsageError(f"--take {text}: write FIELD=server or FIELD=desktop.", ctx)
    known = choosable(asked)
    for group in known:
        if name.strip().casefold() in (group.casefold(), group_label(asked, group).casefold()):
            return group, Side(side)
    raise click.UsageError(f"--take {name}: fields to decide are: {', '.join(known)}.", ctx)


def _carry_out(here: Installation, name: str, numbers: list[int], *, everywhere: bool = False) -> Code:
    """Run the pairs of the questions, or all of the account: what was held may be a move from one to another."""
    from instep.cli.output import note, say
    from instep.cli.runner import Runner
    from instep.cli.sync import worst
    from instep.cli.terminal import TERMINAL
    from instep.engine.sentences import counted
    from instep.service.running import Wishes
    from instep.store import conflicts

    account = here.account(name)
    with here.db.reading() as tx:
        rows = [row for number in numbers if (row := conflicts.get(tx, number)) is not None]
    pairs = None if everywhere else frozenset(row.pair_id for row in rows)
    wishes = Wishes(on_conflict="skip", pairs=pairs)
    here.unlock([account])
    [report] = asyncio.run(Runner(here, TERMINAL, wishes).run([account]))
    code = worst([report])
    if code >= Code.USAGE:
        note("The answer is stored; the next sync carries it out.")
        return code
    with here.db.reading() as tx:
        left = {number: row for number in numbers if (row := conflicts.get(tx, number)) is not None}
    waiting = [number for number, row in left.items() if row.reason == "sends-mail" and not everywhere]
    for number in waiting:
        note(f"Decided, but writing it would make the server send mail. Say yes with: instep resolve {number} --send")
    again = [number for number in left if number not in waiting]
    if again:
        note(f"Not carried out: {', '.join(map(str, again))}. The item has changed since it was shown; decide it anew.")
        return Code.DIFFERS
    if waiting:
        return Code.DIFFERS
    say(f"{counted(len(numbers), 'conflict')} decided and carried out.")
    return Code.IN_STEP
