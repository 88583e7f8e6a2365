"""Tasks over REST (facts 3.5): saving takes an array and answers one, and an id in it is the only proof."""

from __future__ import annotations

from instep.core.model import Kind
from instep.testing.smartermail import task_form
from instep.testing.smartermail.call import Call, Route, categorized, owner_of, page, searched, source_of
from instep.testing.smartermail.exchange import Json, Refusal, soft
from instep.testing.smartermail.folders import Folder, Item
from instep.testing.smartermail.rest_auth import envelope
from instep.testing.smartermail.shapes import key


def _shown(call: Call, folder: Folder, item: Item) -> Json:
    return task_form.shown(call.switches, item, owner_of(call.world, folder), folder.id, call.person.zone)


def _list(call: Call) -> Json:
    folder = call.folder(Kind.TASK)
    return {"details": [_shown(call, folder, item) for item in folder.items.values()]}


def _get(call: Call) -> Json:
    folder = call.folder(Kind.TASK)
    item = folder.items.get(call.params["id"])
    if item is None and call.switches.missing_item == "404":
        raise Refusal(404, "TASK_NOT_FOUND")
    return {"details": [_shown(call, folder, item)] if item else []}


def _all(call: Call) -> Json:
    body = call.content_object()
    sources, search = key(body, "sources"), key(body, "searchParams")
    if not isinstance(sources, list) or not isinstance(search, dict):
        raise Refusal(400, "The field sources and the field searchParams are required.")
    rows: list[Json] = []
    for source in sources:
        if not isinstance(source, dict):
            raise Refusal(400, "Error converting value. Path 'sources[0]'.")
        folder = source_of(call, Kind.TASK, source)
        rows += [_shown(call, folder, item) for item in folder.items.values()]
    rows = categorized(search, searched(search, rows, ("subject", "description")))
    by = str(key(search, "sortField") or "subject")
    rows.sort(key=lambda row: str(row.get(by) or "").casefold(), reverse=bool(key(search, "sortDescending")))
    named = {"specific": "details", "plural": "tasks"}.get(call.switches.list_key, "results")
    return {named: page(call, search, rows), "totalCount": len(rows)}


def _save(call: Call) -> list[Json]:
    return [_saved(call, entry) for entry in call.content_objects()]


def _saved(call: Call, entry: Json) -> Json:
    """Save one task; one that the server will not take comes back without an id, and without a word."""
    try:
        folder = call.writable(source_of(call, Kind.TASK, entry))
        id = key(entry, "id")
        old = folder.items.get(str(id)) if id else None
        if id and old is None:
            raise soft("TASK_NOT_FOUND", 404)
        if old is not None and old.data["isDelegatedByOwner"]:
            raise soft("ACCESS_DENIED", 403)
        data = task_form.read(call.switches, entry, old.data if old else None, call.person.zone)
    except Refusal as refusal:
        if not refusal.soft or call.switches.refusals == "status":
            raise
        return {**entry, "id": None}
    if old is None:
        return _shown(call, folder, call.world.add(folder, data))
    call.world.replace(folder, old, data)
    return _shown(call, folder, old)


def _delete(call: Call) -> Json:
    for entry in call.content_objects():
        folder = call.writable(source_of(call, Kind.TASK, entry))
        item = folder.items.get(str(key(entry, "id")))
        if item is not None and not call.world.faults.pretends_deletion():
            call.world.drop(folder, item)
    return envelope()


ROUTES = (
    Route("GET", "tasks/{owner}/{guid}", _list),
    Route("GET", "tasks/{owner}/{guid}/{id}", _get),
    Route("POST", "tasks/tasks-all", _all),
    Route("POST", "tasks/save", _save),
    Route("POST", "tasks/delete", _delete),
)
