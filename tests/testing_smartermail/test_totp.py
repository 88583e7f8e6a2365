"""The test vectors of RFC 6238, appendix B."""

from __future__ import annotations

import pytest

from instep.testing.smartermail.totp import step_of, totp

SEEDS = {
    "SHA1": b"12345678901234567890",
    "SHA256": b"12345678901234567890123456789012",
    "SHA512": b"1234567890123456789012345678901234567890123456789012345678901234",
}
VECTORS = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]


@pytest.mark.parametrize(("at", "sha1", "sha256", "sha512"), VECTORS, ids=[str(row[0]) for row in VECTORS])
def test_the_codes_are_those_of_the_standard(at: int, sha1: str, sha256: str, sha512: str) -> None:
    found = [totp(SEEDS[name], at, 8, name) for name in SEEDS]
    assert found == [sha1, sha256, sha512]


def test_a_base32_secret_is_taken_in_any_case_and_with_blanks() -> None:
    assert totp("gezd gnbv gy3t qojq GEZDGNBVGY3TQOJQ", 59) == "287082"


SECRET = "JBSWY3DPEHPK3PXP"
DRIFT = [(0, True), (30, True), (-30, True), (60, False), (-60, False)]


@pytest.mark.parametrize(("late", "fits"), DRIFT)
def test_a_code_fits_one_step_early_or_late(late: int, fits: bool) -> None:
    assert (step_of(SECRET, totp(SECRET, 1_000_000 + late), 1_000_000) is not None) is fits
