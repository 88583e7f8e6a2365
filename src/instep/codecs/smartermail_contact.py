"""A SmarterMail contact (facts of ``/api/v1/contacts``) and ``Contact``."""

from __future__ import annotations

from typing import Any, Final

from instep.codecs.smartermail_body import CONTACT, body_of, categories_of, put_body, put_categories
from instep.codecs.smartermail_contact_keys import CANDIDATES, more_of, put_more
from instep.codecs.smartermail_contact_sets import (
    addresses_of,
    emails_of,
    phones_of,
    put_addresses,
    put_emails,
    put_phones,
    put_urls,
    urls_of,
)
from instep.codecs.smartermail_dialect import Dialect
from instep.codecs.smartermail_groups import group_error
from instep.codecs.smartermail_json import Object, Pen, text_of
from instep.codecs.smartermail_objects import is_group
from instep.codecs.smartermail_stamps import modified_of
from instep.core.fields import FIELDS, same, same_item
from instep.core.model import Contact, Kind
from instep.errors import CodecError

NAME: Final = "displayAs"
TEXTS: Final = {
    "formatted_name": NAME,
    "given": "firstName",
    "family": "lastName",
    "company": "company",
    "job_title": "jobTitle",
}
_FIELD: Final = {field.name: field for field in FIELDS[Kind.CONTACT]}


def read_contact(object: Object, dialect: Dialect) -> Contact:
    """Read a contact; of a group nothing but that it is one, and its name."""
    if is_group(object.values()):
        return Contact(is_group=True, formatted_name=text_of(object, NAME).strip())
    texts: dict[str, Any] = {field: text_of(object, key).strip() for field, key in TEXTS.items()}
    return Contact(
        uid=text_of(object, "uid"),
        **texts,
        emails=emails_of(object),
        telephones=phones_of(object),
        addresses=addresses_of(object),
        urls=urls_of(object),
        categories=categories_of(object),
        note=body_of(object, CONTACT),
        modified=modified_of(object, "lastModifiedUTC", "lastModified", "dateModified"),
        **more_of(object, dialect),
    )


def write_contact(pen: Pen, new: Contact, dialect: Dialect) -> None:
    """Write what differs. Raises ``NotCarried`` for a group, ``CodecError`` for a contact that nobody could find by a
    name."""
    old = read_contact(pen.object, dialect)
    if old.is_group or new.is_group:
        if old != new:
            raise group_error()
        return
    if not pen.fresh and same_item(old, new):
        return
    for field, key in TEXTS.items():
        if _differs(field, old, new):
            pen.put(key, getattr(new, field))
    if not new.formatted_name and (not old.formatted_name or _differs("formatted_name", old, new)):
        pen.put(NAME, _name_for(new))
    if _differs("emails", old, new):
        put_emails(pen, old.emails, new.emails)
    if _differs("telephones", old, new):
        put_phones(pen, old.telephones, new.telephones, dialect)
    if _differs("addresses", old, new):
        put_addresses(pen, new.addresses)
    if _differs("urls", old, new):
        put_urls(pen, new.urls)
    if _differs("categories", old, new):
        put_categories(pen, new.categories)
    if _differs("note", old, new):
        put_body(pen, CONTACT, new.note)
    for field in CANDIDATES:
        if _differs(field, old, new):
            put_more(pen, field, new, dialect)


def _differs(field: str, old: Contact, new: Contact) -> bool:
    return not same(_FIELD[field], getattr(old, field), getattr(new, field))


def _name_for(contact: Contact) -> str:
    """The name that SmarterMail insists on, where the contact has none of its own."""
    known = (
        " ".join(part for part in (contact.given, contact.family) if part),
        contact.company,
        *(element.value for element in (*contact.emails, *contact.telephones)),
    )
    name = next((text for text in known if text), "")
    if not name:
        raise CodecError("the contact has no name, which SmarterMail wants of each", "Give it a name.")
    return name
