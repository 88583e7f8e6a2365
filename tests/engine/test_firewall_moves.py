"""RULES 25 where a write is not alone: moves, a guard's answer, a dialog, a death in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.meetings import LATER, ME, L, Meetings, R, asked, begun, invited, mailing, plan, say, sent
from engine.stage import HERE
from engine.test_crash import EVERY, Killed, mortal
from engine.test_rules_places import Folders
from instep.connectors.memory import MemoryConnector, Traits
from instep.core.model import Attendee, Event, Item, Kind, Side
from instep.engine import verify as verifying
from instep.engine.events import Face, GuardAnswer
from instep.engine.questions import Choice, Question, Resolution

OWN = frozenset({ME})


class Two(Folders):
    """Two pairs of appointments of one account."""

    def titles(self, side: Side, second: bool) -> list[str]:
        items = self.store(side).items(self.shelf(side, second)).values()
        return sorted(getattr(i, "summary", "") for i in items)

    def moved(self, side: Side, change: Any = None) -> None:
        """A person moves the meeting to the second folder."""
        store = self.store(side)
        href, item = next((h, i) for h, i in store.items(self.shelf(side, False)).items() if i.uid == "plan")
        store.remove(self.shelf(side, False), href)
        store.put(self.shelf(side, True), change(item) if change else item, f"moved-{href}")


def two(folder: Path, item: Item | None = None, traits: Traits | None = None, **more: Any) -> Two:
    stage = Two(folder, Kind.EVENT, right_traits=traits or mailing(), **more)
    stage.put(R, item or plan(), "plan")
    stage.put(R, Event("other", "Alone", start=LATER), "other")
    stage.whole(own_addresses=OWN)
    assert not stage.right.outbox
    return stage


@pytest.mark.parametrize("tokens", [True, False])
@pytest.mark.parametrize("edited", [False, True], ids=["as it was", "edited too"])
def test_rule_25_a_move_waits_as_one_question_and_moves_with_a_yes(tmp_path: Path, tokens: bool, edited: bool) -> None:
    stage = two(tmp_path, left_traits=Traits(tokens=tokens), traits=mailing(tokens=tokens))
    stage.moved(L, (lambda i: replace(i, location="Hall")) if edited else None)
    for _ in range(3):
        report = stage.whole(own_addresses=OWN)
        assert sum(p.conflicts for p in report.pairs) == 1 and sum(p.work for p in report.pairs) == 0
        assert (stage.titles(R, False), stage.titles(R, True)) == (["Alone", "Plan"], [])
        assert (stage.titles(L, False), stage.titles(L, True)) == (["Alone"], ["Plan"])
        assert not sent(stage)
    assert [q.reason for q in asked(stage)] == ["sends-mail"]
    say(stage, Choice.SEND)
    stage.whole(own_addresses=OWN)
    assert (stage.titles(R, False), stage.titles(R, True)) == (["Alone"], ["Plan"])
    assert sent(stage) == ["deleted ann@x.test bob@x.test"] and not asked(stage)
    stage.rest()


def test_rule_25_a_yes_stands_until_the_move_can_be_carried_out(tmp_path: Path) -> None:
    refused = [False]
    stage = two(tmp_path, traits=mailing(refuse=lambda i: "not now" if refused[0] else None))
    stage.moved(L)
    stage.whole(own_addresses=OWN)
    say(stage, Choice.SEND)
    refused[0] = True
    for _ in range(2):
        stage.whole(own_addresses=OWN)
        assert (stage.titles(R, False), sent(stage)) == (["Alone", "Plan"], [])
    refused[0] = False
    stage.whole(own_addresses=OWN)
    assert (stage.titles(R, True), len(sent(stage)), asked(stage)) == (["Plan"], 1, [])
    stage.rest()


def test_rule_25_a_move_that_is_taken_back_is_no_question_any_more(tmp_path: Path) -> None:
    stage = two(tmp_path)
    stage.moved(L)
    stage.whole(own_addresses=OWN)
    href, item = next(iter(stage.left.items("attic").items()))
    stage.left.remove("attic", href)
    stage.left.put(HERE, item, "back")
    stage.whole(own_addresses=OWN)
    assert not asked(stage) and not sent(stage)
    assert stage.titles(L, False) == stage.titles(R, False) == ["Alone", "Plan"]
    stage.rest()


def test_rule_25_the_copy_of_an_invitation_moves_silently(tmp_path: Path) -> None:
    stage = two(tmp_path, invited())
    stage.moved(L)
    stage.whole(own_addresses=OWN)
    assert (stage.titles(R, True), asked(stage), sent(stage)) == (["Plan"], [], [])
    stage.rest()


def test_rule_25_a_move_on_the_server_is_the_servers_own(tmp_path: Path) -> None:
    stage = two(tmp_path)
    stage.moved(R)
    stage.whole(own_addresses=OWN)
    assert (stage.titles(L, True), asked(stage), sent(stage)) == (["Plan"], [], [])
    stage.rest()


# A guard's answer -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("marks", [True, False], ids=["iCalendar", "no marks"])
def test_rule_25_what_a_guard_brings_back_is_quiet_or_waits(tmp_path: Path, marks: bool) -> None:
    stage = Meetings(tmp_path, Kind.EVENT, right_traits=mailing(marks=marks))
    for n in range(6):
        stage.put(R, plan(uid=f"m{n}", summary=f"Plan {n}"))
    stage.pair_run()
    for n in range(6):
        stage.remove(R, f"Plan {n}")

    async def restore(*_: object) -> GuardAnswer:
        return GuardAnswer.RESTORE

    report = stage.pair_run(Face(guard=restore))
    assert not sent(stage)
    assert (len(stage.names(R)), report.conflicts) == ((6, 0) if marks else (0, 6))


# A person at the terminal -------------------------------------------------------------------------------------------


def test_rule_25_a_yes_in_the_dialog_is_carried_out_in_the_same_run(tmp_path: Path) -> None:
    for moves in (False, True):
        stage = two(tmp_path / str(moves))
        if moves:
            stage.moved(L)
        else:
            stage.left.edit(HERE, stage.href(L, "Plan"), lambda i: replace(i, location="Hall"))  # type: ignore[call-arg]
        seen: list[Question] = []

        async def yes(question: Question, seen: list[Question] = seen) -> Resolution:
            seen.append(question)
            return Resolution(Choice.SEND)

        left, right = MemoryConnector(stage.left), MemoryConnector(stage.right)
        from instep.engine.run import synchronize
        from instep.engine.work import Options

        asyncio.run(synchronize(stage.db, "me", left, right, Options(own_addresses=OWN), Face(decide=yes)))
        assert [q.reason for q in seen] == ["sends-mail"] and len(sent(stage)) == 1 and not asked(stage)
        stage.rest()


def test_rule_25_a_dry_run_counts_what_would_wait(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.edit(L, "Plan", lambda i: replace(i, location="Hall"))
    report = stage.pair_run(dry_run=True)
    assert (report.conflicts, report.actions(R).total) == (1, 0) and not asked(stage)


def test_rule_25_a_held_item_is_explained_as_a_conflict(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.edit(L, "Plan", lambda i: replace(i, location="Hall"))
    stage.pair_run()
    report = asyncio.run(
        verifying.verify(stage.db, "me", MemoryConnector(stage.left), MemoryConnector(stage.right), own_addresses=OWN)
    )
    assert [d.explanation.value for d in report.pairs[0].differences] == ["conflict"]


@pytest.mark.parametrize("marks", [True, False], ids=["iCalendar", "no marks"])
def test_rule_25_keep_both_on_a_desktop_that_mails_waits_whole_and_makes_one_copy(tmp_path: Path, marks: bool) -> None:
    stage = Meetings(tmp_path, Kind.EVENT, left_traits=mailing(marks=marks, tokens=False))
    stage.put(L, plan())
    stage.pair_run()
    stage.edit(L, "Plan", lambda i: replace(i, location="Hall"))
    stage.edit(R, "Plan", lambda i: replace(i, location="Roof"))
    stage.pair_run()
    say(stage, Choice.BOTH)
    for _ in range(3):
        stage.pair_run()
        assert not stage.left.outbox and stage.item(R, "Plan").location in ("Roof", "Hall")  # type: ignore[union-attr]
    for _ in range(3):
        for question in asked(stage):
            say(stage, Choice.SEND, question.id)
        stage.pair_run()
    for side in Side:
        assert sorted(i.location for i in stage.items(side).values()) == ["Hall", "Roof"]  # type: ignore[union-attr]
    assert stage.idle() and not asked(stage)


# Death --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
@pytest.mark.parametrize("marks", [True, False], ids=["iCalendar", "no marks"])
def test_rule_25_killed_at_any_request_nobody_is_mailed_and_nothing_is_forgotten(
    tmp_path: Path, after: bool, marks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(1, 80, EVERY):
        stage = begun(tmp_path / str(at), traits=mailing(marks=marks))
        stage.put(R, plan(uid="gone", summary="Gone"), "gone")
        stage.pair_run()
        stage.edit(L, "Plan", lambda i: replace(i, location="Hall"))
        stage.edit(R, "Plan", lambda i: replace(i, description="Bring it"))
        stage.remove(L, "Gone")
        stage.put(L, plan(uid="new", summary="New"))
        with monkeypatch.context() as patch:
            mortal(stage, at, after=after, monkeypatch=patch)
            died = False
            try:
                stage.run()
            except Killed:
                died = True
        report = stage.pair_run()
        assert not sent(stage) and not report.problems, at
        assert report.conflicts == (2 if marks else 3), (at, [q.name for q in asked(stage)])
        assert (stage.item(L, "Plan").description, stage.item(R, "Plan").location) == ("Bring it", ""), at  # type: ignore[union-attr]
        assert stage.item(L, "Plan").location == "Hall"  # type: ignore[union-attr]
        for question in asked(stage):
            say(stage, Choice.SEND, question.id)
        stage.pair_run()
        assert stage.names(L) == stage.names(R) == ["Alone", "New", "Plan"], at
        assert stage.item(R, "Plan").location == "Hall" and stage.idle(), at  # type: ignore[union-attr]
        assert len(sent(stage)) == report.conflicts
        stage.db.close()
        if not died:
            return
    raise AssertionError("the run never came to its end")


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
@pytest.mark.parametrize("tokens", [True, False])
def test_rule_25_killed_while_a_yes_is_carried_out_it_is_sent_once_or_asked_again(
    tmp_path: Path, after: bool, tokens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(1, 80, EVERY):
        stage = two(tmp_path / str(at), traits=mailing(tokens=tokens))
        stage.moved(L, lambda i: replace(i, location="Hall"))
        stage.whole(own_addresses=OWN)
        say(stage, Choice.SEND)
        with monkeypatch.context() as patch:
            mortal(stage, at, after=after, monkeypatch=patch)
            died = False
            try:
                stage.whole(own_addresses=OWN)
            except Killed:
                died = True
        for _ in range(4):
            stage.whole(own_addresses=OWN)
            for question in asked(stage):
                say(stage, Choice.SEND, question.id)
        for side in Side:
            assert (stage.titles(side, False), stage.titles(side, True)) == (["Alone"], ["Plan"]), at
        assert sent(stage) == ["deleted ann@x.test bob@x.test"], at
        stage.rest()
        stage.db.close()
        if not died:
            return
    raise AssertionError("the run never came to its end")


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(False, marks=pytest.mark.trial, id="before it took effect"),
        pytest.param(True, id="after it took effect"),
    ],
)
def test_rule_25_killed_while_both_are_kept_there_is_one_copy(
    tmp_path: Path, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(1, 80, EVERY):
        stage = Meetings(tmp_path / str(at), Kind.EVENT, left_traits=mailing(marks=False, tokens=False))
        stage.put(L, plan())
        stage.pair_run()
        stage.edit(L, "Plan", lambda i: replace(i, location="Hall"))
        stage.edit(R, "Plan", lambda i: replace(i, location="Roof"))
        stage.pair_run()
        say(stage, Choice.BOTH)
        stage.pair_run()
        say(stage, Choice.SEND)
        with monkeypatch.context() as patch:
            mortal(stage, at, after=after, monkeypatch=patch)
            died = False
            try:
                stage.run()
            except Killed:
                died = True
        for _ in range(5):
            stage.pair_run()
            for question in asked(stage):
                say(stage, Choice.SEND if Choice.SEND in question.choices else Choice.SERVER, question.id)
        for side in Side:
            held = sorted(i.location for i in stage.items(side).values())  # type: ignore[union-attr]
            assert held == ["Hall", "Roof"], (at, held)
        assert stage.idle(), at
        stage.db.close()
        if not died:
            return
    raise AssertionError("the run never came to its end")


def test_rule_25_a_meeting_of_a_folder_that_is_shared_counts_by_its_owner(tmp_path: Path) -> None:
    """The account's own address is a guest there, but the server acts for the owner, who is the organizer."""
    stage = begun(tmp_path, plan(organizer=Attendee("boss@x.test")), mailing(owner="boss@x.test"))
    stage.edit(L, "Plan", lambda i: replace(i, location="Hall"))
    assert stage.pair_run().conflicts == 1 and not sent(stage)
