"""The second part of the SmarterMail demonstration: a mailbox with two-step login."""

from __future__ import annotations

from dataclasses import dataclass

from instep.cli.demo_smartermail_server import StandIn
from instep.cli.demo_smartermail_story import prove_empty
from instep.cli.demo_stage import Stage, heading, promise, tell

NAME = "safe"


@dataclass(slots=True)
class TwoStep:
    """A mailbox that wants a code, on a stage and a stand-in of its own."""

    stage: Stage
    server: StandIn

    def play(self) -> None:
        """Sign in with a code, and synchronize twice; raises ``PromiseBroken`` if a code is wanted again."""
        heading(8, "Two-step login, on another stand-in")
        code = self.server.code()
        tell(f"from the app: {code}   (the stand-in computes it, as an authenticator app does, and takes it once)")
        tell("The application password was made in the web mail: CalDAV and CardDAV do not know codes.")
        answers = self.stage.folder / "two-step"
        answers.write_text(f"{self.server.password}\n{code}\n{self.server.app_password}\n", encoding="utf-8")
        self.stage.instep(*self._add(), password=answers)
        answers.unlink()
        self.stage.instep("account", "show", NAME)
        self.stage.instep("sync", NAME, "--yes")
        tell("\nThe password and the code were used once and are kept nowhere; the sign-in of this computer is.")
        tell("So nobody is asked again:")
        prove_empty(self.stage, NAME)
        self._prove_nothing_kept()

    def _add(self) -> tuple[str, ...]:
        login = ("--email", self.server.email, "--password-stdin", "--code-stdin", "--app-password-stdin")
        desktop = ("--desktop", f"files:{self.stage.folder / 'desktop-safe'}", "--insecure-http")
        return "account", "add", NAME, "--url", self.server.typed, *login, *desktop

    def _prove_nothing_kept(self) -> None:
        password = self.server.password.encode()
        for file in (self.stage.folder / "home").rglob("*"):
            promise(not file.is_file() or password not in file.read_bytes(), f"{file} holds the password.")
