"""How the system starts this installation's program: the words of its command, and what its environment must say."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

_KEPT = ("INSTEP_HOME", "INSTEP_SECRETS", "INSTEP_VAULT_PASSPHRASE_FILE")


@dataclass(frozen=True, slots=True)
class Launch:
    """A command with its environment. ``name`` tells two installations of one person apart: ``instep`` for the usual
    one, with a mark behind it for the one that ``INSTEP_HOME`` names."""

    words: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    name: str = "instep"


def launch(*words: str, environ: Mapping[str, str] | None = None, program: str = "") -> Launch:
    """Return how ``instep`` is called with these words, without a console window on Windows.

    ``environ`` is this process's environment by default: what names the installation is taken from it, as whole paths.
    """
    known = os.environ if environ is None else environ
    kept = {name: known[name] for name in _KEPT if known.get(name)}
    for name in ("INSTEP_HOME", "INSTEP_VAULT_PASSPHRASE_FILE"):
        if name in kept:
            kept[name] = str(Path(kept[name]).expanduser().absolute())
    home = kept.get("INSTEP_HOME", "")
    mark = f"-{sha256(home.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}" if home else ""
    return Launch((program or _python(), "-m", "instep", *words), kept, f"instep{mark}")


def _python() -> str:
    windowless = Path(sys.executable).with_name("pythonw.exe")
    return str(windowless) if sys.platform == "win32" and windowless.exists() else sys.executable


def systemd_unit(launch: Launch) -> str:
    """A systemd user service, systemd.service(5), that starts the program and starts it again when it dies."""
    settings = "".join(f"Environment={_systemd_word(f'{k}={v}')}\n" for k, v in launch.environment.items())
    # The colon: a dollar sign is a dollar sign. systemd itself starts no program whose path holds a quotation mark.
    command = ":/usr/bin/env " + " ".join(_systemd_word(word) for word in launch.words)
    return (
        "[Unit]\n"
        "Description=Instep keeps contacts, appointments, tasks and notes in step\n"
        "Documentation=man:systemd.service(5)\n"
        "\n"
        "[Service]\n"
        f"{settings}"
        f"ExecStart={command}\n"
        "Restart=on-failure\n"
        "RestartSec=30\n"
        # Settings that cannot be used do not get better by trying again.
        "RestartPreventExitStatus=2\n"
        "TimeoutStopSec=90\n"
        "\n"
        "[Install]\n"
        "WantedBy=default.target\n"
    )


def _systemd_word(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("\n", "\\n")
    return f'"{escaped}"'


def desktop_entry(launch: Launch, comment: str, *, more: str = "") -> str:
    """An entry of a menu or of the programs at login, as the Desktop Entry Specification writes it; ``more`` are
    further lines."""
    words = launch.words
    if launch.environment:
        words = ("/usr/bin/env", *(f"{k}={v}" for k, v in launch.environment.items()), *words)
    return (
        "[Desktop Entry]\n"
        "Type=Application\n"
        "Version=1.0\n"
        "Name=Instep\n"
        f"Comment={comment}\n"
        f"Exec={' '.join(_entry_word(word) for word in words)}\n"
        "Icon=x-office-calendar\n"
        "Terminal=false\n"
        f"{more}"
    )


def _entry_word(word: str) -> str:
    # First the quoting of a word, then the escaping of a value, in which a backslash is written twice.
    quoted = "".join(f"\\{c}" if c in '"`$\\' else c for c in word.replace("%", "%%"))
    return f'"{quoted}"'.replace("\\", "\\\\").replace("\n", "\\n")


def launch_agent(launch: Launch, label: str) -> bytes:
    """A launchd agent, launchd.plist(5), that starts the program at login and again when it dies."""
    import plistlib

    return plistlib.dumps(
        {
            "Label": label,
            "ProgramArguments": list(launch.words),
            "EnvironmentVariables": dict(launch.environment),
            "RunAtLoad": True,
            "KeepAlive": {"Crashed": True},
            "ThrottleInterval": 30,
            "ExitTimeOut": 90,
            "ProcessType": "Background",
        }
    )


def python_starter(launch: Launch) -> str:
    """A small Python program that starts the command: for places that take a command line of 260 characters at most and
    no environment."""
    return (
        "import os, subprocess, sys\n"
        f"os.environ.update({dict(launch.environment)!a})\n"
        f"sys.exit(subprocess.call({list(launch.words)!a}))\n"
    )


def command_line(words: tuple[str, ...]) -> str:
    """Words as Windows programs take them apart again."""
    return subprocess.list2cmdline(words)


def shell_script(launch: Launch) -> str:
    """A script of the POSIX shell that runs the command."""
    settings = "".join(f"export {k}={shlex.quote(v)}\n" for k, v in launch.environment.items())
    return f"#!/bin/sh\n{settings}exec {shlex.join(launch.words)}\n"


def batch_file(launch: Launch) -> str:
    """A batch file of Windows that starts the command and closes."""
    settings = "".join(f'@set "{k}={v.replace("%", "%%")}"\r\n' for k, v in launch.environment.items())
    command = command_line(launch.words).replace("%", "%%")
    return f'@chcp 65001 >nul\r\n{settings}@start "" {command}\r\n'
