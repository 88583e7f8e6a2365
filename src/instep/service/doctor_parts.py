"""What Instep is made of: every installed part with its version and licence, and what is missing of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LEAST = re.compile(r">=\s*([0-9.]+)")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


@dataclass(frozen=True, slots=True)
class Part:
    """An installed distribution: its name, version and licence (as it says itself), and its page."""

    name: str
    version: str
    licence: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """A part that Instep asks for: the version it needs at least (empty: any), the version that is installed (``None``:
    none is), and the extra it belongs to (empty: always needed)."""

    name: str
    least: str
    installed: str | None
    extra: str

    @property
    def met(self) -> bool:
        """True when it is installed and new enough."""
        return self.installed is not None and _numbers(self.installed) >= _numbers(self.least)


@lru_cache(maxsize=4)
def needs(name: str = "instep") -> tuple[Need, ...]:
    """What a distribution asks for by itself, in the order of its metadata; nothing for one that is not installed.

    What is installed does not change while a program runs, so it is looked up once.
    """
    found = _distribution(name)
    return () if found is None else tuple(_needs(found))


@lru_cache(maxsize=4)
def parts(name: str = "instep") -> tuple[Part, ...]:
    """Every installed part that a distribution stands on, also indirectly and by its extra ``web``, by name."""
    seen: dict[str, Part] = {}
    waiting = [need.name for need in needs(name) if need.extra in ("", "web")]
    while waiting:
        key = _key(waiting.pop())
        found = None if key in seen else _distribution(key)
        if found is not None:
            seen[key] = Part(found.metadata["Name"], found.version, _licence(found), _page(found))
            waiting += [asked for asked, _, extra in _requirements(found) if not extra]
    return tuple(seen[key] for key in sorted(seen))


def _distribution(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _needs(found: Distribution) -> Iterator[Need]:
    for name, least, extra in _requirements(found):
        there = _distribution(name)
        yield Need(name, least, there.version if there else None, extra)


def _requirements(found: Distribution) -> Iterator[tuple[str, str, str]]:
    """The name, the least version and the extra of each requirement; empty where it says none."""
    for text in found.requires or ():
        what, _, condition = text.partition(";")
        match, least, extra = _NAME.match(what.strip()), _LEAST.search(what), _EXTRA.search(condition)
        if match is not None:
            yield match[0], least[1] if least else "", extra[1] if extra else ""


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"[0-9.]+", version)
    return tuple(int(number) for number in found[0].split(".") if number) if found else ()


def _licence(found: Distribution) -> str:
    """The SPDX expression if it has one, else its classifiers, else the first line of what it says."""
    if expression := _said(found, "License-Expression"):
        return expression
    classes = [
        line.rpartition(" :: ")[2]
        for line in found.metadata.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    classes = [text for text in classes if text != "OSI Approved"]
    if classes:
        return ", ".join(classes)
    said = _said(found, "License").splitlines()
    return said[0][:60] if said else "not said"


def _page(found: Distribution) -> str:
    said = {}
    for line in found.metadata.get_all("Project-URL") or ():
        label, _, address = line.partition(",")
        said[label.strip().lower()] = address.strip()
    ways = ("homepage", "home", "home-page", "source", "source code", "repository", "code", "github", "documentation")
    address = next((said[label] for label in ways if label in said), _said(found, "Home-page"))
    return address if address.startswith(("https://", "http://")) else ""


def _said(found: Distribution, key: str) -> str:
    return next(iter(found.metadata.get_all(key) or ()), "").strip()
