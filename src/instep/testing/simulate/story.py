"""The story of a schedule: what people, programs and stores did, one sentence each."""

from __future__ import annotations

from dataclasses import dataclass, field

RECENT = 40


@dataclass(slots=True)
class Story:
    """Sentences in the order in which things happened; each may be about one thing (by its name) or about all."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, sentence: str, about: str = "") -> None:
        """Add what happened."""
        self.lines.append((about, sentence))

    def broke(self, promise: str, about: str = "") -> None:
        """A promise is broken: remembered, and told at this place of the story."""
        self.broken.append((about, promise))
        self.lines.append((about, f"BROKEN: {promise}"))

    def text(self) -> str:
        """What has to do with the first broken promise, the last sentences of it; all of it where none is broken."""
        about = {subject for subject, _ in self.broken[:1] if subject}
        told = [sentence for subject, sentence in self.lines if not about or not subject or subject in about]
        if self.broken:
            told = told[: told.index(f"BROKEN: {self.broken[0][1]}") + 1]
        cut = len(told) - RECENT
        return "\n".join([f"(… {cut} sentences before)"] * (cut > 0) + told[-RECENT:])
