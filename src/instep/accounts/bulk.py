"""Many accounts at once, from a table (CSV) whose columns are the options of ``instep account add``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn, read_account, secured, tidied
from instep.accounts.home import Home
from instep.errors import ConfigError

COLUMNS: tuple[str, ...] = ("name", "url", "email", "login", "password_command", "no_password", "desktop", "kinds")
COLUMNS += ("insecure_http", "ca_file", "proxy", "enabled", "every", "at_start", "at_exit", "after_changes")
COLUMNS += ("server", "two_step", "protocols")
_FLAGS = {"no_password": False, "insecure_http": False, "enabled": True, "two_step": False}
_FLAGS |= {"at_start": False, "at_exit": False, "after_changes": False}
_AUTOMATIC = "sync_"  # what these settings begin with, and their options and columns do not
_YES, _NO = frozenset({"yes", "true", "1", "x", "on"}), frozenset({"no", "false", "0", "off"})
_LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong in one cell of the table; ``line`` counts from 1 as an editor shows it, the heading is line 1."""

    line: int
    column: str
    message: str
    advice: str = ""

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.message} {self.advice}".rstrip()


@dataclass(frozen=True, slots=True)
class Table:
    """What a table says: the accounts of the rows that are right, and what is wrong with the others.

    ``stored`` tells whether the accounts are in the settings file now.
    """

    accounts: tuple[Account, ...]
    faults: tuple[CellFault, ...]
    stored: bool = False


def import_table(home: Home, file: Path, *, dry_run: bool = False, right_rows: bool = False) -> Table:
    """Read accounts from a CSV file and add them to the settings: all, or none while any row is wrong.

    ``dry_run`` stores nothing; ``right_rows`` stores the rows that are right although others are wrong. Raises
    ``ConfigError`` when the file or the settings file cannot be read, or when the heading is not usable.
    """
    table = read_table(_text(file), config.load(home))
    if dry_run or not table.accounts or (table.faults and not right_rows):
        return table
    return Table(config.add(home, *table.accounts), table.faults, stored=True)


def read_table(text: str, existing: Iterable[Account] = ()) -> Table:
    """Read accounts from CSV text, separated by comma, semicolon or tab as its heading is; each fault names its cell.

    A name that ``existing`` or an earlier row has is a fault. Passwords are taken by command only.
    Raises ``ConfigError`` for a heading that is missing or has an unknown, repeated or secret column.
    """
    rows = _rows(text)
    first, heading = next(rows, (1, list[str]()))
    columns = _columns(first, heading)
    taken = {account.key: "in the settings" for account in existing}
    accounts: list[Account] = []
    faults: list[CellFault] = []
    for line, cells in rows:
        account, wrong = _account(line, columns, cells)
        if account.key in taken:
            wrong.append(
                CellFault(line, "name", f"{account.name!r} is there already, {taken[account.key]}.", "Choose another.")
            )
        elif account.key:
            taken[account.key] = f"in line {line}"
        faults += wrong
        if not wrong:
            accounts.append(account)
    return Table(tuple(accounts), tuple(faults))


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > _LARGEST:
            raise ConfigError(f"{file} is larger than a table of accounts can be.", "Name the right file.")
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(
            f"{file}, line {line}: this is not UTF-8 text.", 'Save it as "CSV UTF-8" in the spreadsheet program.'
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read: {error.strerror or error}.", "Check name and permissions."
        ) from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that says something, with the line on which it begins."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, [cell.strip() for cell in cells]
            begins = reader.line_num + 1
    except csv.Error:
        raise ConfigError(
            f"Line {begins} of the table: a quotation mark is not closed or stands in the wrong place.",
            'Write a quotation mark inside a cell twice: "".',
        ) from None


def _columns(line: int, heading: list[str]) -> list[str]:
    words = [name.lower().strip("- ").replace("-", "_").replace(" ", "_") for name in heading]
    columns = [word.removeprefix(_AUTOMATIC) for word in words]
    if "name" not in columns:
        raise ConfigError(
            "The table has no heading with a column called name.",
            f"Columns are: {', '.join(COLUMNS)}; begin with them.",
        )
    for column in columns:
        if column in COLUMNS:
            if columns.count(column) > 1:
                raise ConfigError(f"Line {line} of the table: the column {column} is there twice.", "Remove one.")
        elif column.startswith("password") or column == "secret":
            raise ConfigError(
                f"Line {line} of the table: passwords are not taken from a table.",
                "Use the column password_command, with a command that prints each password.",
            )
        elif column:
            near = get_close_matches(column, COLUMNS, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Columns are: {', '.join(COLUMNS)}."
            raise ConfigError(f"Line {line} of the table: {column!r} is no column that Instep knows.", hint)
    return columns


def _account(line: int, columns: list[str], cells: list[str]) -> tuple[Account, list[CellFault]]:
    said = {column: cell for column, cell in zip(columns, cells) if column and cell}
    name = said.pop("name", "")
    wrong = [
        CellFault(line, f"column {number}", "there is no heading above this cell.", "Quote cells that hold separators.")
        for number, cell in enumerate(cells, 1)
        if cell and (number > len(columns) or not columns[number - 1])
    ]
    table: dict[str, Any] = {key: cell for key, cell in said.items() if key not in _FLAGS}
    for column, usual in _FLAGS.items():
        word = said.get(column, "").lower()
        if word and word not in _YES | _NO:
            wrong.append(CellFault(line, column, "says neither yes nor no.", "Write yes or no."))
        table[column] = word in _YES if word else usual
    for column in ("every", "at_start", "at_exit", "after_changes"):
        if column in table:
            table[f"{_AUTOMATIC}{column}"] = table.pop(column)
    if (minutes := table.get("sync_every", "")).isdecimal() and len(minutes) < 10:
        table["sync_every"] = int(minutes)
    for column in ("kinds", "protocols"):
        if column in table:
            table[column] = table[column].replace(";", ",").replace(" ", ",")
    no_password = table.pop("no_password")
    if no_password:
        table["password"] = str(PasswordIn.NONE)
    elif "password_command" not in table:
        advice = "Give a command that prints the password, or say yes in no_password."
        wrong.append(CellFault(line, "password_command", "is missing.", advice))
    account, _ = read_account(name, table)
    account = secured(tidied(account))
    # What is completed only now, as an e-mail address in the URL's place, must not be a fault.
    completed = {**table, "url": account.url, "email": account.email, "desktop": account.desktop}
    _, faults = read_account(account.name, completed)
    wrong += [CellFault(line, fault.key.removeprefix(_AUTOMATIC), fault.message, fault.advice) for fault in faults]
    return account, _one_per_cell(wrong)


def _one_per_cell(faults: list[CellFault]) -> list[CellFault]:
    return list({fault.column: fault for fault in reversed(faults)}.values())[::-1]
