"""Who guesses passwords waits longer and longer; told as stories of tries."""

from __future__ import annotations

import pytest

from instep.web.throttle import ALL_FREE, FREE, Throttle

HERE = "192.0.2.1"


def after(*tries: tuple[str, float]) -> Throttle:
    throttle = Throttle()
    for address, at in tries:
        throttle.begin(address, at)
    return throttle


WAITS: list[tuple[str, Throttle, str, float, float]] = [
    ("nobody tried", after(), HERE, 0, 0),
    ("a few mistakes", after(*[(HERE, 0.0)] * (FREE - 1)), HERE, 0, 0),
    ("one too many", after(*[(HERE, 0.0)] * FREE), HERE, 0, 15),
    ("one too many, a while ago", after(*[(HERE, 0.0)] * FREE), HERE, 10, 5),
    ("the next one", after(*[(HERE, 0.0)] * (FREE + 1)), HERE, 0, 30),
    ("very many", after(*[(HERE, 0.0)] * 30), HERE, 0, 900),
    ("more than a number doubles", after(*[(HERE, float(n * 3000)) for n in range(3000)]), HERE, 2999 * 3000, 900),
    ("very many, an hour ago", after(*[(HERE, 0.0)] * 30), HERE, 3600, 0),
    ("somebody else", after(*[(HERE, 0.0)] * 30), "192.0.2.2", 0, 0),
    ("another address of one network of IPv6", after(*[("2001:db8::1", 0.0)] * FREE), "2001:db8::ffff:2", 0, 15),
    ("another network of IPv6", after(*[("2001:db8::1", 0.0)] * FREE), "2001:db8:0:1::1", 0, 0),
    ("IPv4 in the dress of IPv6", after(*[("::ffff:192.0.2.1", 0.0)] * FREE), HERE, 0, 15),
    ("what is no address", after(*[("", 0.0)] * FREE), "", 0, 15),
    ("many addresses together", after(*[(f"10.0.0.{n}", 0.0) for n in range(ALL_FREE)]), HERE, 60, 540),
    ("many addresses, ten minutes ago", after(*[(f"10.0.0.{n}", 0.0) for n in range(ALL_FREE)]), HERE, 600, 0),
]


@pytest.mark.parametrize(("name", "throttle", "address", "now", "seconds"), WAITS, ids=[row[0] for row in WAITS])
def test_wait_is_as_the_story_says(name: str, throttle: Throttle, address: str, now: float, seconds: float) -> None:
    assert throttle.wait(address, now) == seconds


def test_right_password_forgives() -> None:
    throttle = after(*[(HERE, 0.0)] * FREE)
    throttle.was_right(HERE)
    assert throttle.wait(HERE, 0) == 0


def test_memory_of_addresses_has_a_limit() -> None:
    throttle = after(*[(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", 0.0) for n in range(20_000)])
    assert len(throttle._by_address) <= 10_000
