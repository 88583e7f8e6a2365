"""The command line in processes of its own that start at once: each is forked from one that has imported everything.

A command in a fresh interpreter spends most of its time on imports. What it does afterwards is the same here: its own
process, environment, folder, streams and exit code. Where there is no fork, commands start in the usual way.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_IMPORTS = (
    "click",
    "httpx2",
    "lxml.etree",
    "sqlalchemy.dialects.sqlite",
    "instep.accounts.secrets",
    "instep.accounts.trial",
    "instep.cli.account_add",
    "instep.cli.main",
    "instep.cli.progress",
    "instep.cli.runner",
    "instep.cli.sync",
    "instep.codecs.icalendar",
    "instep.codecs.notes",
    "instep.codecs.vcard",
    "instep.connectors.dav",
    "instep.connectors.files",
    "instep.engine.run",
    "instep.engine.undo",
    "instep.engine.verify",
    "instep.service.running",
    "instep.store.database",
)


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


class Forked:
    """A process that forks commands; one command at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, words: list[str], env: dict[str, str], given: str, timeout: float = 300) -> Ended:
        """Run a command to its end. Raises ``TimeoutError`` when it does not end; it is killed then."""
        if not hasattr(os, "fork"):
            program = [sys.executable, "-c", "from instep.cli.main import main; main()", *words]
            done = subprocess.run(program, env=env, input=given, capture_output=True, text=True, timeout=timeout)
            return Ended(done.returncode, done.stdout, done.stderr)
        with tempfile.TemporaryDirectory(prefix="instep-said-") as folder:
            paths = {name: str(Path(folder, name)) for name in ("in", "out", "err")}
            Path(paths["in"]).write_text(given)
            code = self._ask({"words": words, "env": env, "cwd": str(Path.cwd()), **paths}, timeout)
            return Ended(code, *(Path(paths[name]).read_text() for name in ("out", "err")))

    def _ask(self, order: dict[str, Any], timeout: float) -> int:
        process = self._process
        if process is None or process.poll() is not None:
            process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], timeout)[0]:
            process.kill()
            raise TimeoutError(" ".join(order["words"]))
        return int(process.stdout.readline())


def _serve() -> None:
    for module in _IMPORTS:
        __import__(module)
    answers = os.dup(1)
    for line in sys.stdin.buffer:
        order = json.loads(line)
        child = os.fork()
        if not child:
            os.close(answers)
            _become(order)
        os.write(answers, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _become(order: dict[str, Any]) -> None:
    code = 70
    try:
        os.environ.clear()
        os.environ.update(order["env"])
        os.chdir(order["cwd"])
        writing = os.O_WRONLY | os.O_CREAT
        for number, name, flags in ((0, "in", os.O_RDONLY), (1, "out", writing), (2, "err", writing)):
            descriptor = os.open(order[name], flags, 0o600)
            os.dup2(descriptor, number)
            os.close(descriptor)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - what was read ahead belongs to the parent
        sys.argv = ["instep", *order["words"]]
        from instep.cli.main import main

        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
