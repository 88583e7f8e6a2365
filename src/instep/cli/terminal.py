"""The person at the terminal: whether there is one, and one question at a time while work goes on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from instep.cli.output import note


@dataclass(slots=True)
class Terminal:
    """One terminal. Whoever shows something live sets ``pause`` and ``resume``, so that questions stand still.

    Questions and what belongs to them go to standard error: standard output keeps only results.
    """

    pause: Callable[[], None] | None = None
    resume: Callable[[], None] | None = None
    _one: asyncio.Lock | None = field(default=None, repr=False)

    def interactive(self) -> bool:
        """True when a person can read a question and answer it."""
        try:
            return sys.stdin.isatty() and sys.stderr.isatty()
        except (AttributeError, ValueError):
            return False

    @contextlib.asynccontextmanager
    async def talk(self) -> AsyncIterator[None]:
        """Have the terminal alone for one conversation, with nothing moving on it."""
        if self._one is None:
            self._one = asyncio.Lock()
        async with self._one:
            if self.pause:
                self.pause()
            try:
                yield
            finally:
                if self.resume:
                    self.resume()

    async def ask(self, question: str) -> str | None:
        """Ask for a line without holding up the work of others; ``None`` when the person ended the input (Ctrl-D)."""
        note_without_newline(question)
        line = await _line()
        if not line:
            note("")
            return None
        return line.decode(sys.stdin.encoding or "utf-8", "replace").strip()


def note_without_newline(text: str) -> None:
    """Print the beginning of a line on standard error."""
    import click

    with contextlib.suppress(OSError):
        click.echo(text, err=True, nl=False, color=False if os.environ.get("NO_COLOR") else None)


async def _line() -> bytes:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bytes] = loop.create_future()
    source = sys.stdin.fileno()

    def finish(data: bytes) -> None:
        if not done.done():
            done.set_result(data)

    if sys.platform != "win32":
        # A terminal gives one whole line per read; a thread blocked there could not be ended by Ctrl-C.
        loop.add_reader(source, lambda: finish(os.read(source, 4096)))
        try:
            return await done
        finally:
            loop.remove_reader(source)

    def read() -> None:
        # Unbuffered: a buffered reader's lock would be held when the interpreter ends.
        data = os.read(source, 4096)
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(finish, data)

    threading.Thread(target=read, daemon=True).start()
    return await done


TERMINAL = Terminal()
