"""A laboratory for sudden ends: a desk and a server just before a run, put back for every end that is tried.

One server serves many ends: its files are put back too. What the run leads to when nobody ends it is the measure.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from acceptance.desk import Desk, writes
from acceptance.dying import CUT
from peers.proxy import Proxy, Strike, between
from peers.servers import Peer, running

DYING = Path(__file__).with_name("dying.py")
_STAMPS = ("DTSTAMP", "REV", "PRODID", "LAST-MODIFIED", "CREATED", "SEQUENCE")
Content = dict[str, list[tuple[str, ...]]]
Prepare = Callable[["Lab"], None]


@dataclass
class Lab:
    """A desk ``a``, a second one ``b``, and a server behind a proxy, all below ``folder``."""

    folder: Path
    server: str
    proxy: Proxy
    stack: ExitStack
    words: tuple[str, ...] = ("sync", "me", "--yes", "--json")
    repeated: bool = False  # said again after its end, before the next run: what a person asked for once
    measure: Content = field(default_factory=dict)
    requests: int = 0

    @property
    def a(self) -> Desk:
        """The desk whose run is ended."""
        return Desk(self.folder / "now" / "a")

    @property
    def b(self) -> Desk:
        """A second desk on the same server."""
        return Desk(self.folder / "now" / "b")

    # The state before the run ------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Remember everything as it is now, and find out what the run leads to."""
        self._halt()
        shutil.copytree(self.folder / "now", self.folder / "kept", symlinks=True)
        self._go()
        before = len(self.proxy.asked)
        done = self.a.instep(*self.words)
        assert done.code == 0, done.out + done.err
        self.requests = len(self.proxy.asked) - before
        self.finished()
        self.measure = contents(self.a)

    def back(self) -> None:
        """Put everything back to where it was when ``keep`` was called."""
        self.proxy.heal()
        self.proxy.asked.clear()
        self._halt()
        shutil.rmtree(self.folder / "now")
        shutil.copytree(self.folder / "kept", self.folder / "now", symlinks=True)
        self._go()

    def _halt(self) -> None:
        self.stack.close()

    def _go(self) -> None:
        peer = self.stack.enter_context(running(self.server, self.folder / "now" / "lab"))
        # The desks know the proxy's address, which stays.
        self.proxy.server = peer

    # Ends --------------------------------------------------------------------------------------------------------

    def kill(self, strike: Strike) -> bool:
        """``kill -9`` at a request; true when the run was ended there."""
        self.proxy.strike = strike
        process = self.a.start(*self.words)
        try:
            strike.aim(lambda: process.send_signal(signal.SIGKILL))
            process.communicate(timeout=300)
        finally:
            process.kill()
        self.proxy.heal()
        return strike.struck.is_set()

    def cut(self, commit: int) -> bool:
        """End the process just after a commit; true when there were that many."""
        words = [sys.executable, str(DYING), str(commit), *self.words]
        done = subprocess.run(words, env=self.a.env, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode in {0, CUT}, done.stderr
        return done.returncode == CUT

    # Afterwards --------------------------------------------------------------------------------------------------

    def finished(self) -> None:
        """The next run finishes without a question; another finds nothing to do; both sides are equal."""
        if self.repeated:
            done = self.a.instep(*self.words)
            assert done.code == 0, done.out + done.err
        code, report = self.a.sync()
        assert (code, sum(p["conflicts"] for p in report["pairs"])) == (0, 0), report
        code, report = self.a.sync()
        assert (code, writes(report)) == (0, 0), report
        verified = self.a.instep("verify", "me")
        assert verified.code == 0, verified.out + verified.err

    def as_measured(self) -> None:
        """The next run finishes, and everything is as if nothing had happened: nothing lost, nothing doubled."""
        self.finished()
        found = contents(self.a)
        assert found == self.measure, {k: (len(found[k]), len(v)) for k, v in self.measure.items() if found[k] != v}


def contents(desk: Desk) -> Content:
    """What lies on a desk, folder by folder, without stamps and the order of lines and files."""
    found: Content = {}
    for folder in sorted(p for p in desk.files.iterdir() if p.is_dir()):
        files = [p for p in folder.glob("[!.]*.*") if p.is_file()]
        found[folder.name] = sorted(
            tuple(sorted(line for line in p.read_text().splitlines() if not line.startswith(_STAMPS))) for p in files
        )
    return found


@contextmanager
def lab(server: str, folder: Path, prepare: Prepare) -> Iterator[Lab]:
    """A laboratory with its state prepared and kept."""
    (folder / "now").mkdir(parents=True)
    nowhere = Peer(server, "http://127.0.0.1:9/", "alice", "s3cret-lab", "", "", folder)
    with ExitStack() as stack, between(nowhere) as proxy:
        it = Lab(folder, server, proxy, stack)
        it._go()
        proxy.peer = Peer(
            server, proxy.peer.url, proxy.server.login, proxy.server.password, "", "", proxy.server.folder
        )
        prepare(it)
        it.keep()
        yield it
