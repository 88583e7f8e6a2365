"""Writes to a DAV server: preconditions kept or ignored, refusals sorted, nothing written over unseen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instep.codecs import vcard
from instep.connectors.base import Create, Delete, Document, Failed, Fetched, Snapshot, Update, Written
from instep.connectors.dav.hrefs import key_of, proposed, tidy_etag
from instep.core.model import Contact, Kind, Typed
from instep.errors import (
    AccountError,
    CollectionVanished,
    InstepError,
    ItemRefused,
    LoginRefused,
    PreconditionFailed,
    ReadOnly,
    StoreFull,
    Transient,
)
from peers.dav_sessions import Session, applied, card, fetched, with_server
from peers.odd_dav import CARD, OddDav, Quirks
from peers.standin import Asked, Say

ANNA = Contact(uid="anna", formatted_name="Anna Muster", given="Anna", family="Muster")
HREF = f"{CARD}anna.vcf"


def holding(quirks: Quirks | None = None) -> OddDav:
    odd = OddDav(quirks or Quirks())
    odd.put(HREF, card("anna", more="X-KEEP;Y=z:as it was"))
    return odd


async def read(session: Session) -> Fetched:
    found = (await fetched(await session.replica(CARD, Kind.CONTACT), [HREF]))[HREF]
    assert isinstance(found, Fetched)
    return found


def error_of(outcome: object) -> InstepError:
    assert isinstance(outcome, Failed)
    return outcome.error


@pytest.mark.parametrize("told", [True, False])
def test_create_says_the_etag_if_the_server_told_it(told: bool) -> None:
    odd = OddDav(Quirks(etag_in_put=told))

    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        href = replica.propose(ANNA)
        assert href == HREF
        outcome = (await applied(replica, Create(7, href, ANNA)))[7]
        assert outcome == Written(7, HREF, odd.etag(HREF) if told else None)
        assert session.requests() == 1
        assert session.server.asked[0].headers["if-none-match"] == "*"
        assert b"VERSION:3.0" in odd.members[HREF][1]

    with_server(odd, work)


def test_create_keeps_what_only_the_other_sides_document_knows() -> None:
    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        like = Document(card("anna", more="x-Other;A=b:kept\r\n  as it was"), "text/vcard")
        await applied(replica, Create(1, HREF, vcard.read(like.data), like))
        assert session.odd.members[HREF][1] == like.data

    with_server(OddDav(), work)


@pytest.mark.parametrize("version", ["2.1", "4.0"])
def test_create_writes_version_3_whatever_the_other_side_had(version: str) -> None:
    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        like = Document(card("anna").replace(b"VERSION:3.0", f"VERSION:{version}".encode()), "text/vcard")
        await applied(replica, Create(1, HREF, ANNA, like))
        assert b"VERSION:3.0" in session.odd.members[HREF][1]

    with_server(OddDav(), work)


def test_update_writes_one_line_in_the_documents_own_version() -> None:
    odd = OddDav()
    before = card("anna", more="X-KEEP:1").replace(b"VERSION:3.0", b"VERSION:4.0")
    odd.put(HREF, before)

    async def work(session: Session) -> None:
        was = await read(session)
        assert isinstance(was.item, Contact)
        replica = await session.replica(CARD, Kind.CONTACT)
        changed = replace(was.item, emails=(Typed("a@example.org", frozenset({"work"})),))
        outcome = (await applied(replica, Update(1, HREF, was.etag, was.document, changed)))[1]
        assert outcome == Written(1, HREF, odd.etag(HREF))
        now = odd.members[HREF][1]
        assert [line for line in before.splitlines() if line not in now.splitlines()] == []
        assert len(now.splitlines()) == len(before.splitlines()) + 1

    with_server(odd, work)


MOVED = [
    ("the server keeps preconditions", Quirks()),
    ("the server ignores preconditions", Quirks(ignores_preconditions=True)),
]


@pytest.mark.parametrize(("situation", "quirks"), MOVED, ids=[row[0] for row in MOVED])
@pytest.mark.parametrize("write", ["update", "delete"])
def test_item_that_moved_is_not_written_over(situation: str, quirks: Quirks, write: str) -> None:
    odd = holding(quirks)

    async def work(session: Session) -> None:
        was = await read(session)
        theirs = card("anna", "Somebody Else")
        odd.put(HREF, theirs)
        replica = await session.replica(CARD, Kind.CONTACT)
        made = (
            Update(1, HREF, was.etag, was.document, replace(was.item, uid="anna", note="mine"))  # type: ignore[call-arg]
            if write == "update"
            else Delete(1, HREF, was.etag, was.document)
        )
        assert isinstance(error_of((await applied(replica, made))[1]), PreconditionFailed)
        assert odd.members[HREF][1] == theirs

    with_server(odd, work)


@pytest.mark.parametrize("write", ["update", "delete"])
def test_without_etags_the_content_is_compared_before_the_write(write: str) -> None:
    odd = holding(Quirks(etags=False, ignores_preconditions=True))

    async def work(session: Session) -> None:
        was = await read(session)
        assert was.etag is None
        replica = await session.replica(CARD, Kind.CONTACT)
        assert isinstance(was.item, Contact)
        update = Update(1, HREF, None, was.document, replace(was.item, note="mine"))
        made = update if write == "update" else Delete(1, HREF, None, was.document)
        odd.put(HREF, card("anna", "Somebody Else"))
        assert isinstance(error_of((await applied(replica, made))[1]), PreconditionFailed)
        odd.put(HREF, was.document.data)
        assert isinstance((await applied(replica, made))[1], Written)

    with_server(odd, work)


def test_item_overwritten_by_a_create_is_noticed_and_read_back() -> None:
    """A server that ignores If-None-Match says 204: then nobody knows what the item is now."""
    odd = holding(Quirks(ignores_preconditions=True))

    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        assert (await applied(replica, Create(1, HREF, ANNA)))[1] == Written(1, HREF, None)

    with_server(odd, work)


def test_create_on_a_taken_href_fails_and_harms_nothing() -> None:
    odd = holding()
    before = odd.members[HREF]

    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        assert isinstance(error_of((await applied(replica, Create(1, HREF, ANNA)))[1]), PreconditionFailed)
        assert odd.members[HREF] == before

    with_server(odd, work)


def test_deleting_what_is_gone_already_is_done() -> None:
    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        assert (await applied(replica, Delete(1, HREF, '"v1"')))[1] == Written(1, HREF)

    with_server(OddDav(), work)


def test_deletion_asks_the_server_to_mail_nobody() -> None:
    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        await applied(replica, Delete(1, HREF, '"v1"'))
        (asked,) = [asked for asked in session.server.asked if asked.method == "DELETE"]
        assert asked.headers["schedule-reply"] == "F"
        assert asked.headers["if-match"] == '"v1"'

    with_server(holding(), work)


def condition(name: str) -> str:
    return f'<D:error xmlns:D="DAV:" xmlns:A="urn:ietf:params:xml:ns:carddav"><{name}/></D:error>'


REFUSALS: list[tuple[str, Say, type[InstepError]]] = [
    ("malformed", Say(400), ItemRefused),
    ("forbidden for this item", Say(403), ItemRefused),
    ("no privilege", Say(403, condition("D:need-privileges")), ReadOnly),
    ("same uid elsewhere", Say(409, condition("A:no-uid-conflict")), ItemRefused),
    ("same uid, told as a failed precondition", Say(412, condition("A:no-uid-conflict")), ItemRefused),
    ("too large", Say(413), ItemRefused),
    ("wrong type", Say(415), ItemRefused),
    ("unprocessable", Say(422), ItemRefused),
    ("quota", Say(507), StoreFull),
    ("server error", Say(500), Transient),
    ("connection dropped", Say(drop=True), Transient),
    ("locked for good", Say(423), Transient),
    ("login", Say(401), LoginRefused),
]


@pytest.mark.parametrize(("situation", "say", "error"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_refusal(situation: str, say: Say, error: type[InstepError]) -> None:
    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        found = error_of((await applied(replica, Create(1, HREF, ANNA)))[1])
        assert type(found) is error
        assert "Anna Muster" in str(found)

    with_server(OddDav(Quirks(refuses=(("PUT", say),))), work)


def test_vanished_collection_is_told_from_a_refused_item() -> None:
    odd = OddDav()
    odd.collections.discard(CARD)

    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        assert isinstance(error_of((await applied(replica, Create(1, HREF, ANNA)))[1]), CollectionVanished)

    with_server(odd, work)


def test_read_only_collection_is_not_even_tried_when_its_privileges_are_known() -> None:
    async def work(session: Session) -> None:
        run = session.run()
        infos = {info.id: info.writable for info in await run.collections()}
        assert set(infos.values()) == {False}
        session.forget()
        outcome = (await applied(await session.replica(CARD, Kind.CONTACT, run), Create(1, HREF, ANNA)))[1]
        assert isinstance(error_of(outcome), ReadOnly)
        assert session.requests() == 0

    with_server(OddDav(Quirks(writable=False)), work)


@pytest.mark.parametrize("say", [Say(507), Say(401), Say(403, condition("D:need-privileges"))])
def test_after_what_stops_the_collection_no_write_is_sent(say: Say) -> None:
    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        writes = [Create(n, f"{CARD}{n}.vcf", replace(ANNA, uid=f"u{n}")) for n in range(120)]
        outcomes = await applied(replica, *writes)
        assert all(isinstance(outcome, Failed) for outcome in outcomes.values())
        assert session.requests("PUT") <= 4

    with_server(OddDav(Quirks(refuses=(("PUT", say),))), work)


def test_bad_item_does_not_stop_the_others() -> None:
    odd = OddDav()

    def pick(asked: Asked) -> None:
        odd.be(refuses=(("PUT", Say(400)),) if b"UID:u3\r\n" in asked.body else ())

    odd.meanwhile = pick

    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        writes = [Create(n, f"{CARD}{n}.vcf", replace(ANNA, uid=f"u{n}")) for n in range(6)]
        outcomes = await applied(replica, *writes)
        assert [key for key, outcome in sorted(outcomes.items()) if isinstance(outcome, Failed)] == [3]
        assert not isinstance(error_of(outcomes[3]), AccountError)

    with_server(odd, work)


def test_writes_that_lock_each_other_out_go_one_at_a_time() -> None:
    odd = OddDav()
    locked = iter([True, True, True])

    def lock(asked: Asked) -> None:
        odd.be(refuses=(("PUT", Say(423)),) if asked.method == "PUT" and next(locked, False) else ())

    odd.meanwhile = lock

    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        writes = [Create(n, f"{CARD}{n}.vcf", replace(ANNA, uid=f"u{n}")) for n in range(40)]
        assert all(isinstance(outcome, Written) for outcome in (await applied(replica, *writes)).values())
        assert session.requests() == 43

    with_server(odd, work)


def test_one_look_serves_a_hundred_updates_and_none_is_needed_once_a_412_was_seen() -> None:
    odd = OddDav()
    for number in range(30):
        odd.put(f"{CARD}{number}.vcf", card(f"u{number}"))

    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        listed = await replica.changes(None)
        assert isinstance(listed, Snapshot)
        found = await fetched(replica, [entry.href for entry in listed.entries])
        updates = [
            Update(n, f.href, f.etag, f.document, replace(f.item, note="new"))  # type: ignore[call-arg]
            for n, f in enumerate(found.values())
            if isinstance(f, Fetched)
        ]
        session.forget()
        await applied(replica, *updates)
        assert session.requests() == 31
        odd.meanwhile = lambda asked: odd.put(f"{CARD}0.vcf", card("u0", "Other")) if asked.method == "PUT" else None
        late = next(update for update in updates if update.href == f"{CARD}0.vcf")
        for looks in (1, 0):
            session.forget()
            late = replace(late, etag=odd.etag(f"{CARD}0.vcf"))
            assert isinstance(error_of((await applied(replica, late))[late.key]), PreconditionFailed)
            assert session.requests("REPORT") == looks

    with_server(odd, work)


PROPOSALS = [
    ("a plain uid names the file", "4f0c-11.x_Y", "4f0c-11.x_Y.vcf"),
    ("signs that servers rewrite are replaced", "a b/c@ü", None),
    ("no hidden or climbing names", "../x", None),
    ("very long uids are cut", "x" * 300, None),
    ("no uid", "", None),
]


@pytest.mark.parametrize(("situation", "uid", "name"), PROPOSALS, ids=[row[0] for row in PROPOSALS])
def test_proposed_href(situation: str, uid: str, name: str | None) -> None:
    item = replace(ANNA, uid=uid)
    href = proposed(CARD, item, "vcf", frozenset())
    assert href == proposed(CARD, item, "vcf", frozenset())
    assert href.startswith(CARD)
    assert "/" not in href.removeprefix(CARD)
    assert not href.removeprefix(CARD).startswith(".")
    assert key_of(href) == href
    assert len(href) < 160
    assert name is None or href == CARD + name
    assert proposed(CARD, item, "vcf", frozenset({href})) != href
    assert proposed(CARD, replace(item, uid=uid + "2"), "vcf", frozenset()) != href


@pytest.mark.parametrize("dressed", ['"a"', 'W/"a"', "a", ' "a" '])
def test_etag_has_one_form_however_a_proxy_dressed_it(dressed: str) -> None:
    assert tidy_etag(dressed) == '"a"'
    assert tidy_etag("") is tidy_etag(None) is tidy_etag('""') is None


def test_update_of_what_is_gone_does_not_bring_it_back() -> None:
    odd = holding(Quirks(ignores_preconditions=True))

    async def work(session: Session) -> None:
        was = await read(session)
        odd.remove(HREF)
        replica = await session.replica(CARD, Kind.CONTACT)
        assert isinstance(was.item, Contact)
        update = Update(1, HREF, was.etag, was.document, replace(was.item, note="mine"))
        assert isinstance(error_of((await applied(replica, update))[1]), PreconditionFailed)
        assert odd.members == {}

    with_server(odd, work)
