"""What a server does with meetings, asked once per collection and run, and only when one is to be written."""

from __future__ import annotations

from instep.connectors.base import Scheduling
from instep.connectors.dav.shelf import Shelf
from instep.errors import InstepError
from instep.protocols.webdav.names import Flavour
from instep.protocols.webdav.people import addresses_of_owner
from instep.protocols.webdav.verbs import options


async def scheduling(shelf: Shelf) -> Scheduling:
    """Tell whether the server mails guests: as it announces (RFC 6638 2), and yes where it announces nothing."""
    if shelf.flavour is Flavour.ADDRESSBOOK:
        return Scheduling.NONE
    async with shelf.asking:
        if shelf.learned.scheduling is None:
            shelf.learned.scheduling = Scheduling.MARKED if await _may_mail(shelf) else Scheduling.NONE
    return shelf.learned.scheduling


async def _may_mail(shelf: Shelf) -> bool:
    try:
        announced, _ = await options(shelf.client, shelf.url)
    except InstepError:
        return True
    # A calendar that does not even say that it is one (RFC 4791 5.1) has told nothing about mail either.
    return "calendar-auto-schedule" in announced or "calendar-access" not in announced


async def owners(shelf: Shelf) -> frozenset[str]:
    """Return the addresses by which the server knows the calendar's owner; empty where it cannot be had."""
    async with shelf.asking:
        if shelf.learned.owners is None:
            try:
                shelf.learned.owners = await addresses_of_owner(shelf.client, shelf.url)
            except InstepError:
                shelf.learned.owners = frozenset()
    return shelf.learned.owners
