"""What the shell offers when a person presses Tab."""

from __future__ import annotations

import click


def accounts_complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the accounts' names; nothing when the settings cannot be read."""
    from instep.accounts import config
    from instep.accounts.home import home_of
    from instep.errors import InstepError

    try:
        names = [account.name for account in config.load(home_of())]
    except InstepError:
        return []
    return [name for name in names if name.casefold().startswith(incomplete.casefold())]
