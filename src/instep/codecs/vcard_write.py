"""Writes a contact onto a card: only the lines of the fields, and in sets only of the elements, that differ."""

from __future__ import annotations

from typing import Any

from instep.codecs.contentline import Line, Params, split_structured, unescape_text
from instep.codecs.extras import label_of
from instep.codecs.linetext import edit_head
from instep.codecs.vcard_elements import BINARY_PARAMS, add_element, change_element, extra_line, pair
from instep.codecs.vcard_fields import (
    ELEMENT_FIELDS,
    GROUP_NAMES,
    NAME_PARTS,
    NAMES_IN_4,
    SINGLE_NAMES,
    claim,
)
from instep.codecs.vcard_pen import Pen
from instep.codecs.vcard_read import Card
from instep.codecs.vcard_values import binary_written, date_written, gender_written, uri_written
from instep.core.fields import FIELDS, same
from instep.core.model import Contact, Kind

_FIELD = {field.name: field for field in FIELDS[Kind.CONTACT]}


def write_card(card: Card, item: Contact) -> bytes:
    """Return the document of ``card`` with ``item`` in its place; an empty uid leaves the uid that is there."""
    pen = Pen(card)
    old = card.contact
    for field in SINGLE_NAMES:
        before, after = getattr(old, field), getattr(item, field)
        if field == "uid":
            if after and before != after:
                _write_single(pen, field, after, item)
        elif not same(_FIELD[field], before, after):
            _write_single(pen, field, after, item)
    _write_name(pen, item)
    _write_organization(pen, item)
    for field in ("nicknames", "categories"):
        if not same(_FIELD[field], getattr(old, field), getattr(item, field)):
            _write_words(pen, field, getattr(old, field), getattr(item, field))
    if old.is_group != item.is_group:
        _write_group(pen, item.is_group)
    for field in ELEMENT_FIELDS:
        _write_elements(pen, field, item)
    _write_extras(pen, item)
    return pen.finish()


def _written(pen: Pen, field: str, name: str, value: Any) -> tuple[str, Params, tuple[str, ...]] | None:
    """The text of a single value, the parameters that it needs and those that it replaces; None: ``name`` cannot."""
    match field:
        case "photo":
            text, params = binary_written(name, value, pen.version)
            return text, params, BINARY_PARAMS
        case "birthday" | "anniversary":
            text, params = date_written(value, "3.0" if name.startswith("X-") else pen.version)
            return pen.escape(text), params, ("VALUE", "X-APPLE-OMIT-YEAR")
        case "gender":
            gender = gender_written(name, value)
            if gender is None:
                return None
            own = gender.removeprefix(";") if name == "GENDER" else gender
            return gender[: len(gender) - len(own)] + pen.escape(own), (), ()
        case "uid":
            return uri_written(value, pen.version), (), ()
        case _:
            return pen.escape(value), (), ()


def _new_name(pen: Pen, field: str) -> str:
    return NAMES_IN_4.get(field, SINGLE_NAMES[field][0]) if pen.version == "4.0" else SINGLE_NAMES[field][0]


def _write_single(pen: Pen, field: str, value: Any, item: Contact) -> None:
    indexes = pen.card.singles.get(field, ())
    if not value:
        _clear_single(pen, field, indexes, item)
        return
    done = False
    for index in indexes:
        line = pen.line(index)
        said = _written(pen, field, line.name, value)
        if said is None:
            pen.drop(index)
            continue
        text, params, replaced = said
        head = edit_head(line.head, replaced, params) if replaced else None
        pen.put(index, pen.again(line, text, head))
        done = True
    if not done:
        name = _new_name(pen, field)
        said = _written(pen, field, name, value)
        if said is not None:
            pen.append(pen.new(name, said[0], said[1]))


def _clear_single(pen: Pen, field: str, indexes: tuple[int, ...], item: Contact) -> None:
    """Take a value away; an empty line stays where another property would otherwise be read in its place."""
    blank = SINGLE_NAMES[field][0]
    needed = field == "formatted_name" or _taken_by_extra(field, item)
    for index in indexes:
        line = pen.line(index)
        if needed and line.name == blank:
            pen.put(index, pen.again(line, "", edit_head(line.head, BINARY_PARAMS) if field == "photo" else None))
            needed = False
        else:
            pen.drop(index)
    if needed:
        pen.prepend(pen.new(blank, ""))


def _taken_by_extra(field: str, item: Contact) -> bool:
    for extra in item.extra:
        said = claim(extra_line(extra), label_of(extra))
        if said is not None and said.field == field and said.value:
            return True
    return False


def _write_name(pen: Pen, item: Contact) -> None:
    old = pen.card.contact
    differing = [part for part in NAME_PARTS if not same(_FIELD[part], getattr(old, part), getattr(item, part))]
    indexes = pen.card.singles.get("name", ())
    if not differing:
        return
    line = pen.line(indexes[0]) if indexes else Line(b"N:;;;;", 0)
    parts = split_structured(line.value, ";")
    parts += [""] * (len(NAME_PARTS) - len(parts))
    for at, part in enumerate(NAME_PARTS):
        if part in differing:
            parts[at] = pen.escape(getattr(item, part))
    if indexes:
        pen.put(indexes[0], pen.again(line, ";".join(parts)))
    else:
        pen.prepend(pen.new("N", ";".join(parts)))


def _write_organization(pen: Pen, item: Contact) -> None:
    old = pen.card.contact
    indexes = pen.card.singles.get("organization", ())
    needed = _taken_by_extra("organization", item)
    if all(same(_FIELD[name], getattr(old, name), getattr(item, name)) for name in ("company", "departments")) and (
        indexes or not needed
    ):
        return
    new = [item.company, *item.departments]
    if not any(new):
        if not needed:
            for index in indexes:
                pen.drop(index)
            return
        new = [""]
    line = pen.line(indexes[0]) if indexes else Line(b"ORG:", 0)
    kept = split_structured(line.value, ";")
    parts = [
        kept[at] if at < len(kept) and unescape_text(kept[at]).strip() == text else pen.escape(text)
        for at, text in enumerate(new)
    ]
    if indexes:
        pen.put(indexes[0], pen.again(line, ";".join(parts)))
    else:
        pen.prepend(pen.new("ORG", ";".join(parts)))


def _write_words(pen: Pen, field: str, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    wanted, had = {word.casefold() for word in new}, {word.casefold() for word in old}
    added = [_word(pen, word) for word in new if word.casefold() not in had]
    indexes = pen.card.words.get(field, ())
    for index in reversed(indexes):
        line = pen.line(index)
        parts = split_structured(line.value, ",")
        kept = [part for part in parts if unescape_text(part).strip().casefold() in wanted]
        if (added and field == "categories") or len(kept) != len(parts):
            if field == "categories":
                kept, added = kept + added, []
            pen.put(index, pen.again(line, ",".join(kept))) if kept else pen.drop(index)
    if field == "nicknames":
        # A line for each: servers built on vobject keep only the first nickname of a line.
        for word in added:
            pen.append(pen.new("NICKNAME", word))
    elif added:
        pen.append(pen.new("CATEGORIES", ",".join(added)))


def _word(pen: Pen, word: str) -> str:
    text = pen.escape(word)
    return text.replace(",", "\\,") if pen.version == "2.1" else text


def _write_group(pen: Pen, is_group: bool) -> None:
    indexes = pen.card.singles.get("is_group", ())
    for index in indexes:
        pen.put(index, pen.again(pen.line(index), "group")) if is_group else pen.drop(index)
    if is_group and not indexes:
        pen.append(pen.new("KIND" if pen.version == "4.0" else max(GROUP_NAMES), "group"))


def _write_elements(pen: Pen, field: str, item: Contact) -> None:
    old, new = getattr(pen.card.contact, field), getattr(item, field)
    if old == new:
        return
    lines = dict(pen.card.elements[field])
    changed, gone, come = pair(_FIELD[field], old, new)
    for before, after in changed:
        change_element(pen, before, after, lines[before])
    for element in gone:
        for index in lines[element]:
            pen.drop(index)
    for element in come:
        add_element(pen, element, field)


def _write_extras(pen: Pen, item: Contact) -> None:
    old = pen.card.contact.extra
    if old == item.extra:
        return
    changed, gone, come = pair(_FIELD["extra"], old, item.extra)
    waiting: dict[Any, list[int]] = {}
    for extra, index in zip(old, pen.card.extras, strict=True):
        waiting.setdefault(extra, []).append(index)
    # Of several equal ones the later go, so that those before keep their place.
    for before, after in changed:
        change_element(pen, before, after, (waiting[before].pop(),))
    for extra in gone:
        pen.drop(waiting[extra].pop())
    for extra in come:
        _make_room(pen, extra, item)
        add_element(pen, extra, "extra")


def _make_room(pen: Pen, extra: Any, item: Contact) -> None:
    """Put an empty line of a field before a second one, where the contact leaves the field empty."""
    said = claim(extra_line(extra), label_of(extra))
    if said is None or not said.value or said.field not in SINGLE_NAMES or getattr(item, said.field):
        return
    if getattr(pen.card.contact, said.field) or said.field in pen.card.singles:
        return
    pen.prepend(pen.new(SINGLE_NAMES[said.field][0], ""))
