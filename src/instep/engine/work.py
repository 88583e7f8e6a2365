"""What one run knows while it goes on: the run itself, and for every pair what was found and what shall be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from instep.connectors.base import CollectionInfo, Connector, Document, Fetched, Replica
from instep.core.guard import StopReason
from instep.core.match import Cluster
from instep.core.memory import Memory, Settlement
from instep.core.merge import Terms
from instep.core.model import Item, Kind, Side
from instep.core.plan import Absent, Direction, OnConflict, Policy
from instep.engine.events import Face, Phase, Progress
from instep.engine.questions import Resolution
from instep.engine.report import PairReport, Problem, kind_of_failure
from instep.errors import InstepError, Stopped
from instep.store.conflicts import ConflictRow
from instep.store.database import Database
from instep.store.journal import JournalRow
from instep.store.links import Link
from instep.store.pairs import Pair
from instep.store.retention import Retention


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is wanted.

    ``on_conflict``: ``ask``, ``skip``, ``server``, ``desktop``, ``newest``; ``None`` leaves it to each pair. ``yes``
    answers the question of a first sync. ``pairs`` limits the run to these pair ids, ``kinds`` to pairs of these kinds:
    the others rest as they are. ``own_addresses`` are the person's e-mail addresses in lower case. ``retention`` says
    how much history is kept. ``approved``: do only the steps with these fingerprints; ``foreseen``: go on past these
    stops (pair, reason, side). ``require`` is called once nobody else can work on the account; what it raises ends the
    run before it looks at anything.
    """

    dry_run: bool = False
    on_conflict: str | None = None
    yes: bool = False
    pairs: frozenset[int] | None = None
    kinds: frozenset[Kind] = frozenset(Kind)
    own_addresses: frozenset[str] = frozenset()
    retention: Retention = field(default_factory=Retention)
    approved: frozenset[str] | None = None
    foreseen: frozenset[tuple[int, str, str]] = frozenset()
    require: Callable[[], None] = lambda: None


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def new_uid() -> str:
    """A uid that nobody has."""
    return str(uuid4())


@dataclass(slots=True)
class Run:
    """One run of one account; clock and uid source are parameters so that a simulation can own them.

    ``skipped`` are questions left for later, ``refused`` pairs of which a side would not be written in this run;
    ``wrote`` tells for every side and collection which href was written for which kind, and its etag then.
    """

    db: Database
    account: str
    id: int
    connectors: dict[Side, Connector]
    options: Options
    face: Face
    clock: Callable[[], datetime] = now
    new_uid: Callable[[], str] = new_uid
    skipped: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    wrote: dict[tuple[Side, str], dict[str, tuple[Kind, str | None]]] = field(default_factory=dict)

    def require_going(self) -> None:
        """Raise ``Stopped`` once a person wants the run to end."""
        if self.face.stopped():
            raise Stopped("You stopped it.", "What was done until then is complete; the next run goes on from there.")

    def side_name(self, side: Side) -> str:
        """The name people know a side's store by."""
        return self.connectors[side].name


@dataclass(slots=True)
class Found:
    """What one side reported for a pair. ``reported``: href to etag of everything that may have moved or is new;
    ``tombstones``, ``away``: proved removals and departures; ``absent``: linked items missing from a full listing;
    ``vanished``: items with a remark that it does not name any more; ``missed_before``: what was not found then;
    ``stayed_before``: what stayed there then, and was said;
    ``resting``: those that are left as they are today, but may be what is new on the other side; ``unsure``: something
    may lie there that was not seen, so nothing new is made there now."""

    token: str | None = None
    old_token: str | None = None
    full: bool = False
    reported: dict[str, str | None] = field(default_factory=dict)
    tombstones: set[str] = field(default_factory=set)
    away: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    vanished: set[str] = field(default_factory=set)
    unsure: bool = False
    missed_before: frozenset[str] = frozenset()
    stayed_before: frozenset[str] = frozenset()
    resting: set[str] = field(default_factory=set)
    listed: int = 0
    lost: bool = False  # the token was no longer valid
    fleeting: set[str] = field(default_factory=set)  # new, listed for the first time, and not found when it was read


@dataclass(slots=True)
class Case:
    """One link in play: what each side holds now, as a fetched item or as the reason why not."""

    link: Link
    memory: Memory
    now: dict[Side, Fetched | Absent] = field(default_factory=dict)

    def item(self, side: Side) -> Item | Absent:
        """The item of a side, or why there is none."""
        state = self.now.get(side, Absent.UNKNOWN)
        return state.item if isinstance(state, Fetched) else state


@dataclass(slots=True)
class Write:
    """One intended write of a step. ``item`` is what shall be there (``None`` for a deletion)."""

    op: str
    side: Side
    item: Item | None
    href: str | None
    etag: str | None = None
    base: Document | None = None
    changed: tuple[str, ...] = ()
    journal: int = 0
    written_etag: str | None = None
    held: Fetched | None = None
    done: bool = False
    lost: bool = False  # it is not known whether it took effect: the journal row stays open


class Fate(StrEnum):
    """What becomes of an item's link by a write that a person asked for."""

    EDIT = "edit"  # it stays, and so does its memory: the next run sees a person's edit
    LOOSE = "loose"  # there is none: the next run sees a new item, or none any more
    DECLINE = "decline"  # its copy was taken back
    REVIVE = "revive"  # a declined link has its copy back
    RELEASE = "release"  # a declined link ends: the next run carries its item as a new one


@dataclass(frozen=True, slots=True)
class ByHand:
    """A step that a person asked for. ``fate`` is what becomes of the item's link by what happens on ``side``; ``item``
    the number of the link by which history knows the item, also when that link is no more."""

    fate: Fate
    side: Side
    item: int | None


@dataclass(slots=True, eq=False)
class Step:
    """Everything that happens to one link: writes on one or both sides, then what is remembered.

    ``link`` is ``None`` for a new one. ``terms`` are those of the merge behind ``settlement``. ``after`` must be done
    before. ``forget``: the link ends. ``loose``: no link is made of it. ``moved_from``: the link whose item and history
    it takes over; ``restored``: a person wanted it at a guard's stop. ``question`` is asked about what stays undecided;
    ``answered`` is the id of the one it carries out, and ``answer`` what a person said to it. ``held`` are writes that
    wait for a person's word. ``by_hand``: it is no part of a synchronization, has no ``link``; ``meet`` does what that
    says.
    """

    link: Link | None
    name: str
    now: dict[Side, Fetched]
    writes: list[Write] = field(default_factory=list)
    settlement: Settlement | None = None
    terms: Terms | None = None
    unsettled: bool = False
    merged: bool = False
    linked: bool = False
    after: Step | None = None
    forget: bool = False
    loose: bool = False
    answered: int = 0
    answer: Resolution | None = None
    held: list[Write] = field(default_factory=list)
    noted: bool = False
    state: str = "linked"
    moved_from: int = 0
    restored: bool = False
    question: ConflictRow | None = None
    swings: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, Any] | None = None  # what the link keeps beside its memory, in the place of what it has
    by_hand: ByHand | None = None

    @property
    def number(self) -> int | None:
        """The number of the link by which history knows the item."""
        if self.by_hand is not None:
            return self.by_hand.item
        return self.link.id if self.link is not None else None

    @property
    def done(self) -> bool:
        """True when every write took effect."""
        return all(w.done for w in self.writes)


@dataclass(slots=True)
class PairWork:
    """A pair during a run.

    ``outside``: unlinked items outside of its scope; ``resting``: ids of the links that are (RULES 16). ``approved``:
    the steps that were, with their fingerprints; ``left_out``: how many were not (RULES 20). ``postponed``: unlinked
    items that are left to the next look. ``staying``: what a side holds and the protocol in use cannot carry.
    """

    run: Run
    pair: Pair
    report: PairReport
    replicas: dict[Side, Replica] = field(default_factory=dict)
    found: dict[Side, Found] = field(default_factory=dict)
    cases: dict[int, Case] = field(default_factory=dict)
    loose: dict[Side, dict[str, Fetched]] = field(default_factory=lambda: {Side.LEFT: {}, Side.RIGHT: {}})
    open: dict[Side, dict[str, str | None]] = field(default_factory=lambda: {Side.LEFT: {}, Side.RIGHT: {}})
    steps: list[Step] = field(default_factory=list)
    deletions: list[Step] = field(default_factory=list)
    clusters: list[Cluster] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    shared: dict[Side, dict[str, Fetched]] = field(default_factory=lambda: {Side.LEFT: {}, Side.RIGHT: {}})
    questions: list[ConflictRow] = field(default_factory=list)
    waiting: dict[Side, dict[str, str | None]] = field(default_factory=lambda: {Side.LEFT: {}, Side.RIGHT: {}})
    foreign: dict[Side, dict[str, str | None]] = field(default_factory=lambda: {Side.LEFT: {}, Side.RIGHT: {}})
    refused: dict[Side, dict[str, tuple[str | None, str]]] = field(
        default_factory=lambda: {Side.LEFT: {}, Side.RIGHT: {}}
    )
    outside: dict[Side, dict[str, Fetched]] = field(default_factory=lambda: {Side.LEFT: {}, Side.RIGHT: {}})
    resting: set[int] = field(default_factory=set)
    approved: list[tuple[Step, str]] = field(default_factory=list)
    left_out: int = 0
    staying: dict[Side, dict[str, str | None]] = field(default_factory=lambda: {Side.LEFT: {}, Side.RIGHT: {}})
    newly_staying: list[tuple[Side, str, str]] = field(default_factory=list)  # side, name and why: not said yet
    noted: dict[Side, dict[str, str | None]] = field(default_factory=lambda: {Side.LEFT: {}, Side.RIGHT: {}})
    uids: dict[Side, set[str]] = field(default_factory=lambda: {Side.LEFT: set(), Side.RIGHT: set()})
    hrefs: dict[Side, set[str]] = field(default_factory=lambda: {Side.LEFT: set(), Side.RIGHT: set()})
    wrote: dict[Side, dict[str, str | None]] = field(default_factory=lambda: {Side.LEFT: {}, Side.RIGHT: {}})
    unborn: list[JournalRow] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)  # declined links whose item is gone; they end with the run
    unseen: set[int] = field(default_factory=set)  # pairs of this kind that are not looked at in this pass
    links: int = 0
    progress: tuple[Phase, int, int] = (Phase.WRITING, 0, 0)
    strange: Side | None = None
    locked: Side | None = None  # refused a write before, and would again
    tried: Side | None = None  # refused a write before, and is tried again in this run
    allowed: bool = False
    restore_later: set[int] = field(default_factory=set)  # links to be restored that were not to be had now
    promised: set[tuple[StopReason, Side]] = field(default_factory=set)  # stops answered *restore* before
    halted: bool = False
    held_back: list[str] = field(default_factory=list)
    later: set[int] = field(default_factory=set)  # links that are left to the next look
    postponed: dict[Side, set[str]] = field(default_factory=lambda: {Side.LEFT: set(), Side.RIGHT: set()})
    again: bool = False
    relook: bool = False  # halted, but to be looked at once more in this run

    @property
    def kind(self) -> Kind:
        """The kind that is kept the same."""
        return self.pair.kind

    @property
    def policy(self) -> Policy:
        """Direction and conflict rule, the run's option before the pair's."""
        rule = self.run.options.on_conflict or self.pair.on_conflict
        return Policy(Direction(self.pair.direction), OnConflict(rule))

    @property
    def terms(self) -> Terms:
        """The terms of a merge without anybody's choices."""
        return Terms(
            self.replicas[Side.LEFT].limits, self.replicas[Side.RIGHT].limits, own=self.run.options.own_addresses
        )

    def info(self, side: Side) -> CollectionInfo:
        """The collection of a side."""
        return self.replicas[side].info

    def collection(self, side: Side) -> str:
        """The id of a side's collection."""
        return self.pair.left if side is Side.LEFT else self.pair.right

    def problem(self, side: Side, item: str, told: str | InstepError, kind: str = "") -> None:
        """Report something wrong with one item (or the pair): the error that says it, or a sentence and the ``kind`` of
        error that it is (empty: none)."""
        entry = Problem(side, item, str(told), kind or kind_of_failure(told))
        if entry not in self.report.problems:
            self.report.problems.append(entry)

    def settle(self, side: Side, href: str | None) -> None:
        """A reported change of this side needs no further look."""
        if href is not None:
            self.open[side].pop(href, None)

    def step(self, name: str = "") -> None:
        """One more write of the current phase was answered (none yet without a name)."""
        phase, done, total = self.progress
        self.progress = (phase, done + bool(name), total)
        self.tell(phase, self.progress[1], total, name)

    def tell(self, phase: Phase, done: int = 0, total: int = 0, name: str = "") -> None:
        """Let the face know how far the pair is."""
        self.run.face.emit(Progress(self.run.account, self.kind, phase, done, total, name, self.pair.id))
