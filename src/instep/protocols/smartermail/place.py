"""Where a SmarterMail server may be, from what a person typed: candidates in the order in which to look."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from instep.errors import ConfigError, Unreachable
from instep.protocols.origins import origin_of
from instep.protocols.webdav.places import Resolver, addresses, services

# The first part of a path from which on it is the web mail's own; what stands before it is a virtual directory.
_OWN = frozenset(
    {"interface", "login.aspx", "default.aspx", "mobile", "main", "api", "documentation", "webdav", ".well-known"}
    | {"sync", "services", "microsoft-server-activesync", "ews", "mapi", "autodiscover"}
)
_GUESSES = ("mail", "webmail")


@dataclass(frozen=True, slots=True)
class Host:
    """A server to look at: its addresses without a path (https first), and the directories to try on it."""

    origins: tuple[str, ...]
    directories: tuple[str, ...] = ("",)


def domain_in(typed: str, email: str) -> str:
    """Give the mail domain that was typed or that the e-mail address names; empty where there is none."""
    text = typed.strip()
    return (text if "@" in text and "://" not in text else email).rpartition("@")[2].strip().lower()


async def hosts(typed: str, email: str, allow_insecure: bool, resolver: Resolver) -> list[Host]:
    """Return the servers to look at, best first. Raises ``ConfigError`` when what was typed is no address at all."""
    text = typed.strip()
    if "://" in text:
        return [_from_url(text, allow_insecure)]
    if text and "@" not in text:
        first = _from_url(addresses(text, False)[0], allow_insecure)
        name, alone = origin_of(first.origins[0]).host, ":" not in text and "/" not in text
    else:
        name, alone = domain_in(typed, email), True
        if not name:
            raise ConfigError("There is neither a server address nor an e-mail address.", "Give one of them.")
        first = _from_url(addresses(name, False)[0], allow_insecure)
    if not alone or not _is_domain(name):
        return [first]
    guessed = [_from_url(f"https://{guess}.{name}/", allow_insecure) for guess in _GUESSES]
    announced = [_from_url(url, allow_insecure) for url in await _announced(name, resolver)]
    return list(dict.fromkeys([first, *guessed, *announced]))


def _from_url(url: str, allow_insecure: bool) -> Host:
    origin, parts = origin_of(url), urlsplit(url)
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    port = f":{parts.port}" if parts.port and (parts.port, origin.scheme) not in ((443, "https"), (80, "http")) else ""
    https = (f"https://{host}{port}", *([f"https://{host}"] if port and origin.scheme == "http" else []))
    http = (f"http://{host}{port}",) if allow_insecure else ()
    # Whoever typed http:// may still be served securely; plain http only follows where a person allowed it. To this
    # very computer there is nobody on the way, and a plain server may let a TLS greeting wait for ever.
    origins = (*http, *https) if origin.scheme == "http" and _is_here(origin.host) else (*https, *http)
    return Host(origins, tuple(dict.fromkeys((_directory(parts.path), ""))))


def _directory(path: str) -> str:
    kept: list[str] = []
    for part in path.split("/"):
        if part.lower() in _OWN:
            break
        if part:
            kept.append(part)
    return "".join(f"/{part}" for part in kept)


def _is_here(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _is_domain(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return "." in name and name.partition(".")[0] not in _GUESSES
    return False


async def _announced(domain: str, resolver: Resolver) -> list[str]:
    try:
        found = await services(domain, resolver)
        autodiscover = await resolver(f"_autodiscover._tcp.{domain}")
    except (ConfigError, Unreachable):
        return []  # a stranger's host is not believed; without DNS the other names still count
    if autodiscover is None:
        return found
    host = autodiscover.host.rstrip(".").lower()
    inside = host == domain or host.endswith("." + domain)
    port = "" if autodiscover.port == 443 else f":{autodiscover.port}"
    return [*found, f"https://{host}{port}/"] if inside else found
