"""What a connection to an account's server uses besides its password: who keeps the sign-in, how often logins may be
tried, and what is known of the server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from instep.accounts.account import Account, base_of
from instep.accounts.home import Home
from instep.accounts.login_gate import HomeGate
from instep.accounts.product import dav_of_old
from instep.accounts.records import Records
from instep.accounts.secrets import Secrets
from instep.accounts.sessions import HomeKeeper
from instep.core.model import Kind
from instep.errors import InstepError
from instep.protocols.logins import LoginGate, OpenGate
from instep.protocols.smartermail.profile import Profile
from instep.protocols.smartermail.session import MemoryKeeper, SessionKeeper

LOG = logging.getLogger("instep")


def _forgotten(profile: Profile) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Means:
    """The means of one account. ``fixed`` is the protocol that its pairs have already (``dav``, ``rest``), by kind;
    ``remember`` takes in what was learned of the server. By default nothing outlives the program."""

    gate: LoginGate = field(default_factory=OpenGate)
    keeper: SessionKeeper = field(default_factory=MemoryKeeper, repr=False)
    profile: Profile = field(default_factory=Profile)
    remember: Callable[[Profile], None] = field(default=_forgotten, repr=False)
    fixed: Mapping[Kind, str] = field(default_factory=dict)


def means_of(home: Home, secrets: Secrets, account: Account, fixed: Mapping[Kind, str]) -> Means:
    """Return the means of an account that is stored in a home; nothing is opened before it is needed."""
    gate = HomeGate(home.logins)
    records, base = Records(home), base_of(account)
    profile = records.load(account)
    old = bool(profile.old) and dav_of_old(profile.base) == account.url
    if not (account.is_smartermail or old):
        return Means(gate, fixed=fixed)
    if not old and profile.base != base:
        # The settings were written by hand: what is known of another server says nothing of this one, and where its
        # DAV was found must not get the password.
        profile = Profile(base)

    def remember(profile: Profile) -> None:
        try:
            records.store(account, profile)
        except InstepError as error:
            # It spares questions in the next run, and nothing more.
            LOG.warning("%s: what was learned of the server is not kept: %s", account.name, error)

    return Means(gate, HomeKeeper(home, secrets, account), profile, remember, fixed)
