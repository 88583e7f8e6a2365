"""The promises at rest: what must hold when people have stopped and every plan is empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from instep.core.fields import Field, fields_of
from instep.core.limits import NO_LIMITS, same_through
from instep.core.model import Item, Side, kind_of, name_of
from instep.store import links as link_table
from instep.testing.simulate.desk import Desk
from instep.testing.simulate.items import identity_of, words_of
from instep.testing.simulate.ledger import Ledger
from instep.testing.simulate.stores import SimStore


def after_run(desks: Sequence[Desk], stores: Sequence[SimStore], ledger: Ledger, *, moves: bool) -> None:
    """What holds at every moment: nothing of people is nowhere; nothing is there twice (but in the midst of a move)."""
    _lost(desks, ledger)
    if not moves:
        _doubled(stores, ledger)


def at_rest(desks: Sequence[Desk], stores: Sequence[SimStore], ledger: Ledger) -> None:
    """What holds when everything is in step and every question is answered."""
    _lost(desks, ledger)
    _doubled(stores, ledger)
    for place, (identity, words) in ledger.there.items():
        # Of two copies that a person wanted, one may well keep what was replaced in the other.
        if (back := words & ledger.past) and not ledger.doubles[identity]:
            ledger.story.broke(f"{', '.join(sorted(back))} is back in {place[0]} though a person replaced it", identity)
    for desk in desks:
        if desk.journal():
            ledger.story.broke(f"{desk.process.name} has open journal rows at rest")
        for identity, sentence in _unlike(desk, ledger):
            ledger.story.broke(sentence, identity)


def needless(desks: Sequence[Desk], ledger: Ledger) -> None:
    """A question is about something that people did on two sides."""
    for desk in desks:
        for row in desk.questions():
            identity = identity_of(row.left_item) or identity_of(row.right_item)
            if len(ledger.touched[identity]) < 2:
                fields = ", ".join(map(str, row.fields))
                ledger.story.broke(f"a question ({row.reason}: {fields}) that only one side gave reason for", identity)


def _lost(desks: Sequence[Desk], ledger: Ledger) -> None:
    gone = {w for w in ledger.author.keys() - ledger.excused if not ledger.holders(w)}
    if not gone:
        return
    for desk in desks:
        gone -= desk.kept()
    for word in sorted(gone):
        ledger.story.broke(f"{word} is lost: on no side, in no question, in no history", ledger.author[word])


def _doubled(stores: Sequence[SimStore], ledger: Ledger) -> None:
    for store in stores:
        counts = Counter(identity for (name, _, _), (identity, _) in ledger.there.items() if name == store.name)
        for identity, count in counts.items():
            if count > 1 + ledger.doubles[identity]:
                ledger.story.broke(f"{count} copies in {store.name}", identity)


def _unlike(desk: Desk, ledger: Ledger) -> Iterator[tuple[str, str]]:
    """Items that are not linked, or not the same as far as both sides can hold them."""
    for pair in desk.pairs():
        with desk.state.reading() as tx:
            links = link_table.load(tx, [h.id for h in link_table.heads(tx, pair.id)]).values()
        sides = {Side.LEFT: dict(desk.store.items(pair.left)), Side.RIGHT: dict(desk.server.items(pair.right))}
        for link in links:
            left, right = (sides[s].pop(link.href(s) or "", None) for s in Side)
            identity = identity_of(left) or identity_of(right) or identity_of(link.left_seen)
            if left is None or right is None:
                yield identity, f"{desk.process.name} has a link in {pair.left_name} to what is not on both sides"
            elif told := _difference(desk, left, right, ledger.blurred):
                yield identity, f"{desk.process.name} and the server differ at rest: {told}"
        for side, items in sides.items():
            for item in items.values():
                yield identity_of(item), f"{name_of(item)} is only on one side ({side}) of {desk.process.name} at rest"


def _difference(desk: Desk, left: Item, right: Item, blurred: set[str]) -> str:
    if identity_of(left) != identity_of(right):
        return f"{name_of(left)} beside {name_of(right)}"
    limits = [s.traits.limits.get(kind_of(left), NO_LIMITS) for s in (desk.store, desk.server)]
    forms = any(s.traits.rewrite for s in (desk.store, desk.server))
    for field in fields_of(left):
        a, b = getattr(left, field.name), getattr(right, field.name)
        if not _agree(field, a, b, limits[0].get(field.name), limits[1].get(field.name), forms=forms) and not _blurred(
            a, b, blurred
        ):
            return f"{field.name}: {a!r} beside {b!r}"
    return ""


def _blurred(a: Any, b: Any, blurred: set[str]) -> bool:
    return words_of(a) ^ words_of(b) <= blurred and bool(words_of(a) ^ words_of(b))


def _agree(field: Field, a: Any, b: Any, left: Any, right: Any, *, forms: bool) -> bool:
    if same_through(field, a, b, left, right):
        return True
    first, second = words_of(a), words_of(b)
    if left is not None or right is not None:
        return first <= second or second <= first
    return forms and first == second
