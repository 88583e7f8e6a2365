"""From an account's settings to its two connectors; each store is imported only when an account uses it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from instep.accounts.account import Account, base_of
from instep.accounts.home import Home
from instep.accounts.means import Means
from instep.accounts.secret import Secret
from instep.connectors.base import Connector
from instep.errors import ConfigError, Where

if TYPE_CHECKING:
    from instep.protocols.exchange import HttpSettings
    from instep.protocols.logins import LoginGate


def connect(
    account: Account, secret: Secret, home: Home | None = None, *, means: Means | None = None
) -> tuple[Connector, Connector]:
    """Return the account's desktop and server, ready to be asked; nothing is sent or opened yet.

    ``secret`` is what ``Secrets.get`` gave, ``means`` what ``Installation.means`` did; without, nothing of the sign-in
    outlives the connectors. With ``home``, connectors remember there what spares them work in the next run. Close both
    when done. Raises ``ConfigError`` for a desktop that is not known.
    """
    return desktop_of(account, home), server_of(account, secret, means)


def desktop_of(account: Account, home: Home | None = None) -> Connector:
    """Return the account's desktop alone; it needs no secret."""
    scheme, _, place = account.desktop.partition(":")
    match scheme:
        case "files" if place:
            from instep.connectors.files import FilesConnector

            folder = Path(place).expanduser()
            # A folder called like the account (usual_desktop) would leave open which of the two a sentence means.
            called = "Desktop" if folder.name.casefold() == account.name.casefold() else ""
            return FilesConnector(folder, home.path / "files" if home else None, called)
        case _:
            raise ConfigError(
                f"desktop {account.desktop!r} is no desktop that Instep knows.",
                "Write it as files:DIR.",
                Where(account=account.name),
            )


def usual_desktop(name: str) -> str:
    """Return the folder of files for an account where the person names none."""
    return f"files:{Path.home() / 'Instep' / (name or 'account')}"


def desktop_is_there(account: Account) -> bool:
    """Tell whether something is where a ``files:`` desktop shall be; other desktops are always there."""
    scheme, _, place = account.desktop.partition(":")
    return scheme != "files" or Path(place).expanduser().exists()


def make_desktop(account: Account) -> bool:
    """Make the folder of a ``files:`` desktop if it is not there; returns whether it was made.

    For the set-up only, at a person's word: in a later run a missing folder may be a disk that is not mounted.
    Raises ``ConfigError`` when it cannot be made.
    """
    scheme, _, place = account.desktop.partition(":")
    folder = Path(place).expanduser()
    if scheme != "files" or folder.is_dir():
        return False
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise ConfigError(
            f"The folder {folder} cannot be made: {error.strerror or error}.",
            "Choose another one: --desktop files:DIR.",
            Where(account=account.name),
        ) from error
    return True


def server_of(account: Account, secret: Secret, means: Means | None = None) -> Connector:
    """Return the account's server alone."""
    from instep.connectors.dav import DavConnector
    from instep.protocols.http import HttpClient

    means = means or Means()
    settings = http_settings(account, secret, means.gate)
    old = bool(means.profile.old) and not account.is_smartermail
    if account.is_smartermail or old:
        from instep.accounts.connect_smartermail import smartermail_server

        return smartermail_server(
            settings,
            user=account.login_name,
            base=means.profile.base if old else base_of(account),
            keeper=means.keeper,
            profile=means.profile,
            remember=means.remember,
            # With two-step login, what is kept is the application password, which only DAV takes.
            password="" if account.two_step else secret.reveal(),
            dav_password=secret.reveal(),
            fixed={**means.fixed, **account.chosen_protocols},
            old=old,
        )
    return DavConnector(HttpClient(settings), account.url, account.email, allow_insecure=account.insecure_http)


def dav_alone_of(account: Account, password: Secret, means: Means) -> Connector:
    """Return the DAV of a SmarterMail account by itself, with the password of an application."""
    from instep.accounts.connect_smartermail import dav_alone

    return dav_alone(
        http_settings(account, password, means.gate),
        user=account.login_name,
        base=base_of(account),
        profile=means.profile,
        password=password.reveal(),
    )


def http_settings(account: Account, secret: Secret, gate: LoginGate) -> HttpSettings:
    """Return how to reach an account's server; with an empty ``secret`` and no login, nobody is logged in."""
    from instep import __version__
    from instep.protocols.exchange import HttpSettings

    return HttpSettings(
        login=account.login_name,
        password=secret.reveal(),
        allow_insecure=account.insecure_http,
        near_only=account.is_smartermail,
        ca_file=str(Path(account.ca_file).expanduser()) if account.ca_file else "",
        proxy=account.proxy,
        agent=f"Instep/{__version__}",
        gate=gate,
    )
