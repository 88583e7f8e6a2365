"""Folders over REST (facts 3.2)."""

from __future__ import annotations

from instep.core.model import Kind
from instep.testing.smartermail.call import Call, Route, owner_of
from instep.testing.smartermail.exchange import Json, soft
from instep.testing.smartermail.folders import OWNER, READ, Folder
from instep.testing.smartermail.rest_auth import envelope
from instep.testing.smartermail.shapes import key

GAL = "gal"


def gal_owner(call: Call) -> str:
    """How the owner of the global address list is written."""
    return "~" if call.switches.resource_owner == "~" else f"@{call.person.domain}"


def _lists(call: Call, kind: Kind) -> list[Json]:
    return [_list_row(call, folder) for folder in call.world.visible(call.person.email, kind)]


def _list_row(call: Call, folder: Folder) -> Json:
    email = call.person.email
    return {
        "folderId": folder.number,
        "itemID": folder.id,
        "displayName": folder.name,
        "ownerUsername": owner_of(call.world, folder),
        "ownerEmailAddress": None if folder.resource else folder.owner,
        "isPrimary": folder.primary and folder.owner == email,
        "enabled": True,
        "isSharedItem": folder.owner != email,
        "isDomainResource": folder.resource,
        "access": folder.permission(email),
    }


def _contacts(call: Call) -> Json:
    rows = _lists(call, Kind.CONTACT)
    gal = {
        "folderId": 0,
        "itemID": GAL,
        "displayName": "Global Address List",
        "ownerUsername": gal_owner(call),
        "ownerEmailAddress": None,
        "isPrimary": False,
        "enabled": True,
        "isSharedItem": True,
        "isDomainResource": True,
        "access": READ,
    }
    if call.switches.primary_list == "apart":
        own = [row for row in rows if row["isPrimary"]]
        return {"primaryList": own[0], "sharedLists": [*(row for row in rows if row not in own), gal]}
    return {"sharedLists": [*rows, gal]}


def _notes(call: Call) -> Json:
    return {"sharedLists": _lists(call, Kind.NOTE)}


def _rows(call: Call, kind: Kind) -> list[Json]:
    email = call.person.email
    return [
        {
            "id": folder.id,
            "folderId": folder.number,
            "owner": owner_of(call.world, folder),
            "name": folder.name,
            "isPrimary": folder.primary and folder.owner == email,
            "isSharedItem": folder.owner != email,
            "color": folder.color or "#1e88e5",
        }
        for folder in call.world.visible(email, kind)
    ]


def _calendars(call: Call) -> Json:
    folders = call.world.visible(call.person.email, Kind.EVENT)
    rows = [
        {
            **row,
            "friendlyName": folder.name,
            "calendarViewColor": row["color"],
            "isWebCalendar": folder.web,
            "permission": READ if folder.web else folder.permission(call.person.email),
        }
        for folder, row in zip(folders, _rows(call, Kind.EVENT), strict=True)
    ]
    return {"calendars": rows, "tasks": _rows(call, Kind.TASK)}


def _tasks(call: Call) -> Json:
    return {"sources": _rows(call, Kind.TASK)}


def _own(call: Call, kind: Kind, id: object) -> Folder:
    folder = call.world.folders.get(str(id))
    if folder is None or folder.kind is not kind:
        raise soft("FOLDER_NOT_FOUND", 404)
    if folder.permission(call.person.email) < OWNER:
        raise soft("ACCESS_DENIED", 403)
    return folder


def _name(body: Json, name: str) -> str:
    found = str(key(body, name) or "").strip()
    if not found:
        raise soft("FOLDER_NAME_REQUIRED")
    return found


def _delete(call: Call, folder: Folder) -> Json:
    if folder.primary:
        raise soft("CANNOT_DELETE_PRIMARY")
    del call.world.folders[folder.id]
    return envelope()


def _add_kind(kind: Kind) -> Route:
    def add(call: Call) -> Json:
        body = call.content_object()
        color = str(key(body, "color") or "")
        call.world.folder(call.person.email, kind, _name(body, "folder"), color=color)
        return envelope()

    return Route("POST", f"{_PREFIX[kind]}/add", add)


def _edit_kind(kind: Kind) -> Route:
    def edit(call: Call) -> Json:
        body = call.content_object()
        folder = _own(call, kind, key(body, "uid"))
        folder.name = _name(body, "folder")
        folder.color = str(key(body, "color") or folder.color)
        return envelope()

    return Route("POST", f"{_PREFIX[kind]}/edit", edit)


def _delete_kind(kind: Kind) -> Route:
    def delete(call: Call) -> Json:
        return _delete(call, _own(call, kind, key(call.content_object(), "uid")))

    return Route("POST", f"{_PREFIX[kind]}/delete", delete)


def _said(call: Call) -> Json:
    """The answer of the calendar calls, whose success flag is not to be relied on."""
    return envelope(call.switches.calendar_success == "true")


def _setting(call: Call) -> Json:
    setting = key(call.content_object(), "setting")
    if not isinstance(setting, dict):
        raise soft("INVALID_SETTING")
    return setting


def _calendar_put(call: Call) -> Json:
    setting = _setting(call)
    color = str(key(setting, "calendarViewColor") or "")
    call.world.folder(call.person.email, Kind.EVENT, _name(setting, "friendlyName"), color=color)
    return _said(call)


def _calendar(call: Call) -> Json:
    setting = _setting(call)
    folder = _own(call, Kind.EVENT, key(setting, "id") or key(call.content_object(), "id"))
    folder.name = _name(setting, "friendlyName")
    folder.color = str(key(setting, "calendarViewColor") or folder.color)
    return _said(call)


def _calendar_delete(call: Call) -> Json:
    _delete(call, _own(call, Kind.EVENT, call.params["id"]))
    return _said(call)


_PREFIX = {Kind.CONTACT: "contacts/address-book", Kind.NOTE: "notes/sources", Kind.TASK: "tasks/sources"}
ROUTES = (
    Route("GET", "contacts/sources", _contacts),
    Route("GET", "calendars/sources", _calendars),
    Route("GET", "tasks/sources", _tasks),
    Route("GET", "notes/sources", _notes),
    *(make(kind) for kind in _PREFIX for make in (_add_kind, _edit_kind, _delete_kind)),
    Route("POST", "calendars/calendar-put", _calendar_put),
    Route("POST", "calendars/calendar", _calendar),
    Route("POST", "calendars/calendar-delete/{id}", _calendar_delete),
)
