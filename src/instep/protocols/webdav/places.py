"""Where a server may be, from what a person typed: a URL, a host, or an e-mail address (RFC 6764)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from instep.errors import ConfigError, Unreachable
from instep.protocols.origins import origin_of, without_userinfo

_HOST = re.compile(r"[^\s/@?#:]+(:\d+)?(/\S*)?")


@dataclass(frozen=True, slots=True)
class Service:
    """A DNS answer: host and port of a service, and its path from the TXT record (empty where it has none)."""

    host: str
    port: int
    path: str = ""


Resolver = Callable[[str], Awaitable[Service | None]]


def addresses(typed: str, allow_insecure: bool) -> list[str]:
    """Return the URLs to try, best first, for a URL or a host (with or without port and path).

    A host without a scheme means https; plain http follows only with ``allow_insecure``. Raises ``ConfigError`` when
    ``typed`` is neither, without repeating a password that stood in it.
    """
    text = typed.strip()
    if "://" in text:
        origin_of(text)
        return [without_userinfo(text)]
    if not _HOST.fullmatch(text):
        raise ConfigError("The server's address is neither a URL nor a host name.", "Write it as https://host/path.")
    path = "" if "/" in text else "/"
    return [f"{scheme}://{text}{path}" for scheme in (("https", "http") if allow_insecure else ("https",))]


async def services(domain: str, resolver: Resolver) -> list[str]:
    """Return the URLs that a domain announces for CalDAV and CardDAV, secure ones only, best first; often none.

    Names in DNS can be forged: a host outside the domain is not believed. Raises ``ConfigError`` that names it then, so
    that a person can say it.
    """
    found: list[str] = []
    strangers: list[str] = []
    for word in ("caldav", "carddav"):
        service = await resolver(f"_{word}s._tcp.{domain}")
        if service is None:
            continue
        host = service.host.rstrip(".").lower()
        port = "" if service.port == 443 else f":{service.port}"
        if host == domain.lower() or host.endswith("." + domain.lower()):
            found.append(f"https://{host}{port}{service.path or '/'}")
        else:
            strangers.append(f"https://{host}{port}{service.path or '/'}")
    if strangers and not found:
        raise ConfigError(
            f"{domain} names {strangers[0]} as its server, which is another domain.",
            f"If that is right, use {strangers[0]} as the account's URL.",
        )
    return list(dict.fromkeys(found))


async def resolve(name: str) -> Service | None:
    """Ask DNS for an SRV record and the path in the TXT record beside it; None when there is no such service.

    Raises ``Unreachable`` only when no name server answers at all.
    """
    return await asyncio.to_thread(_resolve, name)


def _resolve(name: str) -> Service | None:
    import dns.exception
    import dns.resolver

    try:
        answers = dns.resolver.resolve(name, "SRV", lifetime=5.0)
        best = min(answers, key=lambda record: (record.priority, -record.weight))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
    except dns.exception.DNSException:
        raise Unreachable(f"No name server answered for {name}.", "Check the network.") from None
    host = best.target.to_text()
    # A target of "." says that the service is decidedly not offered (RFC 2782).
    return None if host == "." else Service(host, best.port, _txt_path(name))


def _txt_path(name: str) -> str:
    import dns.exception
    import dns.resolver

    try:
        records: Iterable[object] = dns.resolver.resolve(name, "TXT", lifetime=5.0)
    except dns.exception.DNSException:
        return ""
    texts = (b"".join(getattr(record, "strings", ())).decode("utf-8", "replace") for record in records)
    return next((text.removeprefix("path=") for text in texts if text.startswith("path=/")), "")
