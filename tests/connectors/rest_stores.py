"""The stand-in for SmarterMail as a store for the connector contract."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from instep.accounts.connect_smartermail import smartermail_server
from instep.codecs import smartermail
from instep.codecs.smartermail_dialect import Dialect
from instep.connectors.base import Connector
from instep.core.model import Item, Kind
from instep.protocols.exchange import HttpSettings
from instep.protocols.smartermail.profile import Profile
from instep.protocols.smartermail.session import MemoryKeeper
from instep.testing.smartermail import ANNA, Folder, Server, Switches, World, serve

PASSWORD = "correct horse"
_INNER = Dialect(phone_type="word")


class RestSubject:
    """Anna's own folder of a kind under test, over REST."""

    def __init__(self, kind: Kind, server: Server) -> None:
        self.kind = kind
        self.world: World = server.world
        self.profile = Profile(build=self.world.build)
        self.collection = ""
        self.connector: Connector = smartermail_server(
            HttpSettings(allow_insecure=True, timeout=20),
            user=ANNA,
            base=server.url,
            keeper=MemoryKeeper(),
            profile=self.profile,
            remember=self._remember,
            password=PASSWORD,
        )

    def _remember(self, profile: Profile) -> None:
        self.profile = profile

    @property
    def folder(self) -> Folder:
        return self.world.primary(ANNA, self.kind)

    def _id(self, href: str) -> str:
        """The inner id of an item, which a server that counts its events shows as a number."""
        return next(item.id for item in self.folder.items.values() if href in (item.id, str(item.number)))

    def _href(self, id: str) -> str:
        numbered = self.kind is Kind.EVENT and self.world.switches.event_ids == "number"
        return str(self.folder.items[id].number) if numbered else id

    async def put(self, item: Item) -> str:
        data = json.loads(smartermail.write(item, dialect=_INNER))
        return self._href(self.world.put(ANNA, self.kind, self._inner(data)))

    def _inner(self, data: dict[str, Any]) -> dict[str, Any]:
        """A task's days as the server keeps them, so that it shows them as midnight in its own manner."""
        hours = "00" if self.world.switches.task_dates == "utc" else "23"
        out = dict(data)
        for name in ("start", "due") if self.kind is Kind.TASK else ():
            if str(out.get(name) or "").removesuffix("Z").endswith("T00:00:00"):
                day = date.fromisoformat(out[name][:10]) - timedelta(days=hours == "23")
                out[name] = f"{day}T{hours}:00:00Z"
        return out

    async def edit(self, href: str, item: Item) -> None:
        id = self._id(href)
        held = json.dumps(self.folder.items[id].data).encode()
        new: dict[str, Any] = json.loads(smartermail.write(item, onto=held, dialect=_INNER))
        self.world.edit(ANNA, self.kind, id, **{k: v for k, v in self._inner(new).items() if k != "id"})

    async def remove(self, href: str) -> None:
        self.world.remove(ANNA, self.kind, self._id(href))

    async def damage(self) -> str | None:
        broken: dict[Kind, dict[str, Any]] = {
            Kind.CONTACT: {"displayAs": "Choir", "contactType": 2, "groupedContacts": ["x@example.org"]},
            Kind.EVENT: {
                "subject": "A series",
                "start": {"dt": "2026-03-02T10:00:00", "tz": "UTC"},
                "end": {"dt": "2026-03-02T11:00:00", "tz": "UTC"},
                "recurrence": "FREQ=WEEKLY;COUNT=5",
            },
        }
        if self.kind not in broken:
            return None
        return self._href(self.world.put(ANNA, self.kind, broken[self.kind]))

    async def add_foreign(self) -> str | None:
        return None

    async def vanish(self) -> bool:
        del self.world.folders[self.folder.id]
        return True

    async def forget_tokens(self) -> bool:
        return False


def rest_store(kind: Kind, **switches: str) -> Callable[[], AbstractAsyncContextManager[RestSubject]]:
    """A fresh mailbox on a server that behaves as the switches say."""

    @asynccontextmanager
    async def fresh() -> AsyncIterator[RestSubject]:
        world = World(replace(Switches(), **switches))  # type: ignore[arg-type]
        world.person(ANNA)
        with serve(world) as server:
            subject = RestSubject(kind, server)
            infos = await subject.connector.collections()
            subject.collection = next(info.id for info in infos if kind in info.default_for)
            yield subject

    return fresh
