"""Writes the elements of a contact's sets, each onto its own line: telephones, addresses, keys, members, extras."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Hashable, Sequence
from typing import Any, Final

from instep.codecs.contentline import Line, Params, make_line, split_structured
from instep.codecs.extras import label_of, params_to_write, read_extra, written
from instep.codecs.linetext import edit_head
from instep.codecs.vcard_fields import ADDRESS_PARTS, SILENT, TYPED_FIELDS
from instep.codecs.vcard_pen import Pen
from instep.codecs.vcard_values import MESSENGER_SCHEMES, binary_written, messenger_meant, types_written, uri_written
from instep.core.fields import Field, same_part
from instep.core.model import Address, Binary, Extra, Member, Typed

NEW_NAME: Final = {field: name for name, field in reversed(TYPED_FIELDS.items())}
BINARY_PARAMS: Final = ("ENCODING", "TYPE", "VALUE", "MEDIATYPE")
_TEL_URI: Final = re.compile(r"[+0-9*#().;=A-Za-z-]+")


def pair(field: Field, old: Sequence[Any], new: Sequence[Any]) -> tuple[list[tuple[Any, Any]], list[Any], list[Any]]:
    """Tell which element became which, which are gone, and which are new; those that stay the same are left out.

    An element is found again by its content (``field.key``), else by the place that it fills (``field.slot``).
    """
    gone, come = _left_over(old, new), _left_over(new, old)
    changed: list[tuple[Any, Any]] = []
    for place in (lambda e: (field.key(e), field.slot(e)), field.key, field.slot):
        waiting: dict[Hashable, deque[int]] = {}
        for at, element in enumerate(come):
            waiting.setdefault(place(element), deque()).append(at)
        alone, taken = [], set()
        for before in gone:
            if found := waiting.get(place(before)):
                at = found.popleft()
                taken.add(at)
                if not same_part(before, come[at]):
                    changed.append((before, come[at]))
            else:
                alone.append(before)
        gone, come = alone, [element for at, element in enumerate(come) if at not in taken]
    return changed, gone, come


def _left_over(elements: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """Those that have no equal among the others, each of which stands for one."""
    available = Counter(others)
    out = []
    for element in elements:
        if available[element] > 0:
            available[element] -= 1
        else:
            out.append(element)
    return out


def change_element(pen: Pen, before: Any, after: Any, indexes: Sequence[int]) -> None:
    """Write a changed element onto its lines; a second line that only repeats the first goes when more than the value
    changed, for it would say something else from then on."""
    first, *echoes = indexes
    line = pen.line(first)
    raw: bytes | None = None
    match before, after:
        case Typed(), Typed():
            raw = _changed_typed(pen, before, after, first)
            for echo in echoes:
                again = _only_value(pen, before, after, echo)
                pen.drop(echo) if again is None else pen.put(echo, again)
        case Address(), Address():
            raw = _changed_address(pen, before, after, first)
        case Binary(), Binary():
            value, params = binary_written(line.name, after, pen.version)
            raw = pen.again(line, value, edit_head(line.head, BINARY_PARAMS, params))
        case Member(), Member():
            head = edit_head(line.head, ("CN", "X-CN"), _shown(after)) if before.name != after.name else None
            raw = pen.again(line, uri_written(after.address, pen.version), head)
        case Extra(), Extra():
            raw = _changed_extra(pen, before, after, first)
    if not isinstance(before, Typed):
        for echo in echoes:
            pen.drop(echo)
    if raw is None:
        pen.drop(first)
        add_element(pen, after, _field_name(line))
    else:
        pen.put(first, raw)


def _field_name(line: Line) -> str:
    return TYPED_FIELDS.get(line.name, "")


def add_element(pen: Pen, element: Any, field: str) -> None:
    """Write an element that was not there, with a group of its own when it has a label."""
    match element:
        case Typed():
            name = NEW_NAME[field]
            value = uri_written(element.value, pen.version) if name in ("URL", "IMPP") else pen.escape(element.value)
            params = types_written(name, element.types, element.pref, pen.version)
            pen.append(pen.new(name, value, params, pen.group_for(element.label)))
        case Address():
            value = ";".join(pen.escape(getattr(element, part)) for part in ADDRESS_PARTS)
            params = types_written("ADR", element.types, element.pref, pen.version)
            pen.append(pen.new("ADR", value, params, pen.group_for(element.label)))
        case Binary() if element.data or element.uri:
            value, params = binary_written("KEY", element, pen.version)
            pen.append(pen.new("KEY", value, params))
        case Member():
            name = _member_name(pen)
            pen.append(pen.new(name, uri_written(element.address, pen.version), _shown(element)))
        case Extra() if element.name not in SILENT and element.name != "N":
            raw = pen.new(
                element.name, _extra_value(pen, element), params_to_write(element), _extra_group(pen, element)
            )
            pen.append(raw)


def _member_name(pen: Pen) -> str:
    known = pen.card.elements["members"]
    if known:
        return pen.line(known[0][1][0]).name
    return "MEMBER" if pen.version == "4.0" else "X-ADDRESSBOOKSERVER-MEMBER"


def extra_line(extra: Extra) -> Line:
    """Return the line as which an extra would be read, to see whether a field would take it."""
    return Line(make_line(extra.name, written(extra.value), params_to_write(extra)), 0)


def _extra_group(pen: Pen, extra: Extra) -> str:
    return pen.group_for(label_of(extra))


def _extra_value(pen: Pen, extra: Extra) -> str:
    return written(extra.value, commas=pen.version != "4.0")


def _shown(member: Member) -> Params:
    return (("X-CN", (member.name,)),) if member.name else ()


def _changed_extra(pen: Pen, before: Extra, after: Extra, index: int) -> bytes | None:
    line = pen.line(index)
    if before.name != after.name or before.params != after.params or read_extra(line, label_of(before)) != before:
        return None
    return pen.again(line, _extra_value(pen, after))


def _typed_value(pen: Pen, line: Line, text: str) -> tuple[str, tuple[str, ...]] | None:
    """The value as this line writes it, and the parameters that it then cannot keep; None when it cannot say it."""
    old = line.value.strip().lower()
    match line.name:
        case "EMAIL":
            return ("mailto:" if old.startswith("mailto:") else "") + pen.escape(text), ()
        case "TEL" if old.startswith("tel:"):
            return ("tel:" + text, ()) if _TEL_URI.fullmatch(text) else (pen.escape(text), ("VALUE",))
        case "TEL":
            return pen.escape(text), ()
        case "URL" | "IMPP":
            return uri_written(text, pen.version), ()
        case name:
            short = text.removeprefix(MESSENGER_SCHEMES[name] + ":")
            return (uri_written(short, pen.version), ()) if messenger_meant(name, short) == text else None


def _only_value(pen: Pen, before: Typed, after: Typed, index: int) -> bytes | None:
    if (before.types, before.pref, before.label) != (after.types, after.pref, after.label):
        return None
    line = pen.line(index)
    value = _typed_value(pen, line, after.value)
    return None if value is None else pen.again(line, value[0], edit_head(line.head, value[1]))


def _changed_typed(pen: Pen, before: Typed, after: Typed, index: int) -> bytes | None:
    line = pen.line(index)
    value, head = line.value, line.head
    if before.value != after.value:
        said = _typed_value(pen, line, after.value)
        if said is None:
            return None
        value, lost = said
        head = edit_head(head, lost) if lost else head
    return pen.again(line, value, _head(pen, head, before, after, index))


def _changed_address(pen: Pen, before: Address, after: Address, index: int) -> bytes:
    line = pen.line(index)
    parts = split_structured(line.value, ";")
    parts += [""] * (len(ADDRESS_PARTS) - len(parts))
    for at, part in enumerate(ADDRESS_PARTS):
        if getattr(before, part) != getattr(after, part):
            parts[at] = pen.escape(getattr(after, part))
    return pen.again(line, ";".join(parts), _head(pen, line.head, before, after, index))


def _head(pen: Pen, head: bytes, before: Typed | Address, after: Typed | Address, index: int) -> bytes:
    if (before.types, before.pref) != (after.types, after.pref):
        params = types_written(pen.line(index).name, after.types, after.pref, pen.version)
        head = edit_head(head, ("TYPE", "PREF"), params)
    return head if before.label == after.label else pen.relabelled(index, head, after.label)
