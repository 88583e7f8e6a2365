"""RULES 25, DESIGN promise 6: nobody gets mail because of a run, in any situation, unless a person said yes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.meetings import (
    BOSS,
    GUESTS,
    LATER,
    ME,
    SECOND,
    L,
    Meetings,
    R,
    asked,
    begun,
    invited,
    mailing,
    occurrence,
    plan,
    say,
    sent,
)
from engine.stage import Stage
from instep.connectors.memory import Traits
from instep.core.invitations import Why
from instep.core.model import Alarm, Attendee, Event, Extra, Kind, Side, Task
from instep.engine.questions import Choice, Resolution
from instep.errors import ConfigError
from instep.store import conflicts as conflict_table

Hands = Callable[[Stage], object]


def edit(**fields: Any) -> Hands:
    """A person changes the meeting on the desktop."""
    return lambda stage: stage.edit(L, "Plan", lambda i: replace(i, **fields))


def delete(stage: Stage) -> None:
    stage.remove(L, "Plan")


def task(**more: Any) -> Task:
    return Task("plan", "Plan", due=LATER, organizer=Attendee(ME), attendees=GUESTS[1:], **more)


ANN, BOB = "ann@x.test", "bob@x.test"
EVERYBODY = (BOSS, ANN, BOB)
HELD: list[tuple[str, Any, Hands, Why, str]] = [
    ("its time is moved", plan(), edit(start=LATER), Why.UPDATE, "update"),
    ("its subject is changed", plan(), edit(location="Room 2"), Why.UPDATE, "update"),
    ("somebody is invited to it", plan(), edit(attendees=(*GUESTS, Attendee("new@x.test"))), Why.INVITATION, "update"),
    ("somebody is left out of it", plan(), edit(attendees=GUESTS[:2]), Why.CANCELLATION, "update"),
    ("an occurrence is deleted", plan(), edit(exdates=(SECOND,)), Why.CANCELLATION, "update"),
    ("an occurrence is moved", plan(), edit(exceptions=(occurrence(plan(), location="Hall"),)), Why.UPDATE, "update"),
    (
        "one occurrence has a guest, the series none, and that one is moved",
        plan(attendees=(), exceptions=(occurrence(plan()),)),
        edit(exceptions=(occurrence(plan(), location="Hall"),)),
        Why.UPDATE,
        "update",
    ),
    ("it is called off", plan(), edit(status="CANCELLED"), Why.CANCELLATION, "update"),
    ("it is deleted", plan(), delete, Why.CANCELLATION, "delete"),
    ("guests are invited to what had none", plan(attendees=()), edit(attendees=GUESTS), Why.INVITATION, "update"),
    ("a task is changed that others share", task(), edit(summary="Plan", priority=1), Why.UPDATE, "update"),
    (
        "an invitation is answered",
        invited(),
        edit(attendees=(Attendee(ME, participation="DECLINED"), *GUESTS[1:])),
        Why.REPLY,
        "update",
    ),
    ("an occurrence of an invitation is deleted", invited(), edit(exdates=(SECOND,)), Why.REPLY, "update"),
]
FREE: list[tuple[str, Any, Hands]] = [
    ("a reminder is set", plan(), edit(alarms=(Alarm(-900),))),
    ("it is put into a category", plan(), edit(categories=("Work",))),
    ("it is coloured", plan(), edit(color="red")),
    ("it is shown as free", plan(), edit(transparency="TRANSPARENT", busy="FREE")),
    ("a program keeps something of its own in it", plan(), edit(extra=(Extra("X-MINE", "1"),))),
    ("it has no guests and is moved", plan(attendees=(GUESTS[0],)), edit(start=LATER)),
    ("it has no guests and is deleted", plan(attendees=()), delete),
    ("an invitation of somebody else gets a reminder", invited(), edit(alarms=(Alarm(-900),))),
    ("the copy of an invitation is deleted, silently (8.1)", invited(), delete),
]


@pytest.mark.parametrize(("situation", "item", "hands", "why", "op"), HELD, ids=[r[0] for r in HELD])
@pytest.mark.parametrize("marks", [True, False], ids=["iCalendar", "no marks"])
def test_rule_25_what_would_mail_waits_and_goes_when_a_person_says_yes(
    tmp_path: Path, marks: bool, situation: str, item: Any, hands: Hands, why: Why, op: str
) -> None:
    stage = begun(tmp_path, item, mailing(marks=marks))
    before = dict(stage.items(R))
    hands(stage)
    for _ in range(3):
        report = stage.pair_run()
        assert (report.conflicts, report.problems, report.actions(R).total) == (1, [], 0)
        assert stage.items(R) == before and not sent(stage)
    (question,) = asked(stage)
    assert question.reason == "sends-mail" and why in {m.why for m in question.mails}
    assert question.choices == (Choice.SEND, Choice.SKIP)
    say(stage, Choice.SEND)
    report = stage.pair_run()
    assert getattr(report.actions(R), op) == 1 and report.conflicts == 0
    assert sent(stage) and stage.names(L) == stage.names(R) and stage.idle()


@pytest.mark.parametrize(("situation", "item", "hands"), FREE, ids=[r[0] for r in FREE])
def test_rule_25_what_mails_nobody_is_not_asked_about(tmp_path: Path, situation: str, item: Any, hands: Hands) -> None:
    stage = begun(tmp_path, item)
    hands(stage)
    report = stage.pair_run()
    assert (report.conflicts, report.actions(R).total) == (0, 1)
    assert not sent(stage) and stage.names(L) == stage.names(R) and stage.idle()


@pytest.mark.parametrize(("situation", "item", "hands", "why", "op"), HELD, ids=[r[0] for r in HELD])
def test_rule_25_no_rule_for_conflicts_is_a_yes(
    tmp_path: Path, situation: str, item: Any, hands: Hands, why: Why, op: str
) -> None:
    stage = begun(tmp_path, item)
    hands(stage)
    for rule in ("server", "desktop", "newest", "skip"):
        assert stage.pair_run(on_conflict=rule).conflicts == 1
    assert not sent(stage)


@pytest.mark.parametrize(("situation", "item", "hands", "why", "op"), HELD, ids=[r[0] for r in HELD])
def test_rule_25_one_way_to_the_server_holds_the_same(
    tmp_path: Path, situation: str, item: Any, hands: Hands, why: Why, op: str
) -> None:
    stage = begun(tmp_path, item)
    with stage.db.transaction() as tx:
        from instep.store import pairs as pair_table

        pair = pair_table.get(tx, stage.pair.id)
        assert pair is not None
        pair_table.change(tx, replace(pair, direction="to-server"))
    hands(stage)
    assert stage.pair_run().conflicts == 1 and not sent(stage)
    say(stage, Choice.SEND)
    stage.pair_run()
    assert sent(stage) and stage.idle()


def test_rule_25_a_store_that_does_not_schedule_is_written_as_ever(tmp_path: Path) -> None:
    stage = begun(tmp_path, traits=Traits())
    stage.edit(L, "Plan", lambda i: replace(i, start=LATER))
    assert stage.pair_run().actions(R).update == 1 and stage.idle()


def test_rule_25_nobody_told_who_we_are_so_an_invitation_is_not_deleted_either(tmp_path: Path) -> None:
    stage = begun(tmp_path, invited(), mailing(owner=""))
    delete(stage)
    assert stage.pair_run().conflicts == 1 and not sent(stage)


def test_rule_25_what_the_other_side_gets_goes_on(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.edit(L, "Plan", lambda i: replace(i, location="Hall"))
    stage.edit(R, "Plan", lambda i: replace(i, description="Bring it"))
    report = stage.pair_run()
    assert (report.actions(L).update, report.actions(R).total, report.conflicts) == (1, 0, 1)
    assert (stage.item(L, "Plan").description, stage.item(R, "Plan").location) == ("Bring it", "")  # type: ignore[union-attr]
    stage.edit(R, "Plan", lambda i: replace(i, priority=3))
    stage.pair_run()
    assert stage.item(L, "Plan").location == "Hall" and stage.item(L, "Plan").priority == 3  # type: ignore[union-attr]
    assert not sent(stage)


def test_rule_25_a_yes_counts_only_for_what_was_shown(tmp_path: Path) -> None:
    for side in Side:
        stage = begun(tmp_path / side.value)
        stage.edit(L, "Plan", lambda i: replace(i, location="Hall"))
        stage.pair_run()
        say(stage, Choice.SEND)
        stage.edit(side, "Plan", lambda i: replace(i, description="Something else"))
        stage.pair_run()
        assert not sent(stage) and len(asked(stage)) == 1
        say(stage, Choice.SEND)
        stage.pair_run()
        assert len(sent(stage)) == 1 and stage.idle()


def test_rule_25_a_yes_counts_only_for_the_people_who_were_shown(tmp_path: Path) -> None:
    stage = begun(tmp_path, traits=mailing(owner=ANN))
    stage.edit(L, "Plan", lambda i: replace(i, attendees=(GUESTS[0], replace(GUESTS[1], participation="DECLINED"))))
    stage.pair_run(own_addresses=frozenset({ANN}))
    assert [m.to for m in asked(stage)[0].mails] == [(ME,)]
    say(stage, Choice.SEND)
    stage.right.traits = replace(stage.right.traits, owner=frozenset({ME}))
    stage.pair_run(own_addresses=frozenset({ANN}))
    assert not sent(stage) and len(asked(stage)) == 1


@pytest.mark.parametrize("choice", [c for c in Choice if c is not Choice.SEND])
def test_rule_25_no_other_answer_is_a_yes(tmp_path: Path, choice: Choice) -> None:
    stage = begun(tmp_path)
    stage.edit(L, "Plan", lambda i: replace(i, location="Hall"))
    stage.pair_run()
    with pytest.raises(ConfigError) if choice is not Choice.SKIP else nullcontext():
        say(stage, choice)
    with stage.db.transaction() as tx:
        conflict_table.set_resolution(tx, asked(stage)[0].id, Resolution(choice).to_json())
    stage.pair_run()
    assert not sent(stage) and len(asked(stage)) == 1


def test_rule_25_skipped_it_stays_and_taken_back_it_is_forgotten(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.edit(L, "Plan", lambda i: replace(i, location="Hall"))
    stage.pair_run()
    number = asked(stage)[0].id
    say(stage, Choice.SEND)
    say(stage, Choice.SKIP)
    stage.pair_run()
    assert not sent(stage) and [q.id for q in asked(stage)] == [number]
    stage.edit(L, "Plan", lambda i: replace(i, location=""))
    assert stage.pair_run().conflicts == 0 and stage.idle() and not sent(stage)


def test_rule_25_a_held_item_asks_the_store_little_and_is_never_written_off(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.edit(L, "Plan", lambda i: replace(i, location="Hall"))
    stage.pair_run()
    for _ in range(12):
        before = stage.right.requests
        assert stage.pair_run().conflicts == 1
        assert stage.right.requests - before <= 3
    say(stage, Choice.SEND)
    stage.pair_run()
    assert len(sent(stage)) == 1 and stage.item(R, "Plan").location == "Hall"  # type: ignore[union-attr]
    stage.edit(R, "Plan", lambda i: replace(i, location=""))
    stage.pair_run()
    assert stage.item(L, "Plan").location == "" and stage.idle()  # type: ignore[union-attr]


def test_rule_25_many_held_deletions_are_no_mass_deletion(tmp_path: Path) -> None:
    stage = Meetings(tmp_path, Kind.EVENT, right_traits=mailing())
    for n in range(6):
        stage.put(R, plan(uid=f"m{n}", summary=f"Plan {n}"))
    stage.pair_run()
    for n in range(6):
        stage.remove(L, f"Plan {n}")
    report = stage.pair_run()
    assert (report.conflicts, report.stopped, sent(stage)) == (6, "", [])


# What we create ---------------------------------------------------------------------------------------------------


def test_rule_25_what_we_create_is_quiet_and_stays_so(tmp_path: Path) -> None:
    stage = Meetings(tmp_path, Kind.EVENT, right_traits=mailing())
    stage.put(L, plan())
    stage.pair_run()
    for fields in (
        {"location": "Hall"},
        {"attendees": (*GUESTS, Attendee("new@x.test"))},
        {"exceptions": (occurrence(plan(), location="Roof"),)},
    ):
        stage.edit(L, "Plan", lambda i, f=fields: replace(i, **f))  # type: ignore[misc]
        assert stage.pair_run().conflicts == 0 and stage.idle()
    stage.remove(L, "Plan")
    assert stage.pair_run().actions(R).delete == 1
    assert not sent(stage)


def test_rule_25_where_no_mark_is_possible_a_new_meeting_waits_too(tmp_path: Path) -> None:
    stage = Meetings(tmp_path, Kind.EVENT, right_traits=mailing(marks=False))
    stage.put(L, plan())
    stage.put(L, Event("alone", "Alone", start=LATER))
    for _ in range(2):
        assert stage.pair_run().conflicts == 1
        assert stage.names(R) == ["Alone"] and not sent(stage)
    say(stage, Choice.SEND)
    stage.pair_run()
    assert sent(stage) == ["created ann@x.test bob@x.test"] and stage.names(R) == ["Alone", "Plan"] and stage.idle()


def test_rule_25_first_sync_of_what_differs_holds_the_server(tmp_path: Path) -> None:
    stage = Meetings(tmp_path, Kind.EVENT, right_traits=mailing())
    stage.put(R, plan())
    stage.put(L, plan(location="Hall", alarms=(Alarm(-900),)))
    for _ in range(2):
        assert stage.pair_run().conflicts == 1
    assert not sent(stage) and stage.item(L, "Plan").location == "Hall"  # type: ignore[union-attr]
    say(stage, Choice.SEND)
    stage.pair_run()
    assert stage.item(R, "Plan").location == "Hall" and len(sent(stage)) == 1 and stage.idle()  # type: ignore[union-attr]


# Together with other questions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", [Choice.DESKTOP, Choice.BOTH])
def test_rule_25_a_decided_clash_is_not_asked_again_because_of_the_mail(tmp_path: Path, choice: Choice) -> None:
    stage = begun(tmp_path)
    stage.edit(L, "Plan", lambda i: replace(i, location="Hall", priority=1))
    stage.edit(R, "Plan", lambda i: replace(i, location="Roof"))
    stage.pair_run()
    assert [q.reason for q in asked(stage)] == ["both-changed"]
    say(stage, choice)
    for _ in range(2):
        stage.pair_run()
        assert [q.reason for q in asked(stage)] == ["sends-mail"] and not sent(stage)
    say(stage, Choice.SEND)
    stage.pair_run()
    at = "Hall" if choice is Choice.DESKTOP else "Roof"
    there = next(i for i in stage.items(R).values() if i.uid == "plan")
    assert (there.location, there.priority) == (at, 1) and len(sent(stage)) == 1  # type: ignore[union-attr]
    assert len(stage.names(L)) == len(stage.names(R)) == (2 if choice is Choice.DESKTOP else 3)
    assert stage.idle()


@pytest.mark.parametrize("rule", ["desktop", "newest"])
def test_rule_25_what_a_rule_decided_is_not_asked_again_because_of_the_mail(tmp_path: Path, rule: str) -> None:
    stage = begun(tmp_path)
    stage.remove(L, "Plan")
    stage.edit(R, "Plan", lambda i: replace(i, location="Roof"))
    stage.pair_run(on_conflict=rule)
    if rule == "newest":
        assert stage.names(L) == ["Alone", "Plan"] and not asked(stage)
        return
    assert [q.reason for q in asked(stage)] == ["sends-mail"]
    say(stage, Choice.SEND)
    stage.pair_run()
    assert sent(stage) == ["deleted ann@x.test bob@x.test"] and stage.names(R) == ["Alone"] and stage.idle()


def test_rule_25_undecided_nothing_is_written_and_nobody_mailed(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.remove(L, "Plan")
    stage.edit(R, "Plan", lambda i: replace(i, location="Roof"))
    assert stage.pair_run().conflicts == 1
    assert [q.reason for q in asked(stage)] == ["edit-delete"] and not sent(stage)


@pytest.mark.parametrize("marks", [True, False], ids=["iCalendar", "no marks"])
def test_rule_25_what_was_deleted_on_the_server_comes_back_quietly_or_waits(tmp_path: Path, marks: bool) -> None:
    stage = begun(tmp_path, traits=mailing(marks=marks))
    stage.edit(L, "Plan", lambda i: replace(i, location="Hall"))
    stage.remove(R, "Plan")
    stage.pair_run()
    say(stage, Choice.DESKTOP)
    for _ in range(2):
        stage.pair_run()
        assert not sent(stage)
    if marks:
        assert stage.names(R) == ["Alone", "Plan"] and not asked(stage)
        return
    assert [q.reason for q in asked(stage)] == ["sends-mail"] and stage.names(R) == ["Alone"]
    say(stage, Choice.SEND)
    stage.pair_run()
    assert stage.names(R) == ["Alone", "Plan"] and len(sent(stage)) == 1 and stage.idle()


def test_rule_25_a_desktop_that_mails_is_held_the_same(tmp_path: Path) -> None:
    stage = Meetings(tmp_path, Kind.EVENT, left_traits=mailing(tokens=False))
    stage.put(L, plan())
    stage.pair_run()
    stage.edit(R, "Plan", lambda i: replace(i, location="Hall"))
    assert stage.pair_run().conflicts == 1 and not stage.left.outbox
    say(stage, Choice.SEND)
    stage.pair_run()
    assert len(stage.left.outbox) == 1 and stage.idle()
