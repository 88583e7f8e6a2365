"""What the connector needs of a SmarterMail server."""

from __future__ import annotations

from typing import Protocol

from instep.connectors.smartermail.known import Known
from instep.core.model import Kind
from instep.protocols.smartermail.folders import Folder, Source


class Server(Protocol):
    """A signed-in mailbox; signing in happens with the first call that needs it. Calls raise as ``Folder`` says."""

    @property
    def address(self) -> str:
        """The mailbox's own e-mail address, in lower case."""

    async def build(self) -> int:
        """The number of the build that answers now, asked without a login; 0 where it does not tell."""

    async def sources(self, kind: Kind) -> list[Source]:
        """The folders of a kind; raises ``CollectionVanished`` where the server has no such list at all."""

    async def make(self, kind: Kind, name: str) -> Source:
        """Make a folder; ``ReadOnly`` where the server will not."""

    def folder(self, source: Source, known: Known) -> Folder:
        """The calls on a folder, in the forms that are known; sends nothing."""

    async def close(self) -> None:
        """Close the connections; nobody is signed out."""

    @property
    def traffic(self) -> tuple[int, int]:
        """Requests made and bytes moved so far."""
