"""What sort of server an account has, and over which protocol each kind goes there; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from instep.connectors.base import Finding
from instep.core.model import Kind

NOT_AVAILABLE = "not available on this server version"
"""How the finding of a kind begins for which no folder can ever be on that server."""

PROTOCOLS: Mapping[Kind, tuple[str, ...]] = {
    Kind.CONTACT: ("dav", "rest"),
    Kind.EVENT: ("dav", "rest"),
    Kind.TASK: ("rest", "dav"),
    Kind.NOTE: ("rest",),
}
"""The protocols by which a SmarterMail server can hold a kind, in the order in which they are tried."""


def protocol_word(kind: Kind, protocol: str) -> str:
    """Return the name by which people know a protocol (``dav`` or ``rest``) for a kind."""
    if protocol == "rest":
        return "REST"
    return "CardDAV" if kind is Kind.CONTACT else "CalDAV"


def unavailable(findings: Iterable[Finding]) -> dict[Kind, Finding]:
    """Return what was found of the kinds that a server's version does not have at all."""
    return {Kind(one.name): one for one in findings if one.detail.startswith(NOT_AVAILABLE)}


class ServerType(StrEnum):
    """What an account's server speaks; the values are what stands in the settings file. ``UNKNOWN`` is taken for
    ``DAV``."""

    UNKNOWN = ""
    DAV = "dav"
    SMARTERMAIL = "smartermail"


def read_protocols(given: object) -> tuple[dict[Kind, str], str]:
    """Read a person's choices from texts such as ``contacts=rest`` (a list, or one text with commas).

    Returns the choices by kind, and what is wrong with them as the end of a sentence (empty for nothing).
    """
    words = given.split(",") if isinstance(given, str) else given
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        return {}, "is not a list of texts."
    chosen: dict[Kind, str] = {}
    for word in filter(None, (word.strip().lower() for word in words)):
        name, _, protocol = (part.strip() for part in word.partition("="))
        if name not in frozenset(Kind):
            return {}, f"holds {word!r}, which names no kind."
        kind = Kind(name)
        if protocol not in PROTOCOLS[kind]:
            return {}, f"holds {word!r}, but {kind} go over {' or '.join(PROTOCOLS[kind])}."
        if chosen.setdefault(kind, protocol) != protocol:
            return {}, f"says two things of {kind}."
    return chosen, ""


def written_protocols(chosen: Mapping[Kind, str]) -> tuple[str, ...]:
    """Return choices as they stand in the settings, in the usual order of the kinds."""
    return tuple(f"{kind}={chosen[kind]}" for kind in Kind if kind in chosen)


def joined_protocols(protocols: Iterable[str]) -> str:
    """Say choices in one line."""
    return ", ".join(protocols)


def protocol_of(collection: str) -> str:
    """Tell by the id of a SmarterMail server's folder over which protocol it is reached (``dav``, ``rest``)."""
    return "rest" if collection.startswith("smartermail:") else "dav"
