"""The recurrence object of an event, in the forms that a live check can prove; without proof it is never read.

No public source shows what the object holds. The forms here are guesses which a live check tries with items of its own:
only a form whose occurrences came back the same is named in the dialect.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Final

from instep.codecs.recurrence import canonical_rule
from instep.codecs.smartermail_json import Object, Pen, broken, list_of, number_of, object_of, plain_text, text_of
from instep.codecs.smartermail_objects import says_something
from instep.codecs.smartermail_stamps import stamp_of
from instep.core.limits import Bar
from instep.errors import NotCarried

FORMS: Final = ("rrule", "parts")
"""``rrule``: ``{rrule: "FREQ=…"}``; ``parts``: ``{type, interval, days, dayOfMonth, count, endDate}``."""

_FREQUENCIES: Final = ("NONE", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAYS: Final = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_TORN: Final = ("exception", "exdate", "deleted", "excluded", "rdate")


_CALDAV: Final = "Let the account keep appointments over CalDAV (instep account protocol NAME appointments dav)"
UNPROVEN: Final = Bar(
    "a series can only be kept over CalDAV: the web mail's interface does not say in a known way when it repeats",
    f"{_CALDAV}, or see whether this server's interface keeps series (instep doctor smartermail NAME).",
)
TORN: Final = Bar(
    "a series can only be kept over CalDAV: some of its occurrences were changed, added or left out", f"{_CALDAV}."
)


def series_error(why: str | Bar = UNPROVEN) -> NotCarried:
    """Give the error for a series that this server's own interface is not known to keep."""
    if isinstance(why, Bar):
        return NotCarried(why.why, why.advice)
    return NotCarried(f"a series can only be kept over CalDAV: {why}", f"{_CALDAV}.")


def rules_of(object: Object, form: str) -> tuple[str, ...]:
    """Give the rule of a series in a proven form. Raises ``NotCarried`` for any other series, ``CodecError`` for
    values that make no sense."""
    if form not in FORMS:
        raise series_error()
    if text_of(object, "recurrenceId", "recurrenceID"):
        raise series_error("this is an occurrence of it that was changed")
    inner = object_of(object, "recurrence")
    if inner is None:
        raise series_error()
    for lower, member in inner.members.items():
        if lower.startswith(_TORN) and says_something(member.value):
            raise series_error(TORN)
    return (_rrule(inner) if form == "rrule" else _from_parts(inner),)


def _rrule(inner: Object) -> str:
    text = text_of(inner, "rrule").strip()
    rule = canonical_rule(text[6:] if text[:6].upper() == "RRULE:" else text)
    if "FREQ=" not in rule:
        raise broken("rrule", "holds text that is no rule")
    return rule


def _from_parts(inner: Object) -> str:
    type = number_of(inner, "type")
    if type is None or not 0 < type < len(_FREQUENCIES):
        raise broken("type", "holds no known kind of recurrence")
    parts = {"FREQ": _FREQUENCIES[type], "INTERVAL": str(number_of(inner, "interval") or 1)}
    days = [plain_text("days", entry.value) for entry in list_of(inner, "days")]
    if any(day not in _DAYS for day in days):
        raise broken("days", "holds a day that is none")
    if days:
        parts["BYDAY"] = ",".join(days)
    if day := number_of(inner, "dayOfMonth"):
        parts["BYMONTHDAY"] = str(day)
    if count := number_of(inner, "count"):
        parts["COUNT"] = str(count)
    until = stamp_of(inner, "endDate")
    if until is not None:
        parts["UNTIL"] = f"{until.local:%Y%m%dT%H%M%S}Z" if until.suffix == "Z" else f"{until.local:%Y%m%d}"
    return canonical_rule(";".join(f"{name}={value}" for name, value in parts.items()))


def put_rules(pen: Pen, rules: tuple[str, ...], form: str) -> None:
    """Write a changed rule, or that there is none any more. Raises ``NotCarried`` for what the form cannot say."""
    if not rules:
        pen.put("recurrence", None)
        pen.put("isRecurring", False)
        return
    if form not in FORMS:
        raise series_error()
    if len(rules) > 1:
        raise series_error("it has more than one rule")
    inner = object_of(pen.object, "recurrence")
    values = {"rrule": rules[0]} if form == "rrule" else _parts(rules[0])
    if inner is None:
        pen.put("recurrence", {pen.object.styled(key): value for key, value in values.items() if value is not None})
    else:
        own = Pen(inner)
        for key, value in values.items():
            if value is not None or inner.get(key) is not None:
                own.put(key, value)
        pen.put_text("recurrence", own.finish())
    pen.put("isRecurring", True)


def _parts(rule: str) -> dict[str, Any]:
    said = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    days = said.get("BYDAY", "").split(",") if "BYDAY" in said else None
    unknown = said.keys() - {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "UNTIL"}
    if unknown or said.get("FREQ") not in _FREQUENCIES[1:] or any(day not in _DAYS for day in days or ()):
        raise series_error("its rule is more than SmarterMail's own interface is known to say")
    try:
        return {
            "type": _FREQUENCIES.index(said["FREQ"]),
            "interval": int(said.get("INTERVAL", 1)),
            "days": days,
            "dayOfMonth": int(said["BYMONTHDAY"]) if "BYMONTHDAY" in said else None,
            "count": int(said["COUNT"]) if "COUNT" in said else None,
            "endDate": _until(said["UNTIL"]) if "UNTIL" in said else None,
        }
    except ValueError:
        raise series_error("its rule is more than SmarterMail's own interface is known to say") from None


def _until(text: str) -> str:
    if len(text) == 8:
        return f"{datetime.combine(datetime.strptime(text, '%Y%m%d'), time()):%Y-%m-%dT%H:%M:%S}"
    return f"{datetime.strptime(text, '%Y%m%dT%H%M%SZ'):%Y-%m-%dT%H:%M:%S}Z"
