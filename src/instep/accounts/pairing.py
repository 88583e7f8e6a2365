"""Which folders belong together when an account is set up: a pure proposal, and carrying it out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from instep.accounts.folders import Folders, usual_direction
from instep.connectors.base import CollectionInfo, Connector
from instep.core.model import Kind, Side
from instep.errors import ConfigError, Where
from instep.store.pairs import Pair

DEFAULT_FOLDERS = {Kind.CONTACT: "contacts", Kind.EVENT: "calendar", Kind.TASK: "tasks", Kind.NOTE: "notes"}
"""What the desktop's own folder for a kind is called where there is none yet."""

_USUAL_NAMES = {
    Kind.CONTACT: frozenset({"contacts", "kontakte", "address book", "addressbook", "adressbuch", "addresses"}),
    Kind.EVENT: frozenset({"calendar", "kalender", "appointments", "termine", "events"}),
    Kind.TASK: frozenset({"tasks", "aufgaben", "todo", "to-do", "todos", "to do", "reminders"}),
    Kind.NOTE: frozenset({"notes", "notizen", "journal", "memos"}),
}
_COMPONENT = {Kind.CONTACT: "vCards", Kind.EVENT: "VEVENT", Kind.TASK: "VTODO", Kind.NOTE: "VJOURNAL"}


@dataclass(frozen=True, slots=True)
class NewFolder:
    """A folder that is still to be made."""

    name: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two folders to be kept the same; ``why`` says in a few words how they were found."""

    kind: Kind
    left: CollectionInfo | NewFolder
    right: CollectionInfo | NewFolder
    direction: str = "two-way"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Lack:
    """The server has no folder for a kind; ``offer`` is the pair that making one would give, if it can make one."""

    kind: Kind
    message: str
    advice: str
    offer: Proposal | None = None


def propose(folders: Folders, existing: Sequence[Pair] = ()) -> tuple[tuple[Proposal, ...], tuple[Lack, ...]]:
    """Say which folders to pair for the account's kinds: the default folders, then those of equal name.

    A desktop folder that another account uses is never proposed: a new one is, named after the account. Nothing is
    proposed for a kind's default folders once the kind has a pair, and nothing for a folder that is paired. A folder
    that the server lets nobody write is paired towards the desktop only.
    """
    proposals: list[Proposal] = []
    lacks: list[Lack] = []
    for kind in folders.account.wanted:
        pairs = [pair for pair in existing if pair.kind is kind]
        lefts = [info for info in folders.desktop if kind in info.kinds and info.id not in folders.taken]
        rights = [info for info in folders.server if kind in info.kinds]
        found: list[Proposal] = []
        if not pairs:
            right = _default(kind, rights)
            only = sum(kind in info.kinds for info in folders.desktop) == 1
            mine = [info for info in lefts if _may_be_main(kind, info, only, [r for r in rights if r is not right])]
            left = _default(kind, mine) or NewFolder(_free_name(folders, kind))
            if right is None:
                lacks.append(_lack(folders, kind, left))
            else:
                found.append(_proposal(kind, left, right, f"both sides' folder for {kind}"))
        used = {pair.left for pair in pairs} | {pair.right for pair in pairs}
        used |= {side.id for p in found for side in (p.left, p.right) if isinstance(side, CollectionInfo)}
        proposals += [*found, *_namesakes(kind, lefts, rights, used)]
    return tuple(proposals), tuple(lacks)


def _default(kind: Kind, known: Iterable[CollectionInfo]) -> CollectionInfo | None:
    """The folder most likely to be a person's main one: writable, made for the kind, the store's own word, named so."""

    def rank(info: CollectionInfo) -> tuple[bool, int, int]:
        alone = info.kinds == {kind}
        chosen, usual = kind in info.default_for, _is_usual(kind, info)
        signs = (chosen and alone, usual and alone, chosen, usual, True)
        return info.writable is False, signs.index(True), len(info.kinds)

    return min(known, key=rank, default=None)


def _is_usual(kind: Kind, info: CollectionInfo) -> bool:
    return info.name.strip().casefold() in _USUAL_NAMES[kind]


def _may_be_main(kind: Kind, info: CollectionInfo, only: bool, others: list[CollectionInfo]) -> bool:
    """Whether a desktop folder may become the main one: it says so, or it is the only one and has no namesake there."""
    if kind in info.default_for or _is_usual(kind, info):
        return True
    # An empty folder that takes everything is not for anything yet.
    names = {other.name.strip().casefold() for other in others}
    return only and len(info.kinds) < len(Kind) and info.name.strip().casefold() not in names


def _namesakes(kind: Kind, lefts: list[CollectionInfo], rights: list[CollectionInfo], used: set[str]) -> list[Proposal]:
    def by_name(known: list[CollectionInfo]) -> dict[str, list[CollectionInfo]]:
        names: dict[str, list[CollectionInfo]] = {}
        for info in known:
            names.setdefault(info.name.strip().casefold(), []).append(info)
        return names

    mine, theirs = by_name(lefts), by_name(rights)
    found: list[Proposal] = []
    for name, (left, *more) in mine.items():
        other = theirs.get(name, [])
        # Two of one name on a side are a question for a person, also when one of them is paired already.
        if name and not more and len(other) == 1 and left.id not in used and other[0].id not in used:
            found.append(_proposal(kind, left, other[0], "the same name on both sides"))
    return found


def _proposal(kind: Kind, left: CollectionInfo | NewFolder, right: CollectionInfo, why: str) -> Proposal:
    new = CollectionInfo("", "", frozenset({kind}), True)
    return Proposal(kind, left, right, usual_direction(left if isinstance(left, CollectionInfo) else new, right), why)


def _free_name(folders: Folders, kind: Kind) -> str:
    """The usual name of a new desktop folder; with the account's name behind it when that is in use."""
    # The file systems of Windows and macOS take upper and lower case for the same.
    names = {part.casefold() for info in folders.desktop for part in (info.name, info.id)}
    plain = DEFAULT_FOLDERS[kind]
    if plain not in names:
        return plain
    own = f"{plain} {folders.account.name}"
    return next(name for name in (own, *(f"{own} {n}" for n in range(2, 999))) if name.casefold() not in names)


def _lack(folders: Folders, kind: Kind, left: CollectionInfo | NewFolder) -> Lack:
    if kind in folders.without:
        message = f"{folders.server_name} has no {kind} for other programs in this version."
        return Lack(kind, message, f"Ask its operator for a newer one, or leave {kind} out.")
    message = f"{folders.server_name} has no folder that takes {kind} ({_COMPONENT[kind]})."
    if not folders.server_makes:
        return Lack(kind, message, "Make one there, then pair it: instep pair.")
    names = {info.name.casefold() for info in folders.server}
    name = next(n for n in (kind.capitalize(), f"{kind.capitalize()} (Instep)") if n.casefold() not in names)
    offer = Proposal(kind, left, NewFolder(name), why="made for it")
    return Lack(kind, message, f"Instep can make one, called {name!r}, if the server takes it.", offer)


async def make_folders(
    proposals: Iterable[Proposal], account: str, desktop: Connector, server: Connector
) -> list[Pair]:
    """Make the new folders that are proposed, each once, and return the pairs, not stored yet (``id`` 0).

    Raises ``ReadOnly`` and what else the connectors raise, and ``ConfigError`` when the server made a folder that does
    not take the kind; folders made before that stay, empty.
    """
    made: dict[tuple[Side, str, Kind], CollectionInfo] = {}

    async def there(side: Side, connector: Connector, wanted: CollectionInfo | NewFolder, kind: Kind) -> CollectionInfo:
        if isinstance(wanted, CollectionInfo):
            return wanted
        key = side, wanted.name, kind
        if key not in made:
            info = await connector.create_collection(wanted.name, frozenset({kind}))
            if kind not in info.kinds:
                raise ConfigError(
                    f"{connector.name} made the folder {info.name!r}, but it takes no {kind}.",
                    f"Switch {kind} off for this account, or pair another folder.",
                    Where(account, info.name),
                )
            made[key] = info
        return made[key]

    pairs: list[Pair] = []
    for proposal in proposals:
        right = await there(Side.RIGHT, server, proposal.right, proposal.kind)
        left = await there(Side.LEFT, desktop, proposal.left, proposal.kind)
        pair = Pair(0, account, proposal.kind, left.id, right.id, left.name, right.name, proposal.direction)
        pairs.append(pair)
    return pairs
