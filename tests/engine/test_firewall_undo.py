"""RULES 24 and 25 together: an undo mails nobody either, unless a person said so of that item."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.hands import outcomes, undone
from engine.meetings import L, R, asked, begun, mailing, plan, say, sent
from engine.test_firewall import HELD, Hands
from instep.core.invitations import Why
from instep.engine.questions import Choice

# An answer to an invitation is no edit to undo: participation is volatile (RULES 6).
SENT = [row for row in HELD if row[0] != "an invitation is answered"]


@pytest.mark.parametrize(("situation", "item", "hands", "why", "op"), SENT, ids=[row[0] for row in SENT])
def test_undoing_what_was_sent_waits_for_a_word_of_its_own(
    tmp_path: Path, situation: str, item: Any, hands: Hands, why: Why, op: str
) -> None:
    stage = begun(tmp_path, item, mailing())
    hands(stage)
    stage.pair_run()
    for question in asked(stage):
        say(stage, Choice.SEND, question.id)
    stage.pair_run()
    letters, there = len(sent(stage)), dict(stage.items(R))
    report = undone(stage)
    if op == "delete":
        # It is made again with the mark that keeps the server from mailing (RFC 6638 7.1).
        assert outcomes(report)[0][3] == "done" and len(sent(stage)) == letters
        return
    assert [o[3] for o in outcomes(report)] == ["refused"] and "mail" in report.intents[0].reason
    assert len(sent(stage)) == letters and stage.items(R) == there


def test_an_undo_that_a_person_lets_send_is_carried_out(tmp_path: Path) -> None:
    stage = begun(tmp_path, plan(), mailing())
    HELD[1][2](stage)
    stage.pair_run()
    say(stage, Choice.SEND)
    stage.pair_run()
    letters = len(sent(stage))
    assert [o[3] for o in outcomes(undone(stage, texts=["Plan"], send=True))] == ["done"]
    assert len(sent(stage)) > letters and stage.item(R, "Plan") != stage.item(L, "Plan")
