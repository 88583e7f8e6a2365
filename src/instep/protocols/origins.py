"""Which server an address belongs to, and where a redirect may lead; pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

from instep.errors import ConfigError, NotADavServer

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port, all in lower case and explicit: the unit to which a password belongs (RFC 6454)."""

    scheme: str
    host: str
    port: int

    @property
    def secure(self) -> bool:
        """Whether what is sent there is encrypted."""
        return self.scheme == "https"

    def takes_password_of(self, other: Origin) -> bool:
        """Tell whether a password meant for ``other`` may go here: the same server, or the same host made secure."""
        return self == other or (self.host == other.host and self.secure and not other.secure)


def origin_of(url: str) -> Origin:
    """Return the origin of an absolute http or https address.

    Raises ``ConfigError`` when it is no such address; the message holds no password that stood in it.
    """
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), (parts.hostname or "").lower(), parts.port
    except ValueError:
        scheme, host, port = "", "", None
    if scheme not in _PORTS or not host:
        raise ConfigError(f"{shown(url)!r} is not an http or https address.", "Write it as https://host/path.")
    return Origin(scheme, host, port or _PORTS[scheme])


def without_userinfo(url: str) -> str:
    """Return ``url`` without a name and password before the host."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def shown(url: str) -> str:
    """Return what of ``url`` may be shown to a person: no name, no password, no query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the address"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _no_address(base: str) -> NotADavServer:
    return NotADavServer(f"{shown(base)} names an address that is none.", "Tell the server's operator.")


def on_origin(base: str, href: str) -> str:
    """Resolve ``href`` as a server at ``base`` gave it to an absolute URL, its percent-encoding untouched.

    Behind a proxy that ends TLS, servers write ``http://`` or an inner port into their own addresses: an absolute
    URL on the same host is therefore taken as a path on ``base``. Another host stays what it is. Raises
    ``NotADavServer`` for what is no address at all.
    """
    try:
        joined = without_userinfo(urljoin(base, href.strip()))
    except ValueError:
        raise _no_address(base) from None
    here, there = urlsplit(base), urlsplit(joined)
    if there.hostname == here.hostname and here.scheme == "https" and there.scheme == "http":
        return urlunsplit(there._replace(scheme=here.scheme, netloc=here.netloc))
    return joined
