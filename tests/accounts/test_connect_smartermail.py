"""The server of a SmarterMail account: what its test tells, and which protocol a kind goes over and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from instep.accounts.connect_smartermail import protocol_of, smartermail_server
from instep.connectors.base import Capabilities, Finding
from instep.core.model import Kind
from instep.errors import LoginRefused, SignInNeeded, Transient
from instep.protocols.exchange import HttpSettings
from instep.protocols.http import HttpClient
from instep.protocols.smartermail.profile import Profile
from instep.protocols.smartermail.session import MemoryKeeper
from instep.testing.smartermail import ANNA, DAV_GROUP, Server, Switches, TwoStep, World, serve

PASSWORD, APP_PASSWORD = "correct horse", "sixteen-chars-ok"


async def at_once(seconds: float) -> None:
    """Wait for nothing."""


@dataclass
class Desk:
    """An account's settings, and what is kept of it."""

    server: Server
    profile: Profile = field(default_factory=Profile)
    keeper: MemoryKeeper = field(default_factory=MemoryKeeper)
    settings: dict[str, Any] = field(default_factory=lambda: {"password": PASSWORD, "dav_password": PASSWORD})

    def connect(self) -> Any:
        return smartermail_server(
            HttpSettings(allow_insecure=True, timeout=20),
            user=ANNA,
            base=self.server.url,
            keeper=self.keeper,
            profile=self.profile,
            remember=self._remember,
            today=lambda: date(2026, 11, 27),
            client=lambda settings: HttpClient(settings, sleep=at_once),
            **self.settings,
        )

    def _remember(self, profile: Profile) -> None:
        self.profile = profile

    def probe(self) -> Capabilities:
        return asyncio.run(self._with("probe"))

    def ways(self) -> dict[Kind, str]:
        infos = asyncio.run(self._with("collections"))
        return {kind: protocol_of(info.id) for info in infos for kind in info.default_for}

    async def _with(self, what: str) -> Any:
        connector = self.connect()
        try:
            return await getattr(connector, what)()
        finally:
            await connector.close()

    def told(self) -> dict[str, Finding]:
        return {finding.name: finding for finding in self.probe().findings}


@pytest.fixture
def desk() -> Iterator[Desk]:
    with serve(World.demo()) as server:
        yield Desk(server)


def test_probe_signs_in_once_and_tells_the_product_and_each_kind_s_way(desk: Desk) -> None:
    told = desk.told()
    assert told["product"].detail == "SmarterMail build 9800 of 2026-10-31"
    ways = {kind: told[kind.value].detail for kind in Kind}
    assert ways == {
        Kind.CONTACT: "over CardDAV",
        Kind.EVENT: "over CalDAV",
        Kind.TASK: "over REST",
        Kind.NOTE: "over REST",
    }
    assert all(finding.fine for finding in told.values())
    logins = desk.server.world.records.logins
    assert [(login.way, login.worked) for login in logins if login.way != "dav"] == [("password", True)]
    assert all(login.worked for login in logins)
    assert desk.profile.build == 9800 and desk.profile.dav.startswith(desk.server.url)
    before = desk.server.world.revision
    desk.probe()
    assert desk.server.world.revision == before, "a test writes nothing"


BUILDS = [
    (9400, "9400 of 2025-09-26, 14 months old", ("CVE-2025-52691", "CVE-2026-23760", "CVE-2026-26930")),
    (9520, "9520 of 2026-01-24, 10 months old", ("CVE-2026-26930",)),
    (9526, "9526 of 2026-01-30, 9 months old", ()),
]


@pytest.mark.parametrize(("build", "said", "holes"), BUILDS)
def test_old_builds_are_said_to_be_dangerous(desk: Desk, build: int, said: str, holes: tuple[str, ...]) -> None:
    desk.server.world.build = build
    told = desk.told()
    assert said in told["product"].detail
    assert ("security" in told) is bool(holes)
    if holes:
        assert not told["security"].fine and all(hole in told["security"].detail for hole in holes)


def test_a_refused_password_is_shown_once_and_nothing_else_is_tried(desk: Desk) -> None:
    desk.settings = {"password": "wrong", "dav_password": "wrong"}
    with pytest.raises(LoginRefused):
        desk.probe()
    assert [(login.way, login.worked) for login in desk.server.world.records.logins] == [("password", False)]


def test_two_step_login_without_application_password_leaves_dav_out_and_says_why(desk: Desk) -> None:
    desk.probe()
    desk.server.world.people[ANNA].two_step = TwoStep.APP
    desk.server.world.records.clear()
    desk.settings = {}
    told = desk.told()
    assert not told["dav"].fine and "application password" in told["dav"].detail and told["dav"].advice
    assert desk.ways() == dict.fromkeys(Kind, "rest")
    assert {login.way for login in desk.server.world.records.logins} == {"refresh"}
    desk.keeper = MemoryKeeper()
    with pytest.raises(SignInNeeded):
        desk.probe()


def test_two_step_login_with_application_password_uses_dav(desk: Desk) -> None:
    desk.probe()
    person = desk.server.world.people[ANNA]
    person.two_step, person.app_passwords = TwoStep.APP, {DAV_GROUP: APP_PASSWORD}
    desk.settings = {"dav_password": APP_PASSWORD}
    assert desk.ways()[Kind.CONTACT] == "dav"


def test_dav_that_refuses_is_tried_again_by_a_test_only(desk: Desk) -> None:
    desk.settings["dav_password"] = "wrong"
    assert desk.ways() == dict.fromkeys(Kind, "rest")
    refused = desk.server.world.records.logins_by("dav")
    assert refused == 1 and desk.profile.forms == {"dav": "refused"}
    for _ in range(3):
        assert desk.ways()[Kind.CONTACT] == "rest"
    assert desk.server.world.records.logins_by("dav") == refused
    desk.settings["dav_password"] = PASSWORD
    assert "over CardDAV" in desk.told()["contacts"].detail
    assert desk.ways()[Kind.CONTACT] == "dav" and desk.profile.forms == {}


def test_dav_that_fails_for_now_chooses_nothing(desk: Desk) -> None:
    desk.probe()
    desk.server.fail(r"PROPFIND ", 503, times=50)
    with pytest.raises(Transient):
        desk.ways()


TASKS = [("vtodo", "dav"), ("unsaid", None), ("hidden", None)]


@pytest.mark.parametrize(("switch", "way"), TASKS)
def test_tasks_go_over_dav_only_where_a_calendar_says_that_it_takes_them(
    desk: Desk, switch: str, way: str | None
) -> None:
    desk.server.world.switches = Switches(tasks_collection=switch)
    desk.settings["fixed"] = {Kind.TASK: "dav"}
    assert desk.ways().get(Kind.TASK) == way


def test_a_version_before_rest_has_dav_alone_and_says_that_notes_have_no_way(desk: Desk) -> None:
    desk.server.world.old_version = "15.7.6970"
    desk.settings["old"] = True
    told = desk.told()
    assert "version" in told and not told["notes"].fine
    assert told["notes"].detail.startswith("not available on this server version")
    assert {desk.ways()[kind] for kind in (Kind.CONTACT, Kind.EVENT)} == {"dav"}


def test_dav_that_a_server_named_elsewhere_is_not_trusted_in_the_next_run(desk: Desk) -> None:
    with serve(World.demo()) as other:
        desk.profile = Profile(desk.server.url, dav=f"{other.url}/webdav/principals/example.com/anna/")
        assert desk.ways()[Kind.CONTACT] == "dav"
        assert other.world.records.logins == [] and other.world.records.requests == []
