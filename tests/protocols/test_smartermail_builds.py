"""What is read out of a version, and what is said about a build."""

from __future__ import annotations

from datetime import date

import pytest

from instep.protocols.smartermail.builds import (
    Product,
    age,
    build_of,
    built_on,
    old_product_in,
    open_holes,
    product,
    product_in,
    warning,
)

PAGES = [
    ("a script's variable in double quotes", 'var stProductVersion = "100.0.9526.30000";', ("100.0.9526.30000", 9526)),
    ("in single quotes, without spaces", "window.stProductVersion='100.0.9413.1'", ("100.0.9413.1", 9413)),
    ("as a key of an object", '{"stProductVersion":"100.0.8930.26000","x":1}', ("100.0.8930.26000", 8930)),
    ("a bare build", "stProductVersion: 9526,", ("9526", 9526)),
    ("version 16", "var stProductVersion = '16.3.6989.17000';", ("16.3.6989.17000", 6989)),
    ("three numbers", 'stProductVersion = "16.3.6989"', ("16.3.6989", 6989)),
    ("within an attribute", "data-x='stProductVersion=&quot;100.0.9526.30000&quot;'", ("100.0.9526.30000", 9526)),
    ("within a script's text", 'eval("stProductVersion=\\"100.0.9526.30000\\"")', ("100.0.9526.30000", 9526)),
    ("other letters' case", 'var STPRODUCTVERSION  =   " 100.0.9526 "', ("100.0.9526", 9526)),
    ("the variable without a number is still the product's", "var stProductVersion = null;", ("", 0)),
    ("a number that can be no build", 'stProductVersion = "100.0.1.0"', ("100.0.1.0", 0)),
    ("a number without end", f'stProductVersion = "{"9" * 500}"', ("9" * 500, 0)),
]


@pytest.mark.parametrize(("situation", "page", "expected"), PAGES, ids=[row[0] for row in PAGES])
def test_version_is_read_in_every_shape(situation: str, page: str, expected: tuple[str, int]) -> None:
    assert product_in(f"<html><script>{page}</script></html>") == Product(*expected)


@pytest.mark.parametrize("page", ["", "<html>Welcome</html>", "SmarterMail 100.0.9526", "<title>Sign in</title>"])
def test_page_without_the_variable_is_anothers(page: str) -> None:
    assert product_in(page) is None


def test_old_login_page_names_its_version() -> None:
    assert old_product_in("<title>Login - SmarterMail</title> SmarterMail Professional 15.7.6970 <a>") == Product(
        "15.7.6970", 6970
    )
    assert old_product_in("SmarterMail Enterprise 9.4") == Product("9.4", 0)
    assert old_product_in("Webmail 15.7.6970") is None


@pytest.mark.parametrize(
    ("build", "day"),
    [(9413, date(2025, 10, 9)), (9511, date(2026, 1, 15)), (8930, date(2024, 6, 13)), (6970, date(2019, 1, 31))],
)
def test_build_is_a_day(build: int, day: date) -> None:
    assert built_on(build) == day
    assert build_of(day) == build


def test_unknown_build_tells_nothing() -> None:
    assert built_on(0) is None
    assert (age(0, date(2026, 6, 1)), warning(0), open_holes(0)) == ("", "", ())


AGES = [(2026, 2, 5, ""), (2026, 3, 5, "1 month old"), (2026, 10, 5, "8 months old"), (2029, 3, 1, "3 years old")]


@pytest.mark.parametrize(("year", "month", "day", "expected"), AGES)
def test_age_counts_months_then_years(year: int, month: int, day: int, expected: str) -> None:
    assert age(9526, date(year, month, day)) == expected


HOLES = [(6984, 5), (6985, 4), (9412, 4), (9413, 3), (9510, 3), (9511, 1), (9525, 1), (9526, 0), (9800, 0)]


@pytest.mark.parametrize(("build", "count"), HOLES)
def test_holes_are_open_below_the_build_that_mends_them(build: int, count: int) -> None:
    assert len(open_holes(build)) == count
    said = warning(build)
    assert bool(said) == bool(count)
    assert all(hole.name in said for hole in open_holes(build))


def test_version_of_two_numbers_has_no_build() -> None:
    assert product("15.7") == Product("15.7", 0)
