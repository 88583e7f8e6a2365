"""The demonstration with a stand-in for SmarterMail keeps its promises, and says what it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from instep.cli.demo_smartermail_person import Thing, file_with
from instep.cli.demo_smartermail_server import StandIn, running
from instep.cli.demo_smartermail_web import WebMail
from instep.cli.demo_stage import PromiseBroken, Stage
from instep.errors import Unreachable
from instep.testing.smartermail import ANNA, Kind, World, serve

PROGRAM = [sys.executable, "-X", "utf8", "-c", "from instep.cli.main import main; main()"]
Shown = tuple[Path, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """One whole demonstration, as `make demo-smartermail` runs it."""
    folder = tmp_path_factory.mktemp("demo")
    # Whoever runs the tests may have an account, and colours, of their own.
    environment = {**os.environ, "INSTEP_HOME": str(folder / "mine"), "COLUMNS": "200"}
    done = subprocess.run(
        [*PROGRAM, "demo", "--smartermail"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=280,
    )
    return folder, done


def test_the_demonstration_ends_as_promised(shown: Shown) -> None:
    _, done = shown
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "All of it was as promised" in done.stdout
    assert done.stdout.count("in step, nothing to do") == 8
    assert done.stdout.count("says: 0 writes") == 2


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("not the product but a stand-in", "that it is a stand-in"),
        ("/interface/root", "the address as a person copies it"),
        ("SmarterMail build ", "the build that was found"),
        ("over CardDAV", "how contacts go"),
        ("over REST", "how tasks and notes go"),
        ("- Job title: Gardener", "an edit on the web"),
        ("+ TITLE:Head gardener", "and how it reached the desktop"),
        ("+ Status: 2", "a task that was done at the desk"),
        ("Conflict 1 · mail · contacts · Dr. Emil Sørensen", "a conflict"),
        ("SmarterMail (server)", "under the server's name"),
        ("1 conflict decided and carried out", "and its end"),
        ("two-step login; kept on this computer", "a sign-in with a code"),
        ("instep dev smartermail", "how to go on by hand"),
    ],
)
def test_the_demonstration_shows(shown: Shown, said: str, means: str) -> None:
    assert said in shown[1].stdout, means


def test_the_demonstration_touches_nothing_outside_its_folder(shown: Shown) -> None:
    folder, _ = shown
    assert [entry.name for entry in folder.iterdir()] == ["demo-run"]
    assert (folder / "demo-run" / "home" / "vault.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent another way there")
def test_by_hand_the_stand_in_stays_until_ctrl_c(tmp_path: Path) -> None:
    words = [*PROGRAM, "demo", "--smartermail", "--by-hand"]
    process = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout is not None
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                break
        assert not (tmp_path / "demo-run" / "home").exists()
        web = WebMail(StandIn(tmp_path / "demo-run" / "stand-in.log").web_mail)
        web.sign_in("anna@example.com", "correct horse")
        process.send_signal(signal.SIGINT)
        assert "The server is stopped." in process.communicate(timeout=60)[0]
    finally:
        process.kill()
    assert process.returncode == 0
    assert "$ instep sync mail --yes --on-conflict skip\n" in said


def test_a_stand_in_that_does_not_start_says_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="did not start"), running(tmp_path / "log", "--no-such-option"):
        pass
    assert "--no-such-option" in (tmp_path / "log").read_text(encoding="utf-8")


def test_the_web_mail_changes_what_it_is_told_and_keeps_the_rest() -> None:
    with serve(World.demo()) as server:
        web = WebMail(f"{server.url}/interface/standin")
        web.sign_in(ANNA, server.world.people[ANNA].password)
        before = dict(server.world.items(ANNA, Kind.NOTE))
        path = web.items("notes")["Ideas"]
        web.save(path, {"color": "green"})
        after = server.world.items(ANNA, Kind.NOTE)
        changed = {key for key, note in after.items() for name in note if note[name] != before[key][name]}
        assert len(changed) == 1
        assert web.form(path).values["text"] == "<p>A <b>bold</b> one</p><p>and a quiet one</p>"
        web.delete(path)
        assert "Ideas" not in web.items("notes")


def test_the_web_mail_lets_nobody_in_with_a_wrong_password() -> None:
    with serve(World.demo()) as server, pytest.raises(Unreachable, match="401"):
        WebMail(f"{server.url}/interface/standin").sign_in(ANNA, "wrong")


def test_what_is_not_on_the_web_breaks_the_promise(tmp_path: Path) -> None:
    with serve(World.demo()) as server:
        web = WebMail(f"{server.url}/interface/standin")
        web.sign_in(ANNA, server.world.people[ANNA].password)
        (tmp_path / "a.md").write_text("# Ideas\n", encoding="utf-8")
        ideas = Thing("Ideas", "notes", file_with(tmp_path, "# Ideas"), web, Stage(tmp_path))
        ideas.holds(desktop=("Ideas",), web=("Colour: white",))
        with pytest.raises(PromiseBroken, match="does not hold 'Colour: green'"):
            ideas.holds(web=("Colour: green",))
        with pytest.raises(PromiseBroken, match="not in the web mail"):
            Thing("Nobody", "notes", ideas.file, web, Stage(tmp_path)).on_web()
