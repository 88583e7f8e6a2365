"""The ledger: who wrote what where, what of it still is where, and which promises a write of the engine breaks.

It stands beside the stores and sees every change of theirs, by people and by the engine, at the moment it happens.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from instep.core.model import Item
from instep.testing.simulate.items import identity_of, words_of
from instep.testing.simulate.story import Story

Place = tuple[str, str, str]
"""Where an item lies: store, collection, href."""
Kept = Callable[[], frozenset[str]]
"""What the program that writes keeps durably at this moment: all words in its history, questions and journal."""


@dataclass(slots=True)
class Ledger:
    """``author``: the identity for which a word was written. ``replaced``: words that a person replaced or removed
    somewhere; ``past``: those of them that shall not come back anywhere. ``excused``: words of which a person took away
    the last copy, before any program had it. ``overwritten``: words of which the engine took away the last copy in a
    store. ``twins`` (of ``twin_names``): words that stood in several stores before the first run, where replacing one
    copy says nothing of the other. ``unheard``: words that a program wrote in runs since its last one that went well;
    it may not know of them, so what a person does to them may look like their first edit, and if they are ``blurred``
    (taken away then) like something the store never took. ``touched``: in which stores people worked on an identity;
    ``decided``: identities of answered questions; ``doubles``: how many more of an identity there may be, by a
    person's answer."""

    story: Story
    author: dict[str, str] = field(default_factory=dict)
    past: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    excused: set[str] = field(default_factory=set)
    overwritten: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    unheard: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    blurred: set[str] = field(default_factory=set)
    twins: set[str] = field(default_factory=set)
    twin_names: set[str] = field(default_factory=set)
    touched: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    decided: set[str] = field(default_factory=set)
    doubles: Counter[str] = field(default_factory=Counter)
    there: dict[Place, tuple[str, frozenset[str]]] = field(default_factory=dict)
    ever: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def person(self, store: str, place: Place, before: Item | None, after: Item | None) -> None:
        """A person made, changed or deleted an item; a move is a deletion and a creation of the same words."""
        identity = identity_of(after) or identity_of(before)
        self.touched[identity].add(store)
        gone, come = words_of(before), words_of(after)
        if after is not None:
            self.author.update(dict.fromkeys(come - self.author.keys(), identity))
            self.replaced |= gone - come
            unheard = set().union(*self.unheard.values())
            self.past |= gone - come - self.twins - unheard
            self.blurred |= (gone - come) & unheard
        else:
            self.deleted.add(identity)
            self._forget_past(identity)
        self._place(place, after)
        self.excused |= {w for w in gone - come if not self.holders(w)}

    def engine(
        self, place: Place, before: Item | None, after: Item | None, who: str, kept: Kept, asked: str = ""
    ) -> None:
        """The engine wrote: ``before`` became ``after``; ``kept`` tells what its database holds at this moment.

        ``asked`` names the store on the other side, where people have to be asked about an edit against a deletion.
        """
        store = place[0]
        what = identity_of(after) or identity_of(before)
        identity = identity_of(after) or identity_of(before)
        verb = "changes" if before and after else "makes" if after else "deletes"
        self.story.tell(
            f"{who} {verb} {what} in {store}/{place[1]} at {place[2]}{self._difference(before, after)}.", identity
        )
        self._place(place, after)
        self.unheard[who] |= words_of(after) - words_of(before)
        lost = {w for w in words_of(before) - words_of(after) if not self.holders(w) and w not in self.excused}
        self.overwritten |= lost
        if lost and not lost <= kept():
            self.story.broke(f"{', '.join(sorted(lost - kept()))} was overwritten and is kept nowhere", identity)
        if after is not None and len(self.touched[identity]) < 2 and (taken := lost - self.replaced):
            self.story.broke(f"{', '.join(sorted(taken))} was taken away, though nobody replaced it", identity)
        foreign = {w for w in words_of(after) if self.author.get(w) != identity}
        if foreign:
            self.story.broke(f"{', '.join(sorted(foreign))} came into an item of which it never was", identity)
        if after is None:
            self._deleted(store, identity, before)
            if asked and identity not in self.decided and (unseen := lost - self.ever[asked] - self.replaced):
                self.story.broke(f"{', '.join(sorted(unseen))} was deleted, which {asked} never saw", identity)
            self._forget_past(identity)

    def holders(self, word: str) -> list[Place]:
        """Where in the stores a word is now."""
        return [place for place, (_, words) in self.there.items() if word in words]

    def copies(self, identity: str, store: str) -> int:
        """How many items of an identity a store holds."""
        return sum(p[0] == store and known == identity for p, (known, _) in self.there.items())

    def heard(self, who: str) -> None:
        """A run of this program went well to its end."""
        self.unheard[who].clear()

    def rested(self) -> None:
        """Everything is in step: what people did before is no reason for a question any more."""
        self.touched.clear()
        self.twins.clear()
        self.decided.clear()
        self.twin_names.clear()
        self.deleted = {i for i in self.deleted if not any(known == i for known, _ in self.there.values())}

    def _forget_past(self, identity: str) -> None:
        """What was replaced in an item that is deleted may come back with another side's version of it."""
        self.past -= {w for w in self.past if self.author.get(w) == identity}

    def _deleted(self, store: str, identity: str, before: Item | None) -> None:
        elsewhere = any(known == identity and p[0] == store for p, (known, _) in self.there.items())
        if identity not in self.deleted and not elsewhere:
            self.story.broke("an item was deleted that nobody deleted", identity)

    def _place(self, place: Place, item: Item | None) -> None:
        if item is None:
            self.there.pop(place, None)
            return
        words = words_of(item)
        self.there[place] = (identity_of(item), words)
        self.ever[place[0]] |= words

    @staticmethod
    def _difference(before: Item | None, after: Item | None) -> str:
        gone, come = sorted(words_of(before) - words_of(after)), sorted(words_of(after) - words_of(before))
        parts = [f"+{w}" for w in come] + [f"−{w}" for w in gone]
        return f" ({' '.join(parts)})" if parts else ""
