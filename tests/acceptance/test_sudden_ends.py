"""``kill -9`` at every request and a power cut after every commit, against real servers: first uploads, first syncs of
two full sides, and runs with changes, deletions and moves on both sides.

Undo is ended in the same way. ``make test`` tries a few ends; ``make trial`` all, with 300 items, on both servers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from acceptance.desk import card, component, fill, request
from acceptance.killing import Lab, Prepare, lab
from peers.proxy import Strike
from peers.servers import Peer

MANY = int(os.environ.get("INSTEP_TRIAL_ITEMS", "300"))


def first_upload(count: int) -> Prepare:
    """A full desk and an empty server."""

    def prepare(it: Lab) -> None:
        fill(it.a, count)
        assert it.a.add(it.proxy.peer).code == 0

    return prepare


def both_full(count: int) -> Prepare:
    """Both sides hold the same items, and each a few of its own and a few with more in them."""

    def prepare(it: Lab) -> None:
        fill(it.b, count)
        for n in range(3):
            it.b.write(f"contacts/there-{n}.vcf", card(500 + n))
        it.b.write("contacts/card-0.vcf", card(0, NOTE="known there"))
        assert it.b.add(it.proxy.peer).code == 0
        assert it.b.sync()[0] == 0
        fill(it.a, count)
        for n in range(3):
            it.a.write(f"contacts/here-{n}.vcf", card(600 + n))
        it.a.write("contacts/card-1.vcf", card(1, TITLE="known here"))
        assert it.a.add(it.proxy.peer).code == 0

    return prepare


def mixed(count: int) -> Prepare:
    """Both sides made, changed, deleted and moved items since the last run."""

    def prepare(it: Lab) -> None:
        fill(it.a, count)
        assert it.a.add(it.proxy.peer).code == 0
        make_address_book(it.proxy.server, "cellar")
        (it.a.files / "attic").mkdir()
        assert it.a.instep("folders", "me").code == 0
        assert it.a.sync()[0] == 0
        paired = it.a.instep("pair", "me", "contacts", "attic", "cellar")
        assert paired.code == 0, paired.err
        assert it.a.sync()[0] == 0
        assert it.b.add(it.proxy.peer).code == 0
        assert it.b.sync()[0] == 0
        change(it)
        assert it.b.sync()[0] == 0

    return prepare


def undo(count: int) -> Prepare:
    """A run with changes, deletions and moves on both sides, to be undone."""

    def prepare(it: Lab) -> None:
        mixed(count)(it)
        code, report = it.a.sync()
        assert code == 0, report
        it.words, it.repeated = ("undo", str(report["run"]), "--yes", "--on-guard", "go"), True

    return prepare


def change(it: Lab) -> None:
    """What two people do: some of it on the desk, some on the server by way of the second desk."""
    a, b = it.a, it.b
    for n in range(3):
        a.write(f"contacts/card-{n}.vcf", card(n, NOTE=f"from a {n}"))
        a.write(f"contacts/new-{n}.vcf", card(700 + n))
        a.write(f"tasks/new-{n}.ics", component("VTODO", 700 + n))
        (a.files / f"contacts/card-{5 + n}.vcf").rename(a.files / f"attic/card-{5 + n}.vcf")
    for name in ("tasks/task-3.ics", "notes/Note 3.md", "calendar/event-3.ics"):
        (a.files / name).unlink()
    cards = {p.read_text().split("UID:")[1].split()[0]: p for p in (b.files / "contacts").glob("*.vcf")}
    for n in (1, 3, 5):  # one edited on both sides, one here only, one that moves there
        path = cards[f"card-{n}"]
        path.write_bytes(path.read_bytes().replace(b"END:VCARD", f"TITLE:from b {n}\r\nEND:VCARD".encode()))
    cards["card-4"].unlink()
    for n in range(3):
        b.write(f"calendar/new-{n}.ics", component("VEVENT", 800 + n, "DTSTART:20260701T090000Z"))


def make_address_book(peer: Peer, name: str) -> None:
    """Make a second address book on the server."""
    home = "/alice/" if peer.name == "radicale" else "/alice/contacts/"
    body = (
        '<?xml version="1.0"?><D:mkcol xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:set><D:prop>'
        "<D:resourcetype><D:collection/><C:addressbook/></D:resourcetype>"
        f"<D:displayname>{name}</D:displayname></D:prop></D:set></D:mkcol>"
    )
    status, text = request(peer, "MKCOL", f"{home}{name}/", body, Content_Type="application/xml")
    assert status == 201, text


SCENARIOS: dict[str, Callable[[int], Prepare]] = {
    "first upload": first_upload,
    "both sides full": both_full,
    "changes, deletions and moves": mixed,
    "undo": undo,
}


def struck(it: Lab, at: int, *, after: bool) -> bool:
    """Kill the run at a request, finish it and look at everything; false when there were not that many."""
    it.back()
    if not it.kill(Strike(at, after)):
        return False
    it.as_measured()
    return True


def cut(it: Lab, commit: int) -> bool:
    """Cut the power after a commit, finish and look at everything; false when there were not that many."""
    it.back()
    if not it.cut(commit):
        return False
    it.as_measured()
    return True


# A sample ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "part"), [("changes, deletions and moves", 0.67), pytest.param("undo", 0.5, marks=pytest.mark.trial)]
)
def test_a_run_killed_in_the_middle_is_finished_by_the_next(scenario: str, part: float, tmp_path: Path) -> None:
    with lab("radicale", tmp_path / "lab", SCENARIOS[scenario](40)) as it:
        assert struck(it, round(it.requests * part), after=part > 0.55)


def test_a_power_cut_after_a_commit_is_no_harm(tmp_path: Path) -> None:
    with lab("radicale", tmp_path / "lab", first_upload(20)) as it:
        assert cut(it, 8)


# All of it --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[(s, n) for s in ("radicale", "xandikos") for n in SCENARIOS], ids=" ".join)
def it(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One laboratory for all ends of a scenario."""
    server, scenario = request.param
    with lab(server, tmp_path_factory.mktemp("ends") / "lab", SCENARIOS[scenario](MANY)) as made:
        yield made


@pytest.mark.trial
@pytest.mark.parametrize("at", range(1, MANY + 40))
def test_a_run_killed_at_any_request_is_finished_by_the_next(it: Lab, at: int) -> None:
    if at > it.requests:
        pytest.skip(f"the run makes {it.requests} requests")
    # Before the server had it and after, by turns. Requests run side by side: the last few differ from run to run.
    assert struck(it, at, after=bool((at // 2 + at) % 2)) or at > it.requests - 8


@pytest.mark.trial
@pytest.mark.parametrize("commit", range(1, 80))
def test_a_power_cut_after_any_commit_is_no_harm(it: Lab, commit: int) -> None:
    if not cut(it, commit):
        pytest.skip("the run makes fewer commits")
