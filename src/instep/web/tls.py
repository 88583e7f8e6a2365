"""Serving at another address than loopback: only with TLS, only under the names that were said."""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from instep.errors import ConfigError

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Public:
    """Where the pages are served to other computers: an IP address and port to listen at, the certificate (with its
    chain) and its key as PEM files, and the names by which browsers may call it, the first of which is its own."""

    address: str
    port: int
    certificate: Path
    key: Path
    names: tuple[str, ...]

    @property
    def origin(self) -> str:
        """Scheme, name and port, as a browser writes them."""
        return f"https://{self.names[0]}" + ("" if self.port == 443 else f":{self.port}")

    @property
    def hosts(self) -> frozenset[str]:
        """What may stand in a request's Host."""
        usual = self.names if self.port == 443 else ()
        return frozenset((*usual, *(f"{name}:{self.port}" for name in self.names)))

    @property
    def is_six(self) -> bool:
        """Whether the address is one of IPv6."""
        return ":" in self.address


def public(listen: str, certificate: Path | None, key: Path | None, names: Sequence[str] = ()) -> Public:
    """Understand ``ADDRESS:PORT`` with what belongs to it. Raises ``ConfigError`` for what is missing or wrong."""
    address, port = _place(listen)
    if certificate is None or key is None:
        raise ConfigError(
            "At another address than this computer's own the pages are served with TLS only.",
            "Give a certificate and its key: --cert FILE --key FILE.",
        )
    _try_out(certificate, key)
    said = tuple(dict.fromkeys(_name(name) for name in names))
    if not said and address.is_unspecified:
        raise ConfigError(
            "At every address of this computer nobody knows by which name browsers call it.",
            "Say the name that the certificate holds: --name instep.example.org.",
        )
    own = f"[{address}]" if address.version == 6 else str(address)
    return Public(str(address), port, certificate.absolute(), key.absolute(), said or (own,))


def _place(listen: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    host, _, number = listen.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        address = ipaddress.ip_address(bare)
        port = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 0
    except ValueError:
        address, port = None, 0
    if address is None or not 0 < port < 65536 or (address.version == 6) != host.startswith("["):
        raise ConfigError(
            f"{listen!r} is no address to serve at.", "Write it as 192.0.2.1:8443, [2001:db8::1]:8443 or 0.0.0.0:8443."
        )
    return address, port


def _name(name: str) -> str:
    plain = name.strip().lower().rstrip(".")
    if not _NAME.fullmatch(plain):
        raise ConfigError(f"{name!r} is no name of a computer.", "Write it as instep.example.org, without a port.")
    return plain


def _try_out(certificate: Path, key: Path) -> None:
    def asked() -> str:
        raise ConfigError(f"The key in {key} is encrypted, and nobody can be asked.", "Give one without a passphrase.")

    for file in (certificate, key):
        try:
            file.open("rb").close()
        except OSError as error:
            raise ConfigError(
                f"{file} cannot be read: {error.strerror or error}.", "Check its name and its permissions."
            ) from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, asked)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise ConfigError(
            f"{certificate} and {key} are not a certificate and its key, as PEM files.",
            "Give the certificate first (--cert), with its chain, and its own key (--key).",
        ) from error
