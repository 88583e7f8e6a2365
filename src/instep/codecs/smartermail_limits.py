"""What a SmarterMail server cannot hold over REST, for each kind."""

from __future__ import annotations

from typing import Final

from instep.codecs.smartermail_contact_keys import CANDIDATES, key_for
from instep.codecs.smartermail_dialect import Dialect
from instep.codecs.smartermail_groups import GROUP
from instep.codecs.smartermail_recurrence import TORN, UNPROVEN
from instep.core.fields import FIELDS
from instep.core.limits import ABSENT, FieldLimits, Limit, Limits
from instep.core.model import Kind

HELD: Final[dict[Kind, frozenset[str]]] = {
    Kind.CONTACT: frozenset(
        {
            *("is_group", "formatted_name", "family", "given", "emails", "telephones", "addresses", "urls"),
            *("company", "job_title", "categories", "note"),
        }
    ),
    Kind.EVENT: frozenset(
        {
            *("summary", "location", "description", "start", "end", "status", "sensitivity", "categories", "alarms"),
            *("rules", "rdates", "exdates", "exceptions", "headless"),
        }
    ),
    Kind.TASK: frozenset(
        {"summary", "description", "start", "due", "status", "percent", "priority", "categories", "headless"}
    ),
    Kind.NOTE: frozenset({"title", "body", "categories", "color"}),
}
"""The fields that SmarterMail holds, and those that are refused with a word, never dropped in silence: what makes a
series or a group."""

_NO_TYPES: Final = frozenset({"types", "pref", "label"})
_NO_FORM: Final = frozenset({"pref", "label"})
_BARE: Final = frozenset({"text", "summary", "repeat", "interval", "recipients"})
_PARTLY: Final[dict[Kind, dict[str, Limit]]] = {
    Kind.CONTACT: {
        "is_group": Limit(barred=GROUP),
        "emails": Limit(without=_NO_TYPES),
        "addresses": Limit(most=2, without=frozenset({"box", "extended", "pref", "label"})),
        "urls": Limit(most=1, without=_NO_TYPES),
    },
    Kind.EVENT: {"alarms": Limit(most=1, without=_BARE)},
    Kind.TASK: {},
    Kind.NOTE: {},
}


def limits_of(dialect: Dialect) -> Limits:
    """Tell what a server of this dialect cannot hold."""
    return {kind: _limits_of(kind, dialect) for kind in Kind}


def _limits_of(kind: Kind, dialect: Dialect) -> FieldLimits:
    found = {field.name: ABSENT for field in FIELDS[kind] if field.name not in HELD[kind]} | _PARTLY[kind]
    if kind is Kind.CONTACT:
        found = {name: limit for name, limit in found.items() if name not in CANDIDATES or not key_for(name, dialect)}
        if key_for("messengers", dialect):
            found["messengers"] = Limit(most=1, without=_NO_TYPES)
        if key_for("departments", dialect):
            found["departments"] = Limit(most=1)
        found["telephones"] = Limit(without=_NO_FORM if dialect.phone_type == "word" else _NO_TYPES)
    if kind is Kind.EVENT:
        found |= dict.fromkeys(("rdates", "exdates", "exceptions", "headless"), Limit(barred=TORN))
        if not dialect.recurrence:
            found |= dict.fromkeys(("rules", "rdates", "exdates", "exceptions", "headless"), Limit(barred=UNPROVEN))
    if kind is Kind.TASK and dialect.task_reminder:
        found["alarms"] = Limit(most=1, without=_BARE)
    return found
