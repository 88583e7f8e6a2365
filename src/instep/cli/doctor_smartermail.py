"""``instep doctor smartermail``: the live check of a server, with a person's word."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.complete import accounts_complete
from instep.cli.exit import Code
from instep.cli.output import note, say, say_json

if TYPE_CHECKING:
    from instep.accounts.account import Account
    from instep.accounts.secret import Secret
    from instep.service.installation import Installation
    from instep.service.live_check.answers import Answer
    from instep.service.live_check.desk import Choices, Desk
    from instep.service.live_check.questions import Question
    from instep.service.live_check.run import Result

_EXPLAINED = """\
This check finds out how {server} behaves where nobody has written it down, and lets Instep rely on what it saw.
It makes folders of its own, called “{tag}”, works on items of its own in them, and removes all of that at the end.
Nothing else is changed, {mail}, and what it prints holds no personal data."""
_NO_MAIL = "nobody is sent mail"
_MAIL = "mail goes to nobody but {guest}, which you named"


@click.command(cls=Command)
@click.argument("name", shell_complete=accounts_complete)
@click.option("--dry-run", is_flag=True, help="Only say what would be tried, and how.")
@click.option("--yes", is_flag=True, help="Do not ask; also remove what earlier checks have left.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Also write the report into FILE (Markdown), which must not be there yet.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option("--use-default-folders", is_flag=True,
              help="Where the server makes no folder: use the default one, with items of its own only.")  # fmt: skip
@click.option("--mail-to", metavar="ADDRESS", default="",
              help="Try whether appointments with guests send mail: a second address of your own.")  # fmt: skip
@click.option("--app-password-stdin", is_flag=True,
              help="Try an application password, once over each protocol: read it from standard input.")  # fmt: skip
@click.option("--many", is_flag=True, help="Make more than a hundred contacts, to see how much a list gives at once.")
@click.pass_context
def smartermail(
    ctx: click.Context,
    name: str,
    dry_run: bool,
    yes: bool,
    report: Path | None,
    as_json: bool,
    use_default_folders: bool,
    mail_to: str,
    app_password_stdin: bool,
    many: bool,
) -> None:
    """Find out how a SmarterMail server behaves, once for each of its builds.

    About twenty questions are tried on items of its own in folders of its own, which are removed at the end, also
    after Ctrl-C. The answers become part of what Instep knows of this server, and the report can be given to the
    project: it holds no host, no address, no names. No mail is sent unless you say --mail-to, and no wrong password is
    ever shown.
    """
    from instep.cli.opened import installation
    from instep.service.live_check.opening import require_smartermail
    from instep.store import lease

    with installation() as here:
        one = here.account(name)
        require_smartermail(one)
        if dry_run:
            _explain_all()
            ctx.exit(Code.IN_STEP)
        _require_usable(one, report, mail_to, yes)
        choices = _choices(use_default_folders, mail_to, _app_password(app_password_stdin), many)
        here.unlock([one])
        with lease.held(here.db, one.name, "live check"):
            result = asyncio.run(_checked(here, one, choices, yes, report, as_json))
    if not result.began:
        note("Nothing was made, and nothing was asked.")
    ctx.exit(_code(result))


def _explain_all() -> None:
    from instep.service.live_check.questions import QUESTIONS

    for question in QUESTIONS:
        say(f"{question.name}: {question.asks}")
        say(f"    {question.how}")
    note("Nothing was asked of the server.")


def _require_usable(one: Account, report: Path | None, mail_to: str, yes: bool) -> None:
    from instep.cli.terminal import TERMINAL
    from instep.errors import ConfigError

    if report is not None and (report.exists() or report.is_symlink()):
        raise ConfigError(f"{report} is there already, and was left as it is.", "Name another file.")
    if not yes and not TERMINAL.interactive():
        raise ConfigError("Nobody can be asked whether the check may begin.", "Say --yes.")
    if not mail_to:
        return
    if "@" not in mail_to or mail_to.casefold() in (one.email.casefold(), one.login_name.casefold()):
        raise ConfigError("--mail-to needs a second address of your own, another than the account's.")
    if not TERMINAL.interactive():
        raise ConfigError("With --mail-to somebody has to look whether mail came.", "Run it at a terminal.")


def _app_password(from_stdin: bool) -> Secret | None:
    from instep.accounts.secret import Secret

    if not from_stdin:
        return None
    if sys.stdin.isatty():
        text = click.prompt("Application password", hide_input=True, err=True, type=str)
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    return Secret(text) if text else None


def _choices(inside: bool, guest: str, app_password: Secret | None, many: bool) -> Choices:
    from instep.core.model import Kind
    from instep.service.live_check.desk import Choices

    return Choices(frozenset(Kind) if inside else frozenset(), guest, _mail_came, app_password, many)


async def _mail_came(address: str) -> bool | None:
    from instep.cli.terminal import TERMINAL
    from instep.core.harmless import plain

    note(f"An appointment with {plain(address)} as guest was made and deleted. Look there, also after a few minutes.")
    said = (
        (await TERMINAL.ask("Did an invitation or a cancellation come? [y/n, empty = not known] ")) or ""
    ).casefold()
    if said[:1] != "n":
        return True if said[:1] == "y" else None
    # From now on Instep would store meetings there unasked: mail that is only late must not be taken for none.
    waited = await TERMINAL.ask("Have you waited for five minutes at least, and looked among the spam? [y/N] ")
    return False if (waited or "").casefold()[:1] == "y" else None


async def _checked(
    here: Installation, one: Account, choices: Choices, yes: bool, report: Path | None, as_json: bool
) -> Result:
    from instep.service.live_check.names import new_tag
    from instep.service.live_check.opening import keep, opened
    from instep.service.live_check.run import Result, live_check
    from instep.service.live_check.written import Written

    result = Result()
    async with opened(here, one, await here.secret(one)) as desk:
        tag = new_tag(desk.today)
        await _offer_to_remove(desk, choices, yes)
        if not await _may_begin(one, tag, choices.guest, yes):
            return result
        written = Written(result, desk.today, _hidden(one, desk, choices))
        if not as_json:
            say()

        def tell(question: Question, answer: Answer) -> None:
            if not as_json:
                _show(question, written.cleared(answer))

        try:
            await live_check(desk, tag, choices, result, tell)
        finally:
            _show_left(result, tag)
        kept = keep(here, one, desk, result)
    if as_json:
        say_json(written.json())
    if report is not None:
        from instep.cli.doctor import write_new

        write_new(report, written.markdown().encode())
    _close(written.product, kept=kept is not None, report=report)
    return result


def _hidden(one: Account, desk: Desk, choices: Choices) -> tuple[str, ...]:
    """What must not be in a report, whatever the server wrote into its answers."""
    from urllib.parse import urlsplit

    domains = (address.rpartition("@")[2] for address in (one.email, one.login_name, choices.guest))
    host = urlsplit(desk.rest.base).netloc
    return (desk.rest.base, host, desk.rest.host, one.email, one.login_name, choices.guest, *domains)


async def _offer_to_remove(desk: Desk, choices: Choices, yes: bool) -> None:
    """Find what earlier checks have left, and remove it at the person's word."""
    from instep.cli.terminal import TERMINAL
    from instep.core.model import Kind
    from instep.service.live_check.answers import FOLDER_WORDS
    from instep.service.live_check.leftovers import find, remove

    sure = desk.profile.answers.get("contact-new") == "folder"
    found = await find(desk.rest, inside=choices.inside | (frozenset() if sure else {Kind.CONTACT}))
    if not found:
        return
    note("An earlier check has left this on the server:")
    for one in found:
        note(f"  {FOLDER_WORDS[one.source.kind] if not one.id else one.source.kind.value}: {one.name}")
    guests = bool(choices.guest)
    if not yes:
        note("An appointment with a guest among it may send that guest a cancellation.")
        if ((await TERMINAL.ask("Remove it? [y/N] ")) or "").casefold() not in ("y", "yes"):
            note("It was left as it is.")
            return
        guests = True
    for left in await remove(desk.rest, found, guests=guests):
        note(left.sentence())


async def _may_begin(one: Account, tag: str, guest: str, yes: bool) -> bool:
    from instep.cli.terminal import TERMINAL
    from instep.core.harmless import plain

    mail = _MAIL.format(guest=plain(guest)) if guest else _NO_MAIL
    note(_EXPLAINED.format(server=f"the server of {plain(one.name)}", tag=tag, mail=mail))
    if yes:
        return True
    return ((await TERMINAL.ask("Begin? [y/N] ")) or "").casefold() in ("y", "yes")


def _show(question: Question, answer: Answer) -> None:
    from instep.accounts.trial import Outcome
    from instep.cli.trial import SIGNS
    from instep.core.harmless import plain
    from instep.service.live_check.answers import Sure
    from instep.service.live_check.written import answer_line

    signs = {Sure.NOT_TRIED: Outcome.NOT_KNOWN, Sure.NOT_ANSWERED: Outcome.FAILED, Sure.LIKELY: Outcome.NOTE}
    colour = SIGNS[signs.get(answer.sure, Outcome.OK)][1]
    say(f"{click.style(f'{question.name:20}', fg=colour)} {question.asks}")
    say(f"{'':20} {plain(answer_line(answer))}")


def _show_left(result: Result, tag: str) -> None:
    for left in result.left:
        note(left.sentence())
    if result.began and not result.left:
        note(f"\nAll that the check made ({tag}) is removed.")


def _close(product: str, *, kept: bool, report: Path | None) -> None:
    if kept:
        note(f"Instep relies on these answers as long as the server is {product}; check again after an update.")
    else:
        note("The server did not tell one and the same build to the end, so nothing of this is kept.")
    if report is not None:
        note(f"Wrote {report}. Please give it to the project: it holds no personal data.")


def _code(result: Result) -> Code:
    from instep.service.live_check.answers import Sure

    if result.broke_off:
        return Code.SERVER
    open_ = any(answer.sure is Sure.NOT_ANSWERED for answer in result.answers.values())
    return Code.DIFFERS if open_ or result.left else Code.IN_STEP
