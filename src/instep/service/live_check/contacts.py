"""Questions about contacts over REST (facts 3.3)."""

from __future__ import annotations

import base64
from typing import Any

from instep.codecs import vcard
from instep.codecs.smartermail_contact_keys import CANDIDATES
from instep.core.model import Contact, Kind
from instep.errors import AccountError, CodecError, InstepError, ItemRefused
from instep.protocols.smartermail.folders import Json
from instep.protocols.smartermail.replies import named
from instep.protocols.webdav.names import Flavour
from instep.service.live_check.answers import Answer, Sure, not_answered, not_tried
from instep.service.live_check.bench import Bench
from instep.service.live_check.describing import word

_WORDS = ("Home", "Work", "Mobile", "HomeFax", "WorkFax", "Pager", "Other")
_NUMBER = "+1 555 0100"
_ADDRESS = "check@instep.invalid"
_PROBE = "instepProbe"
_DATES = frozenset({"birthday", "anniversary"})
_PHOTO_KEYS = ("imageBase64", "photo", "image", "picture", "imageData")
_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


async def path_form(bench: Bench) -> Answer:
    """Which path takes a new contact, and how a change says which one it means."""
    try:
        id = await bench.make(Kind.CONTACT, "path", {"company": "Before", "jobTitle": "Before"})
    except ItemRefused:
        if bench.learned.get("contact-new") == "address":
            return Answer("by address, into the default address book", Sure.SEEN, _DEFAULT_BOOK)
        raise
    new = "by folder" if bench.learned.get("contact-new") == "folder" else "by address"
    after = await bench.change(Kind.CONTACT, id, jobTitle="After")
    if len(await bench.all_named(Kind.CONTACT, bench.name("path"))) > 1:
        bench.learned["contacts.changing"] = "copies"
        return Answer(f"{new}; a change makes a second contact", Sure.SEEN)
    if named(after, "jobTitle") != "After":
        return Answer(f"{new}; a change is not done", Sure.SEEN)
    if named(after, "company") == "Before":
        bench.learned["contacts.changing"] = "works"
    place = "path" if bench.learned.get("contact-change", "").endswith("/id") else "body"
    return Answer(f"{new}; a change has the id in the {place}")


_DEFAULT_BOOK = "A new contact comes into the default address book, whatever folder is meant; it was removed there."


async def email_entries(bench: Bench) -> Answer:
    """Whether an e-mail address is a text, or an object that holds it."""
    try:
        id = await bench.make(Kind.CONTACT, "address", {"emailAddressList": [_ADDRESS]})
    except InstepError:
        id = await bench.make(Kind.CONTACT, "address", {"emailAddressList": [{"address": _ADDRESS}]})
    found = named(await bench.shown(Kind.CONTACT, id), "emailAddressList")
    match found:
        case [str()]:
            bench.learned["contact-emails"] = "strings"
            return Answer("texts")
        case [dict() as entry]:
            bench.learned["contact-emails"] = "objects"
            return Answer("objects", Sure.SEEN, f"With the keys {', '.join(map(word, entry))}.")
    return not_answered("the address did not come back")


async def phone_type(bench: Bench) -> Answer:
    """Whether a telephone's type is a word or a number, and which are taken."""
    try:
        id = await bench.make(Kind.CONTACT, "phone", {"phoneNumberList": [{"number": _NUMBER, "type": "Work"}]})
    except InstepError:
        # A server that wants numbers may refuse a word.
        id = await bench.make(Kind.CONTACT, "phone", {"phoneNumberList": [{"number": _NUMBER, "phoneType": 1}]})
    entry = _first_phone(await bench.shown(Kind.CONTACT, id))
    form = next((_form(value) for key, value in entry.items() if key.lower() in ("type", "phonetype")), "")
    if not form:
        return not_answered("the telephone came back without a type")
    bench.learn_dialect("phone_type", form)
    if form == "number":
        return Answer("number", Sure.SEEN, await _meanings(bench, id))
    taken = [one for one in _WORDS if await _takes(bench, id, {"number": _NUMBER, "type": one})]
    refused = [one for one in _WORDS if one not in taken]
    detail = f"Came back as sent: {', '.join(taken) or 'none'}."
    return Answer("word", Sure.SEEN, detail + (f" Not: {', '.join(refused)}." if refused else ""))


def _form(value: Any) -> str:
    if isinstance(value, str) and value and not value.isdigit():
        return "word"
    return "number" if isinstance(value, int) and not isinstance(value, bool) else ""


def _first_phone(contact: Json) -> Json:
    phones = named(contact, "phoneNumberList")
    entry = phones[0] if isinstance(phones, list) and phones else {}
    return entry if isinstance(entry, dict) else {}


async def _takes(bench: Bench, id: str, phone: Json) -> bool:
    try:
        after = _first_phone(await bench.change(Kind.CONTACT, id, phoneNumberList=[phone]))
    except InstepError:
        return False
    return all(named(after, key) == value for key, value in phone.items())


async def _meanings(bench: Bench, id: str) -> str:
    """What CardDAV makes of each number."""
    said = []
    for number in range(8):
        if not await _takes(bench, id, {"number": _NUMBER, "phoneType": number}):
            continue
        card = await _card(bench, bench.name("phone"))
        types = card.telephones[0].types if card is not None and card.telephones else None
        said.append(f"{number}" + (f" = {' '.join(sorted(types)) or 'no type'}" if types is not None else ""))
    return f"Came back as sent: {', '.join(said)}." if said else ""


async def _card(bench: Bench, name: str) -> Contact | None:
    """The contact as CardDAV has it; ``None`` where that cannot be seen."""
    place = bench.dav.collection(bench.tag, Flavour.ADDRESSBOOK) if bench.dav is not None else None
    if bench.dav is None or place is None:
        return None
    try:
        document = await bench.dav.document_with(place, name)
        return vcard.read(document.data) if document is not None else None
    except InstepError:
        return None


async def unseen_keys(bench: Bench) -> Answer:
    """Which of the keys that nobody has documented come back with what was sent in them; also the photo's."""
    sent = _probes()
    item = await _kept(bench, "keys", {**sent, _PROBE: "Probe"})
    if named(item, _PROBE) is not None:
        bench.learn_dialect("contact_keys", frozenset[str]())
        return Answer("keeps any key", Sure.LIKELY, "It keeps also a key that does not exist, so nothing is proved.")
    kept = {key for key, value in sent.items() if _came_back(named(item, key), value)}
    card = await _card(bench, bench.name("keys"))
    wrong = _misunderstood(card, kept, sent)
    kept -= wrong
    bench.learn_dialect("contact_keys", frozenset(key.lower() for key in kept))
    photo = await _photo(bench)
    words = ", ".join(sorted(kept)) or "none"
    detail = f"Photo: {photo or 'in none of the keys that were tried'}."
    if wrong:
        detail += f" Kept, but for something else by CardDAV: {', '.join(sorted(wrong))}."
    # That a key keeps a value does not tell what the web mail takes it for; CardDAV does.
    return Answer(words, Sure.SEEN if card is not None else Sure.LIKELY, detail)


def _probes() -> Json:
    values: Json = {}
    for field, keys in CANDIDATES.items():
        for at, key in enumerate(keys):
            values[key] = f"{1961 + at}-05-{10 + len(values) % 18}" if field in _DATES else f"Probe{len(values)}"
    return values


async def _kept(bench: Bench, what: str, keys: Json) -> Json:
    """A contact with these keys as it came back; one key at a time where the server refuses them together."""
    try:
        return await bench.shown(Kind.CONTACT, await bench.make(Kind.CONTACT, what, keys))
    except AccountError:
        raise
    except InstepError:
        id = await bench.make(Kind.CONTACT, what)
    item = await bench.shown(Kind.CONTACT, id)
    for key, value in keys.items():
        try:
            item = await bench.change(Kind.CONTACT, id, **{key: value})
        except AccountError:
            raise
        except InstepError:
            continue
    return item


def _came_back(value: Any, sent: Any) -> bool:
    """Whether a value is what was sent; a date may have got a time."""
    return value == sent or (isinstance(value, str) and str(sent)[:2] == "19" and value[:10] == sent)


def _misunderstood(card: Contact | None, kept: set[str], sent: Json) -> set[str]:
    """The keys whose value CardDAV shows in another field than the one that the key is taken for."""
    if card is None:
        return set()
    wrong = set()
    for field, keys in CANDIDATES.items():
        for key in kept & set(keys):
            holders = {name for name in (*CANDIDATES, "company", "job_title") if sent[key] in _texts(card, name)}
            if holders and field not in holders:
                wrong.add(key)
    return wrong


def _texts(card: Contact, field: str) -> tuple[str, ...]:
    value = getattr(card, field, "")
    return tuple(value) if isinstance(value, tuple) else (value,)


async def _photo(bench: Bench) -> str:
    """The key in which a small picture came back."""
    for at, key in enumerate(_PHOTO_KEYS):
        try:
            id = await bench.make(Kind.CONTACT, f"photo {at}", {key: _PNG})
            value = named(await bench.shown(Kind.CONTACT, id), key)
        except InstepError:
            continue
        if isinstance(value, str) and _same_picture(value):
            return key
    return ""


def _same_picture(value: str) -> bool:
    try:
        return base64.b64decode(value.rpartition(",")[2]) == base64.b64decode(_PNG)
    except ValueError:
        return False


async def group_cards(bench: Bench) -> Answer:
    """How a group looks over CardDAV that was made over REST, and whether REST tells it apart."""
    if bench.dav is None:
        return not_tried(bench.dav_why)
    place = bench.dav.collection(bench.tag, Flavour.ADDRESSBOOK)
    if place is None:
        return not_answered("the address book of the check does not show over CardDAV")
    id = await bench.make(Kind.CONTACT, "group", {"contactType": 2, "groupedContacts": []})
    number = named(await bench.shown(Kind.CONTACT, id), "contactType")
    rest = "REST says contactType 2" if number in (2, "2") else "REST does not say that it is a group"
    document = await bench.dav.document_with(place, bench.name("group"))
    if document is None:
        return Answer("not shown", Sure.SEEN, f"{rest}.")
    upper = document.data.upper()
    if b"X-ADDRESSBOOKSERVER-KIND:GROUP" in upper:
        return Answer("X-ADDRESSBOOKSERVER-KIND", Sure.SEEN, f"{rest}.")
    if b"\nKIND:GROUP" in upper:
        return Answer("KIND", Sure.SEEN, f"{rest}.")
    try:
        told = vcard.read(document.data).is_group
    except CodecError:
        told = False
    return Answer("in another way" if told else "as a person", Sure.SEEN, f"{rest}.")
