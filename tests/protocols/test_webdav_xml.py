"""WebDAV's XML: what odd servers send is understood, what is dangerous or no WebDAV is refused with clear words."""

from __future__ import annotations

from pathlib import Path

import pytest

from instep.errors import InstepError, NotADavServer, Transient
from instep.protocols.webdav.names import CAL, ETAG, SYNC_TOKEN, D, Flavour
from instep.protocols.webdav.xml import (
    MultiStatus,
    document,
    error_condition,
    parse,
    parse_multistatus,
    path_of,
    prop_request,
    quoted,
    tag,
)

URL = "https://dav.example.org/dav/anna/cal/"
HEAD = '<?xml version="1.0"?><D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'


def multistatus(inside: str) -> MultiStatus:
    return parse_multistatus(f"{HEAD}{inside}</D:multistatus>".encode(), URL)


def propstat(status: str, prop: str) -> str:
    return f"<D:propstat><D:prop>{prop}</D:prop>{status and f'<D:status>{status}</D:status>'}</D:propstat>"


HREFS = [
    ("a path stays as the server encoded it", "/dav/anna/cal/a%20b%2Fc%C3%BC.ics", "/dav/anna/cal/a%20b%2Fc%C3%BC.ics"),
    ("umlauts and spaces stay raw", "/dav/anna/cal/Über uns.ics", "/dav/anna/cal/Über uns.ics"),
    ("an absolute URL loses its host", "https://dav.example.org/dav/anna/cal/x.ics", "/dav/anna/cal/x.ics"),
    ("also an inner host behind a proxy", "http://10.0.0.7:8080/dav/anna/cal/X.ICS", "/dav/anna/cal/X.ICS"),
    ("a bare name is inside the collection", "x.ics", "/dav/anna/cal/x.ics"),
    ("white space around is no part of it", "\n  /dav/anna/cal/x.ics\n", "/dav/anna/cal/x.ics"),
    ("a colon is no scheme", "a:b.ics", "/dav/anna/cal/a:b.ics"),
]


@pytest.mark.parametrize(("situation", "written", "expected"), HREFS, ids=[row[0] for row in HREFS])
def test_href(situation: str, written: str, expected: str) -> None:
    found = multistatus(f"<D:response><D:href>{written}</D:href><D:status>HTTP/1.1 200 OK</D:status></D:response>")
    assert [r.href for r in found.resources] == [expected]


def test_query_of_an_absolute_href_stays() -> None:
    assert path_of(URL, "http://x/a?b=1") == "/a?b=1"
    assert path_of(URL, "http://x") == "/"


ETAG_A = "<D:getetag>&quot;a&quot;</D:getetag>"
RESPONSES = [
    ("properties with their status", propstat("HTTP/1.1 200 OK", ETAG_A), 200, '"a"'),
    ("properties without a status count as given", propstat("", ETAG_A), 200, '"a"'),
    ("a refused property is not there", propstat("HTTP/1.1 404 Not Found", "<D:getetag/>"), 200, ""),
    ("given beside refused", propstat("HTTP/1.1 404 NF", "<C:x/>") + propstat("HTTP/1.1 200 OK", ETAG_A), 200, '"a"'),
    ("no propstat at all", "<D:status>HTTP/1.1 404 Not Found</D:status>", 404, ""),
    ("HTTP/2 without a reason", "<D:status>HTTP/2 410</D:status>", 410, ""),
    ("nothing but the href", "", 200, ""),
    ("unknown elements between", "<X/><D:location/>" + propstat("HTTP/1.1 200 OK", ETAG_A), 200, '"a"'),
]


@pytest.mark.parametrize(("situation", "inside", "status", "etag"), RESPONSES, ids=[row[0] for row in RESPONSES])
def test_response(situation: str, inside: str, status: int, etag: str) -> None:
    (resource,) = multistatus(f"<D:response><D:href>/x</D:href>{inside}</D:response>").resources
    assert (resource.status, resource.text(ETAG)) == (status, etag)


def test_response_without_href_is_passed_over() -> None:
    assert multistatus("<D:response><D:status>HTTP/1.1 200 OK</D:status></D:response>").resources == ()


def test_truncated_answer_is_told_by_the_collections_own_507() -> None:
    found = multistatus(
        "<D:response><D:href>/dav/anna/cal/x.ics</D:href></D:response>"
        "<D:response><D:href>/dav/anna/cal</D:href><D:status>HTTP/1.1 507 Full</D:status></D:response>"
        "<D:sync-token> data:7 </D:sync-token>"
    )
    assert (len(found.resources), found.truncated, found.sync_token) == (1, True, "data:7")


REFUSED = [
    ("plain text", b"It works!", NotADavServer),
    ("nothing", b"", NotADavServer),
    ("a web page", b"<!doctype html><html><body><p>Hi<br></body></html>", NotADavServer),
    ("XML of another sort", b"<rss><channel/></rss>", NotADavServer),
    ("binary", b"\x89PNG\r\n\x1a\n", NotADavServer),
    ("XML that breaks off", f"{HEAD}<D:response><D:href>/x".encode(), Transient),
    ("an external entity", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', NotADavServer),
    (
        "a bomb of entities",
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;&b;</x>',
        NotADavServer,
    ),
]


@pytest.mark.parametrize(("situation", "body", "error"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(situation: str, body: bytes, error: type[InstepError]) -> None:
    with pytest.raises(error) as caught:
        parse_multistatus(body, URL)
    assert "dav.example.org" in str(caught.value)
    assert "root:" not in str(caught.value)


def test_external_entity_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET")
    body = f'<!DOCTYPE m [<!ENTITY e SYSTEM "{secret.as_uri()}">]><D:multistatus xmlns:D="DAV:">&e;</D:multistatus>'
    with pytest.raises(NotADavServer) as caught:
        parse(body.encode(), URL)
    assert "TOP-SECRET" not in str(caught.value)


def test_control_characters_from_items_are_dropped() -> None:
    found = multistatus(propstat("", "").join(("<D:response><D:href>/a\x0b&#8;b</D:href>", "</D:response>")))
    assert [r.href for r in found.resources] == ["/ab"]


def test_large_text_is_read() -> None:
    photo = "QUJD" * 4_000_000
    data = f"<C:calendar-data>{photo}</C:calendar-data>"
    found = multistatus(f"<D:response><D:href>/x</D:href>{propstat('', data)}</D:response>")
    assert len(found.resources[0].text(Flavour.CALENDAR.data)) == 16_000_000


def test_request_round_trips_with_escapes() -> None:
    body = document(D + "sync-collection", tag(SYNC_TOKEN, quoted("<&>")) + prop_request([ETAG, CAL + "calendar-data"]))
    root = parse(body, URL)
    assert root.tag == D + "sync-collection"
    assert [node.tag for node in root] == [SYNC_TOKEN, D + "prop"]
    assert root[0].text == "<&>"
    assert [node.tag for node in root[1]] == [ETAG, CAL + "calendar-data"]


ERRORS = [
    (b'<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>', D + "valid-sync-token"),
    (b'<D:error xmlns:D="DAV:"><!-- x --><X xmlns="urn:y"/></D:error>', "{urn:y}X"),
    (b'<D:error xmlns:D="DAV:"/>', ""),
    (b"<html/>", ""),
    (b"forbidden", ""),
    (b"", ""),
]


@pytest.mark.parametrize(("body", "condition"), ERRORS)
def test_error_condition(body: bytes, condition: str) -> None:
    assert error_condition(body, URL) == condition
