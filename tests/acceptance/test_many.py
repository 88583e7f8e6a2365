"""Many accounts from one table, several at a time: one that fails never stops the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.desk import Desk, card
from peers.servers import running


@pytest.mark.parametrize("count", [6, pytest.param(500, marks=pytest.mark.trial)])
def test_accounts_of_a_table_are_synchronized_side_by_side(tmp_path: Path, count: int) -> None:
    desk = Desk(tmp_path / "admin")
    with running("radicale", tmp_path / "lab") as peer:
        users = "".join(f"u{n}:{peer.password}\n" for n in range(count))
        (peer.folder / "htpasswd").write_text(users)
        rows = ["name,url,email,login,password_command,desktop,kinds,insecure_http"]
        for n in range(count):
            folder = tmp_path / "desks" / f"d{n}"
            (folder / "contacts").mkdir(parents=True)
            (folder / "contacts" / "one.vcf").write_text(card(n))
            secret = "wrong" if n == 1 else peer.password
            rows.append(f"user{n},{peer.url},u{n}@example.org,u{n},echo {secret},files:{folder},contacts,yes")
        table = tmp_path / "accounts.csv"
        table.write_text("\n".join(rows) + "\n")
        assert desk.instep("account", "import", str(table), "--dry-run").code == 0
        assert desk.instep("account", "list").out.count("user") == 0
        done = desk.instep("account", "import", str(table))
        assert done.code == 0, done.err
        done = desk.instep("sync", "--jobs", "8", "--yes", "--json")
        assert done.code == 4, done.err
        reports = {r["account"]: r["status"] for r in done.json}
        assert len(reports) == count and reports.pop("user1") == "failed"
        assert set(reports.values()) == {"in-step"}, done.err
        cards = list((peer.folder / "data/collection-root").glob("u*/contacts/*.vcf"))
        assert len(cards) == count - 1
