"""The live check finds out what a server does, whatever that is, and leaves its mailbox as it was."""

from __future__ import annotations

import pytest

from instep.accounts.secret import Secret
from instep.codecs.smartermail_contact_keys import CANDIDATES
from instep.core.model import Kind
from instep.service.live_check.answers import Sure
from instep.service.live_check.desk import Choices
from instep.service.live_check.questions import QUESTIONS
from instep.testing.smartermail import ANNA, DAV_GROUP, Switches, TwoStep, World, serve
from instep.testing.smartermail.shapes import CONTACT
from peers.live_check import Check, mailbox

HELD = {key.lower() for key in CONTACT}
KEPT = ", ".join(sorted(key for keys in CANDIDATES.values() for key in keys if key.lower() in HELD))
OWNERS = "contacts: local part; appointments: full address; tasks: full address; notes: local part"
HONOURED = "If-Match honoured; If-None-Match honoured"
IGNORED = "If-Match ignored; If-None-Match ignored"

# The switches, the question, and the answer that such a server makes true.
ANSWERS = [
    ("", "contact-path", "by folder; a change has the id in the body"),
    ("contact_path=address", "contact-path", "by address; a change has the id in the body"),
    ("contact_id=path", "contact-path", "by folder; a change has the id in the path"),
    ("contact_path=address contact_id=path", "contact-path", "by address; a change has the id in the path"),
    ("put_reply=nothing", "contact-path", "by folder; a change has the id in the body"),
    ("refusals=status contact_path=address", "contact-path", "by address; a change has the id in the body"),
    ("", "partial-change", "blanks"),
    ("partial=keeps", "partial-change", "keeps"),
    ("", "phone-type", "word"),
    ("phone_type=number", "phone-type", "number"),
    ("keys=pascal phone_type=number", "phone-type", "number"),
    ("", "email-entries", "texts"),
    ("email_entries=objects", "email-entries", "objects"),
    ("", "contact-keys", KEPT),
    ("keys=pascal", "contact-keys", KEPT),
    ("", "event-new-id", "0"),
    ("event_new_id=null", "event-new-id", "null or left out"),
    ("event_new_id=absent", "event-new-id", "left out"),
    ("event_new_id=any", "event-new-id", "any"),
    ("", "event-path", "null"),
    ("event_path=short", "event-path", "left out"),
    ("event_path=short event_new_id=absent", "event-path", "left out"),
    ("", "recurrence", "none of the known forms"),
    ("recurrence=words", "recurrence", "none of the known forms"),
    ("recurrence=rule", "recurrence", "none of the known forms"),
    ("recurrence=opaque", "recurrence", "none of the known forms"),
    ("", "exceptions", "right"),
    ("", "time-zones", "as sent"),
    ("tz=utc", "time-zones", "UTC"),
    ("tz=windows", "time-zones", "Windows name"),
    ("", "deletion", "an event: false true bulk; a series: true bulk"),
    ("delete_flag=notify", "deletion", "an event: false true bulk; a series: false true bulk"),
    ("event_ids=number", "deletion", "an event: false true bulk; a series: true bulk"),
    ("missing_item=404", "deletion", "an event: false true bulk; a series: true bulk"),
    ("", "task-dates", "UTC"),
    ("task_dates=local", "task-dates", "without a zone, on another clock"),
    ("task_dates=offset", "task-dates", "with an offset"),
    ("due_without_start=refused", "task-dates", "UTC"),
    ("", "note-text", "kept"),
    ("note_html=wrapped", "note-text", "wrapped in a page"),
    ("", "owners", "local part"),
    ("owners=address", "owners", OWNERS),
    ("", "paging", "take 0 gives all, the total is right, skip and take work"),
    ("take_zero=nothing", "paging", "take 0 gives nothing, the total is right, skip and take work"),
    ("", "dav-versions", f"ETag after PUT right; {HONOURED}; sync-token works"),
    ("if_match=ignored", "dav-versions", f"ETag after PUT right; {IGNORED}; sync-token works"),
    ("etag=absent", "dav-versions", f"no ETag after PUT; {HONOURED}; sync-token works"),
    ("etag=changes", "dav-versions", f"ETag after PUT stale; {HONOURED}; sync-token works"),
    ("sync_collection=missing", "dav-versions", f"ETag after PUT right; {HONOURED}; no sync-token"),
    ("", "task-collection", "shown, says VTODO"),
    ("tasks_collection=unsaid", "task-collection", "shown, does not say what it takes"),
    ("tasks_collection=hidden", "task-collection", "not shown"),
    ("", "uids", "same"),
    ("uids=different", "uids", "different"),
    ("", "group-cards", "X-ADDRESSBOOKSERVER-KIND"),
    ("group_cards=kind", "group-cards", "KIND"),
    ("", "token-lifetimes", "access 15 minutes, refresh 30 days"),
]  # fmt: skip


def switches(text: str) -> Switches:
    return Switches(**dict(word.split("=") for word in text.split()))


@pytest.mark.parametrize(("chosen", "question", "expected"), ANSWERS, ids=lambda value: value or "usual")
def test_answer_is_what_the_server_does_and_nothing_stays(chosen: str, question: str, expected: str) -> None:
    with serve(World.demo(switches(chosen))) as server:
        before = mailbox(server.world)
        check = Check(server)
        answer = check.ask(question)[question]
        assert (answer.value, answer.sure in (Sure.SEEN, Sure.LIKELY, Sure.TOLD)) == (expected, True), answer
        assert mailbox(server.world) == before
        assert server.world.records.mails == []
        assert check.result.left == []


def test_whole_check_answers_all_questions_that_need_no_word_of_a_person() -> None:
    with serve(World.demo()) as server:
        before = mailbox(server.world)
        answers = Check(server).ask()
        assert list(answers) == [question.name for question in QUESTIONS]
        open_ = {name for name, answer in answers.items() if answer.sure not in (Sure.SEEN, Sure.TOLD)}
        assert open_ == {"mail", "app-password", "intrusion-detection"}
        assert all(answers[name].sure is Sure.NOT_TRIED for name in open_)
        assert mailbox(server.world) == before
        assert server.world.records.mails == []
        assert all(login.worked for login in server.world.records.logins)


@pytest.mark.parametrize("came", [True, False])
def test_mail_is_tried_only_with_an_address_of_the_persons_own(came: bool) -> None:
    async def look(address: str) -> bool:
        return came

    with serve(World.demo(Switches(save_mails="mails" if came else "silent"))) as server:
        before = mailbox(server.world)
        check = Check(server, Choices(guest="second@example.net", mail_came=look))
        answer = check.ask("mail")["mail"]
        assert (answer.value, answer.sure) == ("mails" if came else "no mail", Sure.TOLD)
        assert {mail.to for mail in server.world.records.mails} == ({"second@example.net"} if came else set())
        assert check.result.forms["appointments.saving-mails"] == ("yes" if came else "no")
        assert mailbox(server.world) == before


@pytest.mark.parametrize("rest", ["accepted", "refused"])
def test_application_password_is_shown_once_over_each_protocol(rest: str) -> None:
    with serve(World.demo(Switches(app_password=rest))) as server:
        anna = server.world.people[ANNA]
        anna.app_passwords[DAV_GROUP] = "abcdefghijklmnop"
        check = Check(server, Choices(app_password=Secret("abcdefghijklmnop")), dav_password="")
        check.before = lambda: setattr(anna, "two_step", TwoStep.APP)
        answer = check.ask("app-password")["app-password"]
        assert answer.value == f"DAV: accepted; REST: {rest}"
        assert sum(not login.worked for login in server.world.records.logins) == (rest == "refused")


def test_long_list_is_tried_only_when_allowed() -> None:
    with serve(World.demo(Switches(page_limit="100"))) as server:
        before = mailbox(server.world)
        few = Check(server).ask("paging")["paging"]
        many = Check(server, Choices(many=True)).ask("paging")["paging"]
        assert "At most" not in few.detail
        assert "At most 100 contacts come at once." in many.detail
        assert mailbox(server.world) == before


def test_server_without_caldav_leaves_only_its_questions_open() -> None:
    with serve(World.demo()) as server:
        answers = Check(server, dav_password="").ask("dav-versions", "uids", "group-cards", "task-collection", "owners")
        tried = {name for name, answer in answers.items() if answer.sure is not Sure.NOT_TRIED}
        assert tried == {"owners"}
        assert not any(login.way == "dav" for login in server.world.records.logins)


def test_kind_without_a_folder_of_its_own_is_left_alone_unless_its_default_one_is_allowed() -> None:
    with serve(World.demo()) as server:
        before = mailbox(server.world)
        server.fail(r"POST .*/tasks/sources/add", 403, times=2)
        alone = Check(server).ask("task-dates")["task-dates"]
        assert alone.sure is Sure.NOT_TRIED
        allowed = Check(server, Choices(inside=frozenset({Kind.TASK}))).ask("task-dates")["task-dates"]
        assert allowed.value == "UTC"
        assert mailbox(server.world) == before
