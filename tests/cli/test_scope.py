"""Days, categories and kinds at the command line, against a real Radicale."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.conftest import Run
from cli.desk import Desk, card


def categorized(desk: Desk, name: str, *categories: str) -> None:
    lines = [f"CATEGORIES:{','.join(categories)}"] if categories else []
    desk.put(f"{name.lower()}.vcf", card(f"{name}-1", name, "Doe", *lines))


def test_only_a_category_travels_and_the_rest_stays_where_it_is(run: Run, desk: Desk, account: str) -> None:
    categorized(desk, "Anna", "Work", "Golf")
    categorized(desk, "Bert", "Family")
    changed = run("pair", account, "contacts", "contacts", "Contacts", "--category", "work", "--category", "Travel")
    result = run("sync", account, "--yes")
    again = run("sync", account)
    verified = run("verify", account)

    assert "only work or Travel" in changed.stdout
    assert "1 new on the server" in result.stdout
    assert len(desk.held) == 1 and len(desk.files) == 3
    assert again.stdout.endswith("in step, nothing to do.\n")
    assert verified.exit_code == 0
    assert "1 item compared, the same; 2 outside of the days or categories, left alone." in verified.stdout
    assert "only work or Travel" in run("folders", account).stdout
    assert "only work or Travel" in run("account", "show", account).stdout
    [pair] = json.loads(run("verify", account, "--json").stdout)["pairs"]
    assert (pair["compared"], pair["outside"]) == (1, 2)


def test_another_filter_deletes_nothing_and_none_lets_all_go_on(run: Run, desk: Desk, synced: str) -> None:
    categorized(desk, "Anna", "Work")
    words = ["pair", synced, "contacts", "contacts", "Contacts"]
    run(*words, "--category", "Work")
    narrow = run("sync", synced)
    run(*words, "--category", "Nothing")
    narrower = run("sync", synced)
    desk.edit(desk.files, "jane@example.org", "jane@desk.example")
    resting = run("sync", synced)
    wide = run(*words, "--all-categories")
    whole = run("sync", synced)

    assert [r.exit_code for r in (narrow, narrower, resting, wide, whole)] == [0] * 5
    assert "1 new on the server" in narrow.stdout
    assert "in step" in narrower.stdout and "in step" in resting.stdout
    assert "1 changed on the server" in whole.stdout
    assert len(desk.held) == len(desk.files) == 2
    assert "only" not in run("folders", synced).stdout


def test_days_that_cannot_be_kept_are_refused_in_a_sentence(run: Run, desk: Desk, account: str) -> None:
    words = ["pair", account, "contacts", "contacts", "Contacts"]
    for option in (["--past", "30"], ["--future", "-1"], ["--past", "x"], ["--category", ""]):
        result = run(*words, *option)
        assert result.exit_code == 2, option
        assert result.stderr.startswith("Error:")
    assert "contacts has no window of days" in run(*words, "--past", "30").stderr


def test_a_kind_that_is_switched_off_rests(run: Run, desk: Desk, synced: str) -> None:
    settings = desk.folder.parent / "home" / "config.toml"
    before = settings.read_text()
    settings.write_text(before.replace('kinds = ["contacts"]', 'kinds = ["notes"]'))
    desk.files[0].unlink()
    off = run("sync", synced)
    shown = run("folders", synced).stdout
    described = run("account", "show", synced).stdout
    verified = run("verify", synced)
    settings.write_text(before)
    on = run("sync", synced)

    assert before != settings.read_text().replace("contacts", "notes")
    assert (off.exit_code, off.stdout) == (0, "") and "rests" in off.stderr
    assert "rests, as contacts are switched off" in shown and "rests" in described
    assert verified.exit_code == 0
    assert "1 deleted on the server" in on.stdout


def event(desk: Desk, name: str, days: int) -> None:
    """An appointment of the desktop, so many days from today."""
    day = datetime.now(UTC) + timedelta(days=days)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", f"UID:{name}", f"SUMMARY:{name}"]
    lines += [f"DTSTART;VALUE=DATE:{day:%Y%m%d}", "DTSTAMP:20260101T000000Z", "END:VEVENT", "END:VCALENDAR", ""]
    (desk.folder / "calendar").mkdir(exist_ok=True)
    (desk.folder / "calendar" / f"{name}.ics").write_bytes("\r\n".join(lines).encode())


def on_server(desk: Desk) -> dict[str, Path]:
    """The appointments that lie on the server, by name."""
    root = desk.server.folder / "data" / "collection-root" / desk.server.login
    return {path.read_text().partition("SUMMARY:")[2].split()[0]: path for path in root.glob("*/*.ics")}


def test_old_appointments_that_the_server_throws_away_stay_on_the_desktop(run: Run, desk: Desk) -> None:
    words = ["--url", desk.server.url, "--email", "alice@example.org", "--login", desk.server.login]
    words += ["--password-command", f"echo {desk.server.password}", "--kinds", "appointments", "--insecure-http"]
    event(desk, "near", 3)
    event(desk, "old", -20)
    event(desk, "ancient", -400)
    run("account", "add", "work", *words, "--desktop", f"files:{desk.folder}")
    named = run("folders", "work").stdout.split("↔")[1].split("\n")[0].split("(")[0].strip()
    pair = ["pair", "work", "appointments", "calendar", named]
    changed = run(*pair, "--past", "30", "--future", "365")
    first = run("sync", "work", "--yes")
    on_both = sorted(on_server(desk))
    run(*pair, "--past", "10")
    narrow = run("sync", "work")
    on_server(desk)["old"].unlink()
    purged = run("sync", "work")
    after = sorted(path.stem for path in (desk.folder / "calendar").glob("*.ics"))
    verified = run("verify", "work")
    run(*pair, "--all-times")
    wide = run("sync", "work")

    assert "30 days back, 365 days ahead" in changed.stdout
    assert "2 new on the server" in first.stdout and on_both == ["near", "old"]
    assert narrow.stdout.endswith("in step, nothing to do.\n") and purged.stdout == narrow.stdout
    assert after == ["ancient", "near", "old"]
    assert verified.exit_code == 0 and "2 outside" in verified.stdout
    assert "2 new on the server" in wide.stdout and sorted(on_server(desk)) == ["ancient", "near", "old"]
    assert run("sync", "work").stdout.endswith("in step, nothing to do.\n")
