"""A connector over a mailbox in memory, and the few steps that tests take with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Any

from connectors.rest_shelves import Mailbox
from instep.codecs import smartermail
from instep.connectors.base import Fetched, FetchResult, Outcome, Snapshot, Write
from instep.connectors.smartermail import Known, SmarterMailConnector
from instep.connectors.smartermail.places import place_of
from instep.connectors.smartermail.replica import SmarterMailReplica
from instep.core.model import Kind
from instep.protocols.smartermail.folders import Json
from instep.protocols.smartermail.profile import Profile
from instep.testing.builders import item


@dataclass
class RestDesk:
    """One folder of a kind in a mailbox; each ``connector`` is a run, and the profile goes from one to the next."""

    kind: Kind = Kind.CONTACT
    box: Mailbox = field(default_factory=Mailbox)
    profile: Profile = field(default_factory=lambda: Profile(build=9526))

    def __post_init__(self) -> None:
        self.place = place_of(self.box.add(self.kind, "here"))

    @property
    def there(self) -> dict[str, Json]:
        """The objects in the folder."""
        return self.box.objects["here"]

    def connector(self) -> SmarterMailConnector:
        """A new run."""
        return SmarterMailConnector(self.box, Known(self.profile, self._remember))

    def _remember(self, profile: Profile) -> None:
        self.profile = profile

    async def replica(self) -> SmarterMailReplica:
        """The folder in a new run."""
        return await self.connector().open(self.place, self.kind)

    def put(self, number: int = 1, **more: Any) -> str:
        """A person makes the n-th plain item, with more keys."""
        return self.box.put("here", {**objects(self.kind, number), **more})

    def change(self, id: str, **keys: Any) -> None:
        """A person changes keys of an object."""
        self.there[id] = {**self.there[id], **keys}


def objects(kind: Kind, number: int = 1) -> Json:
    """The n-th plain item as an object, with keys that only the server knows."""
    made: Json = json.loads(smartermail.write(item(kind, number)))
    return {**made, "flagInfo": {"flagType": number}, "pinned": f"yes {number}"}


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Carry out a coroutine."""
    return asyncio.run(work)


async def listed(replica: SmarterMailReplica) -> dict[str, str | None]:
    """Etags by href."""
    answer = await replica.changes(None)
    assert isinstance(answer, Snapshot)
    return {entry.href: entry.etag for entry in answer.entries}


async def fetched_all(replica: SmarterMailReplica, *hrefs: str) -> list[FetchResult]:
    """What is at the hrefs."""
    return [result async for result in replica.fetch(hrefs)]


async def fetched(replica: SmarterMailReplica, href: str) -> Fetched:
    """The item at an href, which must be there."""
    (result,) = await fetched_all(replica, href)
    assert isinstance(result, Fetched), result
    return result


async def applied(replica: SmarterMailReplica, *writes: Write) -> list[Outcome]:
    """Carry out writes, in the order of their keys."""

    async def stream() -> AsyncIterator[Write]:
        for write in writes:
            yield write

    return sorted([outcome async for outcome in replica.apply(stream())], key=lambda outcome: outcome.key)
