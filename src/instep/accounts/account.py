"""One account's settings as a value, and what can be wrong with them; pure but for the current folder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from instep.accounts.server_type import ServerType, read_protocols, written_protocols
from instep.core.model import Kind


class PasswordIn(StrEnum):
    """Where an account's password is kept; the values are what stands in the settings file."""

    KEYRING = "keyring"
    VAULT = "vault"
    COMMAND = "command"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Account:
    """One server identity and the desktop it is kept the same with.

    ``url`` is an address or a bare host; empty means: found from the domain of ``email``. An empty ``login`` means the
    e-mail address, empty ``kinds`` all that the server offers. ``desktop`` is ``files:DIR``; ``insecure_http`` the
    person's explicit yes to plain http. ``password_command`` is never shown, since people write secrets into commands.

    ``server`` is what the server was found to be; of a SmarterMail server ``url`` is the place that was found. With
    ``two_step`` the login wants a code, so no password is kept for it (one for DAV alone may be). ``protocols`` are a
    person's choices, as ``contacts=rest``.

    The four ``sync_…`` say when ``instep serve`` synchronizes by itself; ``sync_every`` is in minutes, 0 for never.
    """

    name: str
    url: str = ""
    email: str = ""
    login: str = ""
    desktop: str = ""
    kinds: frozenset[Kind] = frozenset()
    insecure_http: bool = False
    ca_file: str = ""
    proxy: str = ""
    password: PasswordIn = PasswordIn.KEYRING
    password_command: str = field(default="", repr=False)
    enabled: bool = True
    sync_at_start: bool = False
    sync_at_exit: bool = False
    sync_every: int = 0
    sync_after_changes: bool = False
    server: ServerType = ServerType.UNKNOWN
    two_step: bool = False
    protocols: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name by which accounts are told apart: ``Work`` and ``work`` are one."""
        return name_key(self.name)

    @property
    def login_name(self) -> str:
        """What is sent as the login name; empty for an account without authentication."""
        return "" if self.password is PasswordIn.NONE else self.login or self.email

    @property
    def own_addresses(self) -> frozenset[str]:
        """The mailbox's own addresses, by which its person is known among the people invited."""
        return frozenset(text.casefold() for text in (self.email, self.login) if "@" in text)

    @property
    def is_smartermail(self) -> bool:
        """Whether the server was found to be SmarterMail."""
        return self.server is ServerType.SMARTERMAIL

    @property
    def chosen_protocols(self) -> dict[Kind, str]:
        """The protocol (``dav``, ``rest``) that a person chose, for each kind where one did."""
        return read_protocols(self.protocols)[0]

    @property
    def wanted(self) -> tuple[Kind, ...]:
        """The kinds to synchronize, in the usual order; all four where none was chosen."""
        return tuple(kind for kind in Kind if not self.kinds or kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one setting; ``message`` continues its name and never repeats what may be a secret."""

    key: str
    message: str
    advice: str = ""


_EMAIL = re.compile(r"[^@\s:/]+@[^@\s:/]+")
_TEXTS = ("url", "email", "login", "desktop", "ca_file", "proxy", "password", "password_command")
_FLAGS = {
    "insecure_http": False,
    "two_step": False,
    "enabled": True,
    "sync_at_start": False,
    "sync_at_exit": False,
    "sync_after_changes": False,
}
_EVERY_ADVICE = "Write minutes: from 1 to 1440, or 0 for never."
_LONGEST = 2000
_A_DAY = 1440  # minutes; whoever wants less often than that synchronizes by hand
SETTINGS: tuple[str, ...] = ("url", "email", "login", "desktop", "kinds", "insecure_http", "ca_file", "proxy")
SETTINGS += ("password", "password_command", "enabled")
SETTINGS += ("sync_at_start", "sync_at_exit", "sync_every", "sync_after_changes")
SETTINGS += ("server", "two_step", "protocols")
Settings = dict[str, str | bool | int | list[str]]
"""An account's settings as they stand in the file."""


def name_key(name: str) -> str:
    """Return the form of an account's name that decides whether two names are the same."""
    return unicodedata.normalize("NFC", name.strip()).casefold()


def read_account(name: str, table: Mapping[str, Any]) -> tuple[Account, tuple[Fault, ...]]:
    """Read the settings of one account; what is wrong comes back beside it, each setting with at most one fault.

    A setting that is wrong has its default in the account that is returned.
    """
    faults = [_unknown(key) for key in table if key not in SETTINGS]
    values: dict[str, Any] = {}
    for key in _TEXTS:
        if not isinstance(value := table.get(key, ""), str):
            faults.append(Fault(key, "is not a text.", 'Write it in quotation marks: "…".'))
        elif value:
            values[key] = value
    for key, usual in _FLAGS.items():
        if not isinstance(value := table.get(key, usual), bool):
            faults.append(Fault(key, "is neither true nor false.", "Write true or false, without quotation marks."))
        else:
            values[key] = value
    every = table.get("sync_every", 0)
    if isinstance(every, bool) or not isinstance(every, int):
        faults.append(Fault("sync_every", "is not a whole number.", _EVERY_ADVICE))
    else:
        values["sync_every"] = every
    kinds, wrong = read_kinds(table.get("kinds", ()))
    faults += wrong
    values |= _read_server(table, faults)
    password = values.pop("password", "command" if values.get("password_command") else "keyring")
    try:
        values["password"] = PasswordIn(password)
    except ValueError:
        # The value may be the very password, so it is not repeated.
        faults.append(
            Fault(
                "password",
                "does not say where the password is kept: keyring, vault, command or none.",
                "Never write the password itself here; if you did, remove it and change it on the server.",
            )
        )
        return Account(name, kinds=kinds, **values), tuple(faults)
    account = Account(name, kinds=kinds, **values)
    known = {fault.key for fault in faults}
    return account, (*faults, *(fault for fault in faults_of(account) if fault.key not in known))


def _read_server(table: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    try:
        values["server"] = ServerType(table.get("server", ""))
    except ValueError:
        faults.append(Fault("server", "is no sort of server.", "Write dav or smartermail, or leave it out."))
    chosen, wrong = read_protocols(table.get("protocols", ()))
    values["protocols"] = written_protocols(chosen)
    if wrong:
        faults.append(Fault("protocols", wrong, 'Write a list such as ["contacts=rest", "appointments=dav"].'))
    return values


def _unknown(key: str) -> Fault:
    near = get_close_matches(key, SETTINGS, 1)
    hint = f"Did you mean {near[0]}?" if near else f"Settings of an account are: {', '.join(SETTINGS)}."
    return Fault(key, "is no setting of an account.", hint)


def read_kinds(given: object) -> tuple[frozenset[Kind], list[Fault]]:
    """Read kinds from a list of words or from one text with commas; nothing means all."""
    words = given.split(",") if isinstance(given, str) else given
    known = ", ".join(Kind)
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        return frozenset(), [Fault("kinds", "is not a list of kinds.", f"Kinds are: {known}.")]
    chosen = [word.strip().lower() for word in words if word.strip()]
    wrong = [word for word in chosen if word not in frozenset(Kind)]
    if wrong:
        return frozenset(), [Fault("kinds", f"holds {wrong[0]!r}, which is no kind.", f"Kinds are: {known}.")]
    return frozenset(Kind(word) for word in chosen), []


def written(account: Account) -> Settings:
    """Return the settings as they stand in the file: only what says something, in the usual order."""
    plain = Account(account.name)
    table: Settings = {}
    for key in SETTINGS:
        value = getattr(account, key)
        if key == "kinds":
            if value:
                table[key] = [str(kind) for kind in Kind if kind in value]
        elif key == "protocols":
            if value:
                table[key] = list(value)
        elif key == "password" or value != getattr(plain, key):
            table[key] = value if isinstance(value, int) else str(value)
    return table


def tidied(account: Account) -> Account:
    """Complete what a person typed: whole paths that hold from any folder; an e-mail address typed as the URL."""
    url, email = account.url.strip(), account.email.strip()
    if _EMAIL.fullmatch(url):
        url, email = "", email or url
    return replace(
        account,
        name=unicodedata.normalize("NFC", account.name.strip()),
        url=url,
        email=email,
        login=account.login.strip(),
        desktop=_whole_desktop(account.desktop.strip()),
        ca_file=str(Path(account.ca_file).expanduser().absolute()) if account.ca_file else "",
        proxy=account.proxy.strip(),
    )


def _whole_desktop(desktop: str) -> str:
    scheme, colon, folder = desktop.partition(":")
    if scheme != "files" or not folder:
        return desktop
    return f"{scheme}{colon}{Path(folder).expanduser().absolute()}"


def secured(account: Account) -> Account:
    """Return the account with an https address where plain http was typed, nobody allowed it, and it is still to be
    found out what the server is: what a person types or copies out of a browser tells nothing about https."""
    url = account.url.strip()
    if not (is_unknown(account) and url.lower().startswith("http://")) or account.insecure_http:
        return account
    return replace(account, url=f"https{url[4:]}")


def is_unknown(account: Account) -> bool:
    """Tell whether it is to be found out what the account's server is; SmarterMail always wants a login."""
    return account.server is ServerType.UNKNOWN and account.password is not PasswordIn.NONE


def base_of(account: Account) -> str:
    """Return where a SmarterMail account's server stands: its address with a scheme, without a slash at the end."""
    return (account.url if "://" in account.url else f"https://{account.url}").rstrip("/")


def faults_of(account: Account) -> tuple[Fault, ...]:
    """Tell what is wrong with an account's settings, in their usual order; nothing is looked up on disk or network."""
    checks = (
        *_length_faults(account),
        _name_fault(account.name),
        _url_fault(account),
        _email_fault(account.email),
        _login_fault(account),
        _desktop_fault(account.desktop),
        _proxy_fault(account.proxy),
        _password_fault(account),
        _every_fault(account.sync_every),
        *_server_faults(account),
    )
    # One fault for each setting, the first that was found.
    return tuple({fault.key: fault for fault in reversed(checks) if fault}.values())[::-1]


def _length_faults(account: Account) -> Iterator[Fault]:
    # A settings file with a longer line would not be read any more.
    for key in ("url", "email", "login", "desktop", "ca_file", "proxy", "password_command"):
        if len(getattr(account, key)) > _LONGEST:
            yield Fault(key, f"is longer than {_LONGEST} characters.", "Look what was pasted there.")


def _name_fault(name: str) -> Fault | None:
    advice = "Use letters, digits, spaces and . _ - + @, beginning with a letter or a digit."
    if not name:
        return Fault("name", "is missing.", advice)
    if len(name) > 64:
        return Fault("name", "is longer than 64 characters.", advice)
    if not name[0].isalnum() or name != name.strip() or not all(c.isalnum() or c in " ._-+@" for c in name):
        return Fault("name", f"{name!r} cannot be the name of an account.", advice)
    return None


def _url_fault(account: Account) -> Fault | None:
    if not account.url:
        if account.email:
            return None
        return Fault("url", "is missing.", "Give the server's address (--url), or an e-mail address to find it by.")
    try:
        # A host without a scheme is looked for over https first.
        parts = urlsplit(account.url if "://" in account.url else f"https://{account.url}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        return Fault("url", "is not a usable address.", "Write it as https://host/path.")
    if parts.scheme.lower() not in ("http", "https") or not host or " " in host:
        return Fault("url", "is not an http or https address.", "Write it as https://host/path.")
    if "@" in parts.netloc:
        return Fault(
            "url", "holds a login name or a password.", "Give the login name as login, and the password when asked."
        )
    if parts.scheme.lower() == "http" and not account.insecure_http:
        return Fault(
            "url",
            "is plain http, where anyone on the way can read along.",
            "Use https, or allow it for this account: --insecure-http (insecure_http = true).",
        )
    return None


def _email_fault(email: str) -> Fault | None:
    if not email or _EMAIL.fullmatch(email):
        return None
    return Fault("email", f"{email!r} is not an e-mail address.", "Write it as name@host.")


def _login_fault(account: Account) -> Fault | None:
    if account.password is PasswordIn.NONE or account.login or account.email:
        return None
    return Fault(
        "login",
        "is missing.",
        "Give a login name or an e-mail address; if the server asks for none, say so: --no-password (password = none).",
    )


def _desktop_fault(desktop: str) -> Fault | None:
    if not desktop:
        return Fault("desktop", "is missing.", "Give a folder for the files: --desktop files:DIR.")
    scheme, _, folder = desktop.partition(":")
    if scheme != "files" or not folder.strip():
        return Fault("desktop", f"{desktop!r} is no desktop that Instep knows.", "Write it as files:DIR.")
    return None


def _proxy_fault(proxy: str) -> Fault | None:
    if not proxy:
        return None
    try:
        parts = urlsplit(proxy)
        usable, secret = parts.scheme in ("http", "https") and bool(parts.hostname), parts.password is not None
    except ValueError:
        usable, secret = False, False
    if secret:
        return Fault("proxy", "holds a password, in plain text.", "Give it in the environment instead: HTTPS_PROXY.")
    return None if usable else Fault("proxy", "is not a usable address.", "Write it as http://host:port.")


def _password_fault(account: Account) -> Fault | None:
    has_command = bool(account.password_command.strip())
    if account.password is PasswordIn.COMMAND and not has_command:
        return Fault("password_command", "is missing.", "Give the command that prints the password.")
    if account.password is not PasswordIn.COMMAND and has_command:
        beside = f"stands beside password = {account.password}."
        return Fault("password_command", beside, 'Keep one; password = "command" uses it.')
    return None


def _every_fault(minutes: int) -> Fault | None:
    if 0 <= minutes <= _A_DAY:
        return None
    return Fault("sync_every", f"is {minutes}.", _EVERY_ADVICE)


def _server_faults(account: Account) -> Iterator[Fault]:
    if account.is_smartermail:
        if not account.url:
            yield Fault("url", "is missing.", "Give the address of the web mail: --url.")
        if account.password is PasswordIn.NONE:
            yield Fault("password", "is none, but SmarterMail wants a login.", "Give a password, or a command for it.")
        return
    beside = 'stands beside a server that is not SmarterMail (server = "smartermail").'
    if account.two_step:
        yield Fault("two_step", beside, "Remove it, or set the account up again.")
    if account.protocols:
        yield Fault("protocols", beside, "Remove it, or set the account up again.")
