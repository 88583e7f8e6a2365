"""Intrusion detection: too many failed logins from one address block it for every protocol."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Intrusion:
    """Blocks an address for ``block`` seconds after ``limit`` failures within ``window`` seconds."""

    limit: int = 10
    window: float = 1800.0
    block: float = 3600.0
    failures: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    until: dict[str, float] = field(default_factory=dict)

    def failed(self, address: str, now: float) -> None:
        """Note a failed login."""
        recent = [at for at in self.failures[address] if at > now - self.window] + [now]
        self.failures[address] = recent
        if len(recent) >= self.limit:
            self.until[address] = now + self.block

    def blocks(self, address: str, now: float) -> bool:
        """Whether everything from this address is turned away now."""
        return self.until.get(address, 0.0) > now

    def forgive(self) -> None:
        """Forget all failures and blocks, as an administrator can."""
        self.failures.clear()
        self.until.clear()
