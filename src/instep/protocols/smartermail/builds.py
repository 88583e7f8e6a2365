"""What a SmarterMail build number tells: its date, its age, and the holes that are known to be open in it; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_FIRST_DAY = date(2000, 1, 1)
_OLDEST, _NEWEST = 1000, 36500
_MONTH = 30.44

# Quotes may be backslashed within a script's text, or written as entities within an attribute.
_QUOTE = r"(?:\s|\\|\"|'|`|&quot;|&#34;|&#39;)*"
_VARIABLE = re.compile(rf"stProductVersion{_QUOTE}[:=]{_QUOTE}(?P<version>\d+(?:\.\d+){{0,4}})?", re.IGNORECASE)
_LOGIN_PAGE = re.compile(r"SmarterMail[^<>\d]{0,40}(?P<version>\d+(?:\.\d+){1,4})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Product:
    """A version as the server writes it (``100.0.9526.30000``; may be empty), and its build, 0 where it is unknown."""

    version: str = ""
    build: int = 0


@dataclass(frozen=True, slots=True)
class Hole:
    """A published weakness: in which build it was mended, its name, and what it lets strangers do."""

    mended: int
    name: str
    what: str


HOLES = (
    Hole(6985, "CVE-2019-7214", "strangers can run programs on the server"),
    Hole(9413, "CVE-2025-52691", "strangers can put files on the server and run them"),
    Hole(9511, "CVE-2026-23760", "strangers can take over the administrator's login"),
    Hole(9511, "CVE-2026-24423", "strangers can run programs on the server"),
    Hole(9526, "CVE-2026-26930", "a message can run scripts in the web mail"),
)


def product_in(page: str) -> Product | None:
    """Read the version from the text of ``/interface/root``; ``None`` when the page names none, so is another's."""
    found = _VARIABLE.search(page)
    return product(found["version"] or "") if found else None


def old_product_in(page: str) -> Product | None:
    """Read the version from the text of ``/Login.aspx`` of a version up to 15; ``None`` when it is another's page."""
    found = _LOGIN_PAGE.search(page)
    return product(found["version"]) if found else None


def product(version: str) -> Product:
    """Tell the build in a version: the third number of ``100.0.9526.30000`` or ``16.3.6989``, or a number alone."""
    parts = [int(part) for part in version.split(".") if part.isdigit() and len(part) < 8]
    number = parts[2] if len(parts) > 2 else parts[0] if len(parts) == 1 else 0
    return Product(version, number if _OLDEST <= number <= _NEWEST else 0)


def built_on(build: int) -> date | None:
    """Give the day of a build, which counts days since 2000-01-01; ``None`` for an unknown one."""
    return _FIRST_DAY + timedelta(days=build) if build else None


def build_of(day: date) -> int:
    """Give the build number of a day."""
    return (day - _FIRST_DAY).days


def age(build: int, today: date) -> str:
    """Say how old a build is (``8 months old``); empty where that is unknown or less than a month."""
    day = built_on(build)
    months = int((today - day).days / _MONTH) if day else 0
    match months:
        case _ if months < 1:
            return ""
        case 1:
            return "1 month old"
        case _ if months < 24:
            return f"{months} months old"
    return f"{months // 12} years old"


def open_holes(build: int) -> tuple[Hole, ...]:
    """Give the known holes that are open in a build, oldest first; none for an unknown build."""
    return tuple(hole for hole in HOLES if 0 < build < hole.mended)


def warning(build: int) -> str:
    """Say in a sentence that a build has known holes, and which build has none of them; empty where none is known."""
    holes = open_holes(build)
    if not holes:
        return ""
    worst = list(dict.fromkeys(hole.what for hole in holes))
    names = ", ".join(hole.name for hole in holes)
    return f"This build has known holes through which {_listed(worst)} ({names}); build {HOLES[-1].mended} closes them."


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + ", and " + words[-1]
