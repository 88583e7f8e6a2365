"""Notes over REST (facts 3.6); mind the swapped order of owner and folder."""

from __future__ import annotations

from instep.core.model import Kind
from instep.testing.smartermail.call import Call, Route, owner_of
from instep.testing.smartermail.exchange import Json, Refusal, soft
from instep.testing.smartermail.folders import Folder, Item
from instep.testing.smartermail.rest_auth import envelope
from instep.testing.smartermail.shapes import NOTE, NOTE_COLORS, taken


def _shown(call: Call, folder: Folder, item: Item) -> Json:
    data: Json = {"id": item.id, **item.data, "sourceOwner": owner_of(call.world, folder), "sourceId": folder.id}
    if call.switches.note_html == "wrapped" and not data["isPlainText"] and "<html" not in data["text"].lower():
        data["text"] = f"<html><head></head><body>{data['text']}</body></html>"
    data["hasAttachments"] = bool(data["attachments"])
    data.pop("uid", None)
    return data


def _list(call: Call) -> Json:
    folder = call.folder(Kind.NOTE)
    return {"notes": [_shown(call, folder, item) for item in folder.items.values()], "count": len(folder.items)}


def _get(call: Call) -> Json:
    folder = call.folder(Kind.NOTE)
    item = folder.items.get(call.params["id"])
    if item is None:
        if call.switches.missing_item == "404":
            raise Refusal(404, "NOTE_NOT_FOUND")
        return {"note": None, **envelope(False, 404, "NOTE_NOT_FOUND")}
    return {"note": _shown(call, folder, item)}


def _read(call: Call, old: Json | None) -> Json:
    body = call.content_object()
    kept = old if old is not None and call.switches.partial == "keeps" else {}
    data = taken(NOTE, body, kept)
    data["color"] = data["color"].lower() or "white"
    if data["color"] not in NOTE_COLORS:
        raise soft("INVALID_COLOR")
    if call.switches.normalises == "little":
        data["subject"] = data["subject"].strip()
        data["text"] = data["text"].replace("\r\n", "\n")
    return data


def _put(call: Call) -> Json:
    folder = call.writable(call.folder(Kind.NOTE))
    item = call.world.add(folder, _read(call, None))
    return {} if call.switches.put_reply == "nothing" else {"note": _shown(call, folder, item)}


def _patch(call: Call) -> Json:
    folder = call.writable(call.folder(Kind.NOTE))
    item = folder.items.get(call.params["id"])
    if item is None:
        raise soft("NOTE_NOT_FOUND", 404)
    call.world.replace(folder, item, _read(call, item.data))
    return {} if call.switches.put_reply == "nothing" else {"note": _shown(call, folder, item)}


def _delete(call: Call) -> Json:
    folder = call.writable(call.folder(Kind.NOTE))
    item = folder.items.get(call.params["id"])
    if item is not None and not call.world.faults.pretends_deletion():
        call.world.drop(folder, item)
    return envelope()


def _delete_batch(call: Call) -> Json:
    ids = call.content()
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise Refusal(400, "The JSON value could not be converted: an array of ids is expected.")
    for folder in call.world.visible(call.person.email, Kind.NOTE):
        for id in ids:
            item = folder.items.get(id)
            if item is None or not call.world.may_write(folder, call.person.email):
                continue
            if not call.world.faults.pretends_deletion():
                call.world.drop(folder, item)
    return envelope()


ROUTES = (
    Route("GET", "notes/notes/{owner}/{guid}", _list),
    Route("GET", "notes/note/{id}/{guid}/{owner}", _get),
    Route("POST", "notes/note-put/{guid}/{owner}", _put),
    Route("POST", "notes/note-patch/{id}/{guid}/{owner}", _patch),
    Route("POST", "notes/note-delete/{id}/{guid}/{owner}", _delete),
    Route("POST", "notes/batch/delete", _delete_batch),
)
