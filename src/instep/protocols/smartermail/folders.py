"""One folder of one kind over REST, in the terms that its connector needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from instep.core.model import Kind

Json = dict[str, Any]
"""An object as the server gave it: keys in its own case, in its own order."""


@dataclass(frozen=True, slots=True)
class Source:
    """A folder as a ``…/sources`` call lists it. ``owner`` and ``id`` are echoed exactly as they came.

    ``writable`` is ``None`` where the server does not say or says it ambiguously (a shared folder). ``raw`` is the
    whole object.
    """

    kind: Kind
    owner: str
    id: str
    name: str
    primary: bool = False
    shared: bool = False
    writable: bool | None = True
    color: str = ""
    raw: Json = field(default_factory=dict, compare=False, repr=False)


class Folder(Protocol):
    """Calls on one folder; each answers with what the server said, checked for success, never interpreted further.

    All raise ``Transient`` (5xx, broken connection: a write may or may not have been done), ``SignInNeeded`` and other
    ``AccountError``, ``CollectionVanished`` and ``ReadOnly`` where the server says so of the folder, ``ItemRefused``
    where it will not take an item (also as ``success: false`` in an answer 200).
    """

    @property
    def source(self) -> Source:
        """The folder."""

    async def listing(self) -> list[Json]:
        """Everything in the folder, all pages; raises ``Transient`` when the pages do not add up to what was
        announced, since a part must never look like the whole."""

    async def item(self, id: str) -> Json | None:
        """The whole object at an id; ``None`` when the server says that there is none (facts 3.3-3.6)."""

    async def create(self, item: Json) -> str | None:
        """Make an item; its id if the answer tells it."""

    async def update(self, id: str, item: Json) -> None:
        """Replace the object at an id by this whole object."""

    async def delete(self, id: str) -> None:
        """Remove the item; the answer alone is no proof that it is gone."""
