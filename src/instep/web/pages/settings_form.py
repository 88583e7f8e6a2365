"""What the form of an account's settings holds: read from what was typed, and said in words at each field."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from starlette.datastructures import FormData

from instep.accounts.account import Account, Fault, PasswordIn, faults_of, secured, tidied
from instep.accounts.connect import usual_desktop
from instep.accounts.secret import Secret
from instep.accounts.server_type import PROTOCOLS, ServerType, read_protocols, written_protocols
from instep.core.model import Kind
from instep.service.signing_in import Prepared

KEPT = "kept"
_WAYS = (KEPT, "command", "none")
_LABELS = {
    "name": "The name",
    "url": "The address",
    "email": "The address",
    "login": "The login name",
    "desktop": "The folder",
    "proxy": "The proxy",
    "password_command": "The command",
    "ca_file": "The file",
    "sync_every": "The number",
}
_ADVICE = {
    ("url", "is missing."): "Give the server's address, or your e-mail address, from which it is found.",
    ("url", "is plain http, where anyone on the way can read along."): "Use https, or allow plain http under Options.",
    ("login", "is missing."): "Give it, or your e-mail address; if the server asks for none, choose “No login”.",
    ("password_command", "is missing."): "Give the command that prints the password, or choose another way.",
}


@dataclass
class Typed:
    """The form as a person filled it in; what is secret is apart from it (``Draft``)."""

    name: str = ""
    url: str = ""
    email: str = ""
    login: str = ""
    way: str = KEPT
    desktop: str = ""
    ca_file: str = ""
    proxy: str = ""
    on_conflict: str = ""
    sync_every: str = ""
    insecure_http: bool = False
    sync_at_start: bool = False
    sync_at_exit: bool = False
    sync_after_changes: bool = False
    kinds: frozenset[Kind] = frozenset(Kind)
    protocols: tuple[str, ...] = ()

    @property
    def advanced(self) -> bool:
        """Whether something under Options says other than usual, so that they should be open."""
        usual = Typed()
        names = ("ca_file", "proxy", "insecure_http", "sync_at_start", "sync_at_exit", "sync_after_changes")
        return any(getattr(self, name) != getattr(usual, name) for name in names) or bool(
            self.sync_every or self.protocols
        )

    def protocol(self, kind: Kind) -> str:
        """The protocol that is chosen for a kind; empty for none."""
        return read_protocols(self.protocols)[0].get(kind, "")


@dataclass(frozen=True)
class Found:
    """What was found of the server at the place that was typed (``place_typed``), and the sign-in there."""

    place: tuple[object, ...]
    prepared: Prepared


@dataclass
class Draft:
    """A filled form on its way: for the account ``editing`` (its name; empty for a new one), ``like`` another one.

    ``password`` and ``command`` are what was typed; ``None`` and empty leave what is kept. ``shown`` stands for the
    settings that the form was filled in upon, empty for a new account. ``found`` is what the server was found to be;
    ``app_password`` the one for DAV that was given with the code of two-step login.
    """

    typed: Typed
    editing: str = ""
    like: str = ""
    shown: str = ""
    password: Secret | None = field(default=None, repr=False)
    command: str = field(default="", repr=False)
    found: Found | None = field(default=None, repr=False)
    app_password: Secret | None = field(default=None, repr=False)

    @property
    def signed_in(self) -> bool:
        """Whether a sign-in at the place that is typed is complete."""
        signing = self.found.prepared.signing if self.found and self.found.place == place_typed(self) else None
        return signing is not None and not signing.asks


def place_typed(draft: Draft) -> tuple[object, ...]:
    """Return what decides which server, and whose mailbox there, a form means; it shows no secret."""
    typed = draft.typed
    place = typed.url, typed.email, typed.login, typed.way, typed.insecure_http, typed.ca_file, typed.proxy
    return *place, draft.password, Secret(draft.command)


def typed_of(account: Account) -> Typed:
    """Return the form that shows an account."""
    found = Typed(kinds=frozenset(account.wanted), way=_way(account), desktop=account.desktop.partition(":")[2])
    for name in ("name", "url", "email", "login", "ca_file", "proxy", "insecure_http"):
        setattr(found, name, getattr(account, name))
    found.sync_at_start, found.sync_at_exit = account.sync_at_start, account.sync_at_exit
    found.sync_after_changes = account.sync_after_changes
    found.sync_every = str(account.sync_every) if account.sync_every else ""
    found.protocols = account.protocols
    return found


def _way(account: Account) -> str:
    match account.password:
        case PasswordIn.COMMAND:
            return "command"
        case PasswordIn.NONE:
            return "none"
        case _:
            return KEPT


def typed_in(form: FormData) -> Typed:
    """Read a form that was sent; what is not in it is as if it was left empty."""
    found = Typed()
    for one in fields(Typed):
        value = form.get(one.name, "")
        text = value.strip() if isinstance(value, str) else ""
        if one.name not in ("kinds", "protocols"):
            setattr(found, one.name, bool(text) if isinstance(one.default, bool) else text)
    found.way = found.way if found.way in _WAYS else KEPT
    chosen = {kind: str(form.get(f"protocol-{kind}", "")) for kind in Kind}
    found.protocols = written_protocols({kind: word for kind, word in chosen.items() if word in PROTOCOLS[kind]})
    found.kinds = frozenset(Kind(word) for word in form.getlist("kind") if word in frozenset(Kind))
    return found


def account_from(draft: Draft, before: Account | None, place: PasswordIn) -> tuple[Account, dict[str, str]]:
    """Return the account that a form describes, and a sentence for each field that is wrong.

    ``before`` is the account as it is stored, or the one that a new one shall be like; ``place`` is where new passwords
    are kept.
    """
    typed = draft.typed
    wrong: dict[str, str] = {}
    base = before or Account("")
    kinds = typed.kinds
    if not kinds:
        wrong["kinds"] = "Choose at least one."
    if kinds == frozenset(Kind):
        # All of them means: whatever the server offers. What it lacks is then no fault.
        kinds = base.kinds if base.kinds == kinds else frozenset()
    account = replace(
        base,
        name=typed.name,
        url=typed.url,
        email=typed.email,
        login=typed.login,
        kinds=kinds,
        insecure_http=typed.insecure_http,
        proxy=typed.proxy,
        sync_at_start=typed.sync_at_start,
        sync_at_exit=typed.sync_at_exit,
        sync_after_changes=typed.sync_after_changes,
        sync_every=_minutes(typed.sync_every, wrong),
    )
    account, more = _with_paths(_with_password(account, draft, base, place), typed)
    wrong = more | wrong
    account = _with_server(_tidied(account, wrong), base if draft.editing else None, typed)
    # Where plain http was typed, https is looked for first.
    for fault in faults_of(secured(account)):
        wrong.setdefault(fault.key, _sentence(fault))
    return account, wrong


def _with_server(account: Account, stored: Account | None, typed: Typed) -> Account:
    """The account with what is known of its server; at another place, or for a new account, that is found out."""
    if stored is not None and _place(stored) == _place(account):
        return replace(account, protocols=typed.protocols if account.is_smartermail else ())
    return replace(account, server=ServerType.UNKNOWN, two_step=False, protocols=())


def _place(account: Account) -> tuple[str, str]:
    return account.url, account.login or account.email


def _with_password(account: Account, draft: Draft, base: Account, place: PasswordIn) -> Account:
    match draft.typed.way:
        case "command":
            command = draft.command or base.password_command
            return replace(account, password=PasswordIn.COMMAND, password_command=command)
        case "none":
            return replace(account, password=PasswordIn.NONE, password_command="")
    keeps = base.password in (PasswordIn.KEYRING, PasswordIn.VAULT) and bool(draft.editing)
    return replace(account, password=base.password if keeps else place, password_command="")


def _with_paths(account: Account, typed: Typed) -> tuple[Account, dict[str, str]]:
    wrong: dict[str, str] = {}
    folder = typed.desktop.removeprefix("files:")
    try:
        if folder:
            path = Path(folder).expanduser()
            if not folder.isprintable():
                wrong["desktop"] = "That cannot be a folder."
            elif not path.is_absolute():
                wrong["desktop"] = "Write the whole path, from the disk's beginning or from ~, your own folder."
            elif path.exists() and not path.is_dir():
                wrong["desktop"] = "There is a file of that name, not a folder."
    except (OSError, RuntimeError, ValueError):
        wrong["desktop"] = "That cannot be a folder."
    try:
        if typed.ca_file and not Path(typed.ca_file).expanduser().is_file():
            wrong["ca_file"] = "There is no such file."
    except (OSError, RuntimeError, ValueError):
        wrong["ca_file"] = "That cannot be a file."
    desktop = f"files:{folder}" if folder else usual_desktop(account.name.strip())
    return replace(account, desktop=desktop, ca_file=typed.ca_file), wrong


def _tidied(account: Account, wrong: dict[str, str]) -> Account:
    # What cannot be a path stays as it was typed; its fault is known.
    desktop = "" if "desktop" in wrong else account.desktop
    ca_file = "" if "ca_file" in wrong else account.ca_file
    whole = tidied(replace(account, desktop=desktop, ca_file=ca_file))
    return replace(whole, desktop=whole.desktop or account.desktop, ca_file=whole.ca_file or account.ca_file)


def _minutes(text: str, wrong: dict[str, str]) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or not 0 <= int(text[:9]) <= 1440:
        wrong["sync_every"] = "Write a whole number of minutes, from 1 to 1440, or leave it empty."
        return 0
    return int(text)


def _sentence(fault: Fault) -> str:
    advice = _ADVICE.get((fault.key, fault.message), fault.advice)
    if "--" in advice or "files:" in advice:
        advice = ""
    said = f"{_LABELS.get(fault.key, fault.key)} {fault.message}"
    if fault.message.startswith(("'", '"')):
        said = fault.message
    return f"{said} {advice}".rstrip()
