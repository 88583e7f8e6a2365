"""The application password that opens CalDAV and CardDAV of a SmarterMail server where login has two steps."""

from __future__ import annotations

from instep.accounts.account import Account
from instep.accounts.connect import dav_alone_of
from instep.accounts.means import Means
from instep.accounts.secret import Secret
from instep.core.model import Kind
from instep.errors import InstepError, LoginRefused, LoginsPaused, Where
from instep.service.changing import stored_pairs
from instep.service.installation import Installation, protocols_of


async def try_app_password(account: Account, password: Secret, means: Means) -> None:
    """Show an application password to CalDAV and CardDAV once, before it is stored.

    Raises ``LoginRefused`` where they refuse it, and ``LoginsPaused``. A server that has neither, or does not answer
    now, is left to the test, which says so.
    """
    from instep.accounts.connect_smartermail import APP_PASSWORD_ADVICE, APP_PASSWORD_REFUSED

    dav = dav_alone_of(account, password, means)
    try:
        await dav.collections()
    except LoginRefused as error:
        raise LoginRefused(f"{APP_PASSWORD_REFUSED}.", APP_PASSWORD_ADVICE, Where(account=account.name)) from error
    except LoginsPaused:
        raise
    except InstepError:
        return
    finally:
        await dav.close()


def could_go_over_dav(here: Installation, account: Account) -> list[Kind]:
    """Return the kinds that go over REST since there was no application password when their folders were paired."""
    chosen, ways = account.chosen_protocols, protocols_of(stored_pairs(here, account))
    return [kind for kind in (Kind.CONTACT, Kind.EVENT) if kind not in chosen and ways.get(kind) == "rest"]
