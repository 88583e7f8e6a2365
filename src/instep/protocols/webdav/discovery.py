"""From an address to the collections behind it: well-known, principal, home sets, members (RFC 6764, 5397)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

from instep.errors import AccountError, ConfigError, NotADavServer, Transient, Unreachable
from instep.protocols.http import HttpClient
from instep.protocols.origins import on_origin, origin_of, shown
from instep.protocols.webdav.collections import COLLECTION_PROPS, FoundCollection, found_collection
from instep.protocols.webdav.names import ADDRESSBOOK_HOME, CALENDAR_HOME, PRINCIPAL, Flavour
from instep.protocols.webdav.places import Resolver, addresses, resolve, services
from instep.protocols.webdav.verbs import Refused, propfind
from instep.protocols.webdav.xml import Resource, hrefs_in

_START_PROPS = (PRINCIPAL, CALENDAR_HOME, ADDRESSBOOK_HOME, *COLLECTION_PROPS)
_HOMES = {Flavour.CALENDAR: CALENDAR_HOME, Flavour.ADDRESSBOOK: ADDRESSBOOK_HOME}
_WELL_KNOWN = {Flavour.CALENDAR: "/.well-known/caldav", Flavour.ADDRESSBOOK: "/.well-known/carddav"}


@dataclass(frozen=True, slots=True)
class Account:
    """What was found: ``base`` is where it began, ``homes`` where collections are made; all URLs are absolute.

    ``named`` is the collection whose own URL was given, None when the URL was another.
    """

    base: str
    principal: str = ""
    homes: dict[Flavour, tuple[str, ...]] = field(default_factory=dict)
    collections: tuple[FoundCollection, ...] = ()
    named: FoundCollection | None = None


async def discover(
    client: HttpClient,
    typed: str,
    email: str = "",
    *,
    allow_insecure: bool = False,
    resolver: Resolver = resolve,
    places: Sequence[str] = (),
) -> Account:
    """Find the collections behind a URL, a path on a server, a host, or (``typed`` empty) an e-mail address's domain.

    ``places`` are further URLs where this product's servers are known to have it, tried last, on the same server only;
    with them, ``Transient`` is raised when nothing is found while the server fails.
    Only reads. Names the servers to ``client.trust`` that the person named, or that the domain announces inside itself.
    Raises ``NotADavServer`` when something answers but nothing is found, ``ConfigError`` for an unusable address, and
    what ``HttpClient.request`` raises.
    """
    domain = (typed if "@" in typed and "://" not in typed else email).rpartition("@")[2].strip()
    if typed and ("://" in typed or "@" not in typed):
        starts = addresses(typed, allow_insecure)
    elif domain:
        starts = [*await services(domain, resolver), *addresses(domain, allow_insecure)]
    else:
        raise ConfigError("There is neither a server address nor an e-mail address.", "Give one of them.")
    failure: AccountError | None = None
    for start in dict.fromkeys(starts):
        client.trust(start)
        try:
            return await _from_start(client, start, [p for p in places if origin_of(p) == origin_of(start)])
        except (Unreachable, NotADavServer) as error:
            failure = failure or error
    assert failure is not None
    raise failure


async def _from_start(client: HttpClient, start: str, places: Sequence[str]) -> Account:
    account, looked, ill = Account(start), set[str](), list[Transient]()
    for flavour in Flavour:
        for candidate in (*_candidates(start, flavour), *places):
            if flavour in account.homes or candidate in looked:
                continue
            looked.add(candidate)
            found = await _look(client, candidate, ill)
            if found is not None:
                account = await _add(client, account, *found, ill)
    if account.named is None and not account.homes:
        if places and ill:
            # This product has DAV, so a server that fails may well have it too.
            raise ill[0]
        raise NotADavServer(
            f"{shown(start)} answers, but neither as a CalDAV nor as a CardDAV server.",
            "Check the address; the server's manual names the one for calendars and contacts.",
        )
    collections = {account.named.url: account.named} if account.named else {}
    for home in dict.fromkeys(home for homes in account.homes.values() for home in homes):
        for member in await members(client, home):
            collections.setdefault(member.url, member)
    return replace(account, collections=tuple(collections.values()))


def _candidates(start: str, flavour: Flavour) -> Iterable[str]:
    well_known = urljoin(start, _WELL_KNOWN[flavour])
    # A bare host may serve anything at its root, and refuse us there; its well-known address is made for this.
    return (start, well_known) if urlsplit(start).path.strip("/") else (well_known, start)


async def _look(client: HttpClient, url: str, ill: list[Transient]) -> tuple[Resource, str] | None:
    """Return the one resource at ``url`` and where it was finally found, None when nothing there speaks WebDAV; what
    failed for now is added to ``ill``."""
    try:
        answer = await propfind(client, url, _START_PROPS, depth=0)
    except NotADavServer:
        return None
    except Transient as error:
        ill.append(error)
        return None
    if isinstance(answer, Refused) or not answer.resources:
        return None
    resource = answer.resources[0]
    return resource, on_origin(answer.url, resource.href)


async def _add(client: HttpClient, account: Account, resource: Resource, url: str, ill: list[Transient]) -> Account:
    named = found_collection(resource, url)
    if named is not None and account.named is None:
        account = replace(account, named=named)
    homes = _homes(resource, url)
    principal = next(iter(hrefs_in(resource.props.get(PRINCIPAL))), "")
    if principal and not homes:
        address = on_origin(url, principal)
        if address == account.principal:
            return account
        account = replace(account, principal=address)
        found = await _look(client, address, ill)
        homes = _homes(*found) if found else {}
    return replace(account, homes={**homes, **account.homes})


def _homes(resource: Resource, url: str) -> dict[Flavour, tuple[str, ...]]:
    found = {
        f: tuple(on_origin(url, href) for href in hrefs_in(resource.props.get(name))) for f, name in _HOMES.items()
    }
    return {flavour: homes for flavour, homes in found.items() if homes}


async def members(client: HttpClient, home: str) -> list[FoundCollection]:
    """Return the calendars and address books directly inside a home; empty when the home is not there (any more)."""
    answer = await propfind(client, home, COLLECTION_PROPS, depth=1)
    if isinstance(answer, Refused):
        return []
    found = [found_collection(resource, on_origin(home, resource.href)) for resource in answer.resources]
    return [collection for collection in found if collection is not None]


async def collection_at(client: HttpClient, url: str) -> FoundCollection | Refused | None:
    """Return what is at a collection's own URL; None when it is no calendar or address book."""
    origin_of(url)
    answer = await propfind(client, url, COLLECTION_PROPS, depth=0)
    if isinstance(answer, Refused):
        return answer
    return found_collection(answer.resources[0], url) if answer.resources else None
