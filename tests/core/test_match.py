"""First sync: which unlinked items are the same, which may be, which stand alone (RULES 21, DESIGN.md 3)."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from instep.core import match as matching
from instep.core.limits import Limit
from instep.core.match import Cluster, Loose, Matches, match
from instep.core.model import Contact, Event, Item, Note, Task, Typed
from instep.testing.builders import contact, event, note, task


def side(prefix: str, items: list[Any]) -> list[Loose]:
    return [Loose(f"{prefix}{n:04}", item) for n, item in enumerate(items)]


def matched(left: list[Any], right: list[Any], **options: Any) -> Matches:
    found = match(side("l", left), side("r", right), **options)
    for hrefs, prefix, count in (
        ([*[a for a, _ in found.pairs], *[h for c in found.clusters for h in c.left], *found.left], "l", len(left)),
        ([*[b for _, b in found.pairs], *[h for c in found.clusters for h in c.right], *found.right], "r", len(right)),
    ):
        assert set(hrefs) == {f"{prefix}{n:04}" for n in range(count)}, "every item has a place"
    waiting = {h for c in found.clusters for h in (*c.left, *c.right)}
    settled = [h for p in found.pairs for h in p] + [*found.left, *found.right]
    assert len(settled) == len(set(settled)) and not waiting & set(settled), "and only one"
    return found


ANNA = contact("Anna Berg", email="anna@example.org", phone="+49 30 1")
P = (("l0000", "r0000"),)

SAME = [
    ("the same uid, all else different", contact("Anna Berg", uid="u"), contact("Zoe Alt", uid="u")),
    ("no uid but equal", ANNA, ANNA),
    ("another uid but equal", replace(ANNA, uid="a"), replace(ANNA, uid="b")),
    ("one name and one address, other things differ", ANNA, replace(ANNA, note="x", telephones=())),
    ("one name in another order", contact("Anna Berg"), Contact(formatted_name="Berg, Anna")),
    ("one name in capitals", contact("Anna Berg"), contact("ANNA  BERG")),
    ("one address, the family name changed", ANNA, replace(ANNA, family="Klein", formatted_name="Anna Klein")),
    ("one address, no name there", ANNA, Contact(emails=ANNA.emails)),
    ("one subject, one start", event("Dentist"), event("dentist", location="x")),
    (
        "one subject, start in another zone",
        event("D", zone="Europe/Berlin"),
        event("D", "2026-03-02 09:00", zone="UTC"),
    ),
    ("one task, one due day", task("Tax", "2026-04-01"), task("Tax", "2026-04-01", priority=1)),
    ("one task, no due day there", task("Tax", "2026-04-01"), task("Tax")),
    ("one note title", note("Shopping", "milk"), note("shopping", "milk, bread")),
]
OTHER = [
    ("one first name", contact("Anna Berg"), contact("Anna Klein")),
    ("one telephone of a company, other names", contact("Anna Berg", phone="1"), contact("Zoe Alt", phone="1")),
    ("one name, other birthdays", contact("A B", birthday="1980-01-01"), contact("A B", birthday="1990-01-01")),
    ("a person and a group of one name", contact("Chess"), replace(contact("Chess"), is_group=True)),
    ("one subject, other start", event("Dentist"), event("Dentist", "2026-03-03 10:00")),
    ("one task, other due days", task("Tax", "2026-04-01"), task("Tax", "2027-04-01")),
    ("company cards that differ", Contact(company="ACME", note="x"), Contact(company="ACME", note="y")),
    (
        "company cards named after the company",
        Contact(formatted_name="ACME", company="ACME", note="x"),
        Contact(formatted_name="ACME", company="ACME", note="y"),
    ),
    ("cards with nothing but a number", Contact(telephones=(Typed("1"),), note="x"), Contact(telephones=(Typed("1"),))),
    ("events without a subject", replace(event(""), location="x"), replace(event(""), location="y")),
    ("notes without a title", Note(body="x"), Note(body="y")),
]


@pytest.mark.parametrize(("says", "left", "right"), SAME, ids=[row[0] for row in SAME])
def test_one_item_on_each_side_that_is_the_same_links(says: str, left: Item, right: Item) -> None:
    assert matched([left], [right]).pairs == P
    assert matched([right], [left]).pairs == P


@pytest.mark.parametrize(("says", "left", "right"), OTHER, ids=[row[0] for row in OTHER])
def test_one_item_on_each_side_that_is_not_the_same_stays_alone(says: str, left: Item, right: Item) -> None:
    assert matched([left], [right]) == Matches((), (), ("l0000",), ("r0000",))


def test_a_uid_that_one_side_has_twice_is_a_hint_only() -> None:
    left = [contact("Anna Berg", uid="u"), contact("Bert Clay", uid="u")]
    assert matched(left, [contact("Bert Clay", uid="u", note="x")]).pairs == (("l0001", "r0000"),)
    assert not matched(left, [contact("Zoe Alt", uid="u")]).pairs


def test_uids_say_nothing_where_a_side_does_not_keep_them() -> None:
    found = matched([contact("Anna Berg", uid="1")], [contact("Zoe Alt", uid="1")], uids=False)
    assert not found.pairs


def test_several_candidates_are_one_question_with_all_of_them() -> None:
    left = [contact("Anna Berg")]
    right = [contact("Anna Berg", note="x"), contact("Anna Berg", note="y")]
    assert matched(left, right) == Matches((), (Cluster(("l0000",), ("r0000", "r0001")),), (), ())
    assert matched(right, left) == Matches((), (Cluster(("l0000", "l0001"), ("r0000",)),), (), ())


def test_a_clear_winner_among_candidates_links() -> None:
    left = [contact("Anna Berg", email="a@x")]
    right = [contact("Anna Berg", email="b@x"), contact("Anna Berg", email="a@x", note="y")]
    assert matched(left, right).pairs == (("l0000", "r0001"),)


def test_equal_items_pair_as_many_as_there_are_and_the_surplus_stands_alone() -> None:
    found = matched([ANNA] * 3, [ANNA] * 2)
    assert found == Matches((("l0000", "r0000"), ("l0001", "r0001")), (), ("l0002",), ())


def test_equal_company_cards_pair_without_a_guess() -> None:
    card = Contact(company="ACME", telephones=(Typed("1"),))
    assert matched([card], [card]).pairs == P


def test_items_that_are_equal_through_a_sides_limits_pair() -> None:
    full = Contact(company="ACME", emails=tuple(Typed(f"{n}@x") for n in range(4)), note="n")
    full = replace(full, emails=())
    held = replace(full, note="")
    limits = {"note": Limit(absent=True)}
    assert not matched([held], [full]).pairs
    assert matched([held], [full], through=(limits, {})).pairs == P
    assert matched([full], [held], through=({}, limits)).pairs == P


def test_a_family_that_shares_an_address_is_not_mixed_up() -> None:
    anna, bert, cora = (contact(f"{n} Berg", email="berg@example.org") for n in ("Anna", "Bert", "Cora"))
    found = matched([anna, bert, cora], [replace(i, note="x") for i in (cora, anna, bert)])
    assert set(found.pairs) == {("l0000", "r0001"), ("l0001", "r0002"), ("l0002", "r0000")}


def test_two_of_a_family_that_shares_an_address_are_asked_about_and_never_linked_by_guess() -> None:
    anna, bert = (contact(f"{n} Berg", email="berg@example.org") for n in ("Anna", "Bert"))
    assert matched([anna], [bert]) == Matches((), (Cluster(("l0000",), ("r0000",)),), (), ())
    found = matched([anna], [replace(anna, note="x"), bert])
    assert found.pairs == P and found.right == ("r0001",)


def test_an_address_shared_by_strangers_links_nobody() -> None:
    assert not matched([contact("Anna Berg", email="info@x")], [contact("Zoe Alt", email="info@x")]).pairs


def test_a_single_appointment_and_a_series_of_one_subject_are_asked_about() -> None:
    found = matched([event("Chess")], [event("Chess", rules=("FREQ=WEEKLY",))])
    assert found == Matches((), (Cluster(("l0000",), ("r0000",)),), (), ())


def test_candidates_that_cross_are_all_asked_about() -> None:
    left = [contact("Anna Berg", note=str(n)) for n in range(3)]
    right = [contact("Anna Berg", note=str(n + 5)) for n in range(2)]
    found = matched(left, right)
    assert not found.pairs and {h for c in found.clusters for h in c.left} == {"l0000", "l0001", "l0002"}


FIRST = ("Anna", "Bert", "Cora", "Dora", "Emil", "Fritz", "Gerd", "Hana", "Ivo", "Jana", "Karl", "Lena", "Max", "Nora")
LAST = ("Berg", "Clay", "Dell", "Ernst", "Falk", "Groß", "Huber", "Illy", "Jung", "Klein", "Lang", "Maier", "Noll")


def people(count: int, seed: int = 1) -> list[Contact]:
    """Invented people, one in ten a near duplicate of somebody: same name, or same address, never the same person."""
    dice = random.Random(seed)
    found: list[Contact] = []
    for n in range(count):
        given, family = dice.choice(FIRST), f"{dice.choice(LAST)}{n}"
        person = contact(f"{given} {family}", email=f"{given}.{family}@example.org".lower(), phone=f"+49 30 {n:05}")
        if n % 10 == 9:
            near = found[dice.randrange(len(found))]
            sort = dice.randrange(3)
            if sort == 0:  # a namesake
                person = replace(person, given=near.given, family=near.family, formatted_name=near.formatted_name)
            elif sort == 1:  # shares the address of a relative
                relative = f"{given}s {near.family}"
                person = contact(relative, email=near.emails[0].value, phone=f"+49 30 {n:05}")
            else:  # shares the office telephone
                person = replace(person, telephones=near.telephones, company="ACME")
        found.append(replace(person, uid=str(n)))
    return found


def disturbed(person: Contact, dice: random.Random) -> Contact:
    """The same person as the other store has them: another uid, something missing or written differently."""
    change = dice.randrange(5)
    person = replace(person, uid=f"other-{person.uid}")
    if change == 0:
        return replace(person, telephones=())
    if change == 1:
        return replace(person, formatted_name=f"{person.family}, {person.given}", note="added")
    if change == 2:
        return replace(person, telephones=(Typed(person.telephones[0].value.replace(" ", "-")),))
    if change == 3:
        return replace(person, company="Somewhere else")
    return person


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_near_duplicates_are_never_paired_wrongly_and_hardly_anybody_is_missed(seed: int) -> None:
    dice = random.Random(seed)
    left = people(500, seed)
    right = [disturbed(p, dice) for p in left]
    order = list(range(500))
    dice.shuffle(order)
    found = match(side("l", left), [Loose(f"r{n:04}", right[n]) for n in order])
    wrong = [(a, b) for a, b in found.pairs if a[1:] != b[1:]]
    assert wrong == []
    assert len(found.pairs) >= 490


def test_the_order_in_which_items_come_makes_no_difference() -> None:
    left, right = side("l", people(60)), side("r", [replace(p, note="x") for p in people(60)])
    forth, back = match(left, right), match(left[::-1], right[::-1])
    assert forth == back


def test_the_number_of_comparisons_grows_with_the_items_not_with_their_square(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [0]
    score = matching.score

    def counted(a: Item, b: Item) -> int:
        calls[0] += 1
        return score(a, b)

    monkeypatch.setattr(matching, "score", counted)
    left = people(5000)
    right = [replace(p, uid=f"o{p.uid}", note="x") for p in left]
    match(side("l", left), side("r", right))
    assert 5000 <= calls[0] <= 4 * 5000


def test_five_thousand_cards_with_one_telephone_stay_linear(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [0]
    score = matching.score

    def counted(a: Item, b: Item) -> int:
        calls[0] += 1
        return score(a, b)

    monkeypatch.setattr(matching, "score", counted)
    left = [contact(f"P{n} Q{n}", phone="+1 555", uid=str(n)) for n in range(1000)]
    right = [replace(p, uid=f"o{p.uid}", note="x") for p in left]
    found = match(side("l", left), side("r", right))
    assert calls[0] <= 201 * 1000
    assert len(found.pairs) == 1000


def test_events_and_tasks_of_one_day_pair_by_what_and_when() -> None:
    left: list[Event] = [event("Meeting", f"2026-03-{d:02} 10:00", uid=f"l{d}") for d in range(1, 20)]
    right = [replace(e, uid=f"r{n}", location="x") for n, e in enumerate(left)]
    assert len(matched(list(left), list(right)).pairs) == 19
    tasks: list[Task] = [task("Tax", f"2026-03-{d:02}", uid=f"l{d}") for d in range(1, 20)]
    others = [replace(t, uid=f"r{n}", priority=2) for n, t in enumerate(tasks)]
    assert len(matched(list(tasks), list(others)).pairs) == 19
