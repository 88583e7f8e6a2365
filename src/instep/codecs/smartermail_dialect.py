"""How one SmarterMail server writes its items over REST, as far as that is known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the lenses must know of a server; the defaults say "not known", and nothing is written by guess then.

    ``phone_type`` is how a telephone's type stands (``word``: "Home"; ``number``: 0; empty: as the item itself shows).
    ``contact_keys`` are names of contact keys (lower case) beyond the documented ones which this server was seen to
    keep. ``recurrence`` names the form of an event's recurrence object that was seen to come back with the same
    instants; empty: series are neither read nor written.
    """

    phone_type: str = ""
    contact_keys: frozenset[str] = frozenset()
    recurrence: str = ""


UNKNOWN = Dialect()
