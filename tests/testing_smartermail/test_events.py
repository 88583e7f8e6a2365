"""Events over REST (facts 3.4)."""

from __future__ import annotations

from typing import Any

import pytest

from instep.core.model import Kind
from instep.testing.smartermail import ANNA, Mail, Server, Switches, World, serve
from peers.smartermail import Answer, Asking

START = {"dt": "2026-12-07T09:00:00", "tz": "Europe/Berlin"}
END = {"dt": "2026-12-07T10:00:00", "tz": "Europe/Berlin"}
NEW: dict[str, Any] = {"id": 0, "subject": "Lunch", "start": START, "end": END}
GUEST = {"email": "gast@elsewhere.example", "name": "Gast", "status": 0}
CALENDAR_ID = "calId"  # codespell:ignore
NOTHING_DONE = [{"owner": None, "calendarId": None, "eventId": None}]


class Calendar:
    """Anna's calendar on a server."""

    def __init__(self, server: Server) -> None:
        self.world = server.world
        self.ask = Asking(server.url)
        self.ask.sign_in(client="calendar")
        self.owner = self.ask.rest("GET", "calendars/sources").json["calendars"][0]["owner"]
        self.guid = server.world.primary(ANNA, Kind.EVENT).id
        self.place = f"{self.owner}/{self.guid}"

    def all(self) -> Any:
        search = {"skip": 0, "take": 0, "search": None, "sortField": None, "sortDescending": False}
        body = {"sources": [{"owner": self.owner, "id": self.guid}], "searchParams": search}
        return self.ask.rest("POST", "calendars/events-all2", body).json

    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["title"]: row for row in self.all()["results"]}

    def detail(self, id: object) -> dict[str, Any]:
        found: dict[str, Any] = self.ask.rest("GET", f"calendars/events/{self.place}/{id}").json["details"]
        return found

    def save(self, body: dict[str, Any], id: object = "null") -> Answer:
        path = f"calendars/events/save/{self.place}" + ("" if id == "" else f"/{id}")
        return self.ask.rest("POST", path, body)

    def delete(self, id: object, flag: str, body: object = None) -> Any:
        return self.ask.rest("POST", f"calendars/events/delete/{self.place}/{id}/{flag}", body).json

    def window(self, start: str, end: str) -> list[dict[str, Any]]:
        body = {"startDate": start, "endDate": end}
        found: list[dict[str, Any]] = self.ask.rest("POST", f"calendars/events/{self.place}", body).json["events"]
        return found


def _calendar(**switches: str) -> Any:
    return serve(World.demo(Switches(**switches)))


@pytest.fixture
def calendar(smartermail: Server) -> Calendar:
    return Calendar(smartermail)


def test_a_list_holds_summaries_without_a_window_of_dates(calendar: Calendar) -> None:
    found = calendar.all()
    assert found["totalCount"] == 3
    row = calendar.rows()["Dentist"]
    assert row.keys() >= {"id", "uid", CALENDAR_ID, "title", "allDay", "startWithTZ", "endWithTZ", "location", "owner",
                          "isRecurring", "isOnlineMeeting", "isPrivate", "status"}  # fmt: skip
    assert not row.keys() & {"description", "reminder", "attendees", "recurrence"}
    assert row["startWithTZ"] == {"dt": "2026-12-03T09:30:00", "tz": "Europe/Berlin"}


def test_the_detail_holds_the_rest(calendar: Calendar) -> None:
    found = calendar.detail(calendar.rows()["Choir practice"]["id"])
    assert found.keys() >= {"id", "uid", "subject", "description", "location", "allDay", "start", "end", "calendarId",
                            "calendarOwner", "status", "meetingStatus", "permission", "isTentative", "isPrivate",
                            "isOrganizer", "organizerName", "organizerEmail", "recurrence", "reminder",
                            "emailNotification", "emailNotificationEnabled", "attendees", "meetingUrl",
                            "attachedFiles", "hasAttachments"}  # fmt: skip
    assert found["recurrence"]["type"] == 2 and found["conferenceRoom"] == "Room 2" and found["permission"] == 10


def test_a_window_opens_a_series_into_its_instances(calendar: Calendar) -> None:
    rows = calendar.window("2026-12-01T00:00:00Z", "2026-12-16T00:00:00Z")
    starts = [row["startWithTZ"]["dt"] for row in rows if row["title"] == "Choir practice"]
    assert starts == ["2026-12-01T19:00:00", "2026-12-08T19:00:00", "2026-12-15T19:00:00"]
    assert [row["title"] for row in rows if not row["isRecurring"]] == ["Dentist"]
    by_get = calendar.ask.rest("GET", f"calendars/events/{calendar.place}?startDate=2026-12-10&endDate=2026-12-16")
    assert len(by_get.json["events"]) == 1


def test_a_missing_event_is_500_and_not_404(calendar: Calendar) -> None:
    assert calendar.ask.rest("GET", f"calendars/events/{calendar.place}/none").status == 500
    assert calendar.save(NEW, "none").status == 500


def test_an_event_is_made_changed_and_deleted(calendar: Calendar) -> None:
    made = calendar.save(NEW).json["events"][0]
    assert made["subject"] == "Lunch" and calendar.detail(made["id"]) == made
    calendar.save({**made, "location": "Inn"}, made["id"])
    assert calendar.detail(made["id"]) == {**made, "location": "Inn"}
    assert calendar.delete(made["id"], "false", {"instanceStart": None}) == []
    assert calendar.delete(made["id"], "true") == NOTHING_DONE
    bulk = [{"owner": "anna", "calendarId": calendar.guid, "eventId": calendar.rows()["Dentist"]["id"]}]
    assert calendar.ask.rest("POST", "calendars/events/delete-bulk", bulk).json == []
    assert "Dentist" not in calendar.rows()


def test_a_save_with_some_keys_blanks_the_rest_and_ends_a_series(calendar: Calendar) -> None:
    id = calendar.rows()["Choir practice"]["id"]
    calendar.save({"subject": "Choir", "start": START}, id)
    now = calendar.detail(id)
    assert (now["location"], now["recurrence"]["type"], now["categoriesString"]) == ("", 0, "")


@pytest.mark.parametrize("form", ["numbers", "words", "rule", "opaque"])
def test_a_series_comes_back_as_it_was_sent_in_the_form_of_the_switch(form: str) -> None:
    with _calendar(recurrence=form) as server:
        calendar = Calendar(server)
        id = calendar.rows()["Choir practice"]["id"]
        before = calendar.detail(id)
        calendar.save(before, id)
        assert calendar.detail(id) == before
        assert server.world.items(ANNA, Kind.EVENT)[id]["recurrence"] == "FREQ=WEEKLY;BYDAY=TU"
        wrong = {**before, "recurrence": {"type": "nonsense", "what": 1}}
        assert calendar.save(wrong, id).status == 400


NEW_IDS = [
    ("zero", {0: 200, None: 400, "absent": 400}),
    ("null", {0: 500, None: 200, "absent": 200}),
    ("absent", {0: 400, None: 400, "absent": 200}),
    ("any", {0: 200, None: 200, "absent": 200}),
]


@pytest.mark.parametrize(("switch", "wanted"), NEW_IDS, ids=[row[0] for row in NEW_IDS])
def test_a_new_event_needs_the_id_that_the_switch_says(switch: str, wanted: dict[object, int]) -> None:
    with _calendar(event_new_id=switch) as server:
        calendar = Calendar(server)
        for id, status in wanted.items():
            body = {key: value for key, value in NEW.items() if key != "id"}
            answer = calendar.save(body if id == "absent" else {**body, "id": id})
            assert answer.status == status, id
        assert len(calendar.rows()) == 4 and calendar.all()["totalCount"] == 3 + list(wanted.values()).count(200)


def test_a_new_event_needs_the_path_that_the_switch_says() -> None:
    for switch, right, wrong in (("null", "null", ""), ("short", "", "null"), ("zero", "0", "null")):
        with _calendar(event_path=switch) as server:
            calendar = Calendar(server)
            assert calendar.save(NEW, wrong).status == 404
            assert calendar.save(NEW, right).status == 200
            assert calendar.all()["totalCount"] == 4


TZS = [
    ("iana", {"dt": "2026-12-07T09:00:00", "tz": "Europe/Berlin"}),
    ("utc", {"dt": "2026-12-07T08:00:00Z", "tz": "UTC"}),
    ("windows", {"dt": "2026-12-07T09:00:00", "tz": "W. Europe Standard Time"}),
]


@pytest.mark.parametrize(("switch", "wanted"), TZS, ids=[row[0] for row in TZS])
def test_a_time_comes_back_in_the_zone_that_the_switch_says(switch: str, wanted: dict[str, str]) -> None:
    with _calendar(tz=switch) as server:
        calendar = Calendar(server)
        made = calendar.save(NEW).json["events"][0]
        assert made["start"] == wanted
        assert calendar.save(made, made["id"]).json["events"][0] == made


TIMES = [
    ("the wall time in an IANA zone", {"dt": "2026-12-07T09:00:00", "tz": "Europe/Berlin"}, "2026-12-07T09:00:00"),
    ("the wall time in a Windows zone", {"dt": "2026-12-07T09:00:00", "tz": "Romance Standard Time"}, None),
    ("an instant in UTC", {"dt": "2026-12-07T08:00:00Z", "tz": "UTC"}, "2026-12-07T08:00:00"),
    ("an instant, to be shown in a zone", {"dt": "2026-12-07T08:00:00Z", "tz": "Europe/Berlin"}, "2026-12-07T09:00:00"),
    ("the other name of the key", {"dateTime": "2026-12-07T08:00:00", "tz": "UTC"}, "2026-12-07T08:00:00"),
]


@pytest.mark.parametrize(("what", "start", "wanted"), TIMES, ids=[row[0] for row in TIMES])
def test_a_time_may_be_sent_as(calendar: Calendar, what: str, start: dict[str, str], wanted: str | None) -> None:
    made = calendar.save({**NEW, "start": start}).json["events"][0]
    assert made["start"]["dt"] == (wanted or start["dt"])


@pytest.mark.parametrize("start", [None, "2026-12-07", {"dt": "soon"}, {"dt": "2026-12-07T08:00:00", "tz": "Nowhere"}])
def test_a_time_that_is_none_makes_no_event(calendar: Calendar, start: object) -> None:
    answer = calendar.save({**NEW, "start": start})
    assert answer.status == 400 or not answer.json["success"]
    assert calendar.all()["totalCount"] == 3


def test_an_all_day_event_ends_where_the_switch_says() -> None:
    for switch, shown in (("exclusive", "2026-12-27T00:00:00"), ("inclusive", "2026-12-26T00:00:00")):
        with _calendar(all_day_end=switch) as server:
            calendar = Calendar(server)
            before = calendar.detail(calendar.rows()["Holiday"]["id"])
            assert before["end"]["dt"] == shown
            calendar.save(before, before["id"])
            assert calendar.detail(before["id"]) == before


def test_a_list_may_have_other_keys_or_be_a_bare_array() -> None:
    with _calendar(list_key="bare", event_list="subject") as server:
        rows = Calendar(server).all()
        assert {row["subject"] for row in rows} == {"Dentist", "Choir practice", "Holiday"}
        assert "dateTime" in rows[0]["startWithTZ"] and "calendarId" in rows[0]
    with _calendar(list_key="specific") as server:
        assert len(Calendar(server).all()["calendarEvents"]) == 3


def test_ids_may_be_numbers_and_uids_other_than_in_caldav() -> None:
    with _calendar(event_ids="number", uids="different") as server:
        calendar = Calendar(server)
        row = calendar.rows()["Dentist"]
        assert isinstance(row["id"], int) and calendar.detail(row["id"])["subject"] == "Dentist"
        assert row["uid"] not in {data["uid"] for data in server.world.items(ANNA, Kind.EVENT).values()}


FLAGS = [
    ("series", "true", None, "gone"),
    ("series", "false", None, "there"),
    ("series", "false", "2026-12-08T19:00:00", "one less"),
    ("notify", "true", None, "gone"),
    ("notify", "false", None, "gone"),
    ("notify", "false", "2026-12-08T19:00:00", "one less"),
]


@pytest.mark.parametrize(("switch", "flag", "instance", "outcome"), FLAGS)
def test_deleting_a_series_does_what_the_flag_means(switch: str, flag: str, instance: str | None, outcome: str) -> None:
    with _calendar(delete_flag=switch) as server:
        calendar = Calendar(server)
        id = calendar.rows()["Choir practice"]["id"]
        said = calendar.delete(id, flag, {"instanceStart": instance})
        rows = calendar.window("2026-12-01T00:00:00Z", "2026-12-16T00:00:00Z")
        left = sum(row["title"] == "Choir practice" for row in rows)
        assert (left, said) == {"gone": (0, []), "there": (3, NOTHING_DONE), "one less": (2, [])}[outcome]


def test_saving_and_deleting_an_event_with_guests_mails_them_where_the_switch_says_so() -> None:
    for switch, kinds in (("mails", ["invitation", "cancellation"]), ("silent", [])):
        with _calendar(save_mails=switch) as server:
            calendar = Calendar(server)
            made = calendar.save({**NEW, "attendees": [GUEST]}).json["events"][0]
            assert made["organizerEmail"] == ANNA and made["meetingStatus"] == 1
            calendar.delete(made["id"], "true")
            assert [mail.kind for mail in server.world.records.mails] == kinds


def test_a_quiet_deletion_is_to_be_had_only_where_the_flag_means_it() -> None:
    for switch, kinds in (("notify", ["invitation"]), ("series", ["invitation", "cancellation"])):
        with _calendar(delete_flag=switch) as server:
            calendar = Calendar(server)
            made = calendar.save({**NEW, "attendees": [GUEST]}).json["events"][0]
            assert calendar.delete(made["id"], "false", {"instanceStart": None}) == []
            assert [mail.kind for mail in server.world.records.mails] == kinds


def test_saving_without_guests_mails_nobody(calendar: Calendar) -> None:
    calendar.save(NEW)
    assert calendar.world.records.mails == []


@pytest.mark.parametrize(("word", "status"), [("accept", 3), ("decline", 4), ("tentatively-accept", 2)])
def test_answering_an_invitation_mails_its_organizer(calendar: Calendar, word: str, status: int) -> None:
    me = {"email": ANNA, "name": "Anna", "status": 0, "isOrganizer": False, "isResource": False}
    data = {"subject": "Talk", "start": START, "end": END, "attendees": [me], "organizerEmail": "boss@work.example"}
    id = calendar.world.put(ANNA, Kind.EVENT, data)
    answer = calendar.ask.rest("POST", f"calendars/meeting-{word}/{calendar.place}/{id}", {"replyingComment": ""})
    assert (answer.status, answer.body) == (200, b"")
    assert calendar.detail(id)["attendees"][0]["status"] == status
    assert calendar.world.records.mails == [Mail("reply", "boss@work.example", "Talk", ANNA)]
