"""Days, categories and kinds at the command line, against a real Radicale."""

from __future__ import annotations

import json

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
