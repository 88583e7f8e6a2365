"""The version of a SmarterMail item: a digest of all that a person can see and change."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from instep.codecs.smartermail_json import document, parse
from instep.core.model import Kind
from instep.errors import CodecError

VOLATILE: Final = frozenset(
    {
        # stamps and counters of the server's own
        "lastmodified", "lastmodifiedutc", "lastmodifieddate", "lastmodifiedby", "modified", "modifiedutc",
        "datemodified", "datemodifiedutc", "datecreated", "datecreatedutc", "created", "createdutc", "createddate",
        "dtstamp", "etag", "changekey", "synckey", "revision", "rev", "modseq", "timestamp",
        # who looks, and what he has looked at
        "isread", "read", "isviewed", "viewed", "lastviewed", "isnew", "isselected", "selected", "isvisible",
        # rights of whoever asks
        "permission", "permissions", "access", "canedit", "candelete", "canwrite", "isreadonly", "isowner",
        # where the item lies, and its address there, written otherwise by each call
        "id", "sourceid", "sourceowner", "sourcename", "owner", "ownerusername", "owneremailaddress", "folderid",
        "calid", "calendarid", "calendarowner", "calendarname", "eventid", "taskid", "noteid", "contactid",
        # colours of the folder, addresses of pictures that are valid for a while
        "calendarcolor", "calendarviewcolor", "calendarforegroundcolor", "imageurl", "photourl", "thumbnailurl",
    }
)  # fmt: skip
"""Keys (lower case) of the whole object that no person changes in an item."""
_NESTED: Final = frozenset({"etag", "lastmodified", "lastmodifiedutc"})


def version(kind: Kind, raw: bytes) -> str:
    """Give the digest. Raises ``CodecError`` for what is no JSON object."""
    object = parse(document(raw))
    try:
        said = {
            lower: kept
            for lower, member in object.members.items()
            if lower not in VOLATILE and (kept := _meaning(member.value)) is not None
        }
        text = json.dumps([kind.value, said], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise CodecError("the item is nested too deeply", "Look at it in the web mail.") from None
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _meaning(value: Any) -> Any:
    """A value as it counts; ``None`` for what counts as nothing: null, false, an empty text, list or object."""
    match value:
        case None | False:
            return None
        case float() if value.is_integer():
            return int(value)
        case str():
            return value.replace("\r\n", "\n") or None
        case list():
            return [_meaning(entry) for entry in value] or None
        case dict():
            parts = {key.lower(): _meaning(part) for key, part in value.items() if key.lower() not in _NESTED}
            return {key: part for key, part in parts.items() if part is not None} or None
        case _:
            return value
