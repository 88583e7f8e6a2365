"""Conflicts of every sort for the tests of their pages: real runs between two stores in memory, in a real state."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.meetings import LATER, ME, mailing, plan
from engine.stage import Stage
from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.home import Home
from instep.connectors.memory import Traits
from instep.core.model import Alarm, Binary, Contact, Event, Kind, Moment, Override, Side, Typed
from instep.engine.conflicts import questions
from instep.engine.events import Face
from instep.engine.questions import Question
from instep.engine.report import Report
from instep.testing.builders import PIXEL

L, R = Side.LEFT, Side.RIGHT
ACCOUNT = "me"


def anna(name: str = "Anna Berg", **more: Any) -> Contact:
    given, _, family = name.partition(" ")
    return Contact(**{"formatted_name": name, "given": given, "family": family, **more})


class _Apart(Stage):
    """Runs in a thread of its own: a browser's event loop goes on in the tests' thread."""

    def run(self, face: Face | None = None, **options: object) -> Report:
        with ThreadPoolExecutor(1) as thread:
            known = {"own_addresses": frozenset({ME}), **options}
            return thread.submit(super().run, face, **known).result()


class Clashes:
    """A stage over an installation's state; its account is in the settings, with a desktop and a server that are not
    there. ``add`` puts a conflict of a sort before the person."""

    def __init__(self, home: Home, kind: Kind = Kind.CONTACT) -> None:
        home.prepare()
        config.add(
            home,
            Account(
                ACCOUNT,
                url="https://SmarterMail.test/dav/",
                email="me@example.org",
                desktop=f"files:{home.path / 'Outlook'}",
                password=PasswordIn.COMMAND,
                password_command="echo secret",
            ),
        )
        self.stage = _Apart(home.path, kind, right_traits=mailing() if kind is Kind.EVENT else Traits())

    def both_changed(
        self,
        name: str = "Anna Berg",
        left: dict[str, Any] | None = None,
        base: dict[str, Any] | None = None,
        **right: Any,
    ) -> Question:
        """A contact of which both sides changed the company and the telephone, each something else besides."""
        self.stage.put(L, anna(name, **{"company": "Old", "telephones": (Typed("+49 1"),), **(base or {})}))
        self.stage.pair_run()
        mine = left or {"company": "Desk & Co", "telephones": (Typed("+49 2"),), "birthday": "1970-01-02"}
        theirs = right or {"company": "Serv Ltd", "telephones": (Typed("+49 3"),), "job_title": "Boss"}
        self.stage.edit(L, name, lambda item: replace(item, **mine))
        self.stage.edit(R, name, lambda item: replace(item, **theirs))
        return self._asked(name)

    def deleted(self, name: str = "Dora Tal", gone: Side = L) -> Question:
        """A contact that one side deleted and the other edited."""
        self.stage.put(L, anna(name, company="Old"))
        self.stage.pair_run()
        self.stage.remove(gone, name)
        self.stage.edit(gone.other, name, lambda item: replace(item, company="New"))
        return self._asked(name)

    def several(self, name: str = "Carla Wald") -> Question:
        """A contact on the desktop that may be either of two on the server."""
        self.stage.put(L, anna(name, company="Desk & Co"))
        for number in (1, 2):
            self.stage.put(R, anna(name, company=f"Serv {number}", note=f"number {number}"))
        return self._asked(name)

    def differs(self) -> Question:
        """A contact that was found on both sides for the first time, and differs."""
        self.stage.put(L, anna("Fred Alt", company="Desk & Co", photo=Binary(PIXEL, media_type="image/png")))
        self.stage.put(R, anna("Fred Alt", company="Serv Ltd", note="server's note"))
        return self._asked("Fred Alt")

    def series(self) -> Question:
        """A series that one side made every second week, while the other side moved one occurrence."""
        start, end = (Moment(datetime(2026, 3, 3, hour), "Europe/Berlin") for hour in (9, 10))
        series = Event(summary="Plan", start=start, end=end, rules=("FREQ=WEEKLY",), alarms=(Alarm(-900),))
        self.stage.put(L, series)
        self.stage.pair_run()
        moved = Moment(datetime(2026, 3, 10, 14), "Europe/Berlin")
        when = Moment(datetime(2026, 3, 10, 9), "Europe/Berlin")
        away = Override(
            when, replace(series, rules=(), start=moved, end=replace(moved, local=datetime(2026, 3, 10, 15)))
        )
        self.stage.edit(L, "Plan", lambda item: replace(item, rules=("FREQ=WEEKLY;INTERVAL=2",)))
        self.stage.edit(R, "Plan", lambda item: replace(item, exceptions=(away,)))
        return self._asked("Plan")

    def mail(self) -> Question:
        """A meeting that was moved on the desktop; writing that would make the server mail its guests."""
        self.stage.put(R, plan(), "plan")
        self.stage.pair_run()
        self.stage.edit(L, "Plan", lambda item: replace(item, start=LATER, location="Hall"))
        return self._asked("Plan")

    def run(self) -> None:
        """The next run of the account."""
        self.stage.pair_run()

    def answer(self, name: str = "Anna Berg") -> Any:
        """The stored answer of a conflict."""
        return next(q for q in questions(self.stage.db) if q.name == name).answer

    def _asked(self, name: str) -> Question:
        self.stage.pair_run()
        return next(q for q in questions(self.stage.db) if q.name == name)
