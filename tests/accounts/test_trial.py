"""The connection test: what is tried, in which order, and what each failure tells a person to do."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from instep.accounts.account import Account, PasswordIn
from instep.accounts.connect import make_desktop
from instep.accounts.secret import Secret
from instep.accounts.server_type import ServerType
from instep.accounts.trial import Outcome, Step, trial, try_desktop, try_server
from instep.connectors.base import Capabilities, CollectionInfo, Finding
from instep.connectors.memory import MemoryConnector
from instep.connectors.memory.store import MemoryStore, Traits
from instep.core.model import Contact, Kind
from instep.errors import (
    ConfigError,
    InsecureRefused,
    InstepError,
    LoginRefused,
    LoginsPaused,
    NotADavServer,
    NotSmarterMail,
    SecretUnavailable,
    SignInNeeded,
    Transient,
    Unreachable,
)

C, E, T, N = Kind.CONTACT, Kind.EVENT, Kind.TASK, Kind.NOTE
ACCOUNT = Account("ann", url="https://dav.example.org/", email="ann@example.org", desktop="files:/pim")


def steps_of(trial: AsyncIterator[Step]) -> list[Step]:
    async def collect() -> list[Step]:
        return [step async for step in trial]

    return asyncio.run(collect())


def outcomes(steps: list[Step]) -> dict[str, str]:
    return {step.name: str(step.outcome) for step in steps}


def server(traits: Traits | None = None) -> MemoryStore:
    store = MemoryStore("Test server", traits)
    store.add_collection("card", (C,), "Address Book", default=True)
    store.add_collection("cal", (E, T), "Calendar", default=True)
    for name in ("Ann", "Bob"):
        store.put("card", Contact(formatted_name=name))
    return store


def test_server_in_order_is_told_step_by_step() -> None:
    store = server()
    steps = steps_of(try_server(ACCOUNT, MemoryConnector(store)))
    assert outcomes(steps) == {
        "address": "ok",
        "encrypted connection": "ok",
        "login": "ok",
        "product": "not known",
        "server: contacts": "ok",
        "server: appointments": "ok",
        "server: tasks": "ok",
        "server: notes": "note",
    }
    details = {step.name: step.detail for step in steps}
    assert details["server: contacts"] == "Address Book (2 items), read and write"
    assert details["server: tasks"] == "Calendar (0 items of all kinds), read and write"
    assert all(step.advice for step in steps if step.outcome in (Outcome.FAILED, Outcome.NOTE))


def test_server_that_says_what_it_is_is_named() -> None:
    class Named(MemoryConnector):
        async def probe(self) -> Capabilities:
            return replace(await super().probe(), product="SmarterMail 100")

    steps = steps_of(try_server(ACCOUNT, Named(server())))
    assert {step.name: (step.outcome, step.detail) for step in steps}["product"] == (Outcome.OK, "SmarterMail 100")


def test_large_folder_is_counted_from_one_answer() -> None:
    store = server(Traits(page=1))
    steps = steps_of(try_server(ACCOUNT, MemoryConnector(store)))
    assert "more than 1 item" in {step.name: step.detail for step in steps}["server: contacts"]


def test_trial_without_counting_opens_nothing() -> None:
    class Closed(MemoryConnector):
        async def open(self, collection: str, kind: Kind) -> object:  # type: ignore[override]
            raise AssertionError("opened")

    assert outcomes(steps_of(try_server(ACCOUNT, Closed(server()), count=False)))["server: contacts"] == "ok"


def test_kind_that_was_asked_for_and_is_lacking_fails() -> None:
    steps = steps_of(try_server(replace(ACCOUNT, kinds=frozenset({N})), MemoryConnector(server())))
    assert outcomes(steps)["server: notes"] == "failed"
    assert "server: contacts" not in outcomes(steps)


@pytest.mark.parametrize(("writable", "outcome"), [(True, "ok"), (False, "note"), (None, "not known")])
def test_rights_are_told_as_the_server_tells_them(writable: bool | None, outcome: str) -> None:
    store = server()
    shelf = store.shelves["card"]
    shelf.info = replace(shelf.info, writable=writable)
    steps = steps_of(try_server(ACCOUNT, MemoryConnector(store)))
    assert outcomes(steps)["server: contacts"] == outcome


def test_server_that_mails_guests_is_named() -> None:
    steps = steps_of(try_server(ACCOUNT, MemoryConnector(server(Traits(schedules=True)))))
    assert outcomes(steps)["invitations"] == "note"


def tls() -> Unreachable:
    error = Unreachable("The certificate of dav.example.org is not trusted.", "Check the host name.")
    error.__cause__ = OSError()
    error.__cause__.__cause__ = ssl.SSLCertVerificationError("self-signed")
    return error


FAILURES: list[tuple[str, InstepError, list[tuple[str, str]]]] = [
    ("an address that is none", ConfigError("No address.", "Write …"), [("address", "failed")]),
    ("a host that is not known", Unreachable("Not known.", "Check …"), [("address", "failed")]),
    ("a certificate", tls(), [("address", "ok"), ("encrypted connection", "failed")]),
    ("plain http", InsecureRefused("http", "Use …"), [("address", "ok"), ("encrypted connection", "failed")]),
    (
        "a password",
        LoginRefused("Refused.", "Check both."),
        [("address", "ok"), ("encrypted connection", "ok"), ("login", "failed")],
    ),
    (
        "no DAV server",
        NotADavServer("Neither.", "Check …"),
        [("address", "ok"), ("encrypted connection", "ok"), ("product", "failed")],
    ),
    ("a tired server", Transient("503", "Try later."), [("address", "ok"), ("server", "failed")]),
]


@pytest.mark.parametrize(("story", "error", "expected"), FAILURES, ids=[row[0] for row in FAILURES])
def test_failure_stops_at_its_step(story: str, error: InstepError, expected: list[tuple[str, str]]) -> None:
    class Failing(MemoryConnector):
        async def probe(self) -> Capabilities:
            raise error

    steps = steps_of(try_server(ACCOUNT, Failing(server())))
    assert [(step.name, str(step.outcome)) for step in steps] == expected
    assert (steps[-1].detail, steps[-1].advice) == (error.message, error.advice)


def test_plain_http_that_was_allowed_is_a_note() -> None:
    account = replace(ACCOUNT, url="http://127.0.0.1:5232/", insecure_http=True, password=PasswordIn.NONE)
    steps = steps_of(try_server(account, MemoryConnector(server())))
    assert (outcomes(steps)["encrypted connection"], outcomes(steps)["login"]) == ("note", "ok")


def test_desktop_is_tested_too() -> None:
    store = MemoryStore("Desktop")
    store.add_collection("contacts", (C,))
    steps = steps_of(try_desktop(ACCOUNT, MemoryConnector(store)))
    assert set(outcomes(steps).values()) == {"ok"}
    assert [step.name for step in steps] == ["desktop", *(f"desktop: {kind}" for kind in Kind)]


def test_folder_that_cannot_be_listed_is_its_own_failure() -> None:
    class Half(MemoryConnector):
        async def collections(self) -> list[CollectionInfo]:
            found = await super().collections()
            self.store.shelves["cal"].there = False
            return found

    steps = steps_of(try_server(ACCOUNT, Half(server())))
    assert (outcomes(steps)["server: contacts"], outcomes(steps)["server: tasks"]) == ("ok", "failed")


def test_secret_that_cannot_be_had_stops_before_the_server() -> None:
    def locked() -> Secret:
        raise SecretUnavailable("The key store is locked.", "Unlock it.")

    steps = steps_of(trial(replace(ACCOUNT, desktop="unknown:"), locked))
    assert [(step.name, str(step.outcome)) for step in steps] == [("desktop", "failed"), ("password", "failed")]


def test_desktop_folder_is_made_at_set_up_only_when_it_is_not_there(tmp_path: Path) -> None:
    account = replace(ACCOUNT, desktop=f"files:{tmp_path / 'a' / 'b'}")
    assert (make_desktop(account), make_desktop(account)) == (True, False)
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be made"):
        make_desktop(replace(ACCOUNT, desktop=f"files:{tmp_path / 'file' / 'x'}"))


def test_desktop_of_a_new_account_may_still_have_to_be_made(tmp_path: Path) -> None:
    account = replace(ACCOUNT, desktop=f"files:{tmp_path / 'later'}")
    for new, outcome in ((True, "ok"), (False, "failed")):
        steps = steps_of(trial(account, _no_password, new=new))
        assert outcomes(steps) == {"desktop": outcome, "password": "failed"}
    assert not (tmp_path / "later").exists()


def _no_password() -> Secret:
    raise SecretUnavailable("None.")


class Telling(MemoryConnector):
    """A server that has something to say about itself."""

    async def probe(self) -> Capabilities:
        able = await super().probe()
        told = (
            Finding("product", "SmarterMail build 9500"),
            Finding("security", "It has known holes.", "Tell its operator.", fine=False),
            Finding("contacts", "over REST (DAV refused the login)", fine=False),
        )
        return replace(able, findings=told)


def test_what_the_server_says_of_itself_is_a_step_each() -> None:
    account = replace(ACCOUNT, server=ServerType.SMARTERMAIL, two_step=True)
    steps = steps_of(try_server(account, Telling(server())))
    said = {step.name: (str(step.outcome), step.detail) for step in steps}
    assert said["address"] == ("ok", account.url)
    assert said["login"] == ("ok", "as ann@example.org, signed in with two-step login")
    assert said["security"] == ("note", "It has known holes.")
    assert said["protocol: contacts"] == ("note", "over REST (DAV refused the login)")
    assert [step.detail for step in steps if step.name == "product"] == ["SmarterMail build 9500"]


ENDED: list[tuple[InstepError, str]] = [
    (LoginRefused("No."), "login"),
    (SignInNeeded("A code."), "login"),
    (LoginsPaused("Wait."), "login"),
    (NotSmarterMail("A proxy."), "product"),
    (Unreachable("Gone."), "address"),
]


@pytest.mark.parametrize(("error", "step"), ENDED, ids=[type(row[0]).__name__ for row in ENDED])
def test_sign_in_that_ended_is_told_at_its_step_and_no_other_is_tried(
    error: InstepError, step: str, tmp_path: Path
) -> None:
    account = replace(ACCOUNT, server=ServerType.SMARTERMAIL, url="https://127.0.0.1:1", desktop=f"files:{tmp_path}")

    def never() -> Secret:
        raise AssertionError("the password is not asked for again")

    steps = steps_of(trial(account, never, refused=error))
    failed = [one for one in steps if one.outcome is Outcome.FAILED]
    assert [(one.name, one.error) for one in failed] == [(step, type(error).__name__)]
