"""Listings and folders that say too little: nothing is deleted, it is said, and a well server is in step again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from acceptance.desk import Desk, card, fill, request, totals, writes
from peers.proxy import Before, Proxy, between, has_token, lacking, no_sync, token_unknown
from peers.servers import Peer, running
from peers.standin import Asked, Say

NO_WRITES = {"create": 0, "update": 0, "delete": 0}


@dataclass(frozen=True)
class Lab:
    """A desk with 24 items in step with a server, and what stands between them."""

    desk: Desk
    proxy: Proxy
    well: Before

    def heal(self) -> None:
        self.proxy.heal()
        self.proxy.before = self.well


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a desktop by its path."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def server_tree(peer: Peer) -> dict[str, str]:
    """Every item on a Radicale by its path."""
    data = peer.folder / "data"
    kept = [p for p in data.rglob("*.*") if p.suffix in {".ics", ".vcf"} and ".Radicale.cache" not in p.parts]
    return {str(p.relative_to(data)): p.read_text() for p in sorted(kept)}


@pytest.fixture(scope="module", params=["sync-collection", "propfind"])
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab on a Radicale with sync-collection, and on one that has only listings by PROPFIND."""
    folder = tmp_path_factory.mktemp("lab")
    desk = Desk(folder / "a")
    fill(desk, 24)
    with running("radicale", folder / "server") as peer, between(peer) as proxy:
        made = Lab(desk, proxy, no_sync if request.param == "propfind" else lambda asked: None)
        made.heal()
        assert desk.add(proxy.peer).code == 0
        code, report = desk.sync()
        assert (code, totals(report)["create"]) == (0, 24), report
        yield made


def first_of(*rules: Before) -> Before:
    """The first rule that answers."""

    def answer(asked: Asked) -> Say | None:
        return next((say for rule in rules if (say := rule(asked)) is not None), None)

    return answer


def at(path: str, status: int) -> Before:
    """Everything under a path answers with a status."""
    return lambda asked: Say(status) if asked.path.startswith(path) else None


def touch(lab: Lab, name: str) -> None:
    """Another program adds a card and an event, so that the server's markers move and everything is listed."""
    peer = lab.proxy.server
    number = 500 + len(server_tree(peer))
    assert request(peer, "PUT", f"{peer.addressbook}{name}.vcf", card(number), Content_Type="text/vcard")[0] == 201


Hide = Callable[[int, str], bool]
LISTINGS: list[tuple[str, Hide]] = [
    ("half", lambda number, path: number % 2 == 0),
    ("empty", lambda number, path: False),
    ("all-but-the-newest", lambda number, path: "by-hand" in path),
]


@pytest.mark.parametrize(
    ("name", "keep"),
    [LISTINGS[0], *(pytest.param(*row, marks=pytest.mark.trial) for row in LISTINGS[1:])],
    ids=[name for name, _ in LISTINGS],
)
def test_a_listing_that_lacks_items_deletes_nothing(lab: Lab, name: str, keep: Hide) -> None:
    before, there = tree(lab.desk.files), server_tree(lab.proxy.server)
    touch(lab, f"by-hand-{name}")
    lab.proxy.before = first_of(token_unknown, lab.well)
    lab.proxy.after = lacking(keep)
    code, report = lab.desk.sync()
    assert code == 0, report
    assert totals(report) == NO_WRITES and totals(report, "desktop_actions")["delete"] == 0, report
    assert before.items() <= tree(lab.desk.files).items()
    lab.heal()
    code, report = lab.desk.sync()
    assert code == 0 and totals(report) == NO_WRITES, report
    assert before.items() <= tree(lab.desk.files).items() and there.items() <= server_tree(lab.proxy.server).items()
    code, report = lab.desk.sync()
    assert (code, writes(report)) == (0, 0)
    assert lab.desk.instep("verify", "me").code == 0


STATUSES = [("vanished", 404, "is not there"), ("forbidden", 403, "403"), ("broken", 500, "500")]


@pytest.mark.parametrize(("name", "status", "said"), STATUSES, ids=[name for name, *_ in STATUSES])
def test_a_collection_that_does_not_answer_deletes_nothing_and_is_named(
    lab: Lab, name: str, status: int, said: str
) -> None:
    before, there, path = tree(lab.desk.files), server_tree(lab.proxy.server), lab.proxy.server.addressbook
    lab.proxy.before = first_of(at(path, status), lab.well)
    done = lab.desk.instep("sync", "me", "--yes", "--json")
    assert done.code == 1, done
    report = done.json
    assert writes(report) == 0 and tree(lab.desk.files) == before, report
    problems = {p["kind"]: [x["message"] for x in p["problems"]] for p in report["pairs"]}
    assert [len(problems[k]) for k in ("contacts", "appointments", "tasks", "notes")] == [1, 0, 0, 0], problems
    assert said in problems["contacts"][0] and "contacts" in problems["contacts"][0].casefold(), problems
    assert problems["contacts"][0] in done.err or problems["contacts"][0] in " ".join(done.err.split())
    lab.heal()
    code, report = lab.desk.sync()
    assert (code, writes(report)) == (0, 0), report
    assert tree(lab.desk.files) == before and server_tree(lab.proxy.server) == there


def nothing_since_an_unknown_token(asked: Asked, say: Say) -> Say:
    """Some servers answer a token that they do not know with success, nothing, and a new token."""
    if not has_token(asked):
        return say
    body = '<D:multistatus xmlns:D="DAV:"><D:sync-token>http://example.org/ns/sync/new</D:sync-token></D:multistatus>'
    return Say(207, body, (("Content-Type", "application/xml; charset=utf-8"),))


def test_a_forgotten_token_answered_with_nothing_loses_neither_items_nor_news(lab: Lab) -> None:
    before = tree(lab.desk.files)
    touch(lab, "while-forgetting")
    lab.proxy.after = nothing_since_an_unknown_token
    code, report = lab.desk.sync()
    assert code == 0 and totals(report) == NO_WRITES, report
    assert totals(report, "desktop_actions") == {"create": 1, "update": 0, "delete": 0}
    assert before.items() <= tree(lab.desk.files).items()
    lab.proxy.after = lambda asked, say: nothing_since_an_unknown_token(asked, lacking(lambda n, p: False)(asked, say))
    code, report = lab.desk.sync()
    assert (code, writes(report)) == (0, 0), report
    lab.heal()
    for _ in range(2):
        code, report = lab.desk.sync()
        assert (code, writes(report)) == (0, 0), report


@pytest.mark.parametrize("which", ["contacts", "tasks", "."])
def test_a_vanished_desktop_folder_deletes_nothing_on_the_server(lab: Lab, which: str) -> None:
    before, there = tree(lab.desk.files), server_tree(lab.proxy.server)
    folder = (lab.desk.files / which).resolve()
    away = folder.with_name(f"{folder.name}.away") if which == "." else lab.desk.folder / "away"
    folder.rename(away)
    done = lab.desk.instep("sync", "me", "--yes", "--json")
    assert done.code in (1, 2), done
    said = done.err + done.out
    assert str(folder) in said or folder.name in said, said
    assert server_tree(lab.proxy.server) == there
    assert not folder.exists() or not any(folder.iterdir()), "an unmounted folder must not be made anew"
    shutil.rmtree(folder, ignore_errors=True)
    away.rename(folder)
    code, report = lab.desk.sync()
    assert (code, writes(report)) == (0, 0), report
    assert tree(lab.desk.files) == before


RENAMED = [
    ("contacts/card-1.vcf", "contacts/Müller, Anna.vcf"),
    ("calendar/event-1.ics", "calendar/Besprechung.ics"),
    ("tasks/task-1.ics", "tasks/renamed.ics"),
    ("notes/Note 1.md", "notes/What I wanted.md"),
]


@pytest.mark.parametrize(("old", "new"), RENAMED, ids=[new.partition("/")[0] for _, new in RENAMED])
def test_a_renamed_file_is_no_change(lab: Lab, old: str, new: str) -> None:
    there = server_tree(lab.proxy.server)
    (lab.desk.files / old).rename(lab.desk.files / new)
    before = tree(lab.desk.files)
    for _ in range(2):
        code, report = lab.desk.sync()
        assert (code, writes(report)) == (0, 0), report
    assert tree(lab.desk.files) == before and server_tree(lab.proxy.server) == there


def test_a_real_deletion_of_one_item_is_carried(lab: Lab) -> None:
    there = server_tree(lab.proxy.server)
    (lab.desk.files / "calendar/event-5.ics").unlink()
    code, report = lab.desk.sync()
    assert code == 0 and totals(report) == {"create": 0, "update": 0, "delete": 1}, report
    assert len(server_tree(lab.proxy.server)) == len(there) - 1
    code, report = lab.desk.sync()
    assert (code, writes(report)) == (0, 0)


def test_the_deletion_of_all_waits_for_each_answer_of_a_person(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "a")
    fill(desk, 24)
    with running("radicale", tmp_path / "server") as peer:
        assert desk.add(peer).code == 0
        assert desk.sync()[0] == 0
        names, there = desk.names("contacts"), server_tree(peer)
        for path in (desk.files / "contacts").glob("*.vcf"):
            path.unlink()
        for answer, code_wanted in ((), 3), (("--on-guard", "stop"), 3), (("--on-guard", "skip"), 0):
            done = desk.instep("sync", "me", "--json", *answer)
            assert done.code == code_wanted, (answer, done)
            assert done.json["status"] == ("halted" if code_wanted else "in-step")
            assert "6 items" in done.err, (answer, done.err)
            assert server_tree(peer) == there
        code, report = desk.sync("--on-guard", "restore")
        assert code == 0 and totals(report) == NO_WRITES, report
        assert totals(report, "desktop_actions") == {"create": 6, "update": 0, "delete": 0}
        assert desk.names("contacts") == names and desk.names("contacts", "X-LAB:") == ["kept"] * 6
        code, report = desk.sync()
        assert (code, writes(report)) == (0, 0), report
        for path in (desk.files / "contacts").glob("*.vcf"):
            path.unlink()
        code, report = desk.sync()
        assert code == 3 and server_tree(peer) == there
        code, report = desk.sync("--on-guard", "go")
        assert code == 0 and totals(report) == {"create": 0, "update": 0, "delete": 6}, report
        assert len(server_tree(peer)) == 18
        code, report = desk.sync()
        assert (code, writes(report)) == (0, 0), report


def test_a_server_emptied_of_a_folder_waits_for_a_word_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "a")
    fill(desk, 24)
    with running("radicale", tmp_path / "server") as peer:
        assert desk.add(peer).code == 0
        assert desk.sync()[0] == 0
        before = tree(desk.files)
        for path in server_tree(peer):
            if path.endswith(".vcf"):
                place = path.partition("collection-root")[2]
                assert request(peer, "DELETE", place)[0] == 200
        code, report = desk.sync()
        assert code == 3 and tree(desk.files) == before, report
        code, report = desk.sync("--on-guard", "restore")
        assert code == 0 and totals(report) == {"create": 6, "update": 0, "delete": 0}, report
        assert tree(desk.files) == before
        assert writes(desk.sync()[1]) == 0
