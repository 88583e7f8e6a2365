"""The people of the server: how they sign in, and what stands in their way."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from instep.testing.smartermail.exchange import Json

DAV_GROUP: Final = "CalDAV & CardDAV"


class TwoStep(StrEnum):
    """How a person proves a login beyond the password."""

    NONE = ""
    APP = "rfc6238"
    EMAIL = "email"
    APP_NOT_SETUP = "rfc6238_NOT_SETUP"
    EMAIL_NOT_SETUP = "email_NOT_SETUP"


class Standing(StrEnum):
    """Whether a person may come in."""

    FINE = "fine"
    CHANGE_PASSWORD = "must change the password"
    PASSWORD_EXPIRED = "password expired"
    DISABLED = "disabled"
    DOMAIN_DISABLED = "domain disabled"
    LOCKED = "locked"


@dataclass
class Person:
    """A mailbox's person. ``secret`` is the authenticator's, in Base32; ``app_passwords`` go by protocol group and work
    only where two-step login is on; ``mailed_code`` is the last code that was sent to the recovery address."""

    email: str
    password: str
    name: str = ""
    zone: str = "Europe/Berlin"
    standing: Standing = Standing.FINE
    two_step: TwoStep = TwoStep.NONE
    secret: str = "JBSWY3DPEHPK3PXP"
    recovery: str = "anna@elsewhere.example"
    app_passwords: dict[str, str] = field(default_factory=dict)
    mailed_code: str = ""
    last_step: int = -1
    categories: list[Json] = field(default_factory=list)

    @property
    def local(self) -> str:
        """The part of the address before the @."""
        return self.email.partition("@")[0]

    @property
    def domain(self) -> str:
        """The part of the address after the @."""
        return self.email.partition("@")[2]

    def __repr__(self) -> str:
        return f"Person({self.email!r})"
