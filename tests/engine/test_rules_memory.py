"""RULES 1 to 6 where a whole run decides: what is remembered, and what is held elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.stage import Stage
from engine.test_run import person
from instep.connectors.memory import Traits
from instep.core.limits import ABSENT, Limit
from instep.core.model import Alarm, Attendee, Contact, Event, Extra, Item, Kind, Moment, Override, Side, Task, Typed
from instep.engine import conflicts
from instep.engine.questions import Choice, Resolution

L, R = Side.LEFT, Side.RIGHT


def the(stage: Stage, side: Side, name: str = "Anna Berg") -> Any:
    return stage.item(side, name)


def test_rule_01_settled_fields_advance_while_one_waits(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="old", company="old"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="l", company="l"))
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="r"))
    assert stage.pair_run().conflicts == 1
    stage.edit(R, "Anna Berg", lambda i: replace(i, company="old"))
    report = stage.pair_run()
    assert report.conflicts == 1 and the(stage, L).company == "old", "a settled field carries later edits"
    assert (the(stage, L).note, the(stage, R).note) == ("l", "r")


def test_rule_01_an_unsettled_link_is_planned_again_though_no_etag_moved(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="old"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="l"))
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="r"))
    assert [stage.pair_run().conflicts for _ in range(3)] == [1, 1, 1]
    assert stage.pair_run(on_conflict="desktop").conflicts == 0
    assert the(stage, R).note == "l" and stage.idle()


def test_rule_01_a_conflict_that_people_settle_by_hand_is_asked_no_more(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="old"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="l"))
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="r"))
    stage.pair_run()
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="l"))
    assert stage.pair_run().conflicts == 0 and conflicts.questions(stage.db) == []
    assert stage.idle()


MAILS = tuple(Typed(f"{n}@x") for n in range(5))


def few(limits: dict[str, Limit], kind: Kind = Kind.CONTACT) -> Traits:
    return Traits(limits={kind: limits}, tokens=False)


def test_rule_02_what_the_desktop_cannot_hold_stays_on_the_server_and_is_not_asked_about(tmp_path: Path) -> None:
    stage = Stage(tmp_path, left_traits=few({"emails": Limit(most=3), "extra": ABSENT}))
    stage.put(R, person("Anna Berg", emails=MAILS[:4], extra=(Extra("X-SHOE", "42"),)))
    assert stage.pair_run().conflicts == 0
    assert the(stage, L).emails == MAILS[:3] and stage.idle()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="n"))
    stage.pair_run()
    assert (the(stage, R).note, the(stage, R).emails) == ("n", MAILS[:4])
    assert the(stage, R).extra and stage.idle()


def test_rule_02_an_edit_of_what_is_held_only_there_is_no_conflict(tmp_path: Path) -> None:
    stage = Stage(tmp_path, left_traits=few({"emails": Limit(most=3)}))
    stage.put(R, person("Anna Berg", emails=MAILS[:4]))
    stage.pair_run()
    stage.edit(R, "Anna Berg", lambda i: replace(i, emails=(*MAILS[:3], Typed("new@x"))))
    stage.edit(L, "Anna Berg", lambda i: replace(i, emails=(Typed("first@x"), *MAILS[1:3])))
    assert stage.pair_run().conflicts == 0
    assert the(stage, R).emails == (Typed("first@x"), *MAILS[1:3], Typed("new@x"))
    assert the(stage, L).emails == (Typed("first@x"), *MAILS[1:3]) and stage.idle()


def test_rule_02_lost_state_over_a_lossy_store_asks_nothing_and_removes_nothing(tmp_path: Path) -> None:
    limits = {"emails": Limit(most=3), "note": Limit(length=5), "extra": ABSENT, "photo": ABSENT}
    stage = Stage(tmp_path, left_traits=few(limits))
    stage.put(R, person("Anna Berg", emails=MAILS[:4], note="longer than five", extra=(Extra("X-A", "1"),)))
    stage.pair_run()
    before = stage.items(R)
    stage.forget_links()
    report = stage.pair_run()
    assert (report.work, report.conflicts) == (0, 0) and stage.items(R) == before and stage.idle()


def digits(item: Item) -> Item:
    assert isinstance(item, Contact)
    kept = tuple(replace(t, value="".join(c for c in t.value if c.isdigit())) for t in item.telephones)
    return replace(item, telephones=kept, note=item.note.strip().upper())


@pytest.mark.parametrize("lossy", list(Side))
def test_rule_02_what_a_store_made_of_a_write_is_learned_and_never_carried_back(tmp_path: Path, lossy: Side) -> None:
    traits = Traits(rewrite=digits)
    stage = Stage(tmp_path, **{"left_traits" if lossy is L else "right_traits": traits})
    exact = lossy.other
    stage.put(exact, person("Anna Berg", telephones=(Typed("+49 (30) 1"),), note="small"))
    stage.pair_run()
    assert the(stage, lossy).note == "SMALL" and stage.idle()
    stage.edit(lossy, "Anna Berg", lambda i: replace(i, company="Co"))
    stage.pair_run()
    assert the(stage, exact).note == "small" and the(stage, exact).telephones == (Typed("+49 (30) 1"),)
    stage.edit(exact, "Anna Berg", lambda i: replace(i, note="other"))
    stage.pair_run()
    assert the(stage, lossy).note == "OTHER" and stage.idle()


@pytest.mark.parametrize("tells", [True, False])
def test_rule_02_a_cut_text_keeps_its_tail_when_the_head_is_edited_elsewhere(tmp_path: Path, tells: bool) -> None:
    limited = Traits(limits={Kind.CONTACT: {"job_title": ABSENT}}, tokens=False, tells_etag=tells)
    stage = Stage(tmp_path, left_traits=limited)
    stage.put(R, person("Anna Berg", job_title="Boss", company="Co"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, company="New"))
    stage.pair_run()
    assert (the(stage, R).job_title, the(stage, R).company) == ("Boss", "New") and stage.idle()


def test_rule_03_a_number_that_a_store_rewrote_is_still_the_same_number(tmp_path: Path) -> None:
    stage = Stage(tmp_path, right_traits=Traits(rewrite=digits))
    numbers = (Typed("+49 (30) 1", frozenset({"home"})), Typed("+49 (30) 2", frozenset({"work"})))
    stage.put(L, person("Anna Berg", telephones=numbers))
    stage.pair_run()
    stage.edit(R, "Anna Berg", lambda i: replace(i, telephones=i.telephones[1:]))
    stage.pair_run()
    assert the(stage, L).telephones == numbers[1:] and stage.idle()


def at(hour: int, day: int = 2, second: int = 0, zone: str = "Europe/Berlin") -> Moment:
    return Moment(datetime(2026, 3, day, hour, 0, second), zone)


def test_rule_04_a_series_torn_apart_is_one_conflict_and_can_be_decided(tmp_path: Path) -> None:
    stage = Stage(tmp_path, kind=Kind.EVENT)
    stage.put(L, Event(uid="w", summary="Weekly", start=at(9), end=at(10), rules=("FREQ=WEEKLY",)))
    stage.pair_run()
    stage.edit(L, "Weekly", lambda i: replace(i, rules=("FREQ=DAILY",), location="Here"))
    exception = Override(at(9, 9), Event(uid="w", summary="Weekly", start=at(12, 9), end=at(13, 9)))
    stage.edit(R, "Weekly", lambda i: replace(i, exceptions=(exception,)))
    assert stage.pair_run().conflicts == 1
    assert the(stage, R, "Weekly").location == "Here" and the(stage, R, "Weekly").rules == ("FREQ=WEEKLY",)
    question = conflicts.questions(stage.db)[0]
    assert question.fields == ("series",)
    conflicts.decide(stage.db, question.id, Resolution(Choice.SERVER))
    assert stage.pair_run().conflicts == 0
    assert the(stage, L, "Weekly").exceptions == (exception,) and the(stage, L, "Weekly").rules == ("FREQ=WEEKLY",)
    assert stage.idle()


def test_rule_05_a_move_on_a_side_without_seconds_keeps_the_other_sides_seconds_and_zone(tmp_path: Path) -> None:
    limits = {"start": Limit(minutes=True), "end": Limit(minutes=True)}
    stage = Stage(tmp_path, kind=Kind.EVENT, left_traits=few(limits, Kind.EVENT))
    stage.put(R, Event(uid="e", summary="Launch", start=at(9, second=30), end=at(10)))
    stage.pair_run()
    assert the(stage, L, "Launch").start == at(9)
    stage.edit(L, "Launch", lambda i: replace(i, start=at(11), end=at(12)))
    stage.pair_run()
    assert the(stage, R, "Launch").start == at(11, second=30) and the(stage, R, "Launch").end == at(12)
    assert stage.idle()


def test_rule_05_a_due_day_moved_on_a_side_without_times_keeps_the_other_sides_time(tmp_path: Path) -> None:
    stage = Stage(tmp_path, kind=Kind.TASK, left_traits=few({"due": Limit(dates=True)}, Kind.TASK))
    stage.put(R, Task(uid="t", summary="Tax", due=at(18)))
    stage.pair_run()
    assert the(stage, L, "Tax").due == Moment(at(18).local.date())  # type: ignore[union-attr]
    stage.edit(L, "Tax", lambda i: replace(i, due=Moment(at(9, 5).local.date())))  # type: ignore[union-attr]
    stage.pair_run()
    assert the(stage, R, "Tax").due == at(18, 5) and stage.idle()


def test_rule_05_a_text_cut_by_one_side_keeps_its_tail_on_the_other(tmp_path: Path) -> None:
    stage = Stage(tmp_path, left_traits=few({"note": Limit(length=10)}))
    stage.put(R, person("Anna Berg", note="0123456789 and the rest"))
    stage.pair_run()
    assert the(stage, L).note == "0123456789" and stage.idle()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="zero 12345"))
    stage.pair_run()
    assert the(stage, R).note == "zero 12345 and the rest" and stage.idle()


def test_rule_06_what_is_volatile_is_neither_edit_nor_conflict(tmp_path: Path) -> None:
    stage = Stage(tmp_path, kind=Kind.EVENT)
    guest = Attendee("g@x", participation="NEEDS-ACTION")
    stage.put(L, Event(uid="e", summary="Meet", start=at(9), end=at(10), attendees=(guest,), alarms=(Alarm(-600),)))
    stage.pair_run()
    stage.edit(R, "Meet", lambda i: replace(i, attendees=(replace(guest, participation="ACCEPTED"),)))
    stage.edit(L, "Meet", lambda i: replace(i, attendees=(replace(guest, participation="DECLINED"),)))
    report = stage.pair_run()
    assert (report.work, report.conflicts) == (0, 0)
    stage.remove(L, "Meet")
    assert stage.pair_run().conflicts == 0 and stage.names(R) == [], "it is no edit against a deletion either"
