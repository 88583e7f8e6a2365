"""What is known of one SmarterMail server: found at Test, learned by writing, answered by the live check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from instep.codecs.smartermail_dialect import UNKNOWN, Dialect


@dataclass(frozen=True, slots=True)
class Profile:
    """The capability record of one account's server.

    ``base`` is where ``/api/v1`` stands (scheme, host, virtual directory, no slash at the end); ``build`` 0 is unknown;
    ``seen`` an ISO time stamp in UTC. ``dav`` is where DAV was found, empty where it was not. ``forms`` are call forms
    that worked (question → answer, both plain words), ``answers`` those of the live check; both and ``dialect`` hold
    for ``build`` alone and are dropped when it changes. ``old`` is the version of a server up to 15, which has no REST
    interface; empty for all others.
    """

    base: str = ""
    build: int = 0
    old: str = ""
    seen: str = ""
    dav: str = ""
    forms: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    dialect: Dialect = UNKNOWN
