"""Questions about signing in: application passwords, how long tokens are good, and what is never tried."""

from __future__ import annotations

import secrets

from instep.errors import InstepError, LoginRefused, SignInNeeded
from instep.protocols.smartermail.sign_in import Desk as SignInDesk
from instep.protocols.smartermail.sign_in import Tokens, sign_in, sign_out
from instep.protocols.webdav.names import PRINCIPAL
from instep.protocols.webdav.verbs import Refused, propfind
from instep.service.live_check.answers import Answer, Sure, not_answered, not_tried
from instep.service.live_check.bench import Bench


async def app_password(bench: Bench) -> Answer:
    """Whether an application password opens DAV, and REST; one try each."""
    given = bench.choices.app_password
    if given is None:
        return not_tried("no application password was given for it; a refused one would count as a failed login")
    dav = await _over_dav(bench, given.reveal())
    rest = await _over_rest(bench, given.reveal())
    if not dav and not rest:
        return not_answered("the server could not be asked")
    return Answer(f"DAV: {dav or 'not answered'}; REST: {rest or 'not answered'}")


async def _over_dav(bench: Bench, password: str) -> str:
    user = bench.desk.rest.user
    client = bench.desk.client(user, password)
    start = bench.dav.account.principal or bench.dav.account.base if bench.dav is not None else ""
    start = start or bench.desk.dav_start or f"{bench.desk.rest.base}/webdav/"
    try:
        client.trust(start)
        answer = await propfind(client, start, [PRINCIPAL], 0)
        return "" if isinstance(answer, Refused) else "accepted"
    except LoginRefused:
        return "refused"
    except InstepError:
        return ""
    finally:
        await client.close()


async def _over_rest(bench: Bench, password: str) -> str:
    client = bench.desk.client()
    # Another client id: a sign-in with the account's own would end its session.
    desk = SignInDesk(client, bench.desk.rest.base, bench.desk.rest.user, secrets.token_hex(16), bench.desk.gate)
    try:
        client.trust(desk.base)
        result = await sign_in(desk, password)
        if not isinstance(result, Tokens):
            return "asks for a code"
        await sign_out(desk, result.access)
        return "accepted"
    except (SignInNeeded, LoginRefused):
        return "refused"
    except InstepError:
        return ""
    finally:
        await client.close()


async def token_lifetimes(bench: Bench) -> Answer:
    """How long an access token and a refresh token are good, as the answer to the sign-in says."""
    access, again = bench.desk.rest.lifetimes
    if access is None and again is None:
        return not_answered("the sign-in did not say it")
    return Answer(f"access {_span(access)}, refresh {_span(again)}", Sure.TOLD)


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "not said"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours" if seconds < 172800 else f"{seconds / 86400:.0f} days"


async def intrusion(bench: Bench) -> Answer:
    """How many failed logins block a computer: never provoked."""
    return not_tried("never provoked; the server's administrator sees it under Security, Intrusion Detection")
