"""Unlinked items of both sides: which are the same, which may be, which stand alone (RULES 21).

Order of proof: a uid unique on both sides; equal items, as many as there are on both sides; then scored candidates by
cheap keys. One clear winner on both sides links; several candidates are a question; an item without anything to know
it by is never matched by guess.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from instep.core.align import moment_key
from instep.core.fields import digits, fields_of, is_empty
from instep.core.limits import FieldLimits, project
from instep.core.model import Contact, Event, Item, Note, Task
from instep.core.plain import digest

LINK = 4
ASK = 3
MARGIN = 2
CROWD = 200


@dataclass(frozen=True, slots=True)
class Loose:
    """An unlinked item of one side."""

    href: str
    item: Item


@dataclass(frozen=True, slots=True)
class Cluster:
    """Items that may be the same, several on at least one side: hrefs in order."""

    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """Every href of the input stands in exactly one of the four."""

    pairs: tuple[tuple[str, str], ...]
    clusters: tuple[Cluster, ...]
    left: tuple[str, ...]
    right: tuple[str, ...]


def match(
    left: Sequence[Loose],
    right: Sequence[Loose],
    *,
    uids: bool = True,
    through: Sequence[FieldLimits] = (),
) -> Matches:
    """Match the unlinked items of two sides; ``uids`` is false where a side does not keep the uids it is given.

    ``through`` are both sides' limits: what is equal as far as both can hold it is equal (RULES 2).
    """
    lefts = {x.href: x.item for x in sorted(left, key=lambda x: x.href)}
    rights = {x.href: x.item for x in sorted(right, key=lambda x: x.href)}
    pairs: list[tuple[str, str]] = []
    if uids:
        pairs += _by_uid(lefts, rights)
    pairs += _equal(lefts, rights, digest)
    limits = [limit for limit in through if limit]
    if limits:
        pairs += _equal(lefts, rights, lambda item: _digest_through(item, limits))
    found, clusters = _scored(lefts, rights)
    pairs += found
    waiting_left = {h for c in clusters for h in c.left}
    waiting_right = {h for c in clusters for h in c.right}
    return Matches(
        tuple(pairs),
        tuple(clusters),
        tuple(h for h in lefts if h not in waiting_left),
        tuple(h for h in rights if h not in waiting_right),
    )


def _take(pairs: Iterable[tuple[str, str]], lefts: dict[str, Item], rights: dict[str, Item]) -> list[tuple[str, str]]:
    taken = list(pairs)
    for a, b in taken:
        del lefts[a], rights[b]
    return taken


def _groups(items: dict[str, Item], key: Callable[[Item], Hashable]) -> dict[Hashable, list[str]]:
    groups: dict[Hashable, list[str]] = defaultdict(list)
    for href, item in items.items():
        value = key(item)
        if value:
            groups[value].append(href)
    return groups


def _by_uid(lefts: dict[str, Item], rights: dict[str, Item]) -> list[tuple[str, str]]:
    a, b = _groups(lefts, lambda i: i.uid), _groups(rights, lambda i: i.uid)
    return _take(((h[0], b[u][0]) for u, h in a.items() if len(h) == 1 and len(b.get(u, ())) == 1), lefts, rights)


def _equal(lefts: dict[str, Item], rights: dict[str, Item], key: Callable[[Item], Hashable]) -> list[tuple[str, str]]:
    if not lefts or not rights:
        return []
    a, b = _groups(lefts, key), _groups(rights, key)
    return _take([p for d, hrefs in a.items() for p in zip(hrefs, b.get(d, ()))], lefts, rights)


def _digest_through(item: Item, limits: Sequence[FieldLimits]) -> str:
    """The digest of the item as far as all sides can hold it; empty when that is nothing."""
    values: dict[str, Any] = {}
    for field in fields_of(item):
        value = getattr(item, field.name)
        for limit in limits:
            value = project(field, value, limit.get(field.name))
        values[field.name] = value
    if all(is_empty(v) for v in values.values()):
        return ""
    return digest(replace(item, **values))


def known_by(item: Item) -> bool:
    """True when there is something to know the item by: a name or an e-mail, a subject, a title."""
    match item:
        case Contact():
            if item.is_group:
                return bool(item.formatted_name)
            return bool(item.given or item.family or item.emails or (item.formatted_name and not _company_card(item)))
        case Event() | Task():
            return bool(item.summary)
        case Note():
            return bool(item.title)


def _company_card(item: Contact) -> bool:
    return not (item.given or item.family) and item.formatted_name.casefold() in {"", item.company.casefold()}


def keys_of(item: Item) -> Iterable[Hashable]:
    """The cheap keys by which candidates are found."""
    match item:
        case Contact():
            for mail in item.emails:
                yield "mail", mail.value.strip().casefold()
            for number in item.telephones:
                yield "tel", digits(number.value)
            if name := person_name(item):
                yield "name", name
        case Event():
            yield "what", _fold(item.summary), moment_key(item.start) if item.start else None
        case Task():
            yield "what", _fold(item.summary)
        case Note():
            yield "what", _fold(item.title)


def person_name(item: Contact) -> str:
    """A person's name without order, case and double spaces."""
    parts = " ".join((item.given, item.family)) if item.given or item.family else item.formatted_name
    return " ".join(sorted(_fold(parts).replace(",", " ").split()))


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def score(a: Item, b: Item) -> int:
    """How surely two items are the same: ``LINK`` is enough for a link, ``ASK`` for a question."""
    match a, b:
        case Contact(), Contact():
            return _score_contacts(a, b)
        case Event(), Event():
            return LINK + 1 if bool(a.rules) == bool(b.rules) else LINK - 1
        case Task(), Task():
            if a.due is None or b.due is None:
                return LINK
            return LINK + 1 if moment_key(a.due) == moment_key(b.due) else 0
        case Note(), Note():
            return LINK + (1 if _fold(a.body) == _fold(b.body) else 0)
        case _:
            return 0


def _score_contacts(a: Contact, b: Contact) -> int:
    if a.is_group != b.is_group:
        return 0
    first, second = person_name(a), person_name(b)
    mails = {m.value.strip().casefold() for m in a.emails} & {m.value.strip().casefold() for m in b.emails}
    numbers = {digits(t.value) for t in a.telephones} & {digits(t.value) for t in b.telephones}
    points = (4 if mails else 0) + (2 if numbers else 0)
    if first and second:
        if first == second:
            points += 4
        elif set(first.split()) & set(second.split()):
            points += (0 if _one_given_name(a, b) else ASK - LINK) if mails else -2
        else:
            points -= 4
    if a.birthday and b.birthday:
        points += 2 if a.birthday == b.birthday else -4
    if a.company and b.company and _fold(a.company) == _fold(b.company):
        points += 1
    return points


def _one_given_name(a: Contact, b: Contact) -> bool:
    """False for two first names of which none is short for the other: relatives may share an e-mail address."""
    first, second = (_fold(c.given).rstrip(".") for c in (a, b))
    return first.startswith(second) or second.startswith(first)


def _scored(lefts: dict[str, Item], rights: dict[str, Item]) -> tuple[list[tuple[str, str]], list[Cluster]]:
    edges = _edges(lefts, rights)
    by_left: dict[str, list[tuple[int, str]]] = defaultdict(list)
    by_right: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for (a, b), points in edges.items():
        by_left[a].append((points, b))
        by_right[b].append((points, a))
    winners = {a: w for a in by_left if (w := _winner(by_left[a]))}
    pairs = [(a, b) for a, b in winners.items() if _winner(by_right[b]) == a]
    for a, b in pairs:
        for _, other in by_left.pop(a):
            by_right[other] = [e for e in by_right[other] if e[1] != a]
        for _, other in by_right.pop(b):
            if other in by_left:
                by_left[other] = [e for e in by_left[other] if e[1] != b]
    return _take(pairs, lefts, rights), _clusters(by_left)


def _edges(lefts: dict[str, Item], rights: dict[str, Item]) -> dict[tuple[str, str], int]:
    index: dict[Hashable, list[str]] = defaultdict(list)
    for href, item in rights.items():
        if known_by(item):
            for key in keys_of(item):
                index[key].append(href)
    edges: dict[tuple[str, str], int] = {}
    for href, item in lefts.items():
        if not known_by(item):
            continue
        for key in keys_of(item):
            for other in index.get(key, ())[:CROWD]:
                if (href, other) not in edges:
                    points = score(item, rights[other])
                    if points >= ASK:
                        edges[href, other] = points
    return edges


def _winner(candidates: list[tuple[int, str]]) -> str | None:
    best = sorted(candidates, key=lambda c: (-c[0], c[1]))
    if not best or best[0][0] < LINK or (len(best) > 1 and best[0][0] - best[1][0] < MARGIN):
        return None
    return best[0][1]


def _clusters(by_left: dict[str, list[tuple[int, str]]]) -> list[Cluster]:
    """Connected candidates, as questions: one for each left item, or one for a right item that several left match."""
    clusters: list[Cluster] = []
    sole: dict[str, list[str]] = defaultdict(list)
    for a, candidates in sorted(by_left.items()):
        rights = tuple(h for _, h in sorted(candidates, key=lambda c: (-c[0], c[1])))
        if len(rights) == 1:
            sole[rights[0]].append(a)
        elif rights:
            clusters.append(Cluster((a,), rights))
    clusters += [Cluster(tuple(hrefs), (b,)) for b, hrefs in sorted(sole.items())]
    return clusters
