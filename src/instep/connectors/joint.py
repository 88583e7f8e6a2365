"""One account over several protocols: each kind goes over one of them, and never over two.

Which one is chosen by the order of preference where folders are offered for pairing. A pair keeps the protocol that it
was made with, since its folder's id tells it; so a run needs no choice, and never falls over to another protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from instep.connectors.base import Capabilities, CollectionInfo, Connector, Finding, Replica
from instep.core.limits import FieldLimits
from instep.core.model import Kind
from instep.errors import CollectionError, ConfigError, LoginRefused, NotADavServer, ReadOnly, Where


@dataclass(frozen=True, slots=True)
class Part:
    """One way to the account's data.

    Ids that begin with ``prefix`` are its own; the part without a prefix owns all others. ``unusable`` says why it
    cannot be asked at all (``advice``: what to do); ``doubted`` that it refused the login earlier, so that only a test
    asks it again. ``refused`` says that in words of its own (``refused_advice``: what to do).
    """

    name: str
    connector: Connector
    prefix: str = ""
    unusable: str = ""
    advice: str = ""
    doubted: bool = False
    refused: str = ""
    refused_advice: str = "Is it switched on for this mailbox? With two-step login it wants an application password."


@dataclass(slots=True)
class _Choice:
    """Which part serves which kind; ``passed`` tells why others did not."""

    infos: dict[str, list[CollectionInfo]] = field(default_factory=dict)
    able: dict[str, Capabilities] = field(default_factory=dict)
    away: dict[str, Finding] = field(default_factory=dict)
    part_of: dict[Kind, str] = field(default_factory=dict)
    passed: dict[Kind, list[str]] = field(default_factory=dict)


class JointConnector:
    """The parts of one account as one store.

    ``parts`` come in the order in which they sign in: when the first is refused, no other is tried. ``order`` names for
    each kind its parts, best first; ``fixed`` the only part of a kind where that is settled. ``noted`` is told the name
    of a part and whether it took the login. ``findings`` are put before those of the parts.
    """

    def __init__(
        self,
        name: str,
        parts: Sequence[Part],
        order: Mapping[Kind, Sequence[str]],
        fixed: Mapping[Kind, str] | None = None,
        *,
        noted: Callable[[str, bool], None] = lambda name, works: None,
        findings: Iterable[Finding] = (),
    ) -> None:
        self._name = name
        self._parts = {part.name: part for part in parts}
        self._order = {kind: tuple(names) for kind, names in order.items()}
        self._fixed = dict(fixed or {})
        self._noted = noted
        self._findings = tuple(findings)

    @property
    def name(self) -> str:
        """The name people know the store by."""
        return self._name

    @property
    def traffic(self) -> tuple[int, int]:
        """What all parts sent and received."""
        moved = [part.connector.traffic for part in self._parts.values()]
        return sum(requests for requests, _ in moved), sum(size for _, size in moved)

    async def close(self) -> None:
        """Close all parts; the first error is raised after all were tried."""
        failure: Exception | None = None
        for part in self._parts.values():
            try:
                await part.connector.close()
            except Exception as error:
                failure = failure or error
        if failure is not None:
            raise failure

    async def probe(self) -> Capabilities:
        """Ask every part what it can do, and say for each kind which protocol it goes over, and why.

        Raises what the first part raises, and ``Unreachable`` or ``Transient`` of any: what may pass by itself is no
        reason to choose another protocol.
        """
        choice = await self._choose(testing=True)
        ables = {kind: choice.able[name] for kind, name in choice.part_of.items()}
        limits: dict[Kind, FieldLimits] = {k: able.limits[k] for k, able in ables.items() if k in able.limits}
        told = [finding for able in choice.able.values() for finding in able.findings]
        event = ables.get(Kind.EVENT)
        return Capabilities(
            product=next((able.product for able in choice.able.values() if able.product), self._name),
            kinds=frozenset(choice.part_of),
            limits=limits,
            own_hrefs=all(able.own_hrefs for able in ables.values()),
            keeps_uids=all(able.keeps_uids for able in ables.values()),
            tokens=any(able.tokens for able in ables.values()),
            preconditions=all(able.preconditions for able in ables.values()),
            schedules=event is not None and event.schedules,
            creates_collections=any(able.creates_collections for able in ables.values()),
            findings=(*self._findings, *told, *choice.away.values(), *self._kinds(choice)),
        )

    def _kinds(self, choice: _Choice) -> list[Finding]:
        found = []
        for kind, names in self._order.items():
            reasons = "; ".join(choice.passed[kind])
            name = choice.part_of.get(kind)
            if name is None:
                why = f"does not synchronize: {reasons or 'the server has no way for it'}"
                advice = "See above." if kind in self._fixed else "Leave it out of the account, or see above."
                found.append(Finding(kind.value, why, advice, fine=False))
                continue
            ways = sorted({info.protocol for info in choice.infos[name] if kind in info.kinds})
            first = name == names[0] or kind in self._fixed
            detail = f"over {' and '.join(ways)}" + (f" ({reasons})" if reasons else "")
            found.append(Finding(kind.value, detail, fine=first))
            limits = choice.able[name].limits.get(kind, {}).values()
            bars = dict.fromkeys(limit.barred for limit in limits if limit.barred is not None)
            found += [Finding(kind.value, bar.why, bar.advice, fine=False) for bar in bars]
        return found

    async def collections(self) -> list[CollectionInfo]:
        """The folders of each kind in its one protocol, defaults first; raises as ``probe``."""
        choice = await self._choose(testing=False)
        infos = []
        for name, offered in choice.infos.items():
            mine = {kind for kind, chosen in choice.part_of.items() if chosen == name}
            infos += [
                replace(info, kinds=info.kinds & mine, default_for=info.default_for & mine)
                for info in offered
                if info.kinds & mine
            ]
        return sorted(infos, key=lambda info: (not info.default_for, info.name.casefold()))

    async def create_collection(self, name: str, kinds: frozenset[Kind]) -> CollectionInfo:
        """Make a folder in the protocol of its kinds; ``ConfigError`` where they have several, ``ReadOnly`` where none
        can."""
        choice = await self._choose(testing=False)
        chosen = {choice.part_of.get(kind) or self._first(kind, choice) for kind in kinds}
        if len(chosen) != 1:
            raise ConfigError("These kinds go over different protocols here.", "Make one folder for each.")
        part = next(iter(chosen))
        if part is None:
            raise ReadOnly(
                "The server has no way for this kind.", "Leave it out of the account.", Where(collection=name)
            )
        return await self._parts[part].connector.create_collection(name, kinds)

    def _first(self, kind: Kind, choice: _Choice) -> str | None:
        """The part in which the first folder of a kind would be made."""
        names = (self._fixed[kind],) if kind in self._fixed else self._order.get(kind, ())
        return next((name for name in names if name in choice.infos), None)

    async def open(self, collection: str, kind: Kind) -> Replica:
        """Open a folder in the protocol that its id tells; raises ``CollectionError`` where that cannot be used now."""
        part = self._owner(collection)
        if part.unusable:
            # The account's other folders may well go over another protocol.
            raise CollectionError(
                f"{part.unusable[:1].upper()}{part.unusable[1:]}.", part.advice, Where(collection=collection)
            )
        return await part.connector.open(collection, kind)

    def _owner(self, collection: str) -> Part:
        parts = sorted(self._parts.values(), key=lambda part: -len(part.prefix))
        for part in parts:
            if collection.startswith(part.prefix):
                return part
        raise ConfigError("This folder belongs to a protocol that the account does not have.", "Pair it again.")

    async def _choose(self, *, testing: bool) -> _Choice:
        choice = _Choice()
        for number, part in enumerate(tuple(self._parts.values())):
            await self._ask(part, choice, testing=testing, first=number == 0)
        for kind, names in self._order.items():
            choice.passed[kind] = []
            for name in (self._fixed[kind],) if kind in self._fixed else names:
                if any(kind in info.kinds for info in choice.infos.get(name, ())):
                    choice.part_of[kind] = name
                    break
                if name in choice.away:
                    choice.passed[kind].append(choice.away[name].detail)
                elif name in self._parts:
                    choice.passed[kind].append(f"{name.upper()} has no folder for it")
        return choice

    async def _ask(self, part: Part, choice: _Choice, *, testing: bool, first: bool) -> None:
        if part.unusable:
            choice.away[part.name] = Finding(part.name, part.unusable, part.advice, fine=False)
            return
        if part.doubted and not testing:
            detail = f"{part.refused or f'{part.name.upper()} refused the login'} before"
            choice.away[part.name] = Finding(part.name, detail, part.refused_advice, fine=False)
            return
        try:
            if testing:
                choice.able[part.name] = await part.connector.probe()
            choice.infos[part.name] = await part.connector.collections()
        except NotADavServer as error:
            if first:
                raise
            choice.away[part.name] = Finding(part.name, error.message.rstrip("."), error.advice, fine=False)
        except LoginRefused:
            if first:
                raise
            self._settled(part, works=False)
            detail = part.refused or f"{part.name.upper()} refused the login"
            choice.away[part.name] = Finding(part.name, detail, part.refused_advice, fine=False)
        else:
            if not first:
                self._settled(part, works=True)

    def _settled(self, part: Part, *, works: bool) -> None:
        if part.doubted is works:
            self._parts[part.name] = replace(part, doubted=not works)
        self._noted(part.name, works)
