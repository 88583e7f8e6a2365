"""Changing and removing an account: its settings, its password and what is stored under its name, together."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn, tidied
from instep.accounts.enrolment import withdraw
from instep.accounts.joining import CONFLICT_RULES, pairs_of, part_all
from instep.accounts.secret import Secret
from instep.errors import ConfigError, InstepError, SecretUnavailable, Where
from instep.service.installation import Installation
from instep.store import lease, pairs
from instep.store.database import Tx
from instep.store.pairs import Pair

T = TypeVar("T")

_KEPT = (PasswordIn.KEYRING, PasswordIn.VAULT)


def change_account(
    here: Installation,
    before: Account,
    after: Account,
    password: Secret | None = None,
    *,
    gone: Iterable[Pair] = (),
    new: Iterable[Pair] = (),
    on_conflict: str = "",
) -> Account:
    """Store other settings of an account, also another name, under which its pairs and its history go on.

    ``password`` takes the place of the one that is kept; ``None`` leaves that. The pairs in ``gone`` are let go and
    those in ``new`` stored; ``on_conflict`` (if said) is from now on the rule of all of them. Raises ``ConfigError``
    for a wrong setting or a taken name, ``SecretUnavailable`` when the password cannot be kept, ``Busy`` while the
    account is worked on; the settings and the pairs are then as they were.
    """
    ready = tidied(after)
    config.require_sound(ready)
    if on_conflict and on_conflict not in CONFLICT_RULES:
        raise ConfigError(f"{on_conflict!r} is no rule for conflicts.", "", Where(account=before.name))
    if ready.key != before.key:
        config.require_free(here.accounts(), ready)
    with lease.held(here.db, before.name, "settings"):
        if ready.name != before.name:
            # What a process that died left under the new name must not stand in the way.
            with lease.held(here.db, ready.name, "rename"):
                pass
        kept = _kept_secret(here, before, ready, password)
        if kept is not None:
            here.secrets.keep(ready, kept)
        try:
            with here.db.transaction() as tx:
                pairs_of(tx, before)
                for pair in gone:
                    pairs.remove(tx, pair.id)
                for pair in new:
                    pairs.add(tx, pair)
                if on_conflict:
                    for pair in pairs.of_account(tx, before.name):
                        pairs.change(tx, replace(pair, on_conflict=on_conflict))
                if ready.name != before.name:
                    pairs.rename_account(tx, before.name, ready.name)
                # Last, and inside: when the file cannot be written, nothing of the rest counts.
                stored = config.change(here.home, ready, was=before.name)
        except InstepError:
            if kept is not None and not _same_place(before, ready):
                _forget(here, ready)
            raise
        if before.password in _KEPT and not _same_place(before, ready):
            _forget(here, before)
    return stored


def _kept_secret(here: Installation, before: Account, after: Account, password: Secret | None) -> Secret | None:
    """What is to be kept anew: a password just given, or the one so far where its place or the name changes."""
    if after.password not in _KEPT:
        return None
    if password is not None:
        return password
    if before.password not in _KEPT:
        raise ConfigError("The account needs a password.", "Give it.", Where(account=before.name))
    return None if _same_place(before, after) else here.secrets.get(before)


def _same_place(before: Account, after: Account) -> bool:
    return (before.key, before.password) == (after.key, after.password)


def _forget(here: Installation, account: Account) -> None:
    with contextlib.suppress(SecretUnavailable):
        here.secrets.forget(account)


def remove_account(here: Installation, account: Account) -> str:
    """Remove an account: its settings, its password and its pairs; items stay on both sides, and history stays.

    Returns a sentence for the person when the password could not be reached and stays where it is, else nothing. Raises
    ``Busy`` while the account is worked on; nothing is removed then.
    """
    if here.home.state.exists():
        with lease.held(here.db, account.name, "remove"), here.db.transaction() as tx:
            part_all(tx, account)
    _, warning = withdraw(here.home, here.secrets, account.name)
    return warning


def change_pairs(here: Installation, account: Account, change: Callable[[Tx], T]) -> T:
    """Change an account's pairs in one transaction while nobody else works on it, and return what ``change`` gave.

    Raises ``Busy``, and what ``change`` raises; nothing is stored then.
    """
    with lease.held(here.db, account.name, "folders"), here.db.transaction() as tx:
        return change(tx)


def stored_pairs(here: Installation, account: Account) -> Sequence[Pair]:
    """The account's pairs; empty also where nothing is stored yet."""
    with here.db.reading() as tx:
        return pairs.of_account(tx, account.name)
