"""What all pages share: the installation, the work that goes on, and the secret behind sessions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

from instep.accounts.account import Account, name_key
from instep.accounts.folders import Folders
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.accounts.secrets import Passphrase, Secrets
from instep.service.installation import Installation
from instep.web.decisions import Decisions
from instep.web.drafts import Drafts
from instep.web.jobs import Jobs
from instep.web.key import Key, Links
from instep.web.login import Login
from instep.web.tls import Public


@dataclass
class Site:
    """One installation as its pages see it.

    ``origin`` is the scheme, host and port under which it is served (``http://127.0.0.1:7467``), ``hosts`` what a
    browser may call it. ``login`` is there where other computers are served, who come by a password and not by a link.
    ``passphrase`` is the vault's, kept in memory once a person gave it; ``drafts`` what was typed and is not stored
    yet; ``folders`` what both sides of an account had when last asked, by the account's key.
    """

    here: Installation
    key: Key
    origin: str
    hosts: frozenset[str]
    jobs: Jobs
    links: Links
    clock: Callable[[], float] = time.time
    login: Login | None = None
    passphrase: Secret | None = field(default=None, repr=False)
    decisions: Decisions = field(default_factory=Decisions)
    drafts: Drafts = field(default_factory=Drafts)
    folders: dict[str, Folders] = field(default_factory=dict)

    @classmethod
    def of(cls, home: Home, port: int, *, clock: Callable[[], float] = time.time, public: Public | None = None) -> Site:
        """Prepare the site of an installation, to be served on loopback at ``port``, or as ``public`` says.

        Raises ``ConfigError`` when the installation's folder, key or login cannot be used, ``StateDamaged`` for its
        state.
        """
        found: list[Site] = []
        here = Installation(home, lambda new: found[0].passphrase if found else None)
        key = Key.of(home)
        links = Links(key, clock())
        if public is not None:
            login = Login.of(home, clock)
            site = cls(here, login.key(key), public.origin, public.hosts, Jobs(), links, clock, login)
        else:
            names = ("127.0.0.1", "localhost", "[::1]")
            hosts = frozenset((*(f"{name}:{port}" for name in names), *(names if port == 80 else ())))
            site = cls(here, key, f"http://127.0.0.1:{port}", hosts, Jobs(), links, clock)
        found.append(site)
        _ = here.db
        return site

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; with TLS one that no other name of this computer can set."""
        return "__Host-instep_session" if self.login else "instep_session"

    def knows(self, session: str) -> bool:
        """Whether a cookie's value is a session of these pages that holds."""
        return self.key.is_session(session) and (self.login is None or self.login.holds(session))

    def id_of(self, name: str) -> str:
        """Return how an account is called in addresses, which hold no names of people."""
        return self.key.sign("account", name_key(name))[:16]

    def account(self, id: str) -> Account:
        """Return the account that ``id_of`` calls so; the page "not found" when there is none (any more)."""
        for account in self.here.accounts():
            if self.id_of(account.name) == id:
                return account
        raise HTTPException(404, "There is no such account any more.")

    def form_of(self, stored: object) -> str:
        """Return what a form holds of the settings that it shows (a dataclass), so that an older page cannot silently
        put back what was changed since."""
        assert is_dataclass(stored)
        plain = [(one.name, getattr(stored, one.name)) for one in fields(stored)]
        text = repr([(name, sorted(value) if isinstance(value, frozenset) else value) for name, value in plain])
        return self.key.sign("form", text)[:16]

    def asks_for(self, account: Account) -> Passphrase:
        """Tell which passphrase a person must still give before this account's password can be had or kept."""
        return Passphrase.NONE if self.passphrase else self.here.secrets.asks_for(account)

    def unlock(self, passphrase: Secret) -> None:
        """Use a passphrase from now on. Raises ``SecretUnavailable`` when it does not open the vault."""
        Secrets(self.here.home, lambda new: passphrase).open()
        self.passphrase = passphrase

    def account_of(self, request: Request) -> Account:
        """Return the account that a request's address names."""
        return self.account(request.path_params["account"])


def site_of(request: Request) -> Site:
    """Return the site that a request is for."""
    site: Site = request.app.state.site
    return site
