"""The report of a live check, for people and for programs; it holds no personal data, so it can be given away; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from instep.protocols.smartermail.builds import built_on
from instep.service.live_check.answers import Answer, Left, Sure
from instep.service.live_check.questions import QUESTIONS, Question
from instep.service.live_check.run import Result

_HIDDEN = "(left out)"


@dataclass(frozen=True, slots=True)
class Written:
    """A report: product, build, days, and the questions with their answers, in the order in which they were asked.

    ``hidden`` are texts that must not be in it, whatever a server put into its answers: hosts, addresses, domains.
    """

    result: Result
    checked: date
    hidden: tuple[str, ...] = ()
    questions: Sequence[Question] = QUESTIONS

    @property
    def product(self) -> str:
        """The product as people call it."""
        day = built_on(self.result.build)
        return f"SmarterMail build {self.result.build} of {day}" if day else "SmarterMail of an unknown build"

    def answers(self) -> list[tuple[Question, Answer]]:
        """The questions that were asked, with their answers as they may be shown."""
        known = self.result.answers
        return [(one, self.cleared(known[one.name])) for one in self.questions if one.name in known]

    def cleared(self, answer: Answer) -> Answer:
        """Give an answer as it may be shown."""
        return Answer(without(answer.value, self.hidden), answer.sure, without(answer.detail, self.hidden))

    def markdown(self) -> str:
        """Write it as a page of Markdown."""
        lines = [
            "# Live check of a SmarterMail server",
            "",
            f"{self.product}, checked on {self.checked.isoformat()}.",
            "",
        ]
        lines += ["| question | answer | how sure |", "|---|---|---|"]
        found = self.answers()
        lines += [f"| {one.name} | {_cell(answer.value) or '-'} | {answer.sure} |" for one, answer in found]
        for one, answer in found:
            lines += ["", f"## {one.name}", "", one.asks, "", f"{answer_line(answer)}"]
        lines += ["", *(f"- {left.sentence()}" for left in self.result.left)] if self.result.left else []
        return "\n".join(lines) + "\n"

    def json(self) -> dict[str, Any]:
        """Give it as data."""
        day = built_on(self.result.build)
        return {
            "product": "SmarterMail",
            "build": self.result.build or None,
            "built_on": day.isoformat() if day else None,
            "checked_on": self.checked.isoformat(),
            "questions": [
                {"name": one.name, "asks": one.asks, "answer": a.value, "sure": a.sure.value, "detail": a.detail}
                for one, a in self.answers()
            ],
            "left": [_left(left) for left in self.result.left],
        }


def answer_line(answer: Answer) -> str:
    """Say an answer in one line."""
    if answer.sure in (Sure.NOT_TRIED, Sure.NOT_ANSWERED):
        return f"{answer.sure.value.capitalize()}: {answer.detail}."
    return f"{answer.value} ({answer.sure.value})." + (f" {answer.detail}" if answer.detail else "")


def without(text: str, hidden: Iterable[str]) -> str:
    """Leave texts out of another one, whatever the case of their letters."""
    for one in sorted(filter(None, hidden), key=len, reverse=True):
        text = re.sub(re.escape(one), _HIDDEN, text, flags=re.IGNORECASE)
    return text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _left(left: Left) -> dict[str, Any]:
    return {"kind": left.kind.value, "name": left.name, "folder": left.folder, "why": left.why}
