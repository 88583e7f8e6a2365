"""Where the desktop of each pair lies: a pair remembers it, so that another folder is not taken for the one it knew.

A folder's name within the desktop says nothing about which desktop that is. Where somebody names another one in the
settings file, everything that is not in it would look deleted.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from instep.accounts.account import Account
from instep.errors import ConfigError, Where
from instep.service.installation import Installation
from instep.store import pairs
from instep.store.pairs import Pair

_KEY = "desktop"


def place_of(account: Account) -> str:
    """Return where an account's desktop really lies, however its path is written."""
    scheme, _, place = account.desktop.partition(":")
    return os.path.realpath(Path(place).expanduser()) if scheme == "files" else account.desktop


def is_left_behind(account: Account, pair: Pair) -> bool:
    """Tell whether a pair knew another desktop than the account has now, and that one was not just moved here."""
    known = pair.options.get(_KEY)
    return known not in (None, place_of(account)) and not _was_moved(account, pair, str(known))


def _was_moved(account: Account, pair: Pair, known: str) -> bool:
    # What was moved is not there any more, and brings its items along.
    here = Path(place_of(account), pair.left)
    try:
        return not os.path.lexists(known) and any(not file.name.startswith(".") for file in here.iterdir())
    except OSError:
        return False


def require_same_place(account: Account, known: Sequence[Pair]) -> None:
    """Raise ``ConfigError`` when the account's pairs knew another desktop than it has now."""
    if any(is_left_behind(account, pair) for pair in known if pair.kind in account.wanted):
        raise ConfigError(
            "The desktop is another folder than in the last run, so what is not in it would look deleted.",
            "Name the former one again, or let the pairs begin anew: on the account's page Folders, or with unpair.",
            Where(account=account.name),
        )


def remember_place(here: Installation, account: Account, known: Sequence[Pair]) -> None:
    """Let the account's pairs remember its desktop; nothing is written where they do already."""
    place = place_of(account)
    if any(pair.options.get(_KEY) != place for pair in known):
        with here.db.transaction() as tx:
            for pair in pairs.of_account(tx, account.name):
                pairs.change(tx, replace(pair, options={**pair.options, _KEY: place}))
