"""A desktop folder and a mailbox on the stand-in for SmarterMail, kept the same by real runs of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from instep.accounts.connect_smartermail import smartermail_server
from instep.connectors.base import Connector
from instep.connectors.files import FilesConnector
from instep.core.model import Kind
from instep.engine.events import Face
from instep.engine.report import Report
from instep.engine.run import synchronize
from instep.engine.work import Options
from instep.protocols.exchange import HttpSettings
from instep.protocols.http import HttpClient
from instep.protocols.smartermail.profile import Profile
from instep.protocols.smartermail.session import MemoryKeeper
from instep.store import pairs as pair_table
from instep.store.database import Database
from instep.store.pairs import Pair
from instep.testing.smartermail import ANNA, Server, World, serve

PASSWORD = "correct horse"
FOLDERS = {Kind.CONTACT: "contacts", Kind.EVENT: "calendar", Kind.TASK: "tasks", Kind.NOTE: "notes"}
REST_ONLY = dict.fromkeys(Kind, "rest")


async def at_once(seconds: float) -> None:
    """Wait for nothing: what a client would wait for between two tries."""


def impatient(settings: HttpSettings) -> HttpClient:
    """A client that tries again at once."""
    return HttpClient(settings, sleep=at_once)


@dataclass
class Mailbox:
    """Anna's account: ``files`` is her desktop, ``world`` what the server holds. Each ``sync`` is a run of its own."""

    folder: Path
    server: Server
    fixed: Mapping[Kind, str] = field(default_factory=dict)
    profile: Profile = field(default_factory=Profile)
    keeper: MemoryKeeper = field(default_factory=MemoryKeeper)
    password: str = PASSWORD
    dav_password: str = PASSWORD
    kinds: tuple[Kind, ...] = tuple(Kind)
    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.files = self.folder / "desktop"
        for kind in self.kinds:
            (self.files / FOLDERS[kind]).mkdir(parents=True, exist_ok=True)
        self.db = Database.open(self.folder / "state.db")

    @property
    def world(self) -> World:
        """What the server holds."""
        return self.server.world

    def connect(self) -> Connector:
        """The server's side, new for each run."""
        return smartermail_server(
            HttpSettings(allow_insecure=True, timeout=20),
            user=ANNA,
            base=self.server.url,
            keeper=self.keeper,
            profile=self.profile,
            remember=self._remember,
            password=self.password,
            dav_password=self.dav_password,
            fixed=self.fixed,
            client=impatient,
        )

    def _remember(self, profile: Profile) -> None:
        self.profile = profile

    def pair(self) -> dict[Kind, str]:
        """Pair each kind's own folder with the desktop's; gives the server's folder ids."""
        return asyncio.run(self._pair())

    async def _pair(self) -> dict[Kind, str]:
        server = self.connect()
        try:
            infos = await server.collections()
        finally:
            await server.close()
        places = {kind: info for info in infos for kind in info.default_for}
        with self.db.transaction() as tx:
            for kind in self.kinds:
                info = places[kind]
                pair_table.add(tx, Pair(0, "me", kind, FOLDERS[kind], info.id, FOLDERS[kind], info.name))
        return {kind: places[kind].id for kind in self.kinds}

    def sync(self, face: Face | None = None, **options: Any) -> Report:
        """One run from its connectors to its end; the first is confirmed."""
        return asyncio.run(self._sync(face, **options))

    async def _sync(self, face: Face | None, **options: Any) -> Report:
        desktop, server = FilesConnector(self.files), self.connect()
        chosen = Options(**{"yes": True, "own_addresses": frozenset({ANNA}), **options})
        try:
            return await synchronize(self.db, "me", desktop, server, chosen, face, clock=self.clock)
        finally:
            await server.close()
            await desktop.close()

    def clock(self) -> datetime:
        """A time that passes only when it is looked at."""
        self.time += timedelta(microseconds=1)
        return self.time

    def settled(self) -> Report:
        """A run that must find nothing to do, nothing to report, and nothing to ask."""
        report = self.sync()
        assert not report.failure, report.failure
        for pair in report.pairs:
            assert not pair.problems, pair.problems
            assert pair.work == 0 and pair.linked == 0 and pair.conflicts == 0, (pair.kind, pair)
        return report

    def names(self, kind: Kind) -> list[str]:
        """The file names of a kind on the desktop, sorted."""
        return sorted(path.name for path in (self.files / FOLDERS[kind]).iterdir() if path.is_file())

    def text(self, kind: Kind, word: str) -> str:
        """The one file of a kind that holds a word."""
        (path,) = self.paths(kind, word)
        return path.read_text(encoding="utf-8")

    def paths(self, kind: Kind, word: str) -> list[Path]:
        """The files of a kind that hold a word."""
        there = sorted(p for p in (self.files / FOLDERS[kind]).iterdir() if p.is_file())
        return [path for path in there if word in path.read_text(encoding="utf-8")]

    def rewrite(self, kind: Kind, word: str, change: Callable[[str], str]) -> None:
        """A person edits the one file that holds a word."""
        (path,) = self.paths(kind, word)
        old = path.read_bytes().decode()
        new = change(old)
        assert new != old, f"the edit of {word} changes nothing"
        path.write_bytes(new.encode())

    def web(self, kind: Kind, name: str) -> tuple[str, dict[str, Any]]:
        """The one item of that name in the mailbox: its id and what it holds."""
        key = "displayAs" if kind is Kind.CONTACT else "subject"
        (found,) = [(id, data) for id, data in self.world.items(ANNA, kind).items() if data[key] == name]
        return found

    def all_web(self, kind: Kind) -> list[str]:
        """The names of everything of a kind in the mailbox, sorted."""
        key = "displayAs" if kind is Kind.CONTACT else "subject"
        return sorted(data[key] for data in self.world.items(ANNA, kind).values())

    def edit(self, kind: Kind, name: str, **changes: Any) -> None:
        """A person edits an item in the web mail."""
        self.world.edit(ANNA, kind, self.web(kind, name)[0], **changes)


@contextmanager
def mailbox(folder: Path, world: World | None = None, **more: Any) -> Iterator[Mailbox]:
    """Serve a world (the small friendly one) and give Anna's account there."""
    with serve(world or World.demo()) as server:
        yield Mailbox(folder, server, **more)


def writes(report: Report) -> int:
    """How much a run did on both sides."""
    return sum(pair.work for pair in report.pairs)
