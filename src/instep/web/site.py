"""What all pages share: the installation, the work that goes on, and the secret behind sessions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.requests import Request

from instep.accounts.account import Account, name_key
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.service.installation import Installation
from instep.web.decisions import Decisions
from instep.web.jobs import Jobs
from instep.web.key import Key, Links


@dataclass
class Site:
    """One installation as its pages see it.

    ``origin`` is the scheme, host and port under which it is served (``http://127.0.0.1:7467``), ``hosts`` what a
    browser may call it. ``passphrase`` is the vault's, kept in memory once a person gave it.
    """

    here: Installation
    key: Key
    origin: str
    hosts: frozenset[str]
    jobs: Jobs
    links: Links
    clock: Callable[[], float] = time.time
    passphrase: Secret | None = field(default=None, repr=False)
    decisions: Decisions = field(default_factory=Decisions)

    @classmethod
    def of(cls, home: Home, port: int, *, clock: Callable[[], float] = time.time) -> Site:
        """Prepare the site of an installation, to be served on loopback at ``port``.

        Raises ``ConfigError`` when the installation's folder or key cannot be used, ``StateDamaged`` for its state.
        """
        found: list[Site] = []
        here = Installation(home, lambda new: None if new or not found else found[0].passphrase)
        key = Key.of(home)
        hosts = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))
        site = cls(here, key, f"http://127.0.0.1:{port}", hosts, Jobs(), Links(key, clock()), clock)
        found.append(site)
        _ = here.db
        return site

    def id_of(self, name: str) -> str:
        """Return how an account is called in addresses, which hold no names of people."""
        return self.key.sign("account", name_key(name))[:16]

    def account(self, id: str) -> Account:
        """Return the account that ``id_of`` calls so; the page "not found" when there is none (any more)."""
        for account in self.here.accounts():
            if self.id_of(account.name) == id:
                return account
        raise HTTPException(404, "There is no such account any more.")

    def account_of(self, request: Request) -> Account:
        """Return the account that a request's address names."""
        return self.account(request.path_params["account"])


def site_of(request: Request) -> Site:
    """Return the site that a request is for."""
    site: Site = request.app.state.site
    return site
