"""A stand-in for SmarterMail that keeps series in one of the forms that our lenses know (none of its own is)."""

from __future__ import annotations

from typing import Any

import pytest

from instep.codecs.recurrence import canonical_rule
from instep.testing.smartermail import recurrences
from instep.testing.smartermail.exchange import Json, Refusal
from instep.testing.smartermail.shapes import key
from instep.testing.smartermail.switches import Switches


def keeps_rrule(monkeypatch: pytest.MonkeyPatch, wrong: str = "") -> None:
    """Let the stand-in keep ``{rrule}``; ``wrong`` is a part of rules that it forgets."""

    def shown(switches: Switches, rule: str | None) -> Json:
        return {"type": 1, "rrule": rule} if rule else {"type": 0}

    def read(switches: Switches, value: Any) -> str | None:
        rule = key(value, "rrule") if isinstance(value, dict) else None
        if rule is None:
            return None
        if not isinstance(rule, str):
            raise Refusal(400, "Error converting value. Path 'recurrence'.")
        parts = [part for part in rule.split(";") if not wrong or not part.startswith(wrong)]
        return canonical_rule(";".join(parts))

    monkeypatch.setattr(recurrences, "shown", shown)
    monkeypatch.setattr(recurrences, "read", read)


def keeps_any_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stand-in give the recurrence object back as it was sent, and repeat nothing."""
    kept: dict[str, Any] = {}

    def shown(switches: Switches, rule: str | None) -> Json:
        found: Json = kept.get(rule or "", {"type": 0})
        return found

    def read(switches: Switches, value: Any) -> str | None:
        if not isinstance(value, dict) or key(value, "type") == 0:
            return None
        kept["FREQ=DAILY;COUNT=1"] = value
        return "FREQ=DAILY;COUNT=1"

    monkeypatch.setattr(recurrences, "shown", shown)
    monkeypatch.setattr(recurrences, "read", read)
