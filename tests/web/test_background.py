"""The schedule at work, on a clock of its own, with real runs against a real server."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.desk import Desk, card
from instep.accounts import config
from instep.accounts.account import Account
from instep.accounts.home import Home
from instep.service.running import Wishes
from instep.service.schedule import SETTLE, Moment
from instep.store import lease, runs
from instep.web.app import create_app
from instep.web.background import Background
from instep.web.farewell import farewell
from instep.web.jobs import Jobs
from instep.web.pages.sync import synchronize
from instep.web.server import Server, settings
from instep.web.site import Site
from peers.servers import free_port

MINUTE = 60.0
PATIENCE = 60.0  # seconds until a hanging run fails its test


@dataclass
class Office:
    """A program that keeps the schedule, and the person's hands."""

    site: Site
    desk: Desk
    now: Moment = field(default_factory=lambda: Moment(1000.0, time.time()))
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begins()

    def begins(self) -> None:
        """The program starts; of what went on in another one before, it knows what is stored."""
        self.site.jobs = Jobs()
        self.background = Background(self.site, lambda: self.now, self._tell)

    def _tell(self, text: str) -> bool:
        self.said.append(text)
        return True

    def sets(self, **settings: Any) -> None:
        """The person changes the account's settings."""
        config.change(self.site.here.home, replace(self.site.here.account("Work"), **settings))

    def synchronizes(self, **wishes: Any) -> None:
        """The person synchronizes, to the end."""
        assert synchronize(self.site, self.site.here.account("Work"), Wishes(**wishes)).wait(PATIENCE)

    def passes(self, seconds: float) -> int:
        """Time passes, and the schedule does what is due; tells how many runs that were."""
        self.now = Moment(self.now.steady + seconds, self.now.wall + seconds)
        return self.looks()

    def looks(self) -> int:
        """The schedule looks at the clock, and runs end."""
        before = self.runs

        async def to_the_end() -> None:
            await self.background.tick()
            for job in self.site.jobs.running():
                assert await asyncio.to_thread(job.wait, PATIENCE)
            await self.background.tick()

        asyncio.run(to_the_end())
        return self.runs - before

    @property
    def runs(self) -> int:
        """How many runs there were."""
        return len([job for job in self.site.jobs.all() if job.what == "sync"])

    @property
    def last(self) -> str:
        """How the last run ended."""
        with self.site.here.db.reading() as tx:
            found = runs.last(tx, "Work")
        assert found is not None
        return found.status

    def clashes(self) -> None:
        """Both sides change the same field of one person."""
        [file] = self.desk.files
        file.write_text(card("jane-1", "Jane", "Doe", "EMAIL:jane@example.org", "TITLE:Chief"))
        [held] = self.desk.held
        text = held.read_text()
        held.write_text(text.replace("END:VCARD", "TITLE:Boss\r\nEND:VCARD"))


@pytest.fixture
def office(home: Home, account: Account, desk: Desk) -> Iterator[Office]:
    """An account in step, with nothing that runs by itself."""
    site = Site.of(home, 1)
    office = Office(site, desk)
    office.synchronizes(yes=True)
    assert office.last == "in-step"
    office.now = Moment(1000.0, time.time())
    office.begins()
    yield office
    site.here.db.close()


def test_account_without_a_schedule_never_runs_by_itself(office: Office) -> None:
    assert [office.looks(), office.passes(1440 * MINUTE)] == [0, 0]


def test_account_runs_every_so_many_minutes(office: Office) -> None:
    office.sets(sync_every=15)
    assert [office.looks(), office.passes(14 * MINUTE), office.passes(MINUTE)] == [0, 0, 1]
    assert [office.passes(14 * MINUTE), office.passes(MINUTE)] == [0, 1]


def test_account_runs_at_start_once(office: Office) -> None:
    office.sets(sync_at_start=True)
    office.begins()
    assert [office.looks(), office.passes(MINUTE)] == [1, 0]


def test_start_that_is_wished_for_later_was_not_missed(office: Office) -> None:
    office.looks()
    office.sets(sync_at_start=True)
    assert office.passes(MINUTE) == 0


def test_persons_run_counts(office: Office) -> None:
    office.sets(sync_every=15)
    office.looks()
    office.passes(10 * MINUTE)
    office.synchronizes()
    office.looks()
    assert [office.passes(14 * MINUTE), office.passes(MINUTE)] == [0, 1]


def test_run_of_a_terminal_counts(office: Office) -> None:
    office.sets(sync_every=15)
    office.looks()
    with office.site.here.db.transaction() as tx:
        at = datetime.fromtimestamp(office.now.wall + 10 * MINUTE, UTC)
        runs.finish(tx, runs.start(tx, "Work", at), at, "in-step", {})
    assert [office.passes(15 * MINUTE), office.passes(9 * MINUTE), office.passes(MINUTE + 1)] == [0, 0, 1]


def test_run_that_ended_before_the_clock_was_set_back_puts_off_nothing(office: Office) -> None:
    office.sets(sync_every=15)
    with office.site.here.db.transaction() as tx:
        at = datetime.fromtimestamp(office.now.wall + 1000 * MINUTE, UTC)
        runs.finish(tx, runs.start(tx, "Work", at), at, "in-step", {})
    office.begins()
    office.looks()
    assert [office.passes(14 * MINUTE), office.passes(MINUTE + 1)] == [0, 1]


def test_settings_of_another_account_try_no_refused_password_again(office: Office) -> None:
    office.sets(sync_every=15, password_command="echo wrong")
    office.looks()
    assert office.passes(15 * MINUTE) == 1
    [other] = config.add(office.site.here.home, replace(office.site.here.account("Work"), name="Other", sync_every=0))
    assert [office.passes(MINUTE), office.passes(60 * MINUTE)] == [0, 0]
    config.change(office.site.here.home, replace(other, sync_every=0, login="someone"))
    assert [office.passes(MINUTE), office.passes(60 * MINUTE)] == [0, 0]
    office.sets(password_command="echo wrong too")
    assert [office.passes(2 * MINUTE), office.passes(60 * MINUTE)] == [1, 0]


def test_refused_password_is_not_tried_again_because_the_program_starts_again(office: Office) -> None:
    office.sets(sync_every=15, sync_at_start=True, sync_after_changes=True, password_command="echo wrong")
    office.begins()
    assert office.looks() == 1
    for _ in range(3):
        office.begins()
        assert [office.looks(), office.passes(60 * MINUTE)] == [0, 0]
    office.sets(password_command="echo wrong too")
    office.begins()
    assert [office.looks(), office.passes(60 * MINUTE)] == [1, 0]


def test_refused_account_goes_on_once_a_run_of_a_terminal_worked(office: Office) -> None:
    office.sets(sync_every=15, password_command="echo wrong")
    office.looks()
    assert [office.passes(15 * MINUTE), office.passes(60 * MINUTE)] == [1, 0]
    with office.site.here.db.transaction() as tx:
        at = datetime.fromtimestamp(office.now.wall, UTC)
        runs.finish(tx, runs.start(tx, "Work", at), at, "in-step", {})
    assert [office.passes(MINUTE), office.passes(15 * MINUTE)] == [0, 1]


def test_change_on_the_desktop_runs_once_it_rests(office: Office) -> None:
    office.sets(sync_after_changes=True)
    office.looks()
    office.desk.put("joe.vcf", card("joe-1", "Joe"))
    assert [office.passes(SETTLE), office.passes(SETTLE)] == [0, 1]
    assert len(office.desk.held) == 2
    assert [office.passes(MINUTE), office.passes(MINUTE)] == [0, 0]


def test_what_a_run_writes_on_the_desktop_makes_no_other_run(office: Office) -> None:
    office.sets(sync_after_changes=True, sync_every=15)
    office.looks()
    [held] = office.desk.held
    held.with_name("joe.vcf").write_text(card("joe-1", "Joe"))
    assert office.passes(16 * MINUTE) == 1
    assert len(office.desk.files) == 2
    assert [office.passes(MINUTE), office.passes(MINUTE)] == [0, 0]


def test_change_while_nothing_ran_is_seen_after_the_start(office: Office) -> None:
    office.sets(sync_after_changes=True)
    office.desk.put("joe.vcf", card("joe-1", "Joe"))
    office.begins()
    assert [office.looks(), office.passes(SETTLE)] == [0, 1]
    assert len(office.desk.held) == 2


def test_conflict_is_told_once_and_not_while_a_person_looks(office: Office) -> None:
    office.sets(sync_every=15)
    office.looks()
    office.clashes()
    office.passes(16 * MINUTE)
    assert (office.last, office.said) == ("conflicts", ["Work: a conflict waits for your decision."])
    office.passes(16 * MINUTE)
    assert len(office.said) == 1


def test_conflict_that_a_person_found_is_not_told(office: Office) -> None:
    office.sets(sync_every=15)
    office.looks()
    office.clashes()
    office.synchronizes()
    office.looks()
    office.passes(16 * MINUTE)
    assert (office.last, office.said) == ("conflicts", [])


def test_refused_password_is_told_and_not_tried_again_before_a_person_acts(office: Office) -> None:
    right = office.site.here.account("Work").password_command
    office.sets(sync_every=15, password_command="echo wrong")
    office.looks()
    assert [office.passes(16 * MINUTE), office.passes(1440 * MINUTE)] == [1, 0]
    assert office.said == ["Work: the server refused the password."]
    office.sets(password_command=right)
    assert [office.passes(MINUTE), office.last] == [1, "in-step"]


def test_network_that_is_away_is_quiet_and_tried_again(office: Office) -> None:
    office.sets(sync_every=15, proxy=f"http://127.0.0.1:{free_port()}/")
    office.looks()
    assert [office.passes(16 * MINUTE), office.passes(30.0), office.passes(31.0)] == [1, 0, 1]
    office.sets(proxy="")
    assert [office.passes(30.0), office.passes(31.0), office.said] == [0, 1, []]
    assert office.last == "in-step"


def test_account_that_another_program_works_on_is_tried_again_quietly(office: Office) -> None:
    office.sets(sync_every=15)
    office.looks()
    with lease.held(office.site.here.db, "Work", "undo"):
        assert office.passes(16 * MINUTE) == 1
    assert [office.passes(30.0), office.passes(31.0), office.last, office.said] == [0, 1, "in-step", []]


def test_settings_that_cannot_be_read_leave_the_schedule_as_it_is(office: Office) -> None:
    office.sets(sync_every=15)
    office.looks()
    file = office.site.here.home.config
    text = file.read_text()
    file.write_text(text + "\n[accounts.half")
    assert office.passes(16 * MINUTE) == 1
    file.write_text(text.replace("sync_every = 15", "sync_every = 5"))
    assert office.passes(6 * MINUTE) == 1


def test_removed_account_is_forgotten(office: Office) -> None:
    office.sets(sync_every=15)
    office.looks()
    config.remove(office.site.here.home, "Work")
    assert office.passes(16 * MINUTE) == 0
    assert office.background.next("Work") is None


def test_many_accounts_do_not_begin_at_once(office: Office) -> None:
    office.sets(enabled=False)
    others = [
        replace(office.site.here.account("Work"), name=f"a{n}", enabled=True, sync_at_start=True) for n in range(9)
    ]
    config.add(office.site.here.home, *others)
    office.begins()
    most = 0

    async def until_all_ran() -> None:
        nonlocal most
        while office.runs < 9:
            await office.background.tick()
            most = max(most, len(office.site.jobs.running()))
            for job in office.site.jobs.running():
                await asyncio.to_thread(job.wait, PATIENCE)

    asyncio.run(until_all_ran())
    assert most == 4


def test_end_waits_for_the_runs_that_are_wanted_then(office: Office) -> None:
    office.sets(sync_at_exit=True)
    office.looks()
    office.desk.put("joe.vcf", card("joe-1", "Joe"))
    told: list[str] = []
    asyncio.run(farewell(office.background, lambda: False, told.extend))
    assert (told, len(office.desk.held), office.site.jobs.running()) == (["Work"], 2, [])


def test_end_without_anything_to_do_is_quiet(office: Office) -> None:
    office.looks()
    told: list[str] = []
    asyncio.run(farewell(office.background, lambda: False, told.extend))
    assert told == []


def test_end_in_a_hurry_begins_and_waits_for_nothing(office: Office, tmp_path: Path) -> None:
    office.sets(sync_at_exit=True, password_command=f"sh -c 'until test -e {tmp_path}/go; do sleep 0.05; done'")
    office.looks()
    job = office.background.begin_own(office.site.here.account("Work"))
    asyncio.run(farewell(office.background, lambda: True, lambda names: None))
    assert (job.running, job.stopping, office.site.jobs.all()[-1]) == (True, True, job)
    (tmp_path / "go").touch()
    assert job.wait(PATIENCE)


def test_second_signal_asks_for_a_hurry(office: Office) -> None:
    server = Server(settings(create_app(office.site)), office.background, lambda: None, lambda names: None)
    server.handle_exit(signal.SIGTERM, None)
    assert (server.should_exit, server.force_exit) == (True, False)
    server.handle_exit(signal.SIGTERM, None)
    assert server.force_exit


def test_end_does_not_bother_a_server_that_refused_the_password(office: Office) -> None:
    office.sets(sync_at_exit=True, sync_every=15, password_command="echo wrong")
    office.looks()
    office.passes(16 * MINUTE)
    told: list[str] = []
    asyncio.run(farewell(office.background, lambda: False, told.extend))
    assert told == []
