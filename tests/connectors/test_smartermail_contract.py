"""The SmarterMail connector keeps the contract of all connectors over REST, whatever the server turns out to do."""

from __future__ import annotations

import itertools

import pytest

from connectors.rest_stores import rest_store
from instep.core.model import Kind
from instep.testing.contract import CHECKS, NotApplicable, run
from instep.testing.smartermail import SWITCHES

CONCERNED: dict[str, tuple[Kind, ...]] = {
    "contact_path": (Kind.CONTACT,),
    "contact_id": (Kind.CONTACT,),
    "phone_type": (Kind.CONTACT,),
    "email_entries": (Kind.CONTACT,),
    "list_omits": (Kind.CONTACT,),
    "page_limit": (Kind.CONTACT, Kind.EVENT),
    "put_reply": (Kind.CONTACT, Kind.NOTE),
    "missing_item": (Kind.CONTACT, Kind.TASK, Kind.NOTE),
    "take_zero": (Kind.EVENT,),
    "event_ids": (Kind.EVENT,),
    "event_new_id": (Kind.EVENT,),
    "event_path": (Kind.EVENT,),
    "event_list": (Kind.EVENT,),
    "delete_flag": (Kind.EVENT,),
    "tz": (Kind.EVENT,),
    "all_day_end": (Kind.EVENT,),
    "recurrence": (Kind.EVENT,),
    "uids": (Kind.EVENT,),
    "save_mails": (Kind.EVENT,),
    "note_html": (Kind.NOTE,),
    "task_dates": (Kind.TASK,),
    "due_without_start": (Kind.TASK,),
    "owners": (Kind.EVENT, Kind.TASK),
    "partial": tuple(Kind),
    "normalises": tuple(Kind),
    "keys": tuple(Kind),
    "list_key": tuple(Kind),
    "refusals": tuple(Kind),
    "permission_8": (Kind.CONTACT,),
    "calendar_success": (Kind.EVENT,),
}
"""The kinds whose REST calls a switch changes; the others concern signing in and DAV."""

TELLING = (
    "listing_names_what_is_there_and_moves_etags_only_with_it",
    "confirm_proves_only_what_the_store_itself_says",
    "full_item_is_read_back_as_it_was_written",
    "update_changes_what_differs_and_nothing_else",
    "deleted_item_is_gone_and_its_neighbour_stays",
)
"""What ``make test`` tries on each odd server; ``make trial`` tries everything."""

NOT_TOLD = {("task_dates", "local", "full_item_is_read_back_as_it_was_written")}
"""A server that writes wall times without a zone does not tell that a time was meant in one."""

ALONE = [(name, value, kind) for name, kinds in CONCERNED.items() for value in SWITCHES[name][1:] for kind in kinds]
PAIRS = [
    (one, two)
    for (a, one_value), (b, two_value) in itertools.combinations(
        [(name, value) for name in CONCERNED for value in SWITCHES[name][1:]], 2
    )
    if a != b and set(CONCERNED[a]) & set(CONCERNED[b])
    for one, two in [((a, one_value), (b, two_value))]
]
FOUND = [row for row in PAIRS if {name for name, _ in row} == {"contact_path", "email_entries"}]
SAMPLE = [*PAIRS[::97], *FOUND]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", list(Kind))
def test_mailbox_over_rest_keeps_the_contract(check: str, kind: Kind) -> None:
    run(check, rest_store(kind))


def telling(kind: Kind, checks: tuple[str, ...], **switches: str) -> None:
    """Run checks one after the other; what is not applicable is no failure."""
    for check in checks:
        if any((name, value, check) in NOT_TOLD for name, value in switches.items()):
            continue
        try:
            run(check, rest_store(kind, **switches))
        except (NotApplicable, pytest.skip.Exception):
            continue


@pytest.mark.parametrize(("name", "value", "kind"), ALONE, ids=["-".join(map(str, row)) for row in ALONE])
def test_each_switch_alone_keeps_the_telling_checks(name: str, value: str, kind: Kind) -> None:
    telling(kind, TELLING, **{name: value})


@pytest.mark.trial
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(("name", "value", "kind"), ALONE, ids=["-".join(map(str, row)) for row in ALONE])
def test_each_switch_alone_keeps_the_contract(check: str, name: str, value: str, kind: Kind) -> None:
    if (name, value, check) in NOT_TOLD:
        pytest.skip("a wall time without a zone")
    run(check, rest_store(kind, **{name: value}))


def pairs(row: tuple[tuple[str, str], tuple[str, str]]) -> None:
    for kind in sorted(set(CONCERNED[row[0][0]]) & set(CONCERNED[row[1][0]])):
        telling(kind, TELLING, **dict(row))


@pytest.mark.parametrize("row", SAMPLE, ids=["-".join(map(str, sum(row, ()))) for row in SAMPLE])
def test_some_pairs_of_switches_keep_the_telling_checks(row: tuple[tuple[str, str], tuple[str, str]]) -> None:
    pairs(row)


@pytest.mark.trial
@pytest.mark.parametrize("row", PAIRS, ids=["-".join(map(str, sum(row, ()))) for row in PAIRS])
def test_all_pairs_of_switches_keep_the_telling_checks(row: tuple[tuple[str, str], tuple[str, str]]) -> None:
    pairs(row)
