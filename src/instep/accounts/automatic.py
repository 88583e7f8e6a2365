"""When an account is synchronized by itself, in words; pure."""

from __future__ import annotations

from instep.accounts.account import Account


def automatic_sentence(account: Account) -> str:
    """Say when: ``at start, every 15 minutes, after changes, at exit``; ``never`` where nothing is set."""
    every = "every minute" if account.sync_every == 1 else f"every {account.sync_every} minutes"
    says = [
        ("at start", account.sync_at_start),
        (every, account.sync_every > 0),
        ("after changes", account.sync_after_changes),
        ("at exit", account.sync_at_exit),
    ]
    return ", ".join(words for words, true in says if true) or "never"
