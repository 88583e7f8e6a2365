"""WebDAV, CalDAV and CardDAV as they are spoken: XML, verbs, discovery (RFC 4918, 4791, 6352, 6578, 6764)."""
