"""A contact between its inner form and what REST shows and takes (facts 3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from instep.testing.smartermail.exchange import Json, Refusal, soft
from instep.testing.smartermail.folders import Item
from instep.testing.smartermail.shapes import CONTACT, has, key, taken
from instep.testing.smartermail.switches import Switches

PHONES: Final = ("Home", "Work", "Mobile", "HomeFax", "WorkFax", "Pager", "Other")
"""The words of telephone types; the place of each is its number."""
_ONLY_DETAIL: Final = ("additionalInfo", "isHtml", "imageBase64", "birthDate")


def shown(switches: Switches, item: Item, owner: str, source: str, listed: bool = False) -> Json:
    """Give a contact as an answer holds it; ``listed`` as a row of ``contacts-all``."""
    data: Json = {"id": item.id, **item.data}
    data["emailAddressList"] = [
        {"address": address, "displayName": None} if switches.email_entries == "objects" else address
        for address in data["emailAddressList"]
    ]
    data["phoneNumberList"] = [_phone_shown(switches, phone) for phone in data["phoneNumberList"]]
    data["flagInfo"] = data["flagInfo"] or {"isFlagged": False, "isComplete": False, "dueDate": None}
    data |= {"sourceId": source, "sourceOwner": owner}
    del data["uid"]
    if listed and switches.list_omits == "some":
        return {name: value for name, value in data.items() if name not in _ONLY_DETAIL}
    return data


def read(switches: Switches, body: Mapping[str, Any], onto: Json | None) -> Json:
    """Give the inner form of what a client sends; ``onto`` is the contact that it replaces, None for a new one.

    Raises ``Refusal`` for a value of a wrong type, and for a contact without DisplayAs.
    """
    body = dict(body)
    for name, reading in (("emailAddressList", _emails), ("phoneNumberList", _phones)):
        if has(body, name):
            entries = key(body, name) or []
            if not isinstance(entries, list):
                raise Refusal(400, f"Error converting value. Path '{name}'.")
            body = {known: value for known, value in body.items() if known.lower() != name.lower()}
            body[name] = reading(switches, entries)
    kept = onto if onto is not None and switches.partial == "keeps" else {}
    data = taken(CONTACT, {k: v for k, v in body.items() if k.lower() != "uid"}, kept)
    if switches.normalises == "little":
        data = _normalised(data)
    if not data["displayAs"].strip():
        raise soft("DISPLAY_AS_REQUIRED")
    return data


def _emails(switches: Switches, entries: list[Any]) -> list[str]:
    out = []
    for entry in entries:
        if switches.email_entries == "objects":
            entry = key(entry, "address") if isinstance(entry, dict) else None
        if not isinstance(entry, str):
            raise Refusal(400, "Error converting value. Path 'emailAddressList[0]'.")
        out.append(entry)
    return out


def _phones(switches: Switches, entries: list[Any]) -> list[Json]:
    return [_phone(switches, entry) for entry in entries]


def _phone(switches: Switches, entry: object) -> Json:
    if not isinstance(entry, dict):
        raise Refusal(400, "Error converting value. Path 'phoneNumberList[0]'.")
    word: object
    if switches.phone_type == "number":
        number = key(entry, "phoneType", 0)
        word = PHONES[number] if isinstance(number, int) and 0 <= number < len(PHONES) else None
    else:
        said = key(entry, "type", PHONES[0])
        word = next((known for known in PHONES if isinstance(said, str) and known.lower() == said.lower()), None)
    if word is None:
        raise Refusal(400, "Error converting value. Path 'phoneNumberList[0].type'.")
    return {"number": str(key(entry, "number") or ""), "type": word}


def _phone_shown(switches: Switches, phone: Json) -> Json:
    if switches.phone_type == "number":
        return {"number": phone["number"], "phoneType": PHONES.index(phone["type"])}
    return dict(phone)


def _normalised(data: Json) -> Json:
    out: Json = {name: value.strip() if isinstance(value, str) else value for name, value in data.items()}
    out["additionalInfo"] = out["additionalInfo"].replace("\r\n", "\n")
    out["emailAddressList"] = [_address(address) for address in out["emailAddressList"] if address.strip()]
    phones = [phone | {"number": phone["number"].strip()} for phone in out["phoneNumberList"]]
    out["phoneNumberList"] = [phone for phone in phones if phone["number"]]
    if out["webPage"] and "://" not in out["webPage"]:
        out["webPage"] = "http://" + out["webPage"]
    out["categoriesString"] = "; ".join(words(out["categoriesString"]))
    return out


def _address(address: str) -> str:
    local, at, domain = address.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


def words(text: str) -> list[str]:
    """The categories in a ``categoriesString``."""
    return [word for part in text.replace(",", ";").split(";") if (word := part.strip())]
