"""The folders of both sides of an account: gathered, named, and told apart."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote, urlsplit

from instep.accounts.account import Account
from instep.accounts.server_type import unavailable
from instep.connectors.base import Capabilities, CollectionInfo, Connector
from instep.core.model import Kind, Side
from instep.errors import ConfigError, Where


@dataclass(frozen=True, slots=True)
class Folders:
    """What both sides of an account have. ``desktop_makes``, ``server_makes``: new folders can be made there.

    ``without`` are kinds that the server's version does not have at all. ``taken`` gives, for the id of a desktop
    folder, the other account that it is paired in.
    """

    account: Account
    desktop: tuple[CollectionInfo, ...]
    server: tuple[CollectionInfo, ...]
    desktop_makes: bool = True
    server_makes: bool = False
    desktop_name: str = "desktop"
    server_name: str = "server"
    without: frozenset[Kind] = frozenset()
    taken: Mapping[str, str] = field(default_factory=dict)

    def of(self, side: Side) -> tuple[CollectionInfo, ...]:
        """The folders of one side."""
        return self.desktop if side is Side.LEFT else self.server

    def makes(self, side: Side) -> bool:
        """Whether a new folder can be made on that side."""
        return self.desktop_makes if side is Side.LEFT else self.server_makes

    def name_of(self, side: Side) -> str:
        """The name by which people know that side."""
        return self.desktop_name if side is Side.LEFT else self.server_name


async def gather(
    account: Account, desktop: Connector, server: Connector, taken: Mapping[str, str] | None = None
) -> Folders:
    """Ask both sides, at the same time, what they are and which folders they have; nothing is made or changed.

    Raises what the connectors raise (``AccountError``, ``CollectionVanished`` for a desktop that is not there …).
    """
    (left, lefts), (right, rights) = await asyncio.gather(_look(desktop), _look(server))
    return Folders(
        account,
        lefts,
        rights,
        left.creates_collections,
        right.creates_collections,
        desktop.name,
        server.name,
        frozenset(unavailable(right.findings)),
        taken or {},
    )


async def _look(connector: Connector) -> tuple[Capabilities, tuple[CollectionInfo, ...]]:
    # One after the other: what the first finds out, the second need not ask again.
    able = await connector.probe()
    return able, tuple(await connector.collections())


def usual_direction(left: CollectionInfo, right: CollectionInfo) -> str:
    """Return the direction of a pair where a person says none: two ways, but never towards what cannot be written."""
    if right.writable is False:
        return "to-desktop"
    return "to-server" if left.writable is False else "two-way"


def desktop_place(account: Account, folder: str) -> str:
    """Return where a desktop folder (its opaque id) really lies, so that those of two accounts can be compared."""
    scheme, _, root = account.desktop.partition(":")
    if scheme != "files":
        return f"{account.desktop}\n{folder}"
    return _real(Path(root).expanduser() / folder)


def _real(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))


def find_folder(folders: Folders, side: Side, kind: Kind, said: str) -> CollectionInfo:
    """Return the folder that a person named: by name, or by path (desktop) or collection URL (server).

    A whole id or path wins over a name; a name as it is written over one in other letters. Raises ``ConfigError`` when
    there is none, when several are meant, or when it does not take the kind.
    """
    found = said_folders(folders.account, side, folders.of(side), said)
    where = Where(account=folders.account.name)
    if not found:
        raise ConfigError(f"{folders.name_of(side)} has no folder {said!r}.", _others(folders, side, kind, said), where)
    fitting = [info for info in found if kind in info.kinds] or found
    if len(fitting) > 1:
        choices = ", ".join(info.id for info in fitting)
        raise ConfigError(
            f"{folders.name_of(side)} has several folders called {said!r}.", f"Say which: {choices}.", where
        )
    if kind not in fitting[0].kinds:
        takes = ", ".join(other for other in Kind if other in fitting[0].kinds) or "nothing that Instep keeps"
        raise ConfigError(f"{said!r} takes no {kind}; it takes: {takes}.", _others(folders, side, kind, said), where)
    return fitting[0]


def said_folders(account: Account, side: Side, known: Iterable[CollectionInfo], said: str) -> list[CollectionInfo]:
    """Return the folders that the words could mean, those of the most exact way of naming only."""
    known = list(known)
    ways = (
        [info for info in known if info.id == said],
        [info for info in known if _same_place(account, side, info.id, said)],
        [info for info in known if info.name == said],
        [info for info in known if info.name.casefold() == said.strip().casefold()],
    )
    return next((found for found in ways if found), [])


def _same_place(account: Account, side: Side, id: str, said: str) -> bool:
    if side is Side.RIGHT:
        return "/" in said and _url_key(id) == _url_key(said, base=id)
    if not account.desktop.startswith("files:") or not said.strip():
        return False
    path = Path(said).expanduser()
    inside = _real(Path(account.desktop.partition(":")[2]).expanduser() / path)
    return desktop_place(account, id) in (inside, _real(path))


def _url_key(url: str, base: str = "") -> tuple[str, str]:
    """Host and path of a collection, however its address is written; a bare path is on the same host."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].lower() or urlsplit(base).netloc.lower()
    except ValueError:
        return "", url
    return host, unquote(parts.path).rstrip("/")


def _others(folders: Folders, side: Side, kind: Kind, said: str) -> str:
    names = sorted({info.name for info in folders.of(side) if kind in info.kinds})
    near = get_close_matches(said, names, 1)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Folders for {kind} there: {', '.join(names)}." if names else f"There is no folder for {kind} there."
