"""The id of a folder that is reached over REST: opaque to everybody else, and enough to reach it again; pure."""

from __future__ import annotations

from urllib.parse import quote, unquote

from instep.core.model import Kind
from instep.errors import CollectionVanished, Where
from instep.protocols.smartermail.folders import Source

PREFIX = "smartermail:"


def place_of(source: Source) -> str:
    """Return the id of a folder; owner and number stand in it exactly as the server gave them."""
    return f"{PREFIX}{source.kind.value}/{quote(source.owner, safe='')}/{quote(source.id, safe='')}"


def source_of(place: str) -> Source:
    """Return the folder that an id names, as far as an id can tell.

    Raises ``CollectionVanished`` for an id that ``place_of`` never gave.
    """
    parts = place.removeprefix(PREFIX).split("/") if place.startswith(PREFIX) else []
    kinds = {kind.value: kind for kind in Kind}
    if len(parts) != 3 or parts[0] not in kinds or not parts[2]:
        raise vanished(place)
    kind, owner, number = kinds[parts[0]], unquote(parts[1]), unquote(parts[2])
    return Source(kind, owner, number, kind.value, writable=None)


def vanished(place: str, name: str = "") -> CollectionVanished:
    """Return the error that says: the folder is not there."""
    return CollectionVanished(
        "The server does not list this folder (any more).",
        "Nothing was changed on the other side; look in the web mail whether it was deleted or is not shared any more.",
        Where(collection=name or place),
    )
