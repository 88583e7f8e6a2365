"""A password from a command of the person's own (``pass show mail``, ``secret-tool lookup …``)."""

from __future__ import annotations

import os
import shlex
import subprocess

from instep.accounts.secret import Secret
from instep.errors import SecretUnavailable, Where

_PATIENCE = 60.0  # seconds; the program may be waiting for a person's touch or PIN


def password_from(command: str, account: str, patience: float = _PATIENCE) -> Secret:
    """Run ``command`` without a shell and return the first line that it prints.

    Raises ``SecretUnavailable`` naming the account when it cannot be started, fails, prints nothing or takes longer
    than ``patience`` seconds; what it printed and its arguments are never repeated.
    """
    words = _words(command, account)
    try:
        program = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or "it is no program"
        raise _failed(account, f"{words[0]} cannot be started: {reason}.") from None
    try:
        printed, _ = program.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        program.kill()
        if program.stdout:
            # A child of the program may still hold the other end; nobody waits for it.
            program.stdout.close()
        program.wait()
        raise _failed(account, f"{words[0]} did not answer within {patience:g} seconds.") from None
    if program.returncode:
        raise _failed(account, f"{words[0]} ended with the code {program.returncode}.")
    try:
        first = printed.split(b"\n", 1)[0].rstrip(b"\r").decode()
    except UnicodeDecodeError:
        raise _failed(account, f"{words[0]} printed something that is not UTF-8 text.") from None
    if not first:
        raise _failed(account, f"{words[0]} printed no password on its first line.")
    return Secret(first)


def _words(command: str, account: str) -> list[str]:
    try:
        if os.name == "nt":
            # Backslashes are part of paths there.
            words = [word.strip('"') for word in shlex.split(command, posix=False)]
        else:
            words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        raise _failed(account, "it is empty or has an open quotation mark.")
    return words


def _failed(account: str, reason: str) -> SecretUnavailable:
    return SecretUnavailable(
        f"The password command gave no password: {reason}",
        "Try the command by itself; it must print the password alone on the first line.",
        Where(account=account),
    )
