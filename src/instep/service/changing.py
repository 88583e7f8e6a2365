"""Changing and removing an account: its settings, its password and what is stored under its name, together."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from instep.accounts import config
from instep.accounts.account import Account, tidied
from instep.accounts.enrolment import KEPT_IN, SignIn, keep_sign_in, withdraw
from instep.accounts.joining import CONFLICT_RULES, pairs_of, part_all
from instep.accounts.records import Records
from instep.accounts.secret import Secret
from instep.errors import ConfigError, InstepError, SecretUnavailable, Where
from instep.service.installation import Installation
from instep.store import lease, pairs
from instep.store.database import Tx
from instep.store.pairs import Pair

T = TypeVar("T")


def change_account(
    here: Installation,
    before: Account,
    after: Account,
    password: Secret | None = None,
    *,
    sign_in: SignIn | None = None,
    gone: Iterable[Pair] = (),
    new: Iterable[Pair] = (),
    on_conflict: str = "",
) -> Account:
    """Store other settings of an account, also another name, under which its pairs and its history go on.

    ``password`` and ``sign_in`` take the place of what is kept; ``None`` leaves that, as far as it is of the same
    mailbox. The pairs in ``gone`` are let go and those in ``new`` stored; ``on_conflict`` (if said) is from now on the
    rule of all of them. Raises ``ConfigError`` for a wrong setting or a taken name, ``SecretUnavailable`` when the
    password cannot be kept, ``Busy`` while the account is worked on; the settings and the pairs are then as they were.
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
        former = here.secrets.session(before) if sign_in and before.is_smartermail else None
        if kept:
            here.secrets.keep(ready, kept)
        try:
            _take_sign_in(here, before, ready, sign_in)
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
            if not _same_place(before, ready):
                _forget_password(here, ready)
            if ready.is_smartermail and (sign_in or not _same_session_place(here, before, ready)):
                _forget_session(here, ready)
                if former is not None:
                    here.secrets.keep_session(before, former)
            raise
        _leave(here, before, ready, password=kept is not None, sign_in=sign_in is not None)
    return stored


def _kept_secret(here: Installation, before: Account, after: Account, password: Secret | None) -> Secret | None:
    """What is to be kept anew: a password just given, or the one so far where its place or the name changes."""
    if after.password not in KEPT_IN:
        return None
    if password is not None:
        return password
    if after.two_step != before.two_step:
        # The password of the login and the one of an application are two.
        if after.two_step:
            return None
        raise ConfigError("The account needs its password.", "Give it.", Where(account=before.name))
    if before.password not in KEPT_IN and not after.two_step:
        raise ConfigError("The account needs a password.", "Give it.", Where(account=before.name))
    return None if _same_place(before, after) or before.password not in KEPT_IN else here.secrets.get(before)


def _take_sign_in(here: Installation, before: Account, after: Account, sign_in: SignIn | None) -> None:
    """Keep a new sign-in, or let the one so far go along with the account."""
    if sign_in is not None:
        keep_sign_in(here.home, here.secrets, after, sign_in)
    elif _same_mailbox(before, after) and not _same_session_place(here, before, after):
        if (session := here.secrets.session(before)) is not None:
            here.secrets.keep_session(after, session)
        Records(here.home).store(after, Records(here.home).load(before))
    elif _same_server(before, after) and before.key != after.key and (known := Records(here.home).load(before)).old:
        Records(here.home).store(after, known)


def _leave(here: Installation, before: Account, after: Account, *, password: bool, sign_in: bool) -> None:
    """Forget what is kept under the former name, in the former place, or of the former mailbox."""
    moved = not _same_place(before, after)
    if moved or (after.two_step and not before.two_step and not password):
        _forget_password(here, before)
    if before.is_smartermail:
        elsewhere = not _same_session_place(here, before, after)
        if elsewhere or not (sign_in or _same_mailbox(before, after)):
            _forget_session(here, before)
    if before.key != after.key or not (sign_in or _same_server(before, after)):
        Records(here.home).forget(before)


def _same_mailbox(before: Account, after: Account) -> bool:
    return before.is_smartermail and after.is_smartermail and _same_server(before, after)


def _same_server(before: Account, after: Account) -> bool:
    return (before.server, before.url, before.login_name) == (after.server, after.url, after.login_name)


def _same_place(before: Account, after: Account) -> bool:
    return (before.key, before.password) == (after.key, after.password)


def _same_session_place(here: Installation, before: Account, after: Account) -> bool:
    places = here.secrets.session_place(before), here.secrets.session_place(after)
    return before.key == after.key and places[0] is places[1]


def _forget_password(here: Installation, account: Account) -> None:
    with contextlib.suppress(SecretUnavailable):
        here.secrets.forget_password(account)


def _forget_session(here: Installation, account: Account) -> None:
    with contextlib.suppress(SecretUnavailable):
        here.secrets.forget_session(account)


def remove_account(here: Installation, account: Account) -> str:
    """Remove an account: settings, password, sign-in and pairs; items stay on both sides, and the history stays.

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
