"""Accounts from a table: every wrong cell is named, and nothing is stored while one is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.bulk import import_table, read_table
from instep.accounts.home import Home
from instep.core.model import Kind
from instep.errors import ConfigError

HEAD = "name,url,email,password_command,desktop,kinds,no_password,insecure_http\n"
ANN = "ann,https://dav.example.org,ann@example.org,pass show ann,files:/pim/ann,,,\n"
BOB = 'Bob,http://127.0.0.1:5232,,,files:/pim/bob,"contacts, notes",yes,yes\n'


def test_rows_become_accounts() -> None:
    table = read_table(HEAD + ANN + BOB)
    assert table.faults == ()
    ann, bob = table.accounts
    assert (ann.password, ann.password_command, ann.kinds) == (PasswordIn.COMMAND, "pass show ann", frozenset())
    assert (bob.password, bob.insecure_http, bob.kinds) == (PasswordIn.NONE, True, {Kind.CONTACT, Kind.NOTE})


def test_row_says_when_it_runs_by_itself() -> None:
    heading = "name,url,email,no-password,desktop,every,at-start,at-exit,sync_after_changes\n"
    rows = "ann,https://x,a@b.example,yes,files:/pim,15,yes,,x\nbob,https://x,a@b.example,yes,files:/b,,,yes,\n"
    table = read_table(heading + rows)
    assert table.faults == ()
    ann, bob = table.accounts
    assert (ann.sync_every, ann.sync_at_start, ann.sync_at_exit, ann.sync_after_changes) == (15, True, False, True)
    assert (bob.sync_every, bob.sync_at_start, bob.sync_at_exit, bob.sync_after_changes) == (0, False, True, False)


def test_row_says_what_server_it_is_and_which_protocols_were_chosen() -> None:
    heading = "name,url,email,password_command,desktop,server,two-step,protocols\n"
    row = "ann,https://mail.example.org,a@b.example,pass show ann,files:/pim,smartermail,yes,tasks=dav; Contacts=rest\n"
    table = read_table(heading + row)
    assert table.faults == ()
    [ann] = table.accounts
    assert (ann.is_smartermail, ann.two_step, ann.protocols) == (True, True, ("contacts=rest", "tasks=dav"))
    assert ann.chosen_protocols == {Kind.CONTACT: "rest", Kind.TASK: "dav"}


@pytest.mark.parametrize("cell", ["often", "-1", "1441", "²", "9" * 5000])
def test_minutes_that_are_none_are_named_by_their_column(cell: str) -> None:
    table = read_table(f"name,url,email,no_password,desktop,every\nann,https://x,a@b.example,yes,files:/pim,{cell}\n")
    assert [(fault.line, fault.column) for fault in table.faults] == [(2, "every")]


SPELLINGS: list[tuple[str, str]] = [
    ("semicolons", (HEAD + ANN).replace(",", ";")),
    ("tabs", (HEAD + ANN).replace(",", "\t")),
    ("options as they are typed", (HEAD + ANN).replace("password_command", "--Password-Command")),
    ("line ends of Windows and empty lines", (HEAD + "\n" + ANN + "\n,,,,,,,\n").replace("\n", "\r\n")),
    (
        "columns in another order",
        "desktop,Name,password-command,url\nfiles:/pim/ann,ann,pass show ann,ann@example.org\n",
    ),
]


@pytest.mark.parametrize(("story", "text"), SPELLINGS, ids=[row[0] for row in SPELLINGS])
def test_table_may_be_written_in_many_ways(story: str, text: str) -> None:
    table = read_table(text)
    assert [str(fault) for fault in table.faults] == []
    assert [(a.name, a.email, a.password_command) for a in table.accounts] == [
        ("ann", "ann@example.org", "pass show ann")
    ]


CELLS: list[tuple[str, str, list[tuple[int, str]]]] = [
    ("no name", ANN.replace("ann,", ",", 1), [(2, "name")]),
    ("a name twice", ANN + BOB + ANN.replace("ann", "ANN", 1), [(4, "name")]),
    ("a name that is in the settings", ANN.replace("ann", "Carl", 1), [(2, "name")]),
    ("plain http without a yes", BOB.replace("yes,yes", "yes,"), [(2, "url")]),
    ("no password at all", ANN.replace("pass show ann", ""), [(2, "password_command")]),
    ("a command and none", ANN.replace(",,\n", ",yes,\n"), [(2, "password_command")]),
    ("a kind that is none", ANN.replace("ann,,", "ann,mail,"), [(2, "kinds")]),
    ("neither yes nor no", ANN.replace(",,\n", ",,perhaps\n"), [(2, "insecure_http")]),
    ("no desktop", ANN.replace("files:/pim/ann", ""), [(2, "desktop")]),
    ("a cell too many", ANN.replace("\n", ",more\n"), [(2, "column 9")]),
    ("several in several lines", ANN + "x,,,,,,,\n" + BOB.replace("yes,yes", "no,yes"), [
        (3, "password_command"), (3, "url"), (3, "desktop"), (4, "password_command"), (4, "login"),
    ]),
    ("after a cell of two lines", 'ann,"https://dav.example.org","a@b","pass\nshow",files:/x,,,\n' + ",,,,,,,x\n", [
        (4, "name"), (4, "url"), (4, "password_command"), (4, "desktop"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("story", "rows", "places"), CELLS, ids=[row[0] for row in CELLS])
def test_wrong_cell_is_named_by_line_and_column(story: str, rows: str, places: list[tuple[int, str]]) -> None:
    table = read_table(HEAD + rows, [Account("carl")])
    assert {(fault.line, fault.column) for fault in table.faults} >= set(places)
    assert {fault.line for fault in table.faults} == {line for line, _ in places}
    assert all(fault.message for fault in table.faults)


HEADINGS: list[tuple[str, str, str]] = [
    ("nothing", "", "no heading"),
    ("no heading", ANN, "no heading"),
    ("passwords", "name,url,password\nann,https://x,hunter2\n", "passwords are not taken"),
    ("passwords on standard input", "name,password-stdin\nann,hunter2\n", "passwords are not taken"),
    ("a misspelt column", "name,desktopp\nann,x\n", "Did you mean desktop"),
    ("a column twice", "name,url,url\nann,x,y\n", "twice"),
    ("an open quotation mark", HEAD + ANN + 'bob,"https://hunter2,\n', "Line 3 of the table"),
]


@pytest.mark.parametrize(("story", "text", "words"), HEADINGS, ids=[row[0] for row in HEADINGS])
def test_table_that_cannot_be_used_says_why(story: str, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_table(text)
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


def file_of(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "accounts.csv"
    file.write_text(text, encoding="utf-8-sig")
    return file


def test_right_table_is_stored_as_a_whole(home: Home, tmp_path: Path) -> None:
    table = import_table(home, file_of(tmp_path, HEAD + ANN + BOB))
    assert table.stored
    assert config.load(home) == table.accounts


def test_wrong_row_stores_nothing_unless_told(home: Home, tmp_path: Path) -> None:
    file = file_of(tmp_path, HEAD + ANN + BOB + "x,,,,,,,\n")
    assert not import_table(home, file).stored
    assert config.load(home) == ()
    table = import_table(home, file, right_rows=True)
    assert (table.stored, len(table.faults) > 0) == (True, True)
    assert [account.name for account in config.load(home)] == ["ann", "Bob"]


def test_dry_run_stores_nothing(home: Home, tmp_path: Path) -> None:
    table = import_table(home, file_of(tmp_path, HEAD + ANN), dry_run=True)
    assert (len(table.accounts), table.stored, config.load(home)) == (1, False, ())


def test_five_hundred_rows_are_one_edit(home: Home, tmp_path: Path) -> None:
    rows = "".join(ANN.replace("ann", f"user{number}") for number in range(500))
    assert len(import_table(home, file_of(tmp_path, HEAD + rows)).accounts) == 500
    assert len(config.load(home)) == 500
    again = import_table(home, file_of(tmp_path, HEAD + rows))
    assert (len(again.faults), again.stored) == (500, False)


def test_file_that_is_missing_or_no_text_is_named(home: Home, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.csv"):
        import_table(home, tmp_path / "gone.csv")
    (tmp_path / "ansi.csv").write_bytes(b"name,url\nB\xfcro,x\n")
    with pytest.raises(ConfigError, match="line 2"):
        import_table(home, tmp_path / "ansi.csv")
