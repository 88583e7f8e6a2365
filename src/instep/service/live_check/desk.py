"""What a live check works with: the signed-in client, the way to DAV, and what the person allowed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from instep.accounts.secret import Secret
from instep.core.model import Kind
from instep.protocols.exchange import HttpSettings
from instep.protocols.http import HttpClient
from instep.protocols.logins import LoginGate, OpenGate
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.profile import Profile
from instep.protocols.webdav.places import Resolver, resolve

MailCame = Callable[[str], Awaitable[bool | None]]
"""Asks the person whether mail came to an address; ``None`` for no answer."""


async def _nobody(address: str) -> bool | None:
    return None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person allowed beyond the check's own folders; by default nothing.

    ``inside`` are kinds for which the default folder may be used where no own one can be made, ``guest`` is the
    person's own second address, which may get mail, ``app_password`` one to be tried, ``many`` whether to make more
    than a hundred contacts to see how long a list may be.
    """

    inside: frozenset[Kind] = frozenset()
    guest: str = field(default="", repr=False)
    mail_came: MailCame = field(default=_nobody, repr=False)
    app_password: Secret | None = None
    many: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """One account's server. ``settings`` say how to reach it, without login; ``dav_password`` is empty where DAV is
    not to be tried; ``dav_start`` is where to look for it first, ``profile`` what was known before."""

    rest: RestClient
    settings: HttpSettings
    profile: Profile = field(default_factory=Profile)
    dav_password: str = field(default="", repr=False)
    dav_start: str = ""
    gate: LoginGate = field(default_factory=OpenGate, repr=False)
    resolver: Resolver = field(default=resolve, repr=False)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def today(self) -> date:
        """The day, for the names of what is made."""
        return self.now().date()

    def client(self, login: str = "", password: str = "") -> HttpClient:
        """Make another client for the same server."""
        return HttpClient(replace(self.settings, login=login, password=password, gate=self.gate))
