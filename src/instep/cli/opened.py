"""This computer's installation, as commands open it: a passphrase is asked for at the terminal."""

from __future__ import annotations

from instep.accounts.home import home_of
from instep.accounts.secret import Secret
from instep.service.installation import Installation


def installation() -> Installation:
    """Give the installation that ``INSTEP_HOME`` or the platform names; nothing is opened yet."""
    return Installation(home_of(), ask_passphrase)


def ask_passphrase(new: bool) -> Secret | None:
    """Ask for the vault's passphrase, a new one twice; ``None`` when there is nobody to ask."""
    from instep.cli.terminal import TERMINAL

    if not TERMINAL.interactive():
        return None
    import click

    if new:
        click.echo(
            "This computer has no key store; the password goes into an encrypted vault. Choose its passphrase.",
            err=True,
        )
    text = "New passphrase of the vault" if new else "Passphrase of the vault"
    return Secret(click.prompt(text, hide_input=True, confirmation_prompt=new, err=True, type=str))
