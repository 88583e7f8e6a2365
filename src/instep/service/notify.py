"""One sentence on the person's screen, by the platform's own means; where there is none, nothing happens."""

from __future__ import annotations

import base64
import html
import os
import shutil
import subprocess
import sys

TITLE = "Instep"
_PATIENCE = 15.0  # seconds
_NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW, which only Windows' subprocess knows

# The words come as arguments or in the environment, never as part of a program.
_APPLE = (
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
)
_WINDOWS = """
Add-Type -AssemblyName System.Windows.Forms
$icon = New-Object System.Windows.Forms.NotifyIcon
$icon.Icon = [System.Drawing.SystemIcons]::Information
$icon.Visible = $true
$icon.ShowBalloonTip(8000, $env:INSTEP_TITLE, $env:INSTEP_TEXT, 'None')
Start-Sleep -Seconds 9
$icon.Dispose()
"""


def notify(text: str) -> bool:
    """Show a sentence; tells whether the platform took it. Never raises, and may block for some seconds."""
    found = command(text)
    if found is None:
        return False
    words, environment = found
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
            timeout=_PATIENCE,
            check=False,
            creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def command(text: str, platform: str = sys.platform) -> tuple[list[str], dict[str, str]] | None:
    """Return the program with its arguments that shows a sentence, and what it is told in the environment; ``None``
    where the platform has none."""
    if platform == "darwin":
        program = shutil.which("osascript")
        script = [word for line in _APPLE for word in ("-e", line)]
        return None if program is None else ([program, *script, TITLE, text], {})
    if platform == "win32":
        program = shutil.which("powershell.exe")
        script = ["-EncodedCommand", base64.b64encode(_WINDOWS.encode("utf-16-le")).decode("ascii")]
        words = {"INSTEP_TITLE": TITLE, "INSTEP_TEXT": text}
        return None if program is None else ([program, "-NoProfile", "-NonInteractive", *script], words)
    program = shutil.which("notify-send")
    # The body may hold markup, so that what only looks like it must be said otherwise.
    return None if program is None else ([program, "--app-name=Instep", "--", TITLE, html.escape(text)], {})
