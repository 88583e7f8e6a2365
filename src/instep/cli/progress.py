"""Live progress on a terminal: one line per account and kind that is being worked on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from instep.cli.terminal import Terminal
from instep.core.harmless import plain, shortened
from instep.core.model import Kind
from instep.engine.events import PairFinished, Phase, Progress, RunEvent, RunFinished

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_PATIENCE = 0.3  # seconds; what is over sooner needs no bars, and rich takes a blink to load


@dataclass(slots=True)
class _Line:
    """One line of the display; a new phase counts and measures anew."""

    task: TaskID
    phase: Phase


class LiveProgress:
    """Shows what runs are doing; give ``show`` to them as ``emit``. Used as a context manager; it never raises."""

    def __init__(self, terminal: Terminal, clock: Callable[[], float] = time.monotonic) -> None:
        self._terminal = terminal
        self._clock = clock
        self._since = clock()
        self._bars: Bars | None = None
        self._lines: dict[tuple[str, Kind], _Line] = {}
        self._paused = False

    def __enter__(self) -> LiveProgress:
        self._terminal.pause, self._terminal.resume = self._pause, self._resume
        return self

    def __exit__(self, *error: object) -> None:
        self._terminal.pause = self._terminal.resume = None
        self._stop()

    def show(self, event: RunEvent) -> None:
        """Take one event of a run."""
        with contextlib.suppress(OSError):
            match event:
                case Progress():
                    self._progress(event)
                case PairFinished():
                    self._drop((event.account, event.report.kind))
                case RunFinished():
                    for key in [key for key in self._lines if key[0] == event.report.account]:
                        self._drop(key)

    def print(self, text: str) -> None:
        """Print a line above the bars."""
        from instep.cli.output import say

        if self._bars is None or self._paused:
            say(text)
            return
        self._bars.stop()
        try:
            say(text)
        finally:
            self._bars.start()

    def _progress(self, event: Progress) -> None:
        if event.phase is Phase.DONE:
            self._drop((event.account, event.kind))
            return
        if self._bars is None:
            if self._clock() - self._since < _PATIENCE:
                return
            self._bars = _bars()
            if not self._paused:
                self._bars.start()
        key = (event.account, event.kind)
        line = self._lines.get(key)
        # A new phase has another speed; a bar that went on would show a wrong one.
        if line is None or line.phase is not event.phase:
            if line:
                self._bars.remove_task(line.task)
            title = f"{plain(event.account)} · {event.kind.value}"
            line = _Line(self._bars.add_task(title, total=None, phase=event.phase.value, item=""), event.phase)
            self._lines[key] = line
        self._bars.update(line.task, completed=event.done, total=event.total or None, item=shortened(event.name, 30))

    def _drop(self, key: tuple[str, Kind]) -> None:
        line = self._lines.pop(key, None)
        if line and self._bars:
            self._bars.remove_task(line.task)

    def _pause(self) -> None:
        self._paused = True
        if self._bars:
            self._bars.stop()

    def _resume(self) -> None:
        self._paused = False
        if self._bars:
            self._bars.start()

    def _stop(self) -> None:
        if self._bars:
            with contextlib.suppress(OSError):
                self._bars.stop()
            self._bars = None


def _bars() -> Bars:
    from rich.progress import BarColumn, ProgressColumn, Task, TextColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    from instep.cli.render import console

    class Numbers(ProgressColumn):
        """Done of total, and how many a second."""

        def render(self, task: Task) -> Text:
            speed = f" · {task.speed:.0f}/s" if task.speed else ""
            total = f" of {task.total:.0f}" if task.total else ""
            return Text(f"{task.completed:.0f}{total}{speed}" if task.completed or total else "")

    return Bars(
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[phase]}", markup=False),
        BarColumn(bar_width=24),
        Numbers(),
        TextColumn("{task.fields[item]}", markup=False),
        console=console(err=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        refresh_per_second=8,
    )
