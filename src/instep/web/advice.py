"""What an error advises, where a person sees a page and no terminal."""

from __future__ import annotations

from instep.errors import InstepError


def on_page(error: InstepError) -> str:
    """Say an error where a person sees a page: without advice that is for the command line."""
    return str(InstepError(error.message, advice_on_page(error.advice), error.where))


def advice_on_page(advice: str) -> str:
    """Return advice as it is, or nothing where it is for the command line."""
    return "" if "--" in advice or "instep " in advice else advice
