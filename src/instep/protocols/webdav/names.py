"""Names of the XML that WebDAV, CalDAV and CardDAV speak, in Clark notation."""

from __future__ import annotations

from enum import Enum
from typing import Final

D: Final = "{DAV:}"
CAL: Final = "{urn:ietf:params:xml:ns:caldav}"
CARD: Final = "{urn:ietf:params:xml:ns:carddav}"
CS: Final = "{http://calendarserver.org/ns/}"
APPLE: Final = "{http://apple.com/ns/ical/}"
INFIT: Final = "{http://inf-it.com/ns/ab/}"

PREFIXES: Final = {D: "D", CAL: "C", CARD: "A", CS: "S", APPLE: "I", INFIT: "N"}

ETAG: Final = D + "getetag"
CTAG: Final = CS + "getctag"
SYNC_TOKEN: Final = D + "sync-token"
RESOURCE_TYPE: Final = D + "resourcetype"
DISPLAY_NAME: Final = D + "displayname"
PRINCIPAL: Final = D + "current-user-principal"
PRIVILEGES: Final = D + "current-user-privilege-set"
REPORTS: Final = D + "supported-report-set"
COMPONENTS: Final = CAL + "supported-calendar-component-set"
OWNER: Final = D + "owner"
CALENDAR_ADDRESSES: Final = CAL + "calendar-user-address-set"
CALENDAR_HOME: Final = CAL + "calendar-home-set"
ADDRESSBOOK_HOME: Final = CARD + "addressbook-home-set"
CALENDAR_COLOR: Final = APPLE + "calendar-color"
ADDRESSBOOK_COLOR: Final = INFIT + "addressbook-color"


class Flavour(Enum):
    """The two sorts of collection that matter: what they are called in reports, and what they hold."""

    CALENDAR = ("calendar", CAL, "text/calendar", "ics")
    ADDRESSBOOK = ("addressbook", CARD, "text/vcard", "vcf")

    def __init__(self, word: str, namespace: str, media_type: str, suffix: str) -> None:
        self.word = word
        self.namespace = namespace
        self.media_type = media_type
        self.suffix = suffix

    @property
    def data(self) -> str:
        """The property that carries an item's body in a report."""
        return f"{self.namespace}{'calendar' if self is Flavour.CALENDAR else 'address'}-data"

    @property
    def resource_type(self) -> str:
        """The resource type of such a collection."""
        return self.namespace + self.word
