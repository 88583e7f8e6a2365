"""A mailbox whose server dies, forgets, changes or is another than was guessed: nothing blanked, doubled or mailed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acceptance.mailbox import REST_ONLY, Mailbox, mailbox
from acceptance.smartermail_story import carried, no_series, nothing_lost, snapshot, work_on_the_desktop
from instep.core.model import Kind, Side
from instep.engine.events import Face, Phase, Progress, RunEvent
from instep.testing.smartermail import ANNA, SWITCHES, Server, Switches, World

EVERY = bool(os.environ.get("INSTEP_EVERY"))


def begun(tmp_path: Path, server: Server, ways: dict[Kind, str]) -> tuple[Mailbox, dict[str, Any]]:
    """An account after its first run, and what the server held before."""
    box = Mailbox(tmp_path, server, fixed=ways)
    box.pair()
    before = snapshot(box.world)
    report = box.sync()
    assert not report.failure, report.failure
    assert snapshot(box.world) == before
    return box, before


def until_settled(box: Mailbox) -> None:
    """Runs until one finds nothing to do; soon."""
    for _ in range(4):
        report = box.sync()
        done = sum(pair.work + pair.linked + len(pair.problems) for pair in report.pairs)
        if not report.failure and not done:
            assert not any(pair.conflicts for pair in report.pairs), report
            return
    raise AssertionError(f"it never ends: {report}")


DEATHS = range(1, 90) if EVERY else (9, 31, 47)


@pytest.mark.parametrize("requests", DEATHS)
@pytest.mark.parametrize("ways", [{}, REST_ONLY], ids=["by preference", "REST"])
def test_a_server_that_dies_at_any_request_costs_only_time(
    tmp_path: Path, requests: int, ways: dict[Kind, str]
) -> None:
    with mailbox(tmp_path / "unused") as first:
        no_series(first.world)
        box, before = begun(tmp_path / "me", first.server, ways)
        work_on_the_desktop(box)
        box.server.die_after(requests)
        box.sync()
        box.server.stop()
        box.server.start()
        until_settled(box)
        nothing_lost(box, before)
        carried(box)


WRITES = (
    r"POST .*/contact-put/",
    r"POST .*/contacts/delete-bulk",
    r"POST .*/events/save/",
    r"POST .*/events/delete",
    r"POST .*/tasks/save",
    r"POST .*/tasks/delete",
    r"POST .*/note-put/",
    r"POST .*/note-patch/",
    r"POST .*/note-delete/",
)


ENDINGS: tuple[Any, ...] = ("drop-after", "drop-before", 500, 503)
UNANSWERED = [(pattern, what) for pattern in WRITES for what in ENDINGS]


@pytest.mark.parametrize(("pattern", "what"), UNANSWERED if EVERY else UNANSWERED[::7], ids=str)
def test_a_write_without_an_answer_is_neither_lost_nor_done_twice(tmp_path: Path, pattern: str, what: Any) -> None:
    with mailbox(tmp_path / "unused") as first:
        no_series(first.world)
        box, before = begun(tmp_path / "me", first.server, REST_ONLY)
        work_on_the_desktop(box)
        box.server.fail(pattern, what, times=2)
        box.sync()
        until_settled(box)
        nothing_lost(box, before)
        carried(box)


def test_tokens_that_expire_all_the_time_cost_no_login_and_no_item(tmp_path: Path) -> None:
    times: list[Phase] = []

    def expire(event: RunEvent) -> None:
        if isinstance(event, Progress) and event.phase in (Phase.READING, Phase.WRITING, Phase.DELETING):
            box.server.expire_tokens()
            times.append(event.phase)

    with mailbox(tmp_path / "unused") as first:
        no_series(first.world)
        box, before = begun(tmp_path / "me", first.server, REST_ONLY)
        work_on_the_desktop(box)
        report = box.sync(Face(emit=expire))
        assert not report.failure and len(times) > 5
        assert box.world.records.logins_by("password") == 1
        until_settled(box)
        nothing_lost(box, before)
        carried(box)


def test_another_build_drops_what_was_learned_and_goes_on(tmp_path: Path) -> None:
    with mailbox(tmp_path / "unused") as first:
        no_series(first.world)
        box, before = begun(tmp_path / "me", first.server, REST_ONLY)
        box.profile = replace(box.profile, forms={"contacts.changing": "blanks"}, answers={"contacts.listing": "whole"})
        box.world.build += 100
        box.world.switches = Switches(email_entries="objects", keys="pascal", event_new_id="any")
        report = box.sync()
        assert not report.failure and sum(pair.work for pair in report.pairs) == 0, report
        assert box.profile.build == box.world.build
        assert "contacts.changing" not in box.profile.forms and not box.profile.answers
        work_on_the_desktop(box)
        box.sync()
        until_settled(box)
        nothing_lost(box, before)
        carried(box)


GUESSES = [(name, value) for name, values in SWITCHES.items() for value in values[1:]]
SIGNING_IN = {"two_step", "two_step_email", "code_twice", "app_password", "refused_login", "password_change", "blocked"}
SAMPLE = [row for row in GUESSES if row[0] not in SIGNING_IN]
REFUSES: dict[tuple[str, str], frozenset[Kind]] = {}
"""What a server of that kind does not take, so that it stays on the desktop with a problem that says so."""


@pytest.mark.parametrize("ways", [{}, REST_ONLY], ids=["by preference", "REST"])
@pytest.mark.parametrize(("name", "value"), SAMPLE if EVERY else SAMPLE[::10], ids=lambda text: text)
def test_a_wrong_guess_about_the_server_costs_nothing(
    tmp_path: Path, name: str, value: str, ways: dict[Kind, str]
) -> None:
    world = World.demo(Switches(**{name: value}))
    no_series(world)
    with mailbox(tmp_path / "unused", world) as first:
        box, before = begun(tmp_path / "me", first.server, ways)
        work_on_the_desktop(box)
        box.sync()
        until_settled(box)
        nothing_lost(box, before)
        carried(box)


def test_a_server_that_changes_under_way_costs_nothing(tmp_path: Path) -> None:
    """What was right in the first run is wrong in the second: nothing that was learned does harm."""
    with mailbox(tmp_path / "unused") as first:
        no_series(first.world)
        box, before = begun(tmp_path / "me", first.server, REST_ONLY)
        work_on_the_desktop(box)
        box.sync()
        box.world.switches = Switches(
            contact_path="address", event_new_id="null", event_path="short", list_omits="some", refusals="status"
        )
        box.edit(Kind.CONTACT, "Carla Weiß", additionalInfo="Knows every tulip.")
        box.rewrite(Kind.CONTACT, "FN:Nora New", lambda text: text.replace("N:New;Nora", "ORG:Nora & Co\r\nN:New;Nora"))
        box.sync()
        until_settled(box)
        nothing_lost(box, before)


def test_folder_that_is_gone_is_named_and_is_the_servers(tmp_path: Path) -> None:
    with mailbox(tmp_path, kinds=(Kind.NOTE,)) as box:
        box.pair()
        box.sync()
        folder = box.world.primary(ANNA, Kind.NOTE)
        kept = box.names(Kind.NOTE)
        del box.world.folders[folder.id]
        [problem] = box.sync().pairs[0].problems
        assert problem.side is Side.RIGHT and problem.message.startswith("My Notes: The server does not list")
        assert box.names(Kind.NOTE) == kept
        box.world.folders[folder.id] = folder
        box.settled()
