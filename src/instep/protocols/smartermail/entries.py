"""Entries of a folder's list and single items, checked before anybody relies on them."""

from __future__ import annotations

from typing import Any

from instep.errors import CollectionError, ReadOnly, Transient
from instep.protocols.smartermail.folders import Json, Source
from instep.protocols.smartermail.paging import Page, id_in
from instep.protocols.smartermail.replies import Reply, folder_refusal, has_key, item_refusal, named, rows, text_of

_FOLDER_KEYS = ("sourceId", "calId", "calendarId", "folderId")  # codespell:ignore
_NOT_MADE = frozenset({"", "0", "null", "00000000-0000-0000-0000-000000000000"})


def page_of(reply: Reply, source: Source, *names: str, total: str = "totalCount") -> Page:
    """Read a list out of an answer, under one of these names or as it is; ``total`` is the key of the whole number.

    Raises ``CollectionVanished`` or ``CollectionError`` for a refusal, and ``Transient`` when there is no list.
    """
    if not reply.done:
        raise folder_refusal(reply, source.name)
    found = rows(reply.json, *names)
    if found is None or not all(isinstance(entry, dict) for entry in found):
        raise Transient(
            f"The mail server answered without the list of what is in {source.name!r}.",
            "Try again later; if that does not help, tell the project which version the server has.",
        )
    return Page(found, _number(reply.told(total)))


def own(entries: list[Json], source: Source) -> list[Json]:
    """Leave out entries that name another folder. Raises ``CollectionError`` when all do: the folder was not read."""
    names = {source.id.lower(), text_of(named(source.raw, "folderId")).lower()} - {""}
    kept = [entry for entry in entries if not (said := _folders(entry)) or said & names]
    if entries and not kept:
        raise CollectionError(
            f"The mail server gave the entries of other folders for {source.name!r}.",
            "Tell the project which version the server has.",
        )
    return kept


def _folders(entry: Json) -> set[str]:
    return {text for key in _FOLDER_KEYS if (text := text_of(named(entry, key)).lower()) not in _NOT_MADE}


def is_missing(reply: Reply, source: Source) -> bool:
    """Tell whether a call for one item says that there is none. Raises the error for another refusal, and
    ``CollectionVanished`` when it is the folder that is missing."""
    if reply.folder_missing or not (reply.done or reply.missing):
        raise item_refusal(reply, source.name, "shown")
    return reply.missing


def one_of(reply: Reply, name: str, id: str, source: Source) -> Json | None:
    """Read the item at ``id`` out of an answer, under this name or as it is; ``None`` where the name holds nothing.

    Raises ``Transient`` when the answer says nothing of an item, or of another one.
    """
    if has_key(reply.json, name):
        found = reply.told(name)
        if isinstance(found, list):
            found = found[0] if found else None
        return None if found is None else single(found, id, source)
    return single(reply.json, id, source)


def single(value: Any, id: str, source: Source) -> Json:
    """Check that an object is the item at ``id``. Raises ``Transient`` for another item, or none."""
    if not isinstance(value, dict) or id_in(value).lower() != id.lower():
        raise Transient(f"The mail server answered with another item of {source.name!r} than was asked for.")
    return value


def made_id(value: Any) -> str | None:
    """Give the identifier in an answer to a creation; ``None`` where it tells none."""
    text = id_in(value) if isinstance(value, dict) else text_of(value)
    return None if text.lower() in _NOT_MADE else text


def with_values(item: Json, **values: Any) -> Json:
    """Set these keys, in the case in which the object has them."""
    spelled = {key.lower(): key for key in item}
    return {**item, **{spelled.get(key.lower(), key): value for key, value in values.items()}}


def identified(item: Json, id: str) -> Json:
    """Have the item say its identifier; one that is right stays as it is (a number stays a number)."""
    return item if text_of(named(item, "id")) == id else with_values(item, id=id)


def without(item: Json, *keys: str) -> Json:
    """Leave these keys out, whatever their case."""
    dropped = {key.lower() for key in keys}
    return {key: value for key, value in item.items() if key.lower() not in dropped}


def placed(item: Json, owner: str, owner_key: str, id: str, id_key: str) -> Json:
    """Say in a new object which folder it is for."""
    return with_values(item, **{owner_key: owner, id_key: id})


def require_writable(source: Source) -> None:
    """Raise ``ReadOnly`` for a folder that is known to take no writes."""
    if source.writable is False:
        raise ReadOnly(f"{source.name!r} takes no changes from you.", "Ask its owner for the right to.")


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
