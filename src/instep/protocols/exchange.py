"""What goes into the HTTP client and what comes out, without the library behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from instep.errors import StoreFull, Transient
from instep.protocols.backoff import told_to_wait
from instep.protocols.logins import LoginGate, OpenGate
from instep.protocols.origins import shown


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How to reach one account's server; times in seconds, ``largest_answer`` in bytes once unpacked.

    ``timeout`` is how long the server may be silent, ``longest_answer`` how long a whole answer may take.
    ``near_only`` lets plain http, where it is allowed, lead to private addresses alone.
    Empty ``login`` and ``password`` mean: no authentication. ``ca_file`` names a PEM file of authorities trusted in
    addition to the operating system's; ``proxy`` an http(s) URL, empty for the environment's (``HTTPS_PROXY``);
    ``gate`` is asked before the password is shown for the first time.
    """

    login: str = ""
    password: str = field(default="", repr=False)
    allow_insecure: bool = False
    near_only: bool = False
    ca_file: str = ""
    proxy: str = field(default="", repr=False)
    timeout: float = 60.0
    concurrency: int = 4
    attempts: int = 4
    longest_wait: float = 60.0
    longest_answer: float = 900.0
    largest_answer: int = 256 * 1024 * 1024
    agent: str = "Instep"
    gate: LoginGate = field(default_factory=OpenGate, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: ``url`` is where it finally came from, ``headers`` have lower-case names, repeated ones are joined."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


def failure_of(response: Response) -> Transient | StoreFull | None:
    """Return the error that a status means for any request, or None where the caller must judge it (RFC 9110 15)."""
    place = shown(response.url)
    match response.status:
        case 429:
            return Transient(
                f"{place} asks for a pause: too many requests.",
                "Try again later.",
                retry_after=told_to_wait(response.headers),
            )
        case 501 | 505:
            return None
        case 507:
            return StoreFull(f"{place} has no room left.", "Make room on the server, or ask for more quota.")
        case status if status >= 500:
            return Transient(
                f"{place} answered with the error {status}.",
                "Try again later.",
                retry_after=told_to_wait(response.headers),
            )
    return None
