"""The questions of the live check: each with a name, what it asks in words for people, and how it is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from instep.core.model import Kind
from instep.service.live_check import changing, contacts, deleting, events, lists, series, signing, tasks, versions
from instep.service.live_check.answers import Answer
from instep.service.live_check.bench import Bench

_CONTACT, _EVENT = frozenset({Kind.CONTACT}), frozenset({Kind.EVENT})
_TASK, _NOTE = frozenset({Kind.TASK}), frozenset({Kind.NOTE})


@dataclass(frozen=True, slots=True)
class Question:
    """One question; ``kinds`` are those for which there must be a folder to try it in."""

    name: str
    asks: str
    how: str
    ask: Callable[[Bench], Awaitable[Answer]]
    kinds: frozenset[Kind] = frozenset()


QUESTIONS = (
    Question(
        "contact-path",
        "How does the server want a contact to be stored and changed?",
        "A contact is made and changed.",
        contacts.path_form,
        _CONTACT,
    ),
    Question(
        "partial-change",
        "What becomes of the fields that a change does not name?",
        "An item of each kind is changed with only some of its fields.",
        changing.partial_change,
    ),
    Question(
        "email-entries",
        "How does the server write the e-mail addresses of a contact?",
        "A contact gets an address that does not exist.",
        contacts.email_entries,
        _CONTACT,
    ),
    Question(
        "phone-type",
        "How does the server write what a telephone number is for?",
        "A contact gets a telephone of each type.",
        contacts.phone_type,
        _CONTACT,
    ),
    Question(
        "contact-keys",
        "Under which names does it keep middle names, birthdays, photos and the like?",
        "Contacts are made with each name that is thinkable.",
        contacts.unseen_keys,
        _CONTACT,
    ),
    Question(
        "event-new-id",
        "How is it told that an appointment is new?",
        "An appointment is made in each form.",
        events.new_id,
        _EVENT,
    ),
    Question(
        "event-path",
        "To which address is a new appointment sent?",
        "As before.",
        events.new_path,
        _EVENT,
    ),
    Question(
        "recurrence",
        "Can appointments that repeat be kept over its own interface?",
        "Series are made in each form that Instep knows, and their dates compared with what was meant.",
        series.recurrence,
        _EVENT,
    ),
    Question(
        "exceptions",
        "Does it show rightly when one appointment of a series was moved or left out?",
        "Series with such exceptions are made.",
        series.exceptions,
        _EVENT,
    ),
    Question(
        "time-zones",
        "In which time zone do appointments come back?",
        "Appointments are made in several time zones.",
        events.zones,
        _EVENT,
    ),
    Question(
        "deletion",
        "Which calls delete, and is the item gone then?",
        "Items of the check are deleted in each form, and looked for.",
        deleting.deletion,
        _EVENT,
    ),
    Question(
        "mail",
        "Does it send mail when an appointment with guests is stored?",
        "Only with your word: an appointment with your own second address as guest is made and deleted.",
        events.mail,
        _EVENT,
    ),
    Question(
        "task-dates",
        "How does it write the dates of tasks?",
        "Tasks with dates are made.",
        tasks.dates,
        _TASK,
    ),
    Question(
        "note-text",
        "Do formatted notes come back as they were sent?",
        "A plain and a formatted note are made.",
        tasks.note_text,
        _NOTE,
    ),
    Question(
        "owners",
        "How does it write whose a folder is?",
        "The list of folders is read.",
        lists.owners,
    ),
    Question(
        "paging",
        "How much of a long list does it give at once?",
        "A few contacts and appointments are made (many with --many), and the list is asked for in parts.",
        lists.paging,
    ),
    Question(
        "app-password",
        "Does an application password open its own interface, and CalDAV?",
        "Only with one that you give: one try each.",
        signing.app_password,
    ),
    Question(
        "dav-versions",
        "Does CalDAV protect against writing over what somebody else changed?",
        "An appointment is put, and put again under a wrong condition.",
        versions.preconditions,
        _EVENT,
    ),
    Question(
        "task-collection",
        "Can tasks go over CalDAV?",
        "The task list is looked for there, and a task put into it.",
        tasks.todo_collection,
        _TASK,
    ),
    Question(
        "uids",
        "Does an appointment have the same identity both ways?",
        "Appointments are made one way and read the other.",
        versions.uids,
        _EVENT,
    ),
    Question(
        "group-cards",
        "How do contact groups look over CardDAV?",
        "A group without members is made.",
        contacts.group_cards,
        _CONTACT,
    ),
    Question(
        "intrusion-detection",
        "After how many wrong passwords does it block a computer?",
        "Never tried.",
        signing.intrusion,
    ),
    Question(
        "token-lifetimes",
        "How long does a sign-in last?",
        "Read from the answer to the sign-in.",
        signing.token_lifetimes,
    ),
)
