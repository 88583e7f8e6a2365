"""The doctor's look at the installation: its folder, settings, passwords and state."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from instep.accounts.account import PasswordIn
from instep.accounts.home import is_anothers
from instep.accounts.trial import Outcome
from instep.errors import InstepError
from instep.service.doctor import Check, failed
from instep.service.doctor_computer import megabytes
from instep.service.installation import Installation

_LATER = "not made yet; the first account makes it"


def checks(here: Installation, *, scan: bool = True) -> Iterator[Check]:
    """Look at the installation without network; ``scan`` reads the whole state. Nothing is made."""
    yield _folder(here.home.path)
    yield _settings(here)
    yield _passwords(here)
    yield _state(here, scan)


def _folder(path: Path) -> Check:
    try:
        found = path.stat()
    except FileNotFoundError:
        return Check("home folder", Outcome.OK, _LATER, about=str(path))
    except OSError as error:
        advice = "Allow yourself to read it, or name another folder with INSTEP_HOME."
        return Check("home folder", Outcome.FAILED, error.strerror or "cannot be looked at", advice, str(path))
    if not stat.S_ISDIR(found.st_mode):
        return Check("home folder", Outcome.FAILED, "is no folder", "Name another with INSTEP_HOME.", str(path))
    if not os.access(path, os.W_OK | os.X_OK):
        return Check("home folder", Outcome.FAILED, "you may not write there", "Allow yourself to write.", str(path))
    others = [file for file in (path, *_files(path)) if is_anothers(file)]
    if others:
        advice = "Look who made it and remove it, or name another folder with INSTEP_HOME."
        return Check("home folder", Outcome.FAILED, "holds something of another user", advice, str(others[0]))
    if os.name != "posix":
        return Check("home folder", Outcome.OK, "yours; who else may read there is up to Windows", about=str(path))
    if found.st_mode & 0o077:
        detail = f"others may look into it (0{stat.S_IMODE(found.st_mode):o})"
        return Check("home folder", Outcome.NOTE, detail, "Close it: chmod 700.", str(path))
    return Check("home folder", Outcome.OK, "only you can look into it", about=str(path))


def _files(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except OSError:
        return []


def _settings(here: Installation) -> Check:
    path = str(here.home.config)
    if not here.home.config.exists():
        return Check("settings", Outcome.OK, _LATER, about=path)
    try:
        accounts = here.accounts()
        kept = here.retention()
    except InstepError as error:
        return failed("settings", error)
    off = sum(not account.enabled for account in accounts)
    detail = f"accounts: {len(accounts)}, switched off: {off}; history is kept for {kept.keep_days} days"
    return Check("settings", Outcome.OK, detail, about=path)


def _passwords(here: Installation) -> Check:
    try:
        place = here.secrets.place()
    except InstepError as error:
        return failed("passwords", error)
    if place is PasswordIn.KEYRING:
        return Check("passwords", Outcome.OK, "the system's key store answers; new passwords go there")
    there = here.home.vault.exists()
    detail = "new passwords go into the encrypted vault" + ("" if there else ", which is not made yet")
    return Check("passwords", Outcome.OK, detail, about=str(here.home.vault))


def _state(here: Installation, scan: bool) -> Check:
    from instep.store.health import health_of

    path = here.home.state
    if not path.exists():
        return Check("state database", Outcome.OK, _LATER, about=str(path))
    try:
        found = health_of(path, scan=scan)
    except InstepError as error:
        return failed("state database", error)
    detail = f"{megabytes(found.size)}, schema {found.schema}, links: {found.counts.get('link', 0)}"
    detail += f", kept versions: {found.counts.get('history', 0)}"
    if found.faults:
        advice = "Put back a copy of it, or move it away: the next run then compares both sides anew and loses nothing."
        return Check("state database", Outcome.FAILED, f"{detail}; damaged", advice, f"{path}: {found.faults[0]}")
    if found.schema != found.newest:
        detail += f"; the next run brings it to schema {found.newest}"
    return Check("state database", Outcome.OK, f"{detail}, sound" if scan else detail, about=str(path))
