"""Whatever becomes of a live check, what it made is named and removed, at the latest by the next one."""

from __future__ import annotations

import asyncio
import json
import os
import random
from dataclasses import replace
from typing import Any

import pytest

from instep.core.model import Kind
from instep.errors import InstepError
from instep.service.live_check.answers import Sure
from instep.service.live_check.desk import Choices
from instep.service.live_check.leftovers import find, remove
from instep.testing.smartermail import ANNA, Request, Response, Server, World, serve
from instep.testing.smartermail import server as standin
from peers.live_check import Check, clear, desk_at, left_there, mailbox

REQUESTS = 215
EVERY = int(os.environ.get("INSTEP_EVERY", "31"))
TAG = "Instep test 2026-03-04 abcdef"


def broken_off(server: Server) -> Check:
    check = Check(server)
    try:
        check.ask()
    except InstepError:
        assert check.result.left or not left_there_now(server)
    return check


def left_there_now(server: Server) -> list[str]:
    return [f.name for f in server.world.folders.values() if f.name.startswith("Instep test")]


@pytest.mark.parametrize("moment", range(2, REQUESTS, EVERY))
def test_server_that_dies_leaves_what_is_named_and_the_next_check_removes_it(moment: int) -> None:
    with serve(World.demo()) as server:
        before = mailbox(server.world)
        server.die_after(moment)
        check = broken_off(server)
        left = left_there_now(server)
        assert set(left) <= {one.name for one in check.result.left}
        server.stop()
        server.start()
        assert set(left_there(server)) == set(left)
        assert clear(server) == []
        assert mailbox(server.world) == before
        assert server.world.records.mails == []


@pytest.mark.parametrize("what", ["drop-after", "drop-before", 500, 404])
@pytest.mark.parametrize(
    "call", ["sources/add", "calendar-put", "contact-put", "events/save", "tasks/save", "note-put", "delete", "PUT"]
)
def test_call_that_fails_once_costs_a_question_at_most(call: str, what: int | str) -> None:
    with serve(World.demo()) as server:
        before = mailbox(server.world)
        server.fail(f"POST .*{call}" if call != "PUT" else "PUT", what)  # type: ignore[arg-type]
        check = Check(server)
        try:
            check.ask("contact-path", "time-zones", "note-text", "task-dates", "uids")
        except InstepError:
            assert set(left_there_now(server)) <= {one.name for one in check.result.left}
        if left_there_now(server):
            assert clear(server) == []
        assert mailbox(server.world) == before


def nonsense(chance: random.Random, value: Any) -> Any:
    """A value in which now and then something is of another sort."""
    if chance.random() < 0.04:
        return chance.choice([None, [], {}, "x", 7, True, [[1]], "2027-99-99T00:00:00", {"dt": 5}])
    match value:
        case dict():
            return {key: nonsense(chance, inner) for key, inner in value.items()}
        case list():
            return [nonsense(chance, inner) for inner in value]
    return value


@pytest.mark.parametrize("seed", range(0, 62, EVERY))
def test_server_that_answers_nonsense_costs_answers_and_nothing_else(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, sane = random.Random(seed), []

    def handle(world: World, request: Request) -> Response:
        answer = usual(world, request)
        ours = "/api/v1/" in request.path and "/auth/" not in request.path and answer.body[:1] in (b"{", b"[")
        if sane or not ours or chance.random() > 0.25:
            return answer
        return replace(answer, body=json.dumps(nonsense(chance, json.loads(answer.body))).encode())

    usual = standin.handle
    monkeypatch.setattr(standin, "handle", handle)
    with serve(World.demo()) as server:
        before = mailbox(server.world)
        check = broken_off(server)
        assert set(left_there_now(server)) <= {one.name for one in check.result.left}
        sane.append(True)
        assert clear(server) == []
        assert mailbox(server.world) == before


def test_interrupted_check_clears_away_before_it_ends() -> None:
    async def interrupted(server: Server) -> Check:
        check, reached = Check(server), asyncio.Event()
        check.tell = lambda question, answer: reached.set()
        work = asyncio.create_task(check.run())
        await reached.wait()
        assert left_there_now(server)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        return check

    with serve(World.demo()) as server:
        before = mailbox(server.world)
        check = asyncio.run(interrupted(server))
        assert check.result.left == []
        assert mailbox(server.world) == before


def test_expired_token_in_the_middle_changes_no_answer() -> None:
    with serve(World.demo()) as server:
        before = mailbox(server.world)
        server.world.sessions.access_life = 0.5
        answers = Check(server).ask("contact-path", "event-new-id", "note-text")
        assert all(answer.sure is Sure.SEEN for answer in answers.values())
        assert mailbox(server.world) == before


@pytest.mark.parametrize("kind", list(Kind))
def test_folder_of_a_check_with_something_of_the_persons_in_it_stays(kind: Kind) -> None:
    name = "displayAs" if kind is Kind.CONTACT else "subject"
    when = {"start": {"dt": "2026-03-04T10:00:00", "tz": "UTC"}} if kind is Kind.EVENT else {}
    with serve(World.demo()) as server:
        folder = server.world.folder(ANNA, kind, TAG)
        server.world.put(ANNA, kind, {name: f"{TAG}: left", **when}, folder)
        server.world.put(ANNA, kind, {name: "Mine", **when}, folder)
        before = mailbox(server.world)
        [left] = clear(server)
        assert (left.name, left.why) == (TAG, "something else is in it")
        assert mailbox(server.world) == before


def test_names_that_only_resemble_ours_are_never_found() -> None:
    with serve(World.demo()) as server:
        for name in ("Instep test", "Instep test 2026-03-04", f"{TAG} of mine", f"My {TAG}", TAG.upper()):
            server.world.folder(ANNA, Kind.TASK, name)
        assert left_there(server) == []


def test_left_appointment_with_a_guest_is_removed_only_with_a_word_about_mail() -> None:
    guest = {"name": "", "email": "second@example.net", "status": 0, "isOrganizer": False, "isResource": False}
    event = {"subject": f"{TAG}: mail", "start": {"dt": "2026-03-04T10:00:00", "tz": "UTC"}, "attendees": [guest]}
    with serve(World.demo()) as server:
        before = mailbox(server.world)
        folder = server.world.folder(ANNA, Kind.EVENT, TAG)
        server.world.put(ANNA, Kind.EVENT, event, folder)
        [left] = clear(server)
        assert "a guest" in left.why
        assert server.world.records.mails == []
        assert clear(server, guests=True) == []
        assert mailbox(server.world) == before


def test_item_left_in_the_default_folder_is_found_by_its_name_and_removed() -> None:
    async def cleared(server: Server) -> list[str]:
        async with desk_at(server) as desk:
            found = await find(desk.rest, inside=[Kind.CONTACT])
            assert await remove(desk.rest, found) == []
            return [one.name for one in found]

    with serve(World.demo()) as server:
        before = mailbox(server.world)
        server.world.put(ANNA, Kind.CONTACT, {"displayAs": f"{TAG}: path"})
        assert asyncio.run(cleared(server)) == [f"{TAG}: path"]
        assert mailbox(server.world) == before


def test_folder_that_the_server_will_not_remove_is_named() -> None:
    with serve(World.demo()) as server:
        server.fail(r"POST .*/notes/sources/delete", 403, times=9)
        check = Check(server, Choices())
        check.ask("note-text")
        [left] = check.result.left
        assert left.kind is Kind.NOTE and left.name == check.tag and left.folder
        assert "folder of notes" in left.sentence() and "Run the check again" in left.sentence()
        server.world.faults.waiting.clear()
        assert clear(server) == []
