"""RULES 25 with the real program over HTTP: a strict stand-in, and a real Cyrus whose mail goes into files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from acceptance.desk import Desk
from peers.mailers import CyrusMailer, Letter, Mailer, mailing_cyrus, mailing_stand_in

ME, CAROL, DAN, ZED = "alice@example.org", "carol@far.test", "dan@far.test", "zed@far.test"


@pytest.fixture(params=["stand-in", "cyrus"])
def mailer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mailer]:
    """Each server that mails in turn."""
    if request.param == "stand-in":
        with mailing_stand_in(tmp_path) as stand_in:
            yield stand_in
    else:
        with mailing_cyrus(tmp_path.name) as cyrus:
            yield cyrus


def meeting(uid: str, *lines: str, organizer: str = ME, guests: tuple[str, ...] = (CAROL, DAN), more: str = "") -> str:
    """A meeting; ``lines`` take the place of its subject."""
    body = [f"UID:{uid}", "DTSTAMP:20270101T000000Z", "DTSTART:20270301T090000Z", "DTEND:20270301T100000Z"]
    body += lines or [f"SUMMARY:{uid}"]
    body += [f"ORGANIZER:mailto:{organizer}", *(f"ATTENDEE:mailto:{guest}" for guest in guests)]
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", "BEGIN:VEVENT"]
    return "\r\n".join([*head, *body, "END:VEVENT", f"{more}END:VCALENDAR", ""])


def visit(uid: str, answer: str = "NEEDS-ACTION") -> str:
    """A meeting of Zed's to which we are invited."""
    text = meeting(uid, organizer=ZED, guests=(ME, CAROL))
    return text.replace(f"ATTENDEE:mailto:{ME}", f"ATTENDEE;PARTSTAT={answer}:mailto:{ME}")


Hands = Callable[[Path], object]


def swap(old: str, new: str) -> Hands:
    """A person's program replaces a text in a file of the desktop."""

    def change(file: Path) -> None:
        text = file.read_bytes()
        assert old.encode() in text
        file.write_bytes(text.replace(old.encode(), new.encode(), 1))

    return change


def without(guest: str) -> Hands:
    """A person takes a guest off the list."""

    def change(file: Path) -> None:
        text, count = re.subn(rf"ATTENDEE[^\r]*:mailto:{re.escape(guest)}\r\n", "", file.read_bytes().decode())
        assert count == 1
        file.write_bytes(text.encode())

    return change


ALARM = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:x\r\nEND:VALARM\r\n"
END = "END:VEVENT"
HELD: list[tuple[str, str, str, Hands, set[Letter]]] = [
    ("another subject", "subject", meeting("subject"), swap("SUMMARY:subject", "SUMMARY:subject two"),
     {Letter("REQUEST", CAROL), Letter("REQUEST", DAN)}),
    ("deleted", "away", meeting("away"), Path.unlink, {Letter("CANCEL", CAROL), Letter("CANCEL", DAN)}),
    ("somebody more", "more", meeting("more", guests=(CAROL,)), swap(END, f"ATTENDEE:mailto:{DAN}\r\n{END}"),
     {Letter("REQUEST", DAN)}),
    ("somebody less", "less", meeting("less"), without(DAN), {Letter("CANCEL", DAN)}),
    ("an occurrence less", "series", meeting("series", "SUMMARY:series", "RRULE:FREQ=WEEKLY;COUNT=5"),
     swap(END, f"EXDATE:20270308T090000Z\r\n{END}"), set()),
    ("answered", "visit", visit("visit"), swap("NEEDS-ACTION", "ACCEPTED"), {Letter("REPLY", ZED)}),
]  # fmt: skip
FREE: list[tuple[str, str, str, Hands]] = [
    ("a reminder", "alarm", meeting("alarm"), swap(END, ALARM + END)),
    ("a category", "category", meeting("category"), swap(END, f"CATEGORIES:Work\r\n{END}")),
    ("a colour", "color", meeting("color"), swap(END, f"COLOR:red\r\n{END}")),
    ("shown as free", "free", meeting("free"), swap(END, f"TRANSP:TRANSPARENT\r\n{END}")),
    ("something of a program's own", "own", meeting("own"), swap(END, f"X-MINE:1\r\n{END}")),
    ("an invitation with a reminder", "visit-alarm", visit("visit-alarm"), swap(END, ALARM + END)),
    ("an invitation deleted", "visit-away", visit("visit-away", "ACCEPTED"), Path.unlink),
]


def on_the_desktop(desk: Desk, uid: str) -> Path:
    return next(p for p in (desk.files / "calendar").glob("*.ics") if f"UID:{uid}\r\n" in p.read_bytes().decode())


def on_the_server(mailer: Mailer, uid: str) -> str:
    texts = (mailer.get(path) for path in mailer.members())
    return next((text for text in texts if f"UID:{uid}\r\n" in text.replace("\r\n", "\n").replace("\n", "\r\n")), "")


def begun(desk: Desk, mailer: Mailer, *texts: str) -> None:
    """The account's first sync of what another program made on the server."""
    for text in texts:
        uid = re.search(r"UID:(\S+)", text)
        assert uid
        mailer.put(f"{uid[1]}.ics", text)
    assert desk.add(mailer.peer, "", "--kinds", "appointments").code == 0
    code, report = desk.sync()
    assert code == 0, report
    assert mailer.letters() == []


def test_rule_25_server_mails_for_any_other_program(mailer: Mailer) -> None:
    """Without this the other tests would prove nothing."""
    if not isinstance(mailer, CyrusMailer):
        pytest.skip("what the stand-in sends is seen when a person says yes")
    place = mailer.peer.calendar + "proof.ics"
    for text, letter in (
        (meeting("proof", guests=(CAROL,)), Letter("REQUEST", CAROL)),
        (meeting("proof", "SUMMARY:Other", guests=(CAROL,)), Letter("REQUEST", CAROL)),
        ("", Letter("CANCEL", CAROL)),
    ):
        method = "PUT" if text else "DELETE"
        status, _ = mailer.request(method, place, text, Content_Type="text/calendar", Schedule_Reply="F")
        assert status < 300
        assert mailer.letters() == [letter]


def test_rule_25_nobody_is_mailed_until_a_person_says_yes_to_the_item(mailer: Mailer, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "a")
    begun(desk, mailer, *(row[2] for row in HELD), *(row[2] for row in FREE))
    before = {row[1]: on_the_server(mailer, row[1]) for row in HELD}
    for _, uid, _, hands, *_ in (*HELD, *FREE):
        hands(on_the_desktop(desk, uid))
    rests = []
    for rule in ("ask", "desktop", "newest", "skip"):
        code, report = desk.sync("--on-conflict", rule)
        (pair,) = report["pairs"]
        assert (code, report["status"], pair["conflicts"], pair["problems"]) == (1, "conflicts", len(HELD), [])
        assert sum(pair["server_actions"].values()) == (len(FREE) if not rests else 0)
        assert mailer.letters() == []
        rests.append(report["requests"])
    assert max(rests[1:]) <= 8, rests
    assert {uid: on_the_server(mailer, uid) for uid in before} == before

    shown = desk.instep("conflicts", "me", "--json").json
    numbers = {q["name"]: q["id"] for q in shown}
    assert {q["reason"] for q in shown} == {"sends-mail"} and all(q["mails"] for q in shown)
    said = desk.instep("conflicts", "me").out
    assert "mail 2 people" in said and f"a reply to {ZED}" in said and "--send" in said
    refused = desk.instep("resolve", str(shown[0]["id"]), "--send", "--all-remaining")
    assert refused.code == 2 and mailer.letters() == []
    for _, uid, _, _, letters in HELD:
        name = next(name for name in numbers if name.startswith(uid))
        done = desk.instep("resolve", str(numbers[name]), "--send")
        assert "decided and carried out" in done.out, (uid, done)
        sent = set(mailer.letters())
        assert sent and letters <= sent, (uid, sent)
    code, report = desk.sync()
    assert (code, report["status"], mailer.letters()) == (0, "in-step", [])
    assert desk.instep("verify", "me").code == 0


def test_rule_25_what_we_create_mails_nobody_for_all_its_life(mailer: Mailer, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "a")
    begun(desk, mailer)
    loud = meeting("ours").replace(f"ATTENDEE:mailto:{DAN}", f"ATTENDEE;SCHEDULE-AGENT=SERVER:mailto:{DAN}")
    desk.write("calendar/ours.ics", loud)
    occurrence = meeting("apart", "SUMMARY:apart", "RECURRENCE-ID:20270308T090000Z").partition("BEGIN:VEVENT")[2]
    guests = f"ORGANIZER:mailto:{ME}\r\nATTENDEE:mailto:{CAROL}\r\nATTENDEE:mailto:{DAN}\r\n"
    apart = meeting("apart", "SUMMARY:apart", "RRULE:FREQ=WEEKLY").replace(guests, "")
    occurrence = f"BEGIN:VEVENT{occurrence.partition('END:VCALENDAR')[0]}"
    desk.write("calendar/apart.ics", apart.replace("END:VCALENDAR", f"{occurrence}END:VCALENDAR"))
    for hands in (
        lambda file: None,
        swap("SUMMARY:ours", "SUMMARY:ours two"),
        swap(END, f"ATTENDEE:mailto:eve@far.test\r\n{END}"),
        without(CAROL),
        Path.unlink,
    ):
        hands(on_the_desktop(desk, "ours"))
        code, report = desk.sync()
        assert (code, report["status"]) == (0, "in-step"), report
        assert mailer.letters() == []
        text = re.sub(r"\r?\n ", "", on_the_server(mailer, "ours"))
        people = [x for x in text.splitlines() if re.match("ATTENDEE|ORGANIZER", x)]
        assert all("SCHEDULE-AGENT=CLIENT" in x for x in people)
    assert on_the_server(mailer, "ours") == "" and on_the_server(mailer, "apart")


@pytest.mark.parametrize("mailer", ["stand-in", pytest.param("cyrus", marks=pytest.mark.trial)], indirect=True)
def test_rule_25_clash_that_was_decided_still_waits_for_the_yes(mailer: Mailer, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "a")
    begun(desk, mailer, meeting("plan"))
    swap("SUMMARY:plan", "SUMMARY:plan here")(on_the_desktop(desk, "plan"))
    mailer.put("plan.ics", meeting("plan", "SUMMARY:plan there"))
    code, _ = desk.sync()
    (question,) = desk.instep("conflicts", "me", "--json").json
    assert (code, question["reason"]) == (1, "both-changed")
    done = desk.instep("resolve", str(question["id"]), "--keep", "desktop")
    assert done.code == 1 and f"instep resolve {question['id']} --send" in done.err
    assert mailer.letters() == []
    code, _ = desk.sync()
    (again,) = desk.instep("conflicts", "me", "--json").json
    assert (code, again["reason"], again["id"], mailer.letters()) == (1, "sends-mail", question["id"], [])
    assert desk.instep("resolve", str(again["id"]), "--send").code == 0
    assert Letter("REQUEST", CAROL) in mailer.letters()
    assert "SUMMARY:plan here" in on_the_server(mailer, "plan")
    assert desk.sync()[0] == 0


@pytest.mark.trial
def test_rule_25_move_between_calendars_of_cyrus_mails_nobody(tmp_path: Path) -> None:
    """Cyrus holds a meeting in one calendar only, so even a yes cannot move it; nothing is lost and nobody mailed."""
    with mailing_cyrus(f"cyrus-{tmp_path.name}") as cyrus:
        assert cyrus.request("MKCALENDAR", "/dav/calendars/user/alice/second/")[0] == 201
        desk = Desk(tmp_path / "a")
        begun(desk, cyrus, meeting("plan"))
        second = desk.files / "second"
        second.mkdir()
        where = f"{cyrus.peer.url.rstrip('/')}/dav/calendars/user/alice/second/"
        paired = desk.instep("pair", "me", "appointments", str(second), where)
        assert paired.code == 0, paired
        assert desk.sync()[0] == 0
        file = on_the_desktop(desk, "plan")
        file.rename(second / file.name)
        for _ in range(2):
            code, report = desk.sync()
            assert (code, sum(p["conflicts"] for p in report["pairs"]), cyrus.letters()) == (1, 1, []), report
        (question,) = desk.instep("conflicts", "me", "--json").json
        assert [mail["why"] for mail in question["mails"]] == ["cancellation"]
        done = desk.instep("resolve", str(question["id"]), "--send")
        assert done.code == 1 and "the same meeting in another place" in done.err
        assert on_the_server(cyrus, "plan") and (second / file.name).exists() and cyrus.letters() == []


@pytest.mark.trial
def test_rule_25_people_of_the_same_cyrus_are_not_written_to_either(tmp_path: Path) -> None:
    """Cyrus puts what it would mail to its own people straight into their calendars."""
    with mailing_cyrus(f"cyrus-{tmp_path.name}") as cyrus:
        cyrus.letters()  # now the other person has a calendar
        inbox, own = "/dav/calendars/user/bob/Inbox/", "/dav/calendars/user/bob/Default/"
        desk = Desk(tmp_path / "a")
        begun(desk, cyrus, meeting("local", guests=("bob@example.org",)))
        there = [name for name in cyrus.listed(own, "bob") if "local" in name]
        assert there and len(cyrus.listed(inbox, "bob")) == 1
        held = cyrus.request("GET", there[0], user="bob")[1]
        swap("SUMMARY:local", "SUMMARY:local two")(on_the_desktop(desk, "local"))
        desk.write("calendar/new.ics", meeting("new", guests=("bob@example.org",)))
        assert desk.sync()[0] == 1
        assert cyrus.letters() == [] and len(cyrus.listed(inbox, "bob")) == 1
        assert cyrus.request("GET", there[0], user="bob")[1] == held
        (question,) = desk.instep("conflicts", "me", "--json").json
        assert desk.instep("resolve", str(question["id"]), "--send").code == 0
        assert "SUMMARY:local two" in cyrus.request("GET", there[0], user="bob")[1]
