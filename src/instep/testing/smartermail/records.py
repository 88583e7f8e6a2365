"""What the server remembers for a test: requests, logins, mails; never a secret."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and how it ended (0: the connection was closed)."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Login:
    """One try to sign in and whether it worked. ``way`` is ``password``, ``code``, ``refresh``, ``page``, or ``dav``,
    where every request is a try."""

    way: str
    email: str
    worked: bool
    address: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that a real server would have sent: ``invitation``, ``cancellation``, ``reply`` or ``code``."""

    kind: str
    to: str
    subject: str
    sender: str = ""


@dataclass
class Records:
    """Everything that happened, in order."""

    requests: list[Asked] = field(default_factory=list)
    logins: list[Login] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)

    def counts(self) -> Counter[tuple[str, str]]:
        """How often each method and path was asked."""
        return Counter((asked.method, asked.path) for asked in self.requests)

    def logins_by(self, way: str) -> int:
        """How many logins were tried in this way."""
        return sum(login.way == way for login in self.logins)

    def clear(self) -> None:
        """Forget it all."""
        self.requests.clear()
        self.logins.clear()
        self.mails.clear()
