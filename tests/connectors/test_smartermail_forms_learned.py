"""What is learned of call forms while writing: it may neither double an item nor give up a kind too early."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.rest_desk import RestDesk, applied, fetched, listed, run
from connectors.test_smartermail_writing import KINDS, made
from instep.connectors.base import Failed, Outcome, Update, Written
from instep.core.model import Kind
from instep.errors import Transient
from instep.testing.builders import edited


@pytest.mark.parametrize("kind", KINDS)
def test_a_creation_that_shows_late_is_not_sent_twice_even_where_its_form_was_learned(kind: Kind) -> None:
    desk = RestDesk(kind)
    desk.box.ways.late = True
    desk.box.ways.learns = {f"{kind.value}-new": "some form"}
    outcome = run(made(desk))
    assert isinstance(outcome, Failed) and isinstance(outcome.error, Transient), outcome
    assert desk.box.calls["create"] == 1
    desk.box.arrive()
    assert len(desk.there) == 1


def test_changes_at_once_that_make_second_items_leave_the_other_form_to_the_next_run() -> None:
    async def story() -> list[Outcome]:
        replica = await desk.replica()
        got = [await fetched(replica, href) for href in await listed(replica)]
        return await applied(
            replica,
            *(Update(n, g.href, g.etag, g.document, edited(g.item, "changed")) for n, g in enumerate(got, 1)),
        )

    desk = RestDesk()
    for number in (1, 2, 3):
        desk.put(number)
    desk.profile = replace(desk.profile, forms={"contact-change": "folder/id"})
    desk.box.ways.copies = True
    assert all(isinstance(outcome, Failed) for outcome in run(story()))
    assert len(desk.there) == 3
    assert desk.profile.forms == {"contact-change-doubtful": "folder/id"}
    desk.box.ways.copies = False
    assert all(isinstance(outcome, Written) for outcome in run(story()))
