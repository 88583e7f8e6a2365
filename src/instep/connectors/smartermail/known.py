"""What is known of the server in this run, and handed on to the next one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime

from instep.codecs.smartermail_dialect import Dialect, learned
from instep.core.model import Kind
from instep.errors import NotADavServer, Transient
from instep.protocols.smartermail.folders import Json
from instep.protocols.smartermail.forms import is_doubt
from instep.protocols.smartermail.profile import Profile

_LOG = logging.getLogger(__name__)

Remember = Callable[[Profile], None]


class Known:
    """The profile, and who keeps it; ``remember`` is called with the whole profile each time that it changes."""

    def __init__(self, profile: Profile, remember: Remember) -> None:
        self.profile = profile
        self._remember = remember
        self._asking = asyncio.Lock()
        self._asked = False
        self.dropped = False

    @property
    def dialect(self) -> Dialect:
        """How this server writes its items, as far as that is proved."""
        return self.profile.dialect

    @property
    def forms(self) -> dict[str, str]:
        """All that is known of call forms: what daily work showed before the live check's answers."""
        return {**self.profile.answers, **self.profile.forms}

    @property
    def doubts(self) -> dict[str, str]:
        """The call forms at which the server itself failed."""
        return {question: forms for question, forms in self.forms.items() if is_doubt(question)}

    def form(self, question: str) -> str:
        """What worked, or did not; empty when that is not known."""
        return self.forms.get(question, "")

    def found_dav(self, place: str, seen: datetime) -> None:
        """Note where DAV was found (empty: nowhere), and when the server was looked at."""
        self._keep(replace(self.profile, dav=place, seen=f"{seen:%Y-%m-%dT%H:%M:%SZ}"))

    def learn(self, question: str, answer: str) -> None:
        """Note what daily work showed; an empty answer forgets it."""
        forms = {name: said for name, said in self.profile.forms.items() if name != question}
        if answer:
            forms[question] = answer
        if forms != dict(self.profile.forms):
            self._keep(replace(self.profile, forms=forms))

    def read(self, kind: Kind, objects: Iterable[Json]) -> None:
        """Learn from what the server holds how it writes its items."""
        dialect = self.dialect
        for item in objects:
            dialect = learned(kind, item, dialect)
        if dialect != self.dialect:
            self._keep(replace(self.profile, dialect=dialect))

    async def see_build(self, build: Callable[[], Awaitable[int]]) -> None:
        """Ask once in a run which build answers. When it is another than the one from which everything was learned, all
        of that is ``dropped``, and the careful defaults hold again. A build that is not told changes nothing."""
        async with self._asking:
            if self._asked:
                return
            try:
                self._meet(await build())
            except (Transient, NotADavServer):
                return
            self._asked = True

    def _meet(self, build: int) -> None:
        old = self.profile
        if not build or build == old.build:
            return
        if not old.build:
            self._keep(replace(old, build=build))
            return
        self.dropped = True
        _LOG.info("The server has build %d, after %d: what was learned of it is forgotten.", build, old.build)
        self._keep(replace(old, build=build, forms={}, answers={}, dialect=Dialect()))

    def _keep(self, profile: Profile) -> None:
        self.profile = profile
        self._remember(profile)
