"""How long history is kept. Light on purpose: the settings need it, and no database for that."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retention:
    """Versions are kept for ``keep_days`` days, and those of each account's last ``keep_runs`` runs however old."""

    keep_days: int = 365
    keep_runs: int = 50
