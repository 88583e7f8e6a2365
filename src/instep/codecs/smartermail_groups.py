"""Groups of contacts, of which over REST only the web mail knows who is in them."""

from __future__ import annotations

from typing import Final

from instep.core.limits import Bar
from instep.errors import NotCarried

GROUP: Final = Bar(
    "a group can only be kept over CardDAV: over REST only the web mail knows who is in it",
    "Let the account keep contacts over CardDAV (instep account protocol NAME contacts dav).",
)


def group_error() -> NotCarried:
    """Give the error for a group of contacts."""
    return NotCarried(GROUP.why, GROUP.advice)
