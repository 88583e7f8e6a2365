"""A contact's e-mail addresses, telephones, postal addresses and web page in SmarterMail's terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from instep.codecs.smartermail_dialect import Dialect
from instep.codecs.smartermail_json import Entry, Object, Pen, broken, dump, list_of, parse, plain_text, text_of
from instep.codecs.vcard_elements import pair
from instep.core.fields import FIELDS
from instep.core.model import Address, Kind, Typed

_FIELD: Final = {field.name: field for field in FIELDS[Kind.CONTACT]}

EMAILS: Final = "emailAddressList"
PHONES: Final = "phoneNumberList"
WEB_PAGE: Final = "webPage"
_ADDRESS: Final = ("address", "emailAddress", "email")
_NUMBER: Final = ("number", "phoneNumber")
_TYPE: Final = ("type", "phoneType")

# A type's word -> how it is filed; the first word of a meaning is the one that is written.
WORDS: Final[dict[str, frozenset[str]]] = {
    "Home": frozenset({"home"}),
    "Work": frozenset({"work"}),
    "Mobile": frozenset({"cell"}),
    "Fax": frozenset({"fax"}),
    "HomeFax": frozenset({"home", "fax"}),
    "WorkFax": frozenset({"work", "fax"}),
    "Pager": frozenset({"pager"}),
    "Car": frozenset({"car"}),
    "Other": frozenset(),
    "Business": frozenset({"work"}),
    "BusinessFax": frozenset({"work", "fax"}),
    "Cell": frozenset({"cell"}),
    "CellPhone": frozenset({"cell"}),
    "MobilePhone": frozenset({"cell"}),
}
_MEANT: Final = {word.lower(): types for word, types in WORDS.items()}
_WORD_OF: Final = {types: word for word, types in reversed(WORDS.items())}

# Prefix of the keys -> the type of address; the parts' keys follow.
PLACES: Final = (("home", "home"), ("bus", "work"))
PARTS: Final = {"street": "Street", "city": "City", "region": "State", "code": "Zip", "country": "Country"}


def _entries(object: Object, key: str) -> list[tuple[Entry, Object | None]]:
    """The entries of a list with their objects, ``None`` for those that are plain texts."""
    out: list[tuple[Entry, Object | None]] = []
    for entry in list_of(object, key):
        match entry.value:
            case dict():
                out.append((entry, parse(entry.text)))
            case str() | None:
                out.append((entry, None))
            case _:
                raise broken(key, "holds an entry that is neither text nor an object")
    return out


# E-mail addresses -------------------------------------------------------------------------------------------------


def emails_of(object: Object) -> tuple[Typed, ...]:
    """Give the e-mail addresses; SmarterMail files them under no type."""
    return tuple(found for _, _, found in _emails(object) if found is not None)


def _emails(object: Object) -> list[tuple[Entry, Object | None, Typed | None]]:
    out = []
    for entry, inner in _entries(object, EMAILS):
        text = plain_text(EMAILS, entry.value or "") if inner is None else text_of(inner, *_ADDRESS)
        out.append((entry, inner, Typed(text.strip()) if text.strip() else None))
    return out


def put_emails(pen: Pen, old: tuple[Typed, ...], new: tuple[Typed, ...]) -> None:
    """Write changed e-mail addresses, each in the form it has there, a new one in the form of its neighbours."""
    there = _emails(pen.object)
    form = next((inner for _, inner, _ in there if inner is not None), None)

    def change(inner: Object | None, element: Typed) -> str:
        if inner is None:
            return dump(element.value)
        own = Pen(inner)
        own.put(_ADDRESS, element.value)
        return own.finish()

    def create(element: Typed) -> str:
        if form is None:
            return dump(element.value)
        member = form.get(*_ADDRESS)
        return dump({member.key if member else form.styled("address"): element.value})

    _put_list(pen, "emails", EMAILS, there, (old, new), change, create)


# Telephones -------------------------------------------------------------------------------------------------------


def phones_of(object: Object) -> tuple[Typed, ...]:
    """Give the telephones; a type that is a bare number says nothing, since nobody knows which is which."""
    return tuple(found for _, _, found in _phones(object) if found is not None)


def _phones(object: Object) -> list[tuple[Entry, Object | None, Typed | None]]:
    out = []
    for entry, inner in _entries(object, PHONES):
        text = plain_text(PHONES, entry.value or "") if inner is None else text_of(inner, *_NUMBER)
        types = frozenset[str]() if inner is None else _types_of(inner)
        out.append((entry, inner, Typed(text.strip(), types) if text.strip() else None))
    return out


def _types_of(inner: Object) -> frozenset[str]:
    member = inner.get(*_TYPE)
    if member is None or not isinstance(member.value, str):
        return frozenset()
    word = re.sub(r"[^a-z0-9]", "", member.value.lower())
    return _MEANT.get(word, frozenset({word} if word else ()))


def put_phones(pen: Pen, old: tuple[Typed, ...], new: tuple[Typed, ...], dialect: Dialect) -> None:
    """Write changed telephones, each in the form it has there.

    A new one gets a word for its type, unless this item or the dialect shows bare numbers; then it gets none, and its
    type is kept on the other side, since a wrong number would file it wrongly.
    """
    there = _phones(pen.object)
    form = next((inner for _, inner, _ in there if inner is not None), None)
    shown = next((m.value for _, inner, _ in there if inner is not None and (m := inner.get(*_TYPE))), None)
    numbers = isinstance(shown, int) if shown is not None else dialect.phone_type == "number"

    def change(inner: Object | None, element: Typed) -> str:
        if inner is None:
            return dump(element.value)
        own = Pen(inner)
        if text_of(inner, *_NUMBER).strip() != element.value:
            own.put(_NUMBER, element.value)
        member = inner.get(*_TYPE)
        takes_word = not numbers if member is None else not isinstance(member.value, int)
        if takes_word and _types_of(inner) != element.types:
            own.put(_TYPE, word_for(element.types))
        return own.finish()

    def create(element: Typed) -> str:
        if form is None and there:
            return dump(element.value)
        style = form or pen.object
        made: dict[str, Any] = {_key(form, _NUMBER) or style.styled("number"): element.value}
        if not numbers:
            made[_key(form, _TYPE) or style.styled("type")] = word_for(element.types)
        return dump(made)

    _put_list(pen, "telephones", PHONES, there, (old, new), change, create)


def _key(form: Object | None, names: tuple[str, ...]) -> str | None:
    member = form.get(*names) if form is not None else None
    return member.key if member is not None else None


def word_for(types: frozenset[str]) -> str:
    """Give the word under which a telephone is filed; of several unusual types the one that SmarterMail knows."""
    known = types & {"home", "work", "cell", "fax", "pager", "car"}
    if types in _WORD_OF:
        return _WORD_OF[types]
    if known in _WORD_OF and known:
        return _WORD_OF[known]
    if known:
        return _WORD_OF[frozenset({min(known, key=("cell", "pager", "car", "fax", "work", "home").index)})]
    return "Other"


# Lists of either --------------------------------------------------------------------------------------------------


def _put_list(
    pen: Pen,
    field: str,
    key: str,
    there: Sequence[tuple[Entry, Object | None, Typed | None]],
    sets: tuple[tuple[Typed, ...], tuple[Typed, ...]],
    change: Callable[[Object | None, Typed], str],
    create: Callable[[Typed], str],
) -> None:
    changed, gone, come = pair(_FIELD[field], *sets)
    texts: list[tuple[Typed | None, str]] = []
    waiting = list(gone)
    for entry, inner, element in there:
        after = next((new for old, new in changed if old == element), None) if element is not None else None
        if after is not None:
            changed.remove((element, after))
            texts.append((after, change(inner, after)))
        elif element is not None and element in waiting:
            waiting.remove(element)
        else:
            texts.append((element, entry.text))
    texts += [(element, create(element)) for element in come]
    pen.put_text(key, f"[{','.join(_in_order(texts, sets[1]))}]")


def _in_order(texts: list[tuple[Typed | None, str]], wanted: tuple[Typed, ...]) -> list[str]:
    """The entries in the order of the elements, since the first may be the main one; one that says nothing stays where
    it is among its neighbours."""
    places: list[int] = []
    for element, _ in texts:
        place = wanted.index(element) if element in wanted else places[-1] if places else -1
        places.append(place)
    return [text for _, (_, text) in sorted(zip(places, texts, strict=True), key=lambda pair: pair[0])]


# Postal addresses and the web page --------------------------------------------------------------------------------


def addresses_of(object: Object) -> tuple[Address, ...]:
    """Give the addresses at home and at work."""
    out = []
    for prefix, type in PLACES:
        parts: dict[str, Any] = {part: text_of(object, f"{prefix}{name}").strip() for part, name in PARTS.items()}
        if any(parts.values()):
            out.append(Address(**parts, types=frozenset({type})))
    return tuple(out)


def put_addresses(pen: Pen, new: tuple[Address, ...]) -> None:
    """Write the first address at home and the first at work; for others SmarterMail has no place known to us."""
    for prefix, type in PLACES:
        address = next((a for a in new if type in a.types), Address())
        for part, name in PARTS.items():
            key, value = f"{prefix}{name}", getattr(address, part)
            if text_of(pen.object, key).strip() != value:
                pen.put(key, value)


def urls_of(object: Object) -> tuple[Typed, ...]:
    """Give the web page."""
    text = text_of(object, WEB_PAGE).strip()
    return (Typed(text),) if text else ()


def put_urls(pen: Pen, new: tuple[Typed, ...]) -> None:
    """Write the web page that is there still, else the first."""
    held = text_of(pen.object, WEB_PAGE).strip()
    if held and any(url.value == held for url in new):
        return
    pen.put(WEB_PAGE, new[0].value if new else "")
