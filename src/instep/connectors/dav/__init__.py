"""CalDAV and CardDAV servers as a store."""

from __future__ import annotations

from instep.connectors.dav.connector import DavConnector

__all__ = ["DavConnector"]
