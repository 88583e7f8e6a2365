"""Who am I, categories, and the search over everything (facts 3.1 and 3.7)."""

from __future__ import annotations

from instep.core.model import Kind
from instep.testing.smartermail.call import Call, Route
from instep.testing.smartermail.exchange import Json, Refusal
from instep.testing.smartermail.folders import READ
from instep.testing.smartermail.rest_auth import envelope
from instep.testing.smartermail.shapes import key, taken

_SECTIONS = {2: Kind.NOTE, 3: Kind.CONTACT, 4: Kind.EVENT, 5: Kind.TASK}
_CATEGORY: Json = {"guid": "", "name": "", "colorIndex": 0}
_NAME = {Kind.CONTACT: "displayAs", Kind.EVENT: "subject", Kind.TASK: "subject", Kind.NOTE: "subject"}


def _startup(call: Call) -> Json:
    person = call.person
    settings = {"timeZone": person.zone, "displayName": person.name, "localeId": "en"}
    return {"emailAddress": person.email, "username": person.local, "domain": person.domain, "userSettings": settings}


def _categories(call: Call) -> Json:
    return {"categories": list(call.person.categories)}


def _set_categories(call: Call) -> Json:
    entries = key(call.content_object(), "categories")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Refusal(400, "Error converting value. Path 'categories'.")
    taken_entries = [taken(_CATEGORY, entry, {}) for entry in entries]
    for entry in taken_entries:
        entry["guid"] = entry["guid"] or call.world.guid(call.world.number())
    call.person.categories = taken_entries
    return envelope()


def _search(call: Call) -> Json:
    body = call.content_object()
    section, text = key(body, "section", 0), str(key(body, "searchQuery") or "").casefold()
    if section not in (0, 1, *_SECTIONS):
        raise Refusal(400, "Error converting value. Path 'section'.")
    found = [
        {"section": number, "id": item.id, "subject": item.data[_NAME[kind]]}
        for number, kind in _SECTIONS.items()
        if section in (0, number)
        for folder in call.world.visible(call.person.email, kind)
        if folder.permission(call.person.email) >= READ
        for item in folder.items.values()
        if text in str(item.data[_NAME[kind]]).casefold()
    ]
    return {"results": found, "totalCount": len(found)}


ROUTES = (
    Route("GET", "settings/user-startup-data", _startup),
    Route("GET", "categories/user-category-settings", _categories),
    Route("POST", "categories/user-category-settings", _set_categories),
    Route("POST", "settings/advanced-search", _search),
)
