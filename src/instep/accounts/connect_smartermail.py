"""A SmarterMail account's server: REST and DAV on the same mailbox, joined so that each kind goes one way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import quote

from instep.accounts.product import product_with_age
from instep.accounts.server_type import NOT_AVAILABLE
from instep.connectors.base import Connector, Finding
from instep.connectors.dav import DavConnector
from instep.connectors.joint import JointConnector, Part
from instep.connectors.smartermail import PREFIX, Known, RestServer, SmarterMailConnector
from instep.core.model import Kind
from instep.protocols.exchange import HttpSettings
from instep.protocols.http import HttpClient
from instep.protocols.origins import origin_of
from instep.protocols.smartermail.builds import warning
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.profile import Profile
from instep.protocols.smartermail.session import SessionKeeper
from instep.protocols.webdav.places import Resolver, resolve

REST, DAV = "rest", "dav"
ORDER: Mapping[Kind, tuple[str, ...]] = {
    Kind.CONTACT: (DAV, REST),
    Kind.EVENT: (DAV, REST),
    Kind.TASK: (REST, DAV),
    Kind.NOTE: (REST,),
}
"""The protocols of each kind, best first: DAV has versions and recurrence, REST has priorities, status, and notes."""

_DOUBT, _REFUSED = "dav", "refused"
APP_PASSWORD_REFUSED = "CalDAV and CardDAV refused the application password"
APP_PASSWORD_ADVICE = "Make another one in the web mail, in the group of CalDAV and CardDAV."


def protocol_of(collection: str) -> str:
    """Return the protocol over which a folder is reached, from its id."""
    return REST if collection.startswith(PREFIX) else DAV


def smartermail_server(
    settings: HttpSettings,
    *,
    user: str,
    base: str,
    keeper: SessionKeeper,
    profile: Profile,
    remember: Callable[[Profile], None],
    password: str = "",
    dav_password: str = "",
    fixed: Mapping[Kind, str] | None = None,
    old: bool = False,
    resolver: Resolver = resolve,
    today: Callable[[], date] = date.today,
    client: Callable[[HttpSettings], HttpClient] = HttpClient,
) -> Connector:
    """Return the server of one account, ready to be asked; nothing is sent yet.

    ``settings`` say how to reach it (their login and password are not used) and hold the login gate; ``user`` is the
    full e-mail address, ``base`` where the web mail was found. ``password`` is for the sign-in over REST, empty where
    only the session in ``keeper`` may be used (two-step login); ``dav_password`` is the same one, or an application
    password; empty: DAV is not tried. ``profile`` is what is known of the server, ``remember`` is given it anew when
    more is known. ``fixed`` names the protocol of kinds for which that is settled, by the account or by its pairs
    (``protocol_of``). ``old``: a version up to 15, which has DAV alone. ``client`` makes the HTTP clients.
    """
    known = Known(profile, remember)
    dav = dav_alone(
        settings, user=user, base=base, profile=profile, password=dav_password, resolver=resolver, client=client
    )
    doubted = known.form(_DOUBT) == _REFUSED

    def noted(name: str, works: bool) -> None:
        if name != DAV:
            return
        known.learn(_DOUBT, "" if works else _REFUSED)
        known.found_dav(dav.found_at if works else "", datetime.now(UTC))

    way = Part(DAV, dav, doubted=doubted)
    if dav_password and not password and not old:
        way = replace(way, refused=APP_PASSWORD_REFUSED, refused_advice=APP_PASSWORD_ADVICE)
    if not dav_password:
        way = replace(
            way,
            unusable="no application password is kept for CalDAV and CardDAV",
            advice="With two-step login, make one in the web mail and give it to Instep when you sign in.",
        )
    if old:
        order = {kind: (DAV,) for kind, names in ORDER.items() if DAV in names}
        return JointConnector("SmarterMail", [way], order, fixed, noted=noted, findings=_old(profile, today()))
    http = client(replace(settings, login="", password=""))
    rest = SmarterMailConnector(
        RestServer(RestClient(http, base, user, keeper, password, settings.gate)), known, today=today
    )
    return JointConnector("SmarterMail", [Part(REST, rest, PREFIX), way], ORDER, fixed, noted=noted)


def dav_alone(
    settings: HttpSettings,
    *,
    user: str,
    base: str,
    profile: Profile,
    password: str,
    resolver: Resolver = resolve,
    client: Callable[[HttpSettings], HttpClient] = HttpClient,
) -> DavConnector:
    """Return the DAV of one account by itself; all as in ``smartermail_server``."""
    local, _, domain = user.rpartition("@")
    found = profile.dav
    root = f"{base.rstrip('/')}/webdav/"
    places = (f"{root}principals/{quote(domain)}/{quote(local)}/", root)
    return DavConnector(
        client(replace(settings, login=user, password=password)),
        # Only what a person named is trusted; a server may have said that its DAV is elsewhere.
        found if found and origin_of(found).takes_password_of(origin_of(base)) else base,
        user,
        allow_insecure=settings.allow_insecure,
        resolver=resolver,
        places=places,
        tasks_if_told=True,
    )


def _old(profile: Profile, today: date) -> list[Finding]:
    found = [Finding("product", product_with_age(profile, today))]
    if holes := warning(profile.build):
        found.append(Finding("security", holes, "Ask the server's operator to update it.", fine=False))
    detail = "a version up to 15: it has CalDAV and CardDAV, and no other way for Instep"
    found.append(Finding("version", detail, "Ask the server's operator for a newer one.", fine=False))
    notes = f"{NOT_AVAILABLE}, which has them in the web mail alone"
    return [*found, Finding(Kind.NOTE.value, notes, "Leave notes out of the account.", fine=False)]
