"""A live check against the stand-in for SmarterMail, and what a mailbox looks like before and after it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from instep.protocols.exchange import HttpSettings
from instep.protocols.http import HttpClient
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.session import MemoryKeeper
from instep.service.live_check.answers import Answer, Left
from instep.service.live_check.desk import Choices, Desk
from instep.service.live_check.leftovers import find, remove
from instep.service.live_check.names import new_tag
from instep.service.live_check.questions import QUESTIONS
from instep.service.live_check.run import Result, Tell, live_check
from instep.testing.smartermail import ANNA, Server, World

PASSWORD = "correct horse"


async def _no_names(name: str) -> None:
    return None


@asynccontextmanager
async def desk_at(server: Server, password: str = PASSWORD, dav_password: str = PASSWORD) -> AsyncIterator[Desk]:
    """Anna's desk at a stand-in; nothing is tried twice, so that nobody waits."""
    settings = HttpSettings(allow_insecure=True, attempts=1, timeout=20)
    http = HttpClient(settings)
    try:
        rest = RestClient(http, server.url, ANNA, MemoryKeeper(), password)
        yield Desk(rest, settings, dav_password=dav_password, resolver=_no_names)
    finally:
        await http.close()


@dataclass
class Check:
    """One check; ``result`` is filled also when it fails. ``before`` is called once it is signed
    in, ``tell`` with each answer."""

    server: Server
    choices: Choices = field(default_factory=Choices)
    dav_password: str = PASSWORD
    result: Result = field(default_factory=Result)
    tag: str = ""
    before: Callable[[], None] = lambda: None
    tell: Tell = lambda question, answer: None

    def ask(self, *names: str) -> dict[str, Answer]:
        """Ask these questions, or all."""
        asyncio.run(self.run(*names))
        return self.result.answers

    async def run(self, *names: str) -> None:
        """Ask these questions, or all, in a loop that runs already."""
        chosen = [question for question in QUESTIONS if not names or question.name in names]
        async with desk_at(self.server, dav_password=self.dav_password) as desk:
            await desk.rest.signed_in()
            self.before()
            self.tag = new_tag(desk.today)
            await live_check(desk, self.tag, self.choices, self.result, self.tell, chosen)


def left_there(server: Server) -> list[str]:
    """What a later check would find."""

    async def look() -> list[str]:
        async with desk_at(server) as desk:
            return [one.name for one in await find(desk.rest)]

    return asyncio.run(look())


def clear(server: Server, *, guests: bool = False) -> list[Left]:
    """Remove what earlier checks have left, as a later one does."""

    async def work() -> list[Left]:
        async with desk_at(server) as desk:
            return await remove(desk.rest, await find(desk.rest), guests=guests)

    return asyncio.run(work())


def mailbox(world: World) -> str:
    """Everything that people have in a world, byte for byte."""
    return json.dumps([_folder(folder) for folder in world.folders.values()], sort_keys=True, default=str)


def _folder(folder: Any) -> Any:
    items: Iterable[Any] = folder.items.values()
    kept = [(item.id, item.name, item.data, item.revision, str(item.document)) for item in items]
    return folder.id, folder.name, folder.color, folder.shares, folder.owner, kept
