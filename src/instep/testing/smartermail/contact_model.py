"""A contact's inner form and the model of CardDAV's cards, each onto the other."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Set
from dataclasses import replace
from typing import Any, Final

from instep.core.model import Address, Binary, Contact, Member, Typed
from instep.testing.smartermail.contact_form import words
from instep.testing.smartermail.exchange import Json
from instep.testing.smartermail.task_model import text_of

_TEXTS: Final = {
    "displayAs": "formatted_name",
    "title": "prefixes",
    "firstName": "given",
    "middleName": "additional",
    "lastName": "family",
    "suffix": "suffixes",
    "company": "company",
    "jobTitle": "job_title",
    "birthDate": "birthday",
    "spouseName": "spouse",
}
_TYPES: Final = {
    "Home": frozenset({"home"}),
    "Work": frozenset({"work"}),
    "Mobile": frozenset({"cell"}),
    "HomeFax": frozenset({"home", "fax"}),
    "WorkFax": frozenset({"work", "fax"}),
    "Pager": frozenset({"pager"}),
    "Other": frozenset[str](),
}
_WORDS: Final = {types: word for word, types in _TYPES.items()}
_PARTS: Final = {"Street": "street", "City": "city", "State": "region", "Zip": "code", "Country": "country"}
_PLACES: Final = {"home": "home", "bus": "work"}


def taken(contact: Contact) -> Json:
    """Give what a card says, in the inner form."""
    out: Json = {name: getattr(contact, field) for name, field in _TEXTS.items()}
    out["birthDate"] = contact.birthday or None
    out |= {
        "nickname": ", ".join(contact.nicknames),
        "department": contact.departments[0] if contact.departments else "",
        "emailAddressList": [email.value for email in contact.emails],
        "phoneNumberList": [{"number": t.value, "type": _word(t)} for t in contact.telephones],
        "webPage": contact.urls[0].value if contact.urls else "",
        "imAddress": contact.messengers[0].value if contact.messengers else "",
        "additionalInfo": contact.note,
        "isHtml": False,
        "imageBase64": base64.b64encode(contact.photo.data).decode() if contact.photo else "",
        "categoriesString": "; ".join(contact.categories),
        "contactType": 2 if contact.is_group else 0,
        "groupedContacts": [member.address for member in contact.members],
    }
    for place, type in _PLACES.items():
        address = _address(contact, type)
        for key, part in _PARTS.items():
            out[place + key] = getattr(address, part) if address else ""
    if not out["displayAs"]:
        out["displayAs"] = out["company"] or " ".join(filter(None, (out["firstName"], out["lastName"])))
    return out


def onto(contact: Contact, data: Json, changed: Set[str]) -> Contact:
    """Give the card's contact with the changed keys of ``data``; what they do not speak of stays."""
    new: dict[str, Any] = {field: data[name] or "" for name, field in _TEXTS.items() if name in changed}
    for name in changed:
        value = data[name]
        match name:
            case "nickname":
                new["nicknames"] = tuple(part.strip() for part in value.split(",") if part.strip())
            case "department":
                new["departments"] = (value,) if value else ()
            case "emailAddressList":
                old = {email.value: email for email in contact.emails}
                new["emails"] = tuple(old.get(address, Typed(address)) for address in value)
            case "phoneNumberList":
                new["telephones"] = tuple(_telephone(contact, phone) for phone in value)
            case "webPage":
                new["urls"] = ((Typed(value),) if value else ()) + contact.urls[1:]
            case "imAddress":
                new["messengers"] = ((Typed(value),) if value else ()) + contact.messengers[1:]
            case "additionalInfo" | "isHtml":
                new["note"] = text_of(data["additionalInfo"]) if data["isHtml"] else data["additionalInfo"]
            case "imageBase64":
                new["photo"] = _photo(value)
            case "categoriesString":
                new["categories"] = tuple(words(value))
            case "contactType":
                new["is_group"] = value == 2
            case "groupedContacts":
                new["members"] = tuple(Member(str(member)) for member in value)
    places = {place for place in _PLACES if any(place + key in changed for key in _PARTS)}
    if places:
        new["addresses"] = _addresses(contact, data, places)
    return replace(contact, **new)


def _word(telephone: Typed) -> str:
    types = telephone.types & {"home", "work", "cell", "fax", "pager"}
    if "cell" in types:
        return "Mobile"
    if "fax" in types:
        return "WorkFax" if "work" in types or "home" not in types else "HomeFax"
    return _WORDS.get(frozenset(types), "Other")


def _telephone(contact: Contact, phone: Json) -> Typed:
    for old in contact.telephones:
        if old.value == phone["number"] and _word(old) == phone["type"]:
            return old
    return Typed(phone["number"], _TYPES[phone["type"]])


def _address(contact: Contact, type: str) -> Address | None:
    return next((address for address in contact.addresses if type in address.types), None)


def _addresses(contact: Contact, data: Json, places: Set[str]) -> tuple[Address, ...]:
    addresses = list(contact.addresses)
    for place in sorted(places):
        type = _PLACES[place]
        old = _address(contact, type)
        parts = {part: data[place + key] for key, part in _PARTS.items()}
        if old is not None:
            at = addresses.index(old)
            addresses[at : at + 1] = [replace(old, **parts)] if any(parts.values()) else []
        elif any(parts.values()):
            addresses.append(Address(**parts, types=frozenset({type})))
    return tuple(addresses)


def _photo(value: str) -> Binary | None:
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return Binary(data, media_type="image/png" if data.startswith(b"\x89PNG") else "image/jpeg") if data else None
