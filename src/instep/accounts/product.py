"""What a version of SmarterMail is called, and whether Instep can speak to it; pure."""

from __future__ import annotations

from datetime import date

from instep.errors import InstepError, NotADavServer
from instep.protocols.smartermail.builds import age, built_on, warning
from instep.protocols.smartermail.profile import Profile

_NAMED_BY_BUILD = 100
_FIRST_WITH_DAV = 9
NO_CORRECTIONS = "Versions up to 15 get no corrections any more: ask its operator for a newer one."


def product_sentence(build: int, version: str = "") -> str:
    """Say which SmarterMail it is: ``SmarterMail, build 9526 of 2026-01-30``, ``SmarterMail 15.7, build 6970 of …``.

    ``version`` is as the server writes it, or empty.
    """
    number = "" if _major(version) >= _NAMED_BY_BUILD else ".".join(version.split(".")[:2])
    name = f"SmarterMail {number}".rstrip()
    day = built_on(build)
    return f"{name}, build {build} of {day.isoformat()}" if day is not None else name


def product_with_age(known: Profile, today: date) -> str:
    """Say which SmarterMail a server is known to be, and how old that is where it is old."""
    old = age(known.build, today)
    return product_sentence(known.build, known.old) + (f", {old}" if old else "")


def security(known: Profile) -> str:
    """Say what a person should know of the holes in a server's version; empty for nothing."""
    found = f"{text} Tell its operator." if (text := warning(known.build)) else ""
    return " ".join(filter(None, (found, NO_CORRECTIONS if known.old else "")))


def unsupported(build: int, version: str) -> InstepError | None:
    """Say why no account can be on a server of a version up to 15; ``None`` where one can."""
    if not 0 < _major(version) < _FIRST_WITH_DAV:
        return None
    return NotADavServer(
        f"This is {product_sentence(build, version)}. It has neither CalDAV nor CardDAV, nor another way for Instep, "
        "so it is not supported.",
        f"Ask its operator for a newer version: from {_FIRST_WITH_DAV} on contacts and appointments can be kept, and "
        "notes with one of today's.",
    )


def dav_of_old(base: str) -> str:
    """Return where a SmarterMail up to version 15 has its CalDAV and CardDAV."""
    return f"{base}/webdav/"


def _major(version: str) -> int:
    first = version.partition(".")[0]
    return int(first) if first.isdigit() and len(first) < 8 else 0
