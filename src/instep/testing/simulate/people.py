"""People: Anna and Ben at their desktops, Carla in the web mail; what they do is thrown with dice."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from instep.core.model import Item, Kind
from instep.testing.simulate.items import changed, identity_of, make
from instep.testing.simulate.stores import SimStore
from instep.testing.simulate.story import Story

NAMES = {"Server": "Carla", "Desktop 1": "Anna", "Desktop 2": "Ben", "Desktop 3": "Dora"}


@dataclass(slots=True)
class People:
    """All hands in all stores; every value they write is a new word."""

    story: Story
    dice: Random
    kind: Kind
    folders: tuple[str, ...]
    stores: tuple[SimStore, ...]
    words: int = 0
    names: int = 0

    def word(self) -> str:
        """A word that nobody wrote before."""
        self.words += 1
        return f"w{self.words}x"

    def meddle(self) -> None:
        """Somebody does something in the middle of a run."""
        self.act(removes=False)

    def act(self, *, removes: bool = True) -> None:
        """Somebody does something somewhere."""
        store = self.dice.choice(self.stores)
        places = self._places(store)
        choice = self.dice.random()
        if choice < 0.2 or not places:
            self.create(store)
        elif choice < 0.32:
            self.delete(store, *self.dice.choice(places))
        elif choice < 0.4:
            self.move(store, *self.dice.choice(places))
        else:
            self.edit(store, *self.dice.choice(places), removes=removes)

    def _places(self, store: SimStore) -> list[tuple[str, str]]:
        return [(f, h) for f in self.folders if store.shelves[f].there for h in sorted(store.items(f))]

    def fresh(self) -> Item:
        """An item of an identity that nobody had before, not yet anywhere."""
        self.names += 1
        return make(self.kind, f"i{self.names}x", f"uid-{self.names}", self.word)

    def create(self, store: SimStore, item: Item | None = None, href: str | None = None, folder: str = "") -> None:
        """Somebody makes an item."""
        there = [f for f in self.folders if store.shelves[f].there]
        if not there:
            return
        item = item or self.fresh()
        where, _ = store.hold(folder or self.dice.choice(there), href or self._href(store), item)
        self._tell(store, f"makes {identity_of(item)} ({where})", item)

    def _href(self, store: SimStore) -> str | None:
        if not store.traits.own_hrefs:
            return None
        href = f"{self.names}-{self.dice.randrange(1000)}.x"
        while any(href in shelf.held for shelf in store.shelves.values()):
            href = f"again-{href}"
        return href

    def edit(self, store: SimStore, folder: str, href: str, *, removes: bool = True) -> None:
        """Somebody changes an item."""
        old = store.items(folder)[href]
        new, what = changed(old, self.kind, self.dice, self.word, removes=removes)
        store.hold(folder, href, new)
        self._tell(store, f"{what}: {identity_of(old)}", old)

    def delete(self, store: SimStore, folder: str, href: str) -> None:
        """Somebody deletes an item."""
        old = store.items(folder)[href]
        store.drop(folder, href)
        self._tell(store, f"deletes {identity_of(old)}", old)

    def move(self, store: SimStore, folder: str, href: str) -> None:
        """Somebody moves an item to another folder, or a program gives it another address."""
        if store.traits.unique_uids:
            return  # where listings lack items, a moved one that is not listed yet cannot be told from a deleted one
        old = store.items(folder)[href]
        goal = self.dice.choice([f for f in self.folders if store.shelves[f].there])
        store.carry(folder, href, goal, self._href(store))
        where = f"moves {identity_of(old)} to {goal}" if goal != folder else f"gives {identity_of(old)} a new address"
        self._tell(store, where, old)

    def squat(self, store: SimStore, folder: str, href: str) -> None:
        """Somebody puts another item at the very address that a program is about to use."""
        self.create(store, self.fresh(), href, folder)

    def _tell(self, store: SimStore, what: str, item: Item) -> None:
        self.story.tell(f"{NAMES.get(store.name, 'Somebody')} ({store.name}) {what}.", identity_of(item))
