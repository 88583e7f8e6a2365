"""No save of a meeting that nobody was asked about: this server may mail the guests at any of them (RULES 25)."""

from __future__ import annotations

from instep.codecs import smartermail
from instep.connectors.smartermail.shelf import Body, Shelf
from instep.core.invitations import Part, sending
from instep.core.model import Item, Kind
from instep.errors import ItemRefused
from instep.protocols.smartermail.events import has_guests

MAILS = "appointments.saving-mails"
_QUIET = "no"


def require_no_unasked_mail(shelf: Shelf, body: Body, old: Item | None, new: Item | None) -> None:
    """Raise ``ItemRefused`` for a meeting whose change or removal the engine takes for one that mails nobody.

    What could mail is asked of a person before it comes here; an alarm of one's own, for example, is not, and over REST
    it is saved together with all the rest. The live check may have shown that this server mails nobody.
    """
    guests = smartermail.has_attendees(body.raw) or has_guests(body.raw)
    if shelf.kind is not Kind.EVENT or not guests or shelf.known.form(MAILS) == _QUIET:
        return
    would = sending(old, new, frozenset({shelf.server.address})) if old is not None else None
    asked = would is not None and would.mails and not (new is None and would.part is Part.ATTENDEE)
    if not asked:
        raise ItemRefused(
            "It is a meeting with guests, and the server may mail them when it is saved, so it was left as it is.",
            "Change it in the web mail, or keep appointments over CalDAV.",
        )
