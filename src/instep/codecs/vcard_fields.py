"""Which line of a vCard belongs to which field of a contact (RFC 6350, RFC 2426, and what programs really write)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from instep.codecs.contentline import Line, split_structured, unescape_text
from instep.codecs.vcard_values import (
    MESSENGER_SCHEMES,
    binary_meant,
    date_meant,
    gender_meant,
    messenger_meant,
    text_of,
    types_meant,
)
from instep.core.model import Address, Member, Typed

# Field -> the names it is read from; the first is written to vCard 2.1 and 3.0.
SINGLE_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "formatted_name": ("FN",),
    "file_as": ("X-FILE-AS", "X-EVOLUTION-FILE-AS"),
    "initials": ("X-INITIALS",),
    "phonetic_family": ("X-PHONETIC-LAST-NAME",),
    "phonetic_given": ("X-PHONETIC-FIRST-NAME",),
    "phonetic_company": ("X-PHONETIC-ORG",),
    "job_title": ("TITLE",),
    "profession": ("ROLE",),
    "birthday": ("BDAY",),
    "anniversary": (
        "X-ANNIVERSARY",
        "ANNIVERSARY",
        "X-MS-ANNIVERSARY",
        "X-EVOLUTION-ANNIVERSARY",
        "X-KADDRESSBOOK-X-ANNIVERSARY",
    ),
    "gender": ("X-GENDER", "GENDER", "X-WAB-GENDER"),
    "spouse": ("X-SPOUSE", "X-MS-SPOUSE", "X-EVOLUTION-SPOUSE", "X-KADDRESSBOOK-X-SPOUSESNAME"),
    "assistant": ("X-ASSISTANT", "X-MS-ASSISTANT", "X-EVOLUTION-ASSISTANT", "X-KADDRESSBOOK-X-ASSISTANTSNAME"),
    "manager": ("X-MANAGER", "X-MS-MANAGER", "X-EVOLUTION-MANAGER", "X-KADDRESSBOOK-X-MANAGERSNAME"),
    "sensitivity": ("CLASS",),
    "note": ("NOTE",),
    "photo": ("PHOTO",),
    "uid": ("UID",),
}
NAMES_IN_4: Final = {"anniversary": "ANNIVERSARY", "gender": "GENDER"}
FIELD_OF_SINGLE: Final = {name: field for field, names in SINGLE_NAMES.items() for name in names}
WORD_FIELDS: Final = {"NICKNAME": "nicknames", "CATEGORIES": "categories"}
TYPED_FIELDS: Final = {
    "EMAIL": "emails",
    "TEL": "telephones",
    "URL": "urls",
    "IMPP": "messengers",
    **dict.fromkeys(MESSENGER_SCHEMES, "messengers"),
}
ELEMENT_FIELDS: Final = ("emails", "telephones", "addresses", "messengers", "urls", "keys", "members")
GROUP_NAMES: Final = frozenset({"KIND", "X-ADDRESSBOOKSERVER-KIND"})
MEMBER_NAMES: Final = frozenset({"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"})
# Said about the document or another line, never an item of its own.
SILENT: Final = frozenset({"", "BEGIN", "END", "VERSION", "PRODID", "PROFILE", "REV", "X-ABLABEL", "X-ABADR"})
NAME_PARTS: Final = ("family", "given", "additional", "prefixes", "suffixes")
ADDRESS_PARTS: Final = ("box", "extended", "street", "city", "region", "code", "country")
_RELATED_LABELS: Final = {"spouse": "spouse", "assistant": "assistant", "manager": "manager"}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a line says: the field it belongs to and its value there; ``value`` None when it says nothing."""

    field: str
    value: Any


def claim(line: Line, label: str = "") -> Claim | None:
    """Return what ``line`` says to a field of a contact, None when no field is its home.

    ``label`` is the text of the ``X-ABLabel`` of the line's group.
    """
    name = line.name
    if field := TYPED_FIELDS.get(name):
        return Claim(field, _typed(line, label))
    if field := FIELD_OF_SINGLE.get(name):
        return _single(field, line)
    match name:
        case "N":
            return Claim("name", tuple(split_structured(line.value, ";")))
        case "ORG":
            return Claim("organization", tuple(split_structured(line.value, ";")))
        case "ADR":
            return Claim("addresses", _address(line, label))
        case "NICKNAME" | "CATEGORIES":
            return Claim(WORD_FIELDS[name], words_of(line))
        case "KEY":
            binary = binary_meant(line)
            return Claim("keys", binary) if binary is not None else None
        case "X-ABDATE" if label.lower() == "anniversary":
            return _single("anniversary", line)
        case "X-ABRELATEDNAMES" if (field := _RELATED_LABELS.get(label.lower())) is not None:
            return _single(field, line)
        case "RELATED" if (line.param("VALUE") or "").lower() == "text" and "spouse" in types_meant(line)[0]:
            return _single("spouse", line)
        case _ if name in GROUP_NAMES and line.value.strip().lower() in ("group", "individual"):
            return Claim("is_group", line.value.strip().lower() == "group")
        case _ if name in MEMBER_NAMES:
            address = text_of(line).strip()
            shown = line.param("X-CN") or line.param("CN") or ""
            return Claim("members", Member(address, shown) if address else None)
        case _:
            return None


def _single(field: str, line: Line) -> Claim | None:
    match field:
        case "photo":
            photo = binary_meant(line)
            return Claim(field, photo) if photo is not None or not line.value.strip() else None
        case "birthday" | "anniversary":
            return Claim(field, date_meant(text_of(line), line.param("X-APPLE-OMIT-YEAR")))
        case "gender":
            return Claim(field, gender_meant(line))
        case "sensitivity":
            return Claim(field, text_of(line).strip().upper())
        case "note":
            return Claim(field, text_of(line))
        case _:
            return Claim(field, text_of(line).strip())


def blocks(field: str, line: Line) -> bool:
    """True when an empty ``line`` says that the field is empty, so that lines after it are none of its business."""
    return line.name == SINGLE_NAMES[field][0]


def stays_here(line: Line) -> bool:
    """True for what can only stay in its document: servers refuse a new card with a second N or with bad base64."""
    return line.name == "N" or (line.encoding == "BASE64" and binary_meant(line) is None)


def words_of(line: Line) -> tuple[str, ...]:
    """Return the words of a list, in order, without empty ones."""
    words = (unescape_text(part).strip() for part in split_structured(line.value, ","))
    return tuple(word for word in words if word)


def typed_text(line: Line) -> str:
    """Return the value of an e-mail address, telephone, web page or messenger as a person would write it."""
    text = text_of(line).strip()
    match line.name:
        case "EMAIL":
            return text[7:] if text[:7].lower() == "mailto:" else text
        case "TEL":
            return text[4:] if text[:4].lower() == "tel:" else text
        case "URL":
            return text
        case name:
            return messenger_meant(name, text)


def _typed(line: Line, label: str) -> Typed | None:
    text = typed_text(line)
    if not text:
        return None
    types, pref = types_meant(line) if b";" in line.head else (frozenset(), 0)
    return Typed(text, types, pref, label)


def _address(line: Line, label: str) -> Address | None:
    parts = [unescape_text(part).strip() for part in split_structured(line.value.replace("\r\n", "\n"), ";")]
    if not any(parts):
        return None
    types, pref = types_meant(line)
    named = dict(zip(ADDRESS_PARTS, parts, strict=False))
    return Address(**named, types=types, pref=pref, label=label)


def plain_label(text: str) -> str:
    """Return a label without the decoration ``_$!<…>!$_`` of Apple's own ones."""
    text = text.strip()
    return text[4:-4] if text.startswith("_$!<") and text.endswith(">!$_") else text
