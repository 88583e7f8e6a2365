"""The served stand-in: faults, a process that dies, other versions, the pages, its switches and its command."""

from __future__ import annotations

import html
import http.client
import re
import signal
import subprocess
import sys
from dataclasses import fields
from urllib.parse import urlencode

import pytest

from instep.core.model import Kind
from instep.testing.smartermail import ANNA, SWITCHES, Server, Switches, TwoStep, World, many_contacts, serve, totp
from peers.smartermail import PASSWORD, Answer, Asking

BASE = "/interface/standin"


def test_every_switch_has_alternatives_and_the_first_is_the_default() -> None:
    assert {field.name: field.default for field in fields(Switches)} == {k: v[0] for k, v in SWITCHES.items()}
    assert all(len(set(values)) > 1 for values in SWITCHES.values())
    with pytest.raises(ValueError, match="tz is one of iana, utc, windows"):
        Switches(tz="moon")


EACH = [(name, value) for name, values in SWITCHES.items() for value in values[1:]]


@pytest.mark.parametrize(("name", "value"), EACH, ids=[f"{name}={value}" for name, value in EACH])
def test_with_each_switch_alone_there_is_a_login_and_every_list(name: str, value: str) -> None:
    with serve(World.demo(Switches(**{name: value}))) as server:
        asking = Asking(server.url)
        assert asking.sign_in().status == 200
        for kind in ("contacts", "calendars", "tasks", "notes"):
            assert asking.rest("GET", f"{kind}/sources").status == 200
        assert asking.dav("PROPFIND", "/webdav/", Depth="0").status == 207


def test_a_fault_comes_as_often_as_ordered_and_does_nothing(smartermail: Server, anna: Asking) -> None:
    smartermail.fail(r"POST .*/tasks/save", 503, times=2)
    before = smartermail.world.revision
    assert [anna.rest("POST", "tasks/save", []).status for _ in range(3)] == [503, 503, 200]
    assert smartermail.world.revision == before


@pytest.mark.parametrize(("what", "made"), [("drop-before", 0), ("drop-after", 1)])
def test_a_connection_is_dropped_before_or_after_the_work(
    smartermail: Server, anna: Asking, what: str, made: int
) -> None:
    folder = smartermail.world.primary(ANNA, Kind.TASK)
    task = {"sourceOwner": "anna", "sourceId": folder.id, "id": None, "subject": "x"}
    smartermail.fail("tasks/save", what)  # type: ignore[arg-type]
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        anna.rest("POST", "tasks/save", [task])
    assert len(folder.items) == 3 + made


def test_a_server_dies_after_some_requests_and_comes_back_with_its_data(smartermail: Server, anna: Asking) -> None:
    smartermail.die_after(2)
    assert [anna.rest("GET", "tasks/sources").status for _ in range(2)] == [200, 200]
    with pytest.raises((http.client.HTTPException, OSError)):
        anna.rest("GET", "tasks/sources")
    with pytest.raises(OSError):
        Asking(smartermail.url).rest("GET", "tasks/sources")
    url = smartermail.url
    smartermail.start()
    again = Asking(url, anna.token)
    assert again.rest("GET", "tasks/sources").status == 200, "the same port, and the same sessions"


def test_tokens_can_expire_in_the_middle(smartermail: Server, anna: Asking) -> None:
    smartermail.expire_tokens()
    assert anna.rest("GET", "tasks/sources").status == 401
    assert anna.sign_in().status == 200


def test_requests_and_logins_are_counted(smartermail: Server, anna: Asking) -> None:
    anna.rest("GET", "tasks/sources")
    anna.rest("GET", "tasks/sources")
    records = smartermail.world.records
    assert records.counts()[("GET", "/api/v1/tasks/sources")] == 2 and records.logins_by("password") == 1


def test_a_world_of_many_contacts_is_the_same_each_time() -> None:
    one, two = World.demo(), World.demo()
    many_contacts(one, 50)
    many_contacts(two, 50)
    assert one.items(ANNA, Kind.CONTACT) == two.items(ANNA, Kind.CONTACT)


def test_the_root_names_the_build_which_may_change_while_it_serves(smartermail: Server) -> None:
    asking = Asking(smartermail.url)
    for build in (9800, 9526):
        smartermail.world.build = build
        page = asking.ask("GET", "/interface/root").body.decode()
        assert re.search(rf"stProductVersion = '100\.0\.{build}\.\d+'", page) and "stand-in" in page


OLD = [
    ("GET", "/Login.aspx", 200, "15.7.6970"),
    ("GET", "/Mobile/Login.aspx", 200, "15.7.6970"),
    ("GET", "/sync/", 200, "Unsupported protocol."),
    ("GET", "/interface/root", 404, ""),
    ("POST", "/api/v1/auth/authenticate-user", 404, ""),
    ("GET", "/.well-known/anything", 401, ""),
]


@pytest.mark.parametrize(("method", "path", "status", "text"), OLD, ids=[row[1] for row in OLD])
def test_an_old_version_has_its_own_pages_and_no_rest(method: str, path: str, status: int, text: str) -> None:
    with serve(World.demo(old_version="15.7.6970")) as server:
        asking = Asking(server.url)
        answer = asking.ask(method, path)
        assert answer.status == status and text in answer.body.decode()
        assert answer.headers["server"].startswith("SmarterTools/2.0.")
        assert asking.dav("PROPFIND", "/webdav/", Depth="0").status == 207


class Browser:
    """Fills in forms; keeps the cookie."""

    def __init__(self, url: str) -> None:
        self.asking = Asking(url)
        self.cookie = ""

    def get(self, path: str) -> Answer:
        return self._kept(self.asking.ask("GET", path, Cookie=self.cookie))

    def post(self, path: str, **form: str) -> Answer:
        return self._kept(self.asking.ask("POST", path, urlencode(form).encode(), Cookie=self.cookie))

    def _kept(self, answer: Answer) -> Answer:
        self.cookie = answer.headers.get("set-cookie", self.cookie).partition(";")[0]
        return answer


def test_the_pages_let_a_person_change_things_on_the_web(smartermail: Server) -> None:
    world, browser = smartermail.world, Browser(smartermail.url)
    assert browser.get(BASE).headers["location"] == f"{BASE}/login"
    assert browser.post(f"{BASE}/login", email=ANNA, password="wrong").status == 401
    assert browser.post(f"{BASE}/login", email=ANNA, password=PASSWORD).status == 303
    listed = browser.get(f"{BASE}/contacts").body.decode()
    assert "Carla Weiß" in listed and "tand-in for SmarterMail" in listed
    folder = world.primary(ANNA, Kind.TASK)
    place = f"{BASE}/tasks/{folder.id}"
    assert (
        browser.post(f"{place}/new", subject="<b>Hot</b>", priority="9", status="0", percentComplete="0").status == 303
    )
    (id,) = [id for id, data in world.items(ANNA, Kind.TASK).items() if data["subject"] == "<b>Hot</b>"]
    assert "&lt;b&gt;Hot" in browser.get(f"{place}/{id}").body.decode()
    refused = browser.post(f"{place}/{id}", subject="", priority="9", status="0", percentComplete="0")
    assert refused.status == 400 and "It needs a name." in refused.body.decode()
    assert browser.post(f"{place}/{id}/delete").status == 303 and id not in folder.items


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_a_form_saved_as_it_is_shown_changes_nothing(smartermail: Server, kind: Kind) -> None:
    world, browser = smartermail.world, Browser(smartermail.url)
    browser.post(f"{BASE}/login", email=ANNA, password=PASSWORD)
    folder = world.primary(ANNA, kind)
    for id, before in world.items(ANNA, kind).items():
        page = browser.get(f"{BASE}/{kind.value}/{folder.id}/{id}").body.decode()
        form = dict(re.findall(r"<input type=text name='([^']*)' value='([^']*)'", page))
        form |= dict(re.findall(r"<textarea name='([^']*)'>\n([^<]*)<", page))
        form |= dict.fromkeys(re.findall(r"<input type=checkbox name='([^']*)' value=yes checked", page), "yes")
        form = {name: html.unescape(value) for name, value in form.items()}
        assert browser.post(f"{BASE}/{kind.value}/{folder.id}/{id}", **form).status == 303
        assert world.items(ANNA, kind)[id] == before


def test_the_pages_want_the_code_as_well(smartermail: Server) -> None:
    person = smartermail.world.people[ANNA]
    person.two_step = TwoStep.APP
    browser = Browser(smartermail.url)
    assert browser.post(f"{BASE}/login", email=ANNA, password=PASSWORD).headers["location"] == f"{BASE}/code"
    assert browser.get(f"{BASE}/contacts").status == 303
    assert browser.post(f"{BASE}/code", code="000000").status == 401
    assert browser.post(f"{BASE}/code", code=totp(person.secret, smartermail.world.clock.now())).status == 303
    assert browser.get(f"{BASE}/contacts").status == 200


def test_the_command_serves_until_ctrl_c_and_tells_how_to_sign_in() -> None:
    command = [sys.executable, "-m", "instep", "dev", "smartermail", "--two-step", "--set", "tz=utc", "--build", "9526"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = [process.stdout.readline() for _ in range(7)]
        url = re.search(r"http://\S+?(?=/$)", said[0].strip())
        assert url and "tand-in" in said[0] and ANNA in said[1] and said[6].startswith("Code now: ")
        assert b"100.0.9526" in Asking(url[0]).ask("GET", "/interface/root").body
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.stdout.close()
