"""The two streams: results on standard output, everything else on standard error; a closed one is no error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any

import click


def say(text: str = "", *, err: bool = False) -> None:
    """Print a line. Colours go where the stream shows them and ``NO_COLOR`` is not set.

    Raises ``BrokenPipeError`` when nobody reads any more.
    """
    click.echo(text, err=err, color=False if os.environ.get("NO_COLOR") else None)


def note(text: str) -> None:
    """Print a line on standard error; never raises, since it is said in the middle of work."""
    with contextlib.suppress(OSError):
        say(text, err=True)


def say_json(value: Any) -> None:
    """Print one JSON value, and nothing else; pure ASCII, so that any terminal and any pipe can take it."""
    say(json.dumps(value, indent=2))


def complain(text: str) -> None:
    """Print an error's sentence on standard error."""
    note(f"{click.style('Error:', fg='red')} {text}")


def forgive_encoding() -> None:
    """Let characters that a stream cannot show come out as escapes instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def silence() -> None:
    """Send what is left in the output streams nowhere, so that the interpreter's end does not complain about them."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
