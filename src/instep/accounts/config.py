"""The settings file: read strictly, edited without losing a person's comments."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from instep.accounts.account import Account, Fault, faults_of, name_key, read_account, tidied, written
from instep.accounts.durable import replace_file, sole_writer
from instep.accounts.home import Home
from instep.errors import ConfigError, Where
from instep.store.retention import Retention

_MOST_KEPT = 36_500
_HEAD = """\
# The accounts of Instep. You may edit this file; your comments stay.
# Passwords are never kept here.
"""

_LONGEST_LINE = 10_000  # characters


def load(home: Home) -> tuple[Account, ...]:
    """Read all accounts in the order of the file; none when there is no file yet.

    Raises ``ConfigError`` naming the file and the line or the setting, what is wrong and what to do.
    """
    return _accounts(home, _parsed(home, _text(home)))


def retention(home: Home) -> Retention:
    """Read how much history is kept, from the table ``[history]``; what it does not say is as by default.

    Raises ``ConfigError`` naming the setting, what is wrong and what to do.
    """
    table = _parsed(home, _text(home)).get("history", {})
    # The guard sums deletions over a day: what it needs for that is always kept.
    least = {"keep_days": 1, "keep_runs": 0}
    if not isinstance(table, dict):
        raise _wrong(home, Fault("history", "is not a table.", "Write its settings under [history]."))
    for key, value in table.items():
        if key not in least:
            near = get_close_matches(key, least, 1)
            advice = f"Did you mean {near[0]}?" if near else f"Settings are: {', '.join(least)}."
            raise _wrong(home, Fault(f"history.{key}", "is no setting.", advice))
        if isinstance(value, bool) or not isinstance(value, int) or not least[key] <= value <= _MOST_KEPT:
            advice = f"Write a whole number from {least[key]} to {_MOST_KEPT}."
            raise _wrong(home, Fault(f"history.{key}", f"is {value!r}.", advice))
    return Retention(**table)


def find(accounts: Iterable[Account], name: str) -> Account:
    """Return the account called ``name`` in upper or lower case; else ``ConfigError`` that names similar ones."""
    known = {account.key: account for account in accounts}
    if found := known.get(name_key(name)):
        return found
    near = get_close_matches(name_key(name), known, 1)
    if near:
        advice = f"Did you mean {known[near[0]].name!r}?"
    elif known:
        advice = f"Accounts are: {', '.join(account.name for account in known.values())}."
    else:
        advice = "There is none yet: instep account add."
    raise ConfigError(f"There is no account called {name!r}.", advice)


def add(home: Home, *accounts: Account) -> tuple[Account, ...]:
    """Add accounts to the file, all or none, and return them as they were stored.

    Raises ``ConfigError`` when a name is taken or a setting wrong; the file is then as it was.
    """
    ready = tuple(tidied(account) for account in accounts)
    with _editing(home):
        text = _text(home)
        stored = _accounts(home, _parsed(home, text))
        for number, account in enumerate(ready):
            require_free((*stored, *ready[:number]), account)
            require_sound(account)
        blocks = "".join(f"\n{_block(account)}" for account in ready)
        before = text if text.endswith("\n") or not text else f"{text}\n"
        _store(home, text, (before or _HEAD) + blocks, {account.name: written(account) for account in ready})
    return ready


def change(home: Home, account: Account, was: str = "") -> Account:
    """Store new settings of the account of that name; only the lines that say something else now are touched.

    ``was`` is the name that it had until now, where that changes. Raises ``ConfigError`` for a wrong setting, when
    there is no such account, and when another one has the new name; the file is then as it was.
    """
    ready = tidied(account)
    require_sound(ready)
    with _editing(home):
        text = _text(home)
        stored = _accounts(home, _parsed(home, text))
        old = find(stored, was or ready.name)
        require_free((other for other in stored if other.key != old.key), ready)
        lines = text.splitlines(keepends=True)
        start, end = _span(lines, old.name)
        block, table = _rewritten("".join(lines[start:end]), old.name, ready)
        name = ready.name if was else old.name
        if name != old.name:
            block = f"[accounts.{_key(name)}]{block.partition(']')[2]}"
        _store(home, text, "".join([*lines[:start], block, *lines[end:]]), {old.name: None, name: table})
    return ready


def remove(home: Home, name: str) -> Account:
    """Take an account out of the file and return it; comments around it stay, and so do its secret and its state."""
    with _editing(home):
        text = _text(home)
        account = find(_accounts(home, _parsed(home, text)), name)
        lines = text.splitlines(keepends=True)
        start, end = _span(lines, account.name)
        if start and not lines[start - 1].strip() and not "".join(lines[end : end + 1]).strip():
            start -= 1
        _store(home, text, "".join(lines[:start] + lines[end:]), {account.name: None})
    return account


def require_sound(account: Account) -> None:
    """Raise ``ConfigError`` for the first setting of the account that is wrong."""
    for fault in faults_of(account):
        raise ConfigError(f"{fault.key} {fault.message}", fault.advice, Where(account=account.name))


def require_free(accounts: Iterable[Account], account: Account) -> None:
    """Raise ``ConfigError`` when one of ``accounts`` has the account's name, in whatever letters."""
    if account.key in {other.key for other in accounts}:
        raise ConfigError(
            f"There is an account called {account.name!r} already.",
            f"Choose another name, or remove it first: instep account remove {account.name}.",
        )


def _editing(home: Home) -> Any:
    home.prepare()
    return sole_writer(home.config)


def _text(home: Home) -> str:
    try:
        return home.config.read_text("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{home.config}, line {line}: this is not UTF-8 text.", "Save the file as UTF-8.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"{home.config} cannot be read: {reason}.", "Check its permissions.") from error


def _parsed(home: Home, text: str) -> dict[str, Any]:
    lines = text.split("\n")
    if (longest := max(lines, key=len)) and len(longest) > _LONGEST_LINE:
        # The parser takes the square of a key's depth, which only a file that is none of ours makes large.
        raise ConfigError(
            f"{home.config}, line {lines.index(longest) + 1}: no setting is that long.", "Correct or remove this line."
        )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, line = _place(str(error), text)
        raise ConfigError(
            f"{home.config}, line {line}: {reason}.", "Correct this line; everything before it is fine."
        ) from None
    except (ValueError, RecursionError):
        raise ConfigError(
            f"{home.config} holds a number or a nesting that no setting has.", "Compare it with the documentation."
        ) from None


def _place(message: str, text: str) -> tuple[str, int]:
    at = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    reason = message[: at.start()] if at else message
    return reason, int(at[1]) if at and at[1] else text.count("\n") + 1


def _accounts(home: Home, data: dict[str, Any]) -> tuple[Account, ...]:
    tables = data.get("accounts", {})
    if not isinstance(tables, dict):
        raise _wrong(home, Fault("accounts", "is not a table.", "Write each account as [accounts.NAME]."))
    found: dict[str, Account] = {}
    for name, table in tables.items():
        place = f"accounts.{name}"
        if not isinstance(table, dict):
            raise _wrong(home, Fault(place, "is not an account.", f"Write its settings under [{place}]."))
        account, faults = read_account(name, table)
        for fault in faults:
            raise _wrong(home, Fault(f"{place}.{fault.key}", fault.message, fault.advice))
        if account.key in found:
            advice = "Rename one; upper and lower case make no difference."
            raise _wrong(home, Fault(place, f"has the same name as {found[account.key].name!r}.", advice))
        found[account.key] = account
    return tuple(found.values())


def _wrong(home: Home, fault: Fault) -> ConfigError:
    return ConfigError(f"{home.config}: {fault.key} {fault.message}", fault.advice)


def _block(account: Account) -> str:
    import tomlkit

    table = tomlkit.table()
    for key, value in written(account).items():
        table[key] = value
    return f"[accounts.{_key(account.name)}]\n{tomlkit.dumps({'': table}).split(chr(10), 1)[1]}"


def _key(name: str) -> str:
    import tomlkit

    return tomlkit.key(name).as_string()


def _rewritten(block: str, name: str, account: Account) -> tuple[str, dict[str, Any]]:
    """The account's lines with its new settings, and what they say; a default in so many words may stay."""
    import tomlkit

    document = tomlkit.parse(block if block.endswith("\n") else f"{block}\n")
    tables: Any = document.get("accounts", {})
    if name not in tables:
        return block, {}
    table, plain, new = tables[name], Account(name), written(account)
    before: dict[str, Any] = table.unwrap()
    for key, value in before.items():
        if key not in new and value != getattr(plain, key):
            del table[key]
    for key, said in new.items():
        if before.get(key) != said:
            table[key] = said
    return tomlkit.dumps(document), table.unwrap()


def _span(lines: list[str], name: str) -> tuple[int, int]:
    """Where the account's heading and settings stand; comments below them belong to what follows."""
    headings = [number for number, line in enumerate(lines) if line.lstrip().startswith("[")]
    for start, end in zip(headings, [*headings[1:], len(lines)]):
        if _heading(lines[start]) == {"accounts": {name: {}}}:
            while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
                end -= 1
            return start, end
    return len(lines), len(lines)


def _heading(line: str) -> dict[str, Any]:
    try:
        return tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return {}


def _store(home: Home, before: str, after: str, changed: dict[str, Any]) -> None:
    """Write the file, having made sure that exactly the accounts in ``changed`` say what they shall."""
    expected = tomllib.loads(before)
    tables = {**expected.get("accounts", {}), **changed}
    expected["accounts"] = {name: table for name, table in tables.items() if table is not None}
    try:
        result = tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        result = {}
    if {"accounts": {}, **result} != expected:
        raise ConfigError(
            f"{home.config} is written in a way that Instep cannot change without losing something.",
            "Write each account under a heading of its own, [accounts.NAME], and try again.",
        )
    replace_file(home.config, after.encode())
