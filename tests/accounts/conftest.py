from __future__ import annotations

from pathlib import Path

import pytest

from instep.accounts.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of its own, and no way to the key store of whoever runs the tests."""
    for name in ("INSTEP_VAULT_PASSPHRASE_FILE", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INSTEP_SECRETS", "vault")
    monkeypatch.setenv("INSTEP_HOME", str(tmp_path / "home"))
    home = Home(tmp_path / "home")
    home.prepare()
    return home
