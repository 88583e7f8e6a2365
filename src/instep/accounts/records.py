"""What was found out about the accounts' servers, one small file each; it holds no secret and may be lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from instep.accounts.account import Account
from instep.accounts.durable import replace_file
from instep.accounts.home import Home
from instep.protocols.smartermail.profile import Profile

_VERSION = 1
_LARGEST = 1024 * 1024
T = TypeVar("T")


class Records:
    """The capability records of one home's accounts."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def load(self, account: Account) -> Profile:
        """Return the account's record; one that says nothing where there is none, or none that can be read."""
        path = self._file(account.key)
        try:
            if path.stat().st_size > _LARGEST:
                return Profile()
            found: Any = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return Profile()
        if not isinstance(found, dict) or found.get("instep_server") != _VERSION:
            return Profile()
        return _read(Profile(), found)

    def store(self, account: Account, profile: Profile) -> None:
        """Put a record in the place of the older one. Raises ``ConfigError`` and ``StoreFull``; the old one stays."""
        prepared(self._home)
        text = json.dumps({"instep_server": _VERSION, **_written(profile)}, indent=1)
        replace_file(self._file(account.key), text.encode() + b"\n")

    def move(self, before: Account, after: Account) -> None:
        """Let the record go along with an account that gets another name."""
        if before.key != after.key:
            with suppress(OSError):
                self._file(before.key).replace(self._file(after.key))

    def forget(self, account: Account) -> None:
        """Remove the account's record, and what its sign-ins were told apart by."""
        file = self._file(account.key)
        for path in (file, *(file.with_name(f".{file.stem}.{of}.lock") for of in ("json", "session"))):
            with suppress(OSError):
                path.unlink()

    def _file(self, key: str) -> Path:
        return self._home.servers / f"{file_name(key)}.json"


def file_name(key: str) -> str:
    """Return the name under which files of an account lie; names of accounts may be no names of files."""
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def prepared(home: Home) -> None:
    """Make the folder of the records. Raises ``ConfigError``."""
    from instep.errors import ConfigError

    home.prepare()
    try:
        home.servers.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{home.servers} cannot be made: {error.strerror or error}.", "Check the folder's permissions."
        ) from error


def _written(value: Any) -> dict[str, Any]:
    return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _written(value)
    if isinstance(value, Mapping):
        return {str(key): str(answer) for key, answer in value.items()}
    return sorted(map(str, value)) if isinstance(value, frozenset | set | tuple | list) else value


def _read(usual: T, found: Mapping[str, Any]) -> T:
    """The value with what ``found`` says of its fields; what is of another sort than usual is as usual."""
    values = {
        one.name: _fitting(getattr(usual, one.name), found[one.name])
        for one in fields(usual)  # type: ignore[arg-type]
        if one.name in found
    }
    return replace(usual, **values)  # type: ignore[type-var]


def _fitting(usual: Any, found: Any) -> Any:
    match usual:
        case bool() | int() | str():
            return found if type(found) is type(usual) else usual
        case Mapping():
            said = found.items() if isinstance(found, dict) else ()
            return {key: answer for key, answer in said if isinstance(answer, str)}
        case frozenset() | tuple():
            words = found if isinstance(found, list) else ()
            return type(usual)(word for word in words if isinstance(word, str))
    if is_dataclass(usual):
        return _read(usual, found) if isinstance(found, dict) else usual
    return usual
