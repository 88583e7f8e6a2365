"""Is a host in the person's own network? Plain http leads no further for whoever carries a login along."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address, ip_network

from instep.errors import InsecureRefused, Unreachable

# Not Python's ``is_private``, which also holds addresses that lead nowhere, or through a provider's own network.
_NEAR = tuple(
    ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)

Lookup = Callable[[str], Awaitable[list[str]]]
"""Gives the addresses of a host, as numbers. Raises ``OSError`` when the name is not known."""


def is_near(address: str) -> bool:
    """Tell whether an address (a number) is this computer's or one of a private network (RFC 1918, 3927, 4193)."""
    number = ip_address(address)
    if isinstance(number, IPv6Address):
        number = number.ipv4_mapped or number
    return any(number in network for network in _NEAR)


async def look_up(host: str) -> list[str]:
    """Ask this computer for a host's addresses. Raises ``OSError``."""
    loop = asyncio.get_running_loop()
    return [str(found[4][0]) for found in await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


async def require_near(host: str, lookup: Lookup = look_up) -> None:
    """Raise ``InsecureRefused`` unless all addresses of a host are near, ``Unreachable`` when its name is not known."""
    try:
        addresses = await lookup(host)
        far = [address for address in addresses if not is_near(address)]
    except (OSError, ValueError):
        raise Unreachable(f"The host name {host} is not known.", "Check the address and the network.") from None
    if far or not addresses:
        raise InsecureRefused(
            f"{host} is not in your own network, and over plain http anyone on the way could read the password.",
            "Use its https address; plain http is only for a server on this computer or in your own network.",
        )
