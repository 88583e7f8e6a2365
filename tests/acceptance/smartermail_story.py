"""One day with a mailbox: edits, new items and deletions on both sides; and what must hold whatever the server does."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

from acceptance.mailbox import FOLDERS, Mailbox
from instep.core.model import Kind
from instep.testing.smartermail import ANNA, World

MADE = {
    Kind.CONTACT: "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:new-1\r\nFN:Nora New\r\nN:New;Nora;;;\r\n"
    "EMAIL;TYPE=INTERNET:nora@new.example\r\nTEL;TYPE=HOME:+49 1\r\nEND:VCARD\r\n",
    Kind.EVENT: "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:new-2\r\n"
    "DTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20261210T100000\r\n"
    "DTEND;TZID=Europe/Berlin:20261210T110000\r\nSUMMARY:Nora New\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    Kind.TASK: "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VTODO\r\nUID:new-3\r\n"
    "DTSTAMP:20260101T000000Z\r\nSUMMARY:Nora New\r\nPRIORITY:1\r\nDUE:20261209T150000Z\r\n"
    "END:VTODO\r\nEND:VCALENDAR\r\n",
    Kind.NOTE: "# Nora New\n\nFlour\nSugar\n",
}
SUFFIX = {Kind.CONTACT: ".vcf", Kind.EVENT: ".ics", Kind.TASK: ".ics", Kind.NOTE: ".md"}
EDITS = {
    Kind.CONTACT: ("TITLE:Gardener", "TITLE:Boss", "jobTitle"),
    Kind.EVENT: ("Main street 5", "Main street 7", "location"),
    Kind.TASK: ("SUMMARY:Return the books", "SUMMARY:Return the book", "subject"),
    Kind.NOTE: ("Pond", "Lake", "text"),
}
DELETED = {
    Kind.CONTACT: ("FN:Hotel Seeblick", "Hotel Seeblick"),
    Kind.EVENT: ("SUMMARY:Holiday", "Holiday"),
    Kind.TASK: ("SUMMARY:Water the plants", "Water the plants"),
    Kind.NOTE: ("# Shopping", "Shopping"),
}


def no_series(world: World) -> None:
    """Take away what REST is not known to hold."""
    for id, data in list(world.items(ANNA, Kind.EVENT).items()):
        if data["recurrence"]:
            world.remove(ANNA, Kind.EVENT, id)


def snapshot(world: World) -> dict[str, dict[str, Any]]:
    """All that the server holds, by folder and id."""
    return {
        folder.id: {item.id: copy.deepcopy(item.data) for item in folder.items.values()}
        for folder in world.folders.values()
    }


def work_on_the_desktop(box: Mailbox) -> None:
    """Edit an item of each kind, make one, and delete one."""
    for kind in box.kinds:
        old, new, _ = EDITS[kind]
        box.rewrite(kind, old, lambda text, old=old, new=new: text.replace(old, new))  # type: ignore[misc]
        (box.files / FOLDERS[kind] / f"new{SUFFIX[kind]}").write_bytes(MADE[kind].encode())
        (path,) = box.paths(kind, DELETED[kind][0])
        path.unlink()


def nothing_lost(box: Mailbox, before: dict[str, dict[str, Any]]) -> None:
    """Nothing is blanked, doubled or mailed, and only what was deleted is gone."""
    assert box.world.records.mails == []
    for kind in box.kinds:
        name = "displayAs" if kind is Kind.CONTACT else "subject"
        names = Counter(data[name] for data in box.world.items(ANNA, kind).values())
        assert max(names.values()) == 1, (kind, names)
    allowed = {gone for _, gone in DELETED.values()}
    after = snapshot(box.world)
    for folder, items in before.items():
        for id, old in items.items():
            new = after[folder].get(id)
            label = old.get("displayAs") or old.get("subject")
            if new is None:
                assert label in allowed, f"{label} is gone"
                continue
            emptied = {k for k, v in old.items() if v not in (None, "", [], 0, False) and new[k] in (None, "", [])}
            emptied -= {"flagInfo"}
            assert not emptied, f"{label} lost {emptied}"
            for key in ("emailAddressList", "phoneNumberList", "attendees"):
                assert len(new.get(key) or ()) >= len(old.get(key) or ()), f"{label} lost of its {key}"
    for kind in box.kinds:
        texts = [p.read_text(encoding="utf-8") for p in (box.files / FOLDERS[kind]).iterdir() if p.is_file()]
        assert sum("Nora New" in text for text in texts) == 1, f"the new {kind} on the desktop"


def carried(box: Mailbox) -> None:
    """Everything that was done on the desktop is on the server."""
    for kind in box.kinds:
        assert box.all_web(kind).count("Nora New") == 1, kind
        assert DELETED[kind][1] not in box.all_web(kind), kind
        _, new, key = EDITS[kind]
        word = new.rpartition(":")[2]
        assert any(word in str(data[key]) for data in box.world.items(ANNA, kind).values()), kind
