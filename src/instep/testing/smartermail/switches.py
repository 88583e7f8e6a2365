"""Every point on which the sources contradict each other, or say nothing, as a switch with its alternatives."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

SWITCHES: Final[dict[str, tuple[str, ...]]] = {
    "contact_path": ("folder", "address"),
    "contact_id": ("body", "path"),
    "partial": ("blanks", "keeps"),
    "phone_type": ("word", "number"),
    "email_entries": ("strings", "objects"),
    "normalises": ("little", "nothing"),
    "keys": ("camel", "pascal"),
    "list_key": ("results", "specific", "plural", "bare"),
    "list_omits": ("nothing", "some"),
    "take_zero": ("all", "nothing"),
    "page_limit": ("none", "100"),
    "put_reply": ("item", "nothing"),
    "missing_item": ("false", "404"),
    "refusals": ("200", "status"),
    "event_ids": ("guid", "number"),
    "event_new_id": ("zero", "null", "absent", "any"),
    "event_path": ("null", "short", "zero"),
    "event_list": ("title", "subject"),
    "delete_flag": ("series", "notify"),
    "owners": ("local", "address"),
    "resource_owner": ("@domain", "~"),
    "primary_list": ("shared", "apart"),
    "permission_8": ("manage", "read"),
    "app_password": ("refused", "accepted"),
    "two_step": ("new", "old"),
    "two_step_email": ("email", "e-mail"),
    "code_twice": ("accepted", "refused"),
    "refused_login": ("401", "400", "200"),
    "password_change": ("limited", "none"),
    "blocked": ("403", "drop"),
    "calendar_success": ("true", "false"),
    "tz": ("iana", "utc", "windows"),
    "all_day_end": ("exclusive", "inclusive"),
    "recurrence": ("numbers", "words", "rule", "opaque"),
    "note_html": ("kept", "wrapped"),
    "task_dates": ("utc", "local", "offset"),
    "due_without_start": ("kept", "refused"),
    "tasks_collection": ("vtodo", "unsaid", "hidden"),
    "if_match": ("honoured", "ignored"),
    "sync_collection": ("there", "missing"),
    "tzid": ("iana", "windows"),
    "card_version": ("3.0", "4.0"),
    "etag": ("stable", "absent", "changes"),
    "dav_keeps": ("everything", "known"),
    "uids": ("same", "different"),
    "save_mails": ("mails", "silent"),
    "dav_mails": ("announced", "hidden", "none"),
    "group_cards": ("apple", "kind"),
}
"""Name of each switch and its alternatives; the first is the default."""


@dataclass(frozen=True, slots=True)
class Switches:
    """How this server behaves where a client cannot know it. Raises ``ValueError`` for what is no alternative."""

    contact_path: str = "folder"
    """``contact-put/{owner}/{guid}``, or ``contact-put/{e-mail}`` with the folder in the body's ``sourceId``."""
    contact_id: str = "body"
    """Where an update says which contact: ``Id`` in the body, or one more segment of the path."""
    partial: str = "blanks"
    """What becomes of keys that a write leaves out."""
    phone_type: str = "word"
    """``Type`` as a word, or ``PhoneType`` as a number."""
    email_entries: str = "strings"
    """Entries of ``EmailAddressList``: texts, or objects with ``address``."""
    normalises: str = "little"
    """Whether what is stored is trimmed and put into the server's own form."""
    keys: str = "camel"
    """Case of the keys in answers, those of signing in apart."""
    list_key: str = "results"
    """Under which key a list stands: ``results``; ``contactList``, ``calendarEvents``; ``contacts``, ``events``; or
    (for events) a bare array without a count."""
    list_omits: str = "nothing"
    """Whether ``contacts-all`` leaves out keys of the detail: note, photo, birthday."""
    take_zero: str = "all"
    """What ``take: 0`` means."""
    page_limit: str = "none"
    """The most that one list answer holds, whatever ``take`` says."""
    put_reply: str = "item"
    """Whether the answer to a new contact or note shows it."""
    missing_item: str = "false"
    """A contact, task or note that is not there: 200 with nothing in it, or 404. (An event is 500 in any case.)"""
    refusals: str = "200"
    """What the server will not do: ``success: false`` with status 200, or a status of its own."""
    event_ids: str = "guid"
    """What an event's id looks like."""
    event_new_id: str = "zero"
    """Which ``id`` the object of a new event must hold: 0 (null is refused), null (0 is no event), none at all, any."""
    event_path: str = "null"
    """The last segment for a new event: ``null``, left out, or 0."""
    event_list: str = "title"
    """Keys of a list's rows: ``title`` and ``dt``, or ``subject`` and ``dateTime``; the calendar's differs too."""
    delete_flag: str = "series"
    """What ``true`` at the end of a deletion means: the whole series (``false``: one instance), or tell the guests."""
    owners: str = "local"
    """How calendars and tasks write an owner; contacts and notes always write the local part."""
    resource_owner: str = "@domain"
    """The owner of a domain's resource."""
    primary_list: str = "shared"
    """Where ``contacts/sources`` lists the own primary list: among ``sharedLists``, or as ``primaryList``."""
    permission_8: str = "manage"
    """Whether 8 allows writing."""
    app_password: str = "refused"
    """What REST says to an application password."""
    two_step: str = "new"
    """200 with a step token, or (older builds) 401 without one and the code in a second ``authenticate-user``."""
    two_step_email: str = "email"
    """The method's word for a code by e-mail."""
    code_twice: str = "accepted"
    """Whether one and the same code of an authenticator opens twice."""
    refused_login: str = "401"
    """The status of a refused login."""
    password_change: str = "limited"
    """What a login gets that must change its password: a token that opens nothing, or none."""
    blocked: str = "403"
    """What a blocked address gets: 403 on everything, or no answer at all."""
    calendar_success: str = "true"
    """What ``calendar-put`` says of its success; it does its work in any case."""
    tz: str = "iana"
    """In which zone event times come back."""
    all_day_end: str = "exclusive"
    """The end of an all-day event: the next day's midnight, or the last day's."""
    recurrence: str = "numbers"
    """The form of an event's recurrence object."""
    note_html: str = "kept"
    """Whether formatted note texts come back as a whole HTML page."""
    task_dates: str = "utc"
    """How task dates are written: UTC with Z, wall time without a zone, wall time with an offset."""
    due_without_start: str = "kept"
    """A task with a due date and no start."""
    tasks_collection: str = "vtodo"
    """The task list among the calendars of CalDAV: says VTODO, says nothing of its components, or is not there."""
    if_match: str = "honoured"
    """Whether CalDAV and CardDAV look at If-Match and If-None-Match."""
    sync_collection: str = "there"
    """Whether there is the sync-collection REPORT."""
    tzid: str = "iana"
    """Which names of zones CalDAV's documents hold, where the server writes them itself."""
    card_version: str = "3.0"
    """The version of the cards that the server writes itself."""
    etag: str = "stable"
    """The ETag that a PUT answers: the item's; none; or one that soon is no more, since the item is rewritten."""
    dav_keeps: str = "everything"
    """What is stored of a document: all of it, or what the server knows itself."""
    uids: str = "same"
    """Whether REST's ``uid`` is the UID of CalDAV."""
    save_mails: str = "mails"
    """Whether saving over REST an event with attendees mails them."""
    dav_mails: str = "announced"
    """Whether CalDAV mails attendees: yes and says so in OPTIONS, yes in silence, no."""
    group_cards: str = "apple"
    """How CardDAV marks a group: ``X-ADDRESSBOOKSERVER-KIND``, or ``KIND``."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value, allowed = getattr(self, field.name), SWITCHES[field.name]
            if value not in allowed:
                raise ValueError(f"{field.name} is one of {', '.join(allowed)}, not {value}")
