"""Slowing down who guesses passwords: by address, and all together; pure, with the time given."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict, deque

FREE = 5  # wrong passwords that an address may send at once
_FIRST, _MOST = 15.0, 900.0  # seconds to wait then, doubled each time
_FORGOTTEN = 3600.0
ALL_FREE, _ALL_WITHIN = 40, 600.0  # wrong passwords of all addresses together, within seconds
_REMEMBERED = 10_000


class Throttle:
    """Counts tries; a try counts as wrong from its beginning, so that many at the same time gain nothing."""

    def __init__(self) -> None:
        self._by_address: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._all: deque[float] = deque()

    def wait(self, address: str, now: float) -> float:
        """Return how many seconds the address must wait before it may try; 0 for none."""
        return max(self._wait_of(_group(address), now), self._wait_of_all(now))

    def begin(self, address: str, now: float) -> None:
        """A try begins."""
        group = _group(address)
        number, last = self._by_address.pop(group, (0, now))
        self._by_address[group] = (number + 1 if now - last < _FORGOTTEN else 1, now)
        while len(self._by_address) > _REMEMBERED:
            self._by_address.popitem(last=False)
        self._all.append(now)

    def was_right(self, address: str) -> None:
        """The try that began last was the right password."""
        self._by_address.pop(_group(address), None)
        if self._all:
            self._all.pop()

    def _wait_of(self, group: str, now: float) -> float:
        number, last = self._by_address.get(group, (0, now))
        if number < FREE or now - last >= _FORGOTTEN:
            return 0.0
        return max(min(_FIRST * 2.0 ** min(number - FREE, 20), _MOST) - (now - last), 0.0)

    def _wait_of_all(self, now: float) -> float:
        while self._all and now - self._all[0] >= _ALL_WITHIN:
            self._all.popleft()
        return 0.0 if len(self._all) < ALL_FREE else _ALL_WITHIN - (now - self._all[0])


def _group(address: str) -> str:
    """The address, or of IPv6 the network that one customer has for himself."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)
