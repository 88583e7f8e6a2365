"""The doctor's look at the computer: Python, the parts of Instep, the disk, the clock, time zones."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import struct
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from instep import __version__
from instep.accounts.trial import Outcome
from instep.service.doctor import Check
from instep.service.doctor_parts import Need, needs
from instep.service.installation import Installation

LEAST_PYTHON = (3, 11)
LEAST_SQLITE = (3, 35)
LITTLE_ROOM, NO_ROOM = 1_000_000_000, 50_000_000
"""Bytes free under which a person is told, and under which runs are likely to fail."""
_BEFORE_INSTEP = datetime(2026, 1, 1, tzinfo=UTC)
_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")


def checks(here: Installation) -> Iterator[Check]:
    """Look at the computer; quick, and without network."""
    yield _python()
    yield installed(needs())
    yield _room(here.home.path)
    yield clock(datetime.now(UTC))
    yield zones()


def _python() -> Check:
    here = ".".join(str(number) for number in sys.version_info[:3])
    detail = f"{here}, {struct.calcsize('P') * 8} bit, SQLite {sqlite3.sqlite_version}, {platform.system()} "
    detail += f"{platform.release()} on {platform.machine()}"
    if sys.version_info[:2] < LEAST_PYTHON:
        return Check("Python", Outcome.FAILED, detail, "Install Python 3.11 or newer, and Instep with it.")
    if sqlite3.sqlite_version_info < LEAST_SQLITE:
        return Check("Python", Outcome.FAILED, detail, "Install a Python with a newer SQLite (3.35 or newer).")
    return Check("Python", Outcome.OK, detail)


def installed(wanted: Sequence[Need]) -> Check:
    """Say whether every part that is always needed is there and new enough, and which extras are complete."""
    again = "Install Instep anew from its wheel; that brings its parts with it."
    if not wanted:
        return Check("installation", Outcome.NOTE, f"Instep {__version__}, not installed as a package", again)
    bad = [need for need in wanted if not need.extra and not need.met]
    if bad:
        told = ", ".join(f"{n.name} {n.installed or 'missing'} (needs {n.least or 'any'})" for n in bad)
        return Check("installation", Outcome.FAILED, f"Instep {__version__}; not as needed: {told}", again)
    if not files("instep").joinpath("store", "migrations", "env.py").is_file():
        return Check("installation", Outcome.FAILED, f"Instep {__version__}; files of the package are missing", again)
    extras = sorted({need.extra for need in wanted if need.extra})
    whole = [extra for extra in extras if all(need.met for need in wanted if need.extra == extra)]
    lacks = [extra for extra in extras if extra not in whole]
    detail = f"Instep {__version__}, complete"
    detail += f"; with {', '.join(whole)}" if whole else ""
    detail += f"; without {', '.join(lacks)}" if lacks else ""
    if "web" in lacks:
        advice = 'For the pages in the browser, install the extra called web: "instep[web]".'
        return Check("installation", Outcome.NOTE, detail, advice)
    return Check("installation", Outcome.OK, detail)


def _room(folder: Path) -> Check:
    there = next((place for place in (folder, *folder.parents) if place.exists()), None)
    try:
        free = shutil.disk_usage(there or Path.cwd()).free
    except OSError as error:
        return Check("free disk", Outcome.NOT_KNOWN, error.strerror or "the system does not say", about=str(folder))
    return room(free, str(folder))


def room(free: int, place: str) -> Check:
    """Say whether ``free`` bytes are enough for the state and its history."""
    detail = f"{megabytes(free)} free"
    advice = "Make room: every version that is overwritten is kept first, and a run stops when that is impossible."
    if free < NO_ROOM:
        return Check("free disk", Outcome.FAILED, detail, advice, place)
    return Check("free disk", Outcome.NOTE if free < LITTLE_ROOM else Outcome.OK, detail, advice, place)


def megabytes(size: int) -> str:
    """A size in words: ``3.1 MB``, ``120 GB``."""
    return f"{size / 1e9:,.0f} GB" if size >= 10e9 else f"{size / 1e6:,.1f} MB"


def clock(now: datetime, newest: datetime | None = None) -> Check:
    """Say whether the clock can be right: not before Instep was made, nor before ``newest``, the last run's start."""
    local = now.astimezone()
    offset = local.strftime("%z")
    detail = f"{local:%Y-%m-%d %H:%M}, UTC{offset[:3]}:{offset[3:]}"
    advice = "Set the clock; let the system set it by itself. The history is sorted by it."
    if now < _BEFORE_INSTEP or (newest is not None and now < newest):
        return Check("clock", Outcome.FAILED, f"{detail}: that is before what has happened already", advice)
    return Check("clock", Outcome.OK, detail)


def zones() -> Check:
    """Say whether the table of time zones is there, and how new it is."""
    missing = []
    for name in _ZONES:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, OSError, ValueError):
            missing.append(name)
    version = next((need.installed for need in needs() if need.name == "tzdata"), None) or "not installed"
    if missing:
        advice = "Install the part tzdata, which comes with Instep; without it times in other zones cannot be told."
        return Check("time zones", Outcome.FAILED, f"not known: {', '.join(missing)}; tzdata {version}", advice)
    return Check("time zones", Outcome.OK, f"the table of tzdata {version}")
