"""Lists and forms of items in the stand-in's web mail."""

from __future__ import annotations

from html import escape

from instep.core.model import Kind
from instep.testing.smartermail.exchange import Json, Refusal, Request, Response
from instep.testing.smartermail.folders import READ, Folder, Item
from instep.testing.smartermail.page_fields import FIELDS, Field, edited, shown
from instep.testing.smartermail.page_text import BASE, HTML, form_of, moved, page
from instep.testing.smartermail.people import Person
from instep.testing.smartermail.shapes import whole
from instep.testing.smartermail.world import World

_NAME = {Kind.CONTACT: "displayAs", Kind.EVENT: "subject", Kind.TASK: "subject", Kind.NOTE: "subject"}
_GONE = Response(404, b"There is no such item.", HTML)


def answer(world: World, person: Person, kind: Kind, words: list[str], request: Request) -> Response:
    """Answer the list of a kind (no words), an item's form (folder and id, or ``new``), or its deletion."""
    if not words:
        return _lists(world, person, kind) if request.method == "GET" else Response(405)
    folder = world.folders.get(words[0])
    if folder is None or folder.kind is not kind or folder.permission(person.email) < READ or len(words) < 2:
        return _GONE
    item = folder.items.get(words[1])
    if item is None and words[1] != "new":
        return _GONE
    if request.method == "GET" and len(words) == 2:
        return _form(person, folder, item)
    if request.method != "POST" or not world.may_write(folder, person.email):
        return Response(405, b"This folder is read-only.", HTML)
    if words[2:] == ["delete"] and item is not None:
        world.drop(folder, item)
        return moved(f"{BASE}/{kind.value}")
    return _save(world, person, folder, item, request)


def _lists(world: World, person: Person, kind: Kind) -> Response:
    parts = ["<nav>", *(f"<a href='{BASE}/{each.value}'>{each.value}</a>" for each in Kind), "</nav>"]
    for folder in world.visible(person.email, kind):
        if folder.permission(person.email) < READ:
            continue
        place = f"{BASE}/{kind.value}/{folder.id}"
        parts.append(f"<h2>{escape(folder.name)}</h2><ul>")
        for item in folder.items.values():
            name = escape(str(item.data[_NAME[kind]])) or "(no name)"
            parts.append(f"<li><a href='{place}/{item.id}'>{name}</a></li>")
        parts.append("</ul>")
        if world.may_write(folder, person.email):
            parts.append(f"<p><a href='{place}/new'>New</a></p>")
    parts.append(f"<form method=post action='{BASE}/logout'><button>Sign out {escape(person.email)}</button></form>")
    return page(f"Stand-in web mail: {kind.value}", "".join(parts))


def _form(person: Person, folder: Folder, item: Item | None, said: str = "", status: int = 200) -> Response:
    data = item.data if item else whole(folder.kind, {})
    place = f"{BASE}/{folder.kind.value}/{folder.id}/{item.id if item else 'new'}"
    inputs = "".join(_input(field, shown(field, data, person.zone)) for field in FIELDS[folder.kind])
    inside = (
        f"<p><a href='{BASE}/{folder.kind.value}'>Back</a></p><p class=said>{escape(said)}</p>"
        f"<form method=post action='{place}'>{inputs}<button>Save</button></form>"
    )
    if item is not None:
        inside += f"<form method=post action='{place}/delete'><button>Delete</button></form>"
    return page(str(data[_NAME[folder.kind]]) or "New", inside, status)


def _input(field: Field, value: str) -> str:
    name, text = escape(field.key), escape(value)
    match field.look:
        case "lines" | "phones" | "text":
            control = f"<textarea name='{name}'>\n{text}</textarea>"
        case "flag":
            control = f"<input type=checkbox name='{name}' value=yes{' checked' if value else ''}>"
        case _:
            control = f"<input type=text name='{name}' value='{text}'>"
    return f"<label>{escape(field.label)} {control}</label>"


def _save(world: World, person: Person, folder: Folder, item: Item | None, request: Request) -> Response:
    form = form_of(request)
    old: Json = item.data if item else whole(folder.kind, {})
    try:
        data = edited(folder.kind, old, form, person.zone)
    except Refusal as refusal:
        return _form(person, folder, item, refusal.message, 400)
    if item is None:
        world.add(folder, data)
    else:
        world.replace(folder, item, data)
    return moved(f"{BASE}/{folder.kind.value}")
