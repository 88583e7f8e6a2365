"""A SmarterMail mailbox over REST as a store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from instep.codecs import smartermail
from instep.connectors.base import Capabilities, CollectionInfo, Finding
from instep.connectors.smartermail.known import Known
from instep.connectors.smartermail.listing import SUMMARY, question
from instep.connectors.smartermail.places import source_of, vanished
from instep.connectors.smartermail.replica import SmarterMailReplica
from instep.connectors.smartermail.server import Server
from instep.connectors.smartermail.shelf import Shelf, info_of
from instep.core.model import Kind
from instep.errors import CollectionError, ConfigError
from instep.protocols.smartermail.builds import age, built_on, warning
from instep.protocols.smartermail.folders import Source


class SmarterMailConnector:
    """One mailbox for one run.

    ``server`` is this account's own, the connector closes it; ``known`` is what earlier runs learned of it, and takes
    what this one learns. ``kinds`` are those that are asked about; ``today`` is for the age of the server's software.
    """

    def __init__(
        self,
        server: Server,
        known: Known,
        kinds: frozenset[Kind] = frozenset(Kind),
        today: Callable[[], date] = date.today,
    ) -> None:
        self._server = server
        self._known = known
        self._today = today
        self._kinds = kinds
        self._shelves: dict[str, Shelf] = {}
        self._missing: set[Kind] = set()

    @property
    def name(self) -> str:
        """The product's name."""
        return "SmarterMail"

    @property
    def traffic(self) -> tuple[int, int]:
        """Requests made and bytes moved so far."""
        return self._server.traffic

    async def close(self) -> None:
        """Close the connections."""
        await self._server.close()

    async def probe(self) -> Capabilities:
        """Sign in and see which kinds the server lists folders of; reads only.

        Raises ``LoginRefused``, ``SignInNeeded``, ``LoginsPaused``, ``NotSmarterMail``, ``Unreachable``, ``Transient``.
        """
        infos = await self.collections()
        kinds = frozenset(kind for info in infos for kind in info.kinds)
        return Capabilities(
            product="SmarterMail",
            kinds=kinds,
            limits=smartermail.limits(self._known.dialect),
            own_hrefs=False,
            keeps_uids=False,
            tokens=False,
            schedules=Kind.EVENT in kinds,
            creates_collections=True,
            findings=tuple(self._findings()),
        )

    def _findings(self) -> list[Finding]:
        found = findings_of_build(self._known.profile.build, self._today())
        if self._known.dropped:
            detail = "the server has another build than before; what was learned of that one is forgotten"
            advice = "Run the live check again: instep doctor smartermail NAME."
            found.append(Finding("build", detail, advice, fine=False))
        found += [
            Finding("REST", f"the server does not offer {kind.value} over REST", fine=False)
            for kind in Kind
            if kind in self._missing
        ]
        found += [
            Finding("REST", f"its list of {kind.value} does not tell all, so each is read alone, which takes longer")
            for kind in Kind
            if self._known.form(question(kind)) == SUMMARY
        ]
        return found

    async def collections(self) -> list[CollectionInfo]:
        """The folders of all kinds, defaults first; raises as ``probe``."""
        await self._known.see_build(self._server.build)
        infos: list[CollectionInfo] = []
        for kind in [kind for kind in Kind if kind in self._kinds]:
            try:
                sources = await self._server.sources(kind)
            except CollectionError:
                self._missing.add(kind)
                continue
            default = _default(sources)
            infos += [info_of(source, {kind} if source is default else ()) for source in sources]
        return sorted(infos, key=lambda info: (not info.default_for, info.name.casefold()))

    async def create_collection(self, name: str, kinds: frozenset[Kind]) -> CollectionInfo:
        """Make a folder of one kind; ``ConfigError`` for several, ``ReadOnly`` where the server will not."""
        if len(kinds) != 1:
            raise ConfigError("SmarterMail keeps each kind in folders of its own.", "Make one folder for each.")
        return info_of(await self._server.make(next(iter(kinds)), name))

    async def open(self, collection: str, kind: Kind) -> SmarterMailReplica:
        """Open a folder by its id, without a request. Raises ``CollectionVanished`` for an id of another kind."""
        if source_of(collection).kind is not kind:
            raise vanished(collection)
        shelf = self._shelves.get(collection)
        if shelf is None:
            shelf = self._shelves[collection] = Shelf(self._server, self._known, collection)
        return SmarterMailReplica(shelf)


def _default(sources: list[Source]) -> Source | None:
    """The mailbox's own first folder; one that a colleague shares is nobody's default."""
    own = [source for source in sources if not source.shared and source.writable is not False]
    return next((source for source in own if source.primary), own[0] if own else None)


def findings_of_build(build: int, today: date) -> list[Finding]:
    """Return what a build number tells a person: the product with its date, and known holes."""
    day = built_on(build)
    if day is None:
        return [Finding("product", "SmarterMail; it does not tell its build")]
    old = age(build, today)
    found = [Finding("product", f"SmarterMail build {build} of {day}" + (f", {old}" if old else ""))]
    if holes := warning(build):
        found.append(Finding("security", holes, "Ask the server's operator to update it.", fine=False))
    return found
