"""The Test button: one step after the other, each with what was found and what to do; nothing is written anywhere."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum

from instep.accounts.account import Account, PasswordIn
from instep.accounts.connect import desktop_is_there, desktop_of, server_of
from instep.accounts.means import Means
from instep.accounts.secret import Secret
from instep.accounts.server_type import unavailable
from instep.connectors.base import Capabilities, CollectionInfo, Connector, Delta, Finding, Page
from instep.core.model import Kind
from instep.errors import (
    ConfigError,
    InsecureRefused,
    InstepError,
    LoginRefused,
    LoginsPaused,
    NotADavServer,
    NotSmarterMail,
    Unreachable,
)


class Outcome(StrEnum):
    """How a step went. ``NOTE``: works, but a person should know; ``NOT_KNOWN``: the store does not say."""

    OK = "ok"
    NOTE = "note"
    FAILED = "failed"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried: its name, how it went, what was found, and what to do about it (may be empty).

    ``error`` is the name of the class of the error that it failed with, empty where there was none.
    """

    name: str
    outcome: Outcome
    detail: str = ""
    advice: str = ""
    error: str = ""


async def trial(
    account: Account,
    secret: Callable[[], Secret],
    *,
    means: Means | None = None,
    refused: InstepError | None = None,
    count: bool = True,
    new: bool = False,
) -> AsyncIterator[Step]:
    """Test an account from its settings to its folders, and yield each step as soon as it is known.

    ``secret`` gives the password (``lambda: secrets.get(account)``), ``means`` what else the server takes;
    ``refused`` is why a sign-in just ended, and then the server is not asked again. ``count`` tells how many items the
    folders hold, which costs a listing each. In a ``new`` account the desktop's folder may still have to be made.
    Never writes, and raises nothing but what is a defect of ours: what fails is a step.
    """
    try:
        desktop = desktop_of(account)
        later = new and not desktop_is_there(account)
    except InstepError as error:
        yield _failed("desktop", error)
    else:
        try:
            if later:
                yield Step("desktop", Outcome.OK, "not there yet; it is made when the account is stored")
            else:
                async for step in try_desktop(account, desktop, count=count):
                    yield step
        finally:
            await desktop.close()
    if refused is not None:
        for step in _where_it_failed(account, account.url, refused):
            yield step
        return
    try:
        password = secret()
    except InstepError as error:
        yield _failed("password", error)
        return
    try:
        server = server_of(account, password, means)
    except InstepError as error:
        yield _failed("server", error)
        return
    try:
        paired = frozenset(means.fixed) if means is not None else frozenset[Kind]()
        async for step in try_server(account, server, count=count, paired=paired):
            yield step
    finally:
        await server.close()


async def try_desktop(account: Account, desktop: Connector, *, count: bool = True) -> AsyncIterator[Step]:
    """Yield the steps of the desktop side: that it is there, and its folder for each kind."""
    try:
        able = await desktop.probe()
        known = await desktop.collections()
    except InstepError as error:
        yield _failed("desktop", error)
        return
    yield Step("desktop", Outcome.OK, able.product)
    for kind in account.wanted:
        fitting = [info for info in known if kind in info.kinds]
        if fitting:
            yield await _folders_step(f"desktop: {kind}", kind, desktop, fitting, count)
        elif able.creates_collections:
            yield Step(f"desktop: {kind}", Outcome.OK, "no folder yet; it is made when it is paired")
        else:
            yield Step(f"desktop: {kind}", Outcome.NOTE, "no folder", f"Make one there, or leave {kind} out.")


async def try_server(
    account: Account, server: Connector, *, count: bool = True, paired: frozenset[Kind] = frozenset()
) -> AsyncIterator[Step]:
    """Yield the steps of the server side: address, connection, login, product, folders for each kind, invitations.

    ``paired`` are kinds whose pairs need folders of the server.
    """
    try:
        able = await server.probe()
        known = await server.collections()
    except InstepError as error:
        for step in _where_it_failed(account, server_name(account, server), error):
            yield step
        return
    yield Step("address", Outcome.OK, server_name(account, server))
    yield _connection(account, known)
    yield _login(account)
    if any(finding.name == "product" for finding in able.findings):
        pass  # said below, in more words
    elif able.product and able.product != server.name:
        yield Step("product", Outcome.OK, able.product)
    else:
        yield Step("product", Outcome.NOT_KNOWN, "the server does not say what it is")
    without = unavailable(able.findings)
    for finding in able.findings:
        if finding not in without.values():
            yield _found(finding)
    for kind in account.wanted:
        fitting = [info for info in known if kind in info.kinds]
        if fitting:
            yield await _folders_step(f"server: {kind}", kind, server, fitting, count)
        elif kind in paired:
            yield Step(f"server: {kind}", Outcome.FAILED, "the folder of its pair cannot be reached", "See above why.")
        elif kind in without:
            outcome = Outcome.FAILED if kind in account.kinds else Outcome.NOTE
            yield Step(f"server: {kind}", outcome, without[kind].detail, without[kind].advice)
        else:
            yield _no_folder(account, kind, able)
    if able.schedules and Kind.EVENT in account.wanted:
        detail = "the server mails guests by itself; Instep asks before it writes what would cause mail"
        yield Step("invitations", Outcome.NOTE, detail)


def server_name(account: Account, server: Connector) -> str:
    """The address of a SmarterMail server, whose connector has the product's name; for others what theirs says."""
    return account.url if account.is_smartermail or server.name == "SmarterMail" else server.name


def _found(finding: Finding) -> Step:
    """What the server's connector found, as a step; what it says of a kind is about the way it goes over."""
    name = f"protocol: {finding.name}" if finding.name in frozenset(Kind) else finding.name
    return Step(name, Outcome.OK if finding.fine else Outcome.NOTE, finding.detail, finding.advice)


def _where_it_failed(account: Account, name: str, error: InstepError) -> list[Step]:
    found = Step("address", Outcome.OK, name)
    match error:
        case InsecureRefused():
            return [found, _failed("encrypted connection", error)]
        case Unreachable() if _is_tls(error):
            return [found, _failed("encrypted connection", error)]
        case ConfigError() | Unreachable():
            return [_failed("address", error)]
        case LoginRefused() | LoginsPaused():
            return [found, _connection(account, []), _failed("login", error)]
        case NotADavServer() | NotSmarterMail():
            return [found, _connection(account, []), _failed("product", error)]
        case _:
            return [found, _failed("server", error)]


def _is_tls(error: BaseException) -> bool:
    below: BaseException | None = error
    while below is not None:
        if isinstance(below, ssl.SSLError):
            return True
        below = below.__cause__ or below.__context__
    return False


def _connection(account: Account, known: list[CollectionInfo]) -> Step:
    addresses = [info.id for info in known] if account.insecure_http else []
    if any(address.lower().startswith("http://") for address in (account.url, *addresses)):
        detail = "plain http, as you allowed: anyone on the way can read along"
        return Step("encrypted connection", Outcome.NOTE, detail, "Use an https address if the server has one.")
    if not known and account.insecure_http and "://" not in account.url:
        return Step("encrypted connection", Outcome.NOT_KNOWN, "you allowed plain http, if there is no https")
    return Step("encrypted connection", Outcome.OK, "https, and the certificate is trusted")


def _login(account: Account) -> Step:
    if account.password is PasswordIn.NONE:
        return Step("login", Outcome.OK, "none is used")
    how = ", signed in with two-step login" if account.two_step else ""
    return Step("login", Outcome.OK, f"as {account.login_name}{how}")


def _no_folder(account: Account, kind: Kind, able: Capabilities) -> Step:
    makes = "let Instep make one when you pair it" if able.creates_collections else "make one on the server"
    outcome = Outcome.FAILED if kind in account.kinds else Outcome.NOTE
    advice = f"{makes.capitalize()}, or leave {kind} out."
    return Step(f"server: {kind}", outcome, f"the server has no folder that takes {kind}", advice)


async def _folders_step(
    name: str, kind: Kind, connector: Connector, fitting: list[CollectionInfo], count: bool
) -> Step:
    parts, failure = [], None
    for info in fitting:
        part = info.name
        if count:
            try:
                part += await _count(connector, info, kind)
            except InstepError as error:
                failure = failure or error
        parts.append(f"{part}, {_rights(info)}" + (f", over {info.protocol}" if info.protocol else ""))
    detail = "; ".join(parts)
    if failure:
        return Step(name, Outcome.FAILED, f"{detail}. {failure.message}", failure.advice, type(failure).__name__)
    if all(info.writable is False for info in fitting):
        return Step(name, Outcome.NOTE, detail, "What you change on the other side cannot be carried here.")
    return Step(name, Outcome.NOT_KNOWN if all(info.writable is None for info in fitting) else Outcome.OK, detail)


def _rights(info: CollectionInfo) -> str:
    return {True: "read and write", False: "read only", None: "writing: not known"}[info.writable]


async def _count(connector: Connector, info: CollectionInfo, kind: Kind) -> str:
    """The number of items in words, from one answer; a folder of several kinds is counted as a whole."""
    replica = await connector.open(info.id, kind)
    match await replica.changes(None):
        case Page(part=part):
            number, more = len(part.changed if isinstance(part, Delta) else part.entries), True
        case Delta(changed=entries):
            number, more = len(entries), False
        case found:
            number, more = len(getattr(found, "entries", ())), False
    words = f"{'more than ' if more else ''}{number} item{'' if number == 1 else 's'}"
    return f" ({words} of all kinds)" if len(info.kinds) > 1 else f" ({words})"


def _failed(name: str, error: InstepError) -> Step:
    return Step(name, Outcome.FAILED, error.message, error.advice, type(error).__name__)
