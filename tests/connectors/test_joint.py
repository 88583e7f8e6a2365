"""One account over two protocols: which one serves a kind, why, and what never happens silently."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import pytest

from instep.connectors.base import Capabilities, CollectionInfo, Finding
from instep.connectors.joint import JointConnector, Part
from instep.connectors.memory import MemoryConnector, MemoryStore, Traits
from instep.core.limits import ABSENT
from instep.core.model import Kind
from instep.errors import (
    CollectionError,
    ConfigError,
    InstepError,
    LoginRefused,
    NotADavServer,
    NotSmarterMail,
    ReadOnly,
    SignInNeeded,
    Transient,
    Unreachable,
)

REST, DAV = "rest", "dav"
ORDER = {
    Kind.CONTACT: (DAV, REST),
    Kind.EVENT: (DAV, REST),
    Kind.TASK: (REST, DAV),
    Kind.NOTE: (REST,),
}


class Watched(MemoryConnector):
    """A store that counts how often it is asked for its folders, and may fail then."""

    def __init__(self, store: MemoryStore, error: InstepError | None = None) -> None:
        super().__init__(store)
        self.error = error
        self.asked = 0
        self.closed = False

    async def probe(self) -> Capabilities:
        await self.collections()
        return replace(await super().probe(), findings=(Finding("from", self.name),))

    async def collections(self) -> list[CollectionInfo]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return await super().collections()

    async def close(self) -> None:
        self.closed = True


@dataclass
class World:
    rest: Watched
    dav: Watched
    notes: list[tuple[str, bool]]

    def joint(
        self, fixed: dict[Kind, str] | None = None, order: dict[Kind, tuple[str, ...]] | None = None, **part: object
    ) -> JointConnector:
        parts = [Part(REST, self.rest, "smartermail:"), replace(Part(DAV, self.dav), **part)]  # type: ignore[arg-type]
        noted = lambda name, works: self.notes.append((name, works))  # noqa: E731
        return JointConnector("SmarterMail", parts, order or ORDER, fixed, noted=noted)


def world(rest_kinds: str = "cetn", dav_kinds: str = "ce", **errors: InstepError) -> World:
    letters = {"c": Kind.CONTACT, "e": Kind.EVENT, "t": Kind.TASK, "n": Kind.NOTE}
    rest, dav = MemoryStore("Rest", Traits(own_hrefs=False, tokens=False)), MemoryStore("Dav")
    for letter in rest_kinds:
        rest.add_collection(f"smartermail:{letter}", {letters[letter]}, f"REST {letter}", default=True)
    for letter in dav_kinds:
        dav.add_collection(f"https://mail.test/{letter}/", {letters[letter]}, f"DAV {letter}", default=True)
    return World(Watched(rest, errors.get("rest")), Watched(dav, errors.get("dav")), [])


def chosen(joint: JointConnector) -> dict[Kind, str]:
    """The kinds with the protocol that offers their folders; a kind that two offer would be a failure."""
    found: dict[Kind, str] = {}
    for info in asyncio.run(joint.collections()):
        for kind in info.kinds:
            assert kind not in found, f"{kind} is offered twice"
            found[kind] = REST if info.id.startswith("smartermail:") else DAV
    return found


REFUSED = LoginRefused("mail.test refused the login.", "Check it.")
NOWHERE = NotADavServer("mail.test is no CalDAV server.")
C, E, T, N = Kind.CONTACT, Kind.EVENT, Kind.TASK, Kind.NOTE
CHOICES = [
    ("each kind goes the first way that has it", world(), {}, {C: DAV, E: DAV, T: REST, N: REST}),
    ("DAV that refuses the login is passed over", world(dav=REFUSED), {}, dict.fromkeys(Kind, REST)),
    ("DAV that is switched off is passed over", world(dav=NOWHERE), {}, dict.fromkeys(Kind, REST)),
    ("DAV without a calendar serves contacts alone", world(dav_kinds="c"), {}, {C: DAV, E: REST, T: REST, N: REST}),
    ("tasks go over DAV where REST has none", world("cen", "cet"), {}, {C: DAV, E: DAV, T: DAV, N: REST}),
    ("a fixed kind stays", world(), {C: REST}, {C: REST, E: DAV, T: REST, N: REST}),
    ("a fixed kind never falls over", world(dav=NOWHERE), {C: DAV}, {E: REST, T: REST, N: REST}),
    ("notes have no other way", world("ce"), {}, {C: DAV, E: DAV}),
]


@pytest.mark.parametrize(("why", "there", "fixed", "wanted"), CHOICES, ids=[row[0] for row in CHOICES])
def test_kinds_are_offered_in_one_protocol(
    why: str, there: World, fixed: dict[Kind, str], wanted: dict[Kind, str]
) -> None:
    assert chosen(there.joint(fixed)) == wanted


STOPS = [
    ("the first sign-in is refused", {"rest": REFUSED}, LoginRefused, 0),
    ("a person has to sign in", {"rest": SignInNeeded("Sign in again.")}, SignInNeeded, 0),
    ("a proxy's page instead of REST", {"rest": NotSmarterMail("A page.")}, NotSmarterMail, 0),
    ("DAV fails for now", {"dav": Transient("Error 503.")}, Transient, 1),
    ("DAV is not reached", {"dav": Unreachable("No connection.")}, Unreachable, 1),
]


@pytest.mark.parametrize(("why", "errors", "raised", "tries"), STOPS, ids=[row[0] for row in STOPS])
def test_what_may_pass_or_was_refused_first_chooses_nothing(
    why: str, errors: dict[str, InstepError], raised: type[InstepError], tries: int
) -> None:
    there = world(**errors)
    for ask in (there.joint().collections, there.joint().probe):
        there.dav.asked = 0
        with pytest.raises(raised):
            asyncio.run(ask())
        assert there.dav.asked == tries


def test_a_part_that_cannot_be_used_is_never_asked_and_says_why() -> None:
    there = world()
    joint = there.joint(unusable="no application password", advice="Make one in the web mail.")
    able = asyncio.run(joint.probe())
    assert there.dav.asked == 0 and able.kinds == frozenset(Kind)
    told = {finding.name: finding for finding in able.findings}
    assert told[DAV] == Finding(DAV, "no application password", "Make one in the web mail.", fine=False)
    assert told["contacts"].detail.endswith("(no application password)") and not told["contacts"].fine
    assert told["tasks"].fine
    with pytest.raises(CollectionError, match=r"No application password\. Make one"):
        asyncio.run(joint.open("https://mail.test/c/", Kind.CONTACT))


def test_a_refusal_is_remembered_and_only_a_test_tries_again() -> None:
    there = world(dav=REFUSED)
    joint = there.joint()
    asyncio.run(joint.collections())
    assert there.notes == [(DAV, False)] and there.dav.asked == 1
    asyncio.run(joint.collections())
    assert there.dav.asked == 1, "the same answer is not asked for twice"
    there.dav.error = None
    assert chosen(joint)[Kind.CONTACT] == REST
    asyncio.run(joint.probe())
    assert there.notes[-1] == (DAV, True)
    assert chosen(joint)[Kind.CONTACT] == DAV


def test_a_pair_s_folder_is_opened_in_its_own_protocol_without_asking_anybody() -> None:
    there = world(rest=REFUSED, dav=REFUSED)
    joint = there.joint()
    for place, kind in (("smartermail:c", Kind.CONTACT), ("https://mail.test/c/", Kind.CONTACT)):
        assert asyncio.run(joint.open(place, kind)).info.id == place
    assert there.rest.asked == there.dav.asked == 0


def test_probe_tells_each_kind_s_way_and_joins_what_the_parts_can() -> None:
    there = world("cen", "ce")
    there.rest.store.traits = replace(there.rest.store.traits, limits={Kind.NOTE: {"color": ABSENT}})
    there.dav.store.traits = replace(there.dav.store.traits, limits={Kind.NOTE: {"title": ABSENT}}, schedules=True)
    able = asyncio.run(there.joint().probe())
    assert able.kinds == {Kind.CONTACT, Kind.EVENT, Kind.NOTE}
    assert able.limits == {Kind.NOTE: {"color": ABSENT}}
    assert able.schedules and able.tokens and not able.own_hrefs
    told = {finding.name: finding for finding in able.findings}
    assert not told["tasks"].fine and "does not synchronize" in told["tasks"].detail


def test_a_folder_is_made_in_the_protocol_of_its_kind() -> None:
    there = world("cetn", "")
    made = asyncio.run(there.joint().create_collection("New", frozenset({Kind.NOTE})))
    assert made.id in there.rest.store.shelves
    made = asyncio.run(there.joint({Kind.CONTACT: DAV}).create_collection("New", frozenset({Kind.CONTACT})))
    assert made.id in there.dav.store.shelves
    with pytest.raises(ConfigError, match="different protocols"):
        asyncio.run(world().joint().create_collection("New", frozenset({Kind.NOTE, Kind.CONTACT})))
    with pytest.raises(ReadOnly):
        asyncio.run(world("c").joint(order={Kind.CONTACT: (REST,)}).create_collection("New", frozenset({Kind.NOTE})))


def test_traffic_is_added_up_and_all_parts_are_closed() -> None:
    there = world()
    joint = there.joint()
    asyncio.run(joint.collections())
    assert joint.traffic[0] == there.rest.traffic[0] + there.dav.traffic[0] > 0
    asyncio.run(joint.close())
    assert there.rest.closed and there.dav.closed
