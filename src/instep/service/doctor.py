"""The doctor: what could be wrong with this computer, this installation and its accounts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from instep.accounts.account import Account
from instep.accounts.secret import Secret
from instep.accounts.trial import Outcome, Step, trial
from instep.errors import InstepError
from instep.service.installation import Installation


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name, how it is, what was found and what to do.

    ``name`` and ``detail`` hold nothing personal, so they may be given away; what tells of a person (a path, an
    address, an error's sentence) is in ``about`` and ``advice``, the account's name in ``account``. ``error`` is the
    name of the class of the error that was met, empty where there was none.
    """

    name: str
    outcome: Outcome
    detail: str = ""
    advice: str = ""
    about: str = ""
    account: str = ""
    error: str = ""


def failed(name: str, error: InstepError, account: str = "") -> Check:
    """Say that an error was met; its sentences may hold names and are for the person alone."""
    return Check(name, Outcome.FAILED, "", error.advice, error.message, account, type(error).__name__)


async def examine(here: Installation, *, online: bool = False, scan: bool = True) -> AsyncIterator[Check]:
    """Look at everything and give each finding as soon as it is known; raises nothing but what is a defect of ours.

    Makes no file; an older state is brought up to date, as by every command. ``online`` tests each account that is
    switched on with its server as well, for which its password is needed. Without ``scan`` the state is not read as a
    whole, which is quick however much it holds.
    """
    from instep.service import doctor_computer, doctor_home

    for check in (*doctor_computer.checks(here), *doctor_home.checks(here, scan=scan)):
        yield check
    accounts = _accounts(here)
    for account in accounts:
        for check in await asyncio.to_thread(_of_account, here, account):
            yield check
    for account in accounts:
        if online and account.enabled:
            async for step in trial(account, await _password(here, account), means=here.means(account)):
                yield _tried(account, step)


def _accounts(here: Installation) -> tuple[Account, ...]:
    try:
        return here.accounts()
    except InstepError:
        return ()  # the check of the settings has told it


def _of_account(here: Installation, account: Account) -> list[Check]:
    from instep.service.doctor_accounts import checks

    found: list[Check] = []
    try:
        found.extend(checks(here, account))
    except InstepError as error:
        found.append(failed("last run", error, account.name))
    return found


async def _password(here: Installation, account: Account) -> Callable[[], Secret]:
    """Get the password here, where it holds up nobody; the step that needs it tells what was wrong."""
    try:
        secret = await here.secret(account)
    except InstepError as error:
        refused = error
    else:
        return lambda: secret

    def refuse() -> Secret:
        raise refused

    return refuse


def _tried(account: Account, step: Step) -> Check:
    return Check(step.name, step.outcome, "", step.advice, step.detail, account.name, step.error)
