"""What the server answered: JSON within bounds, its refusals, and keys in whatever case they come."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from instep.errors import (
    CollectionError,
    CollectionVanished,
    InstepError,
    ItemRefused,
    LoginsPaused,
    NotSmarterMail,
    ReadOnly,
    Transient,
)
from instep.protocols.exchange import Response
from instep.protocols.origins import origin_of, shown

_LARGEST = 96 * 1024 * 1024
_DEEPEST = 64
# The server's messages may hold addresses and worse; only what is evidently a code is ever shown.
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,60}")
_NOT_FOUND = ("NOT_FOUND", "NOTFOUND", "DOES_NOT_EXIST", "NO_SUCH")
_BLOCKED = ("BLOCK", "BANNED", "ABUSE")
_FORBIDDEN = ("PERMISSION", "ACCESS_DENIED", "READ_ONLY", "READONLY", "FORBIDDEN", "NOT_ALLOWED", "UNAUTHORIZED")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: ``json`` is its parsed body, ``None`` where it has none or where a refusal is no JSON; ``date`` is the
    server's clock as the header gives it."""

    status: int
    url: str = field(repr=False)
    json: Any = field(default=None, repr=False)
    date: str = ""

    @property
    def done(self) -> bool:
        """Whether the server says that it did what was asked."""
        return 200 <= self.status < 300 and self.told("success") is not False

    @property
    def missing(self) -> bool:
        """Whether the server says that there is no such thing."""
        return self.status in (404, 410) or self._says(_NOT_FOUND)

    @property
    def forbidden(self) -> bool:
        """Whether the server says that this login may not do that."""
        return self.status == 403 or self._says(_FORBIDDEN)

    @property
    def folder_missing(self) -> bool:
        """Whether the server says that it is the folder that is not there."""
        return self.missing and self._says(("FOLDER", "SOURCE"))

    @property
    def blocked(self) -> bool:
        """Whether the server turns this computer away, whatever it asks: a refusal of its own has a word for it."""
        return self.status == 403 and (self.json is None or self._says(_BLOCKED))

    @property
    def code(self) -> str:
        """The server's word for what went wrong (``NOT_FOUND``); empty where it gives none."""
        text = self.told("message")
        word = text.partition("|")[0].strip() if isinstance(text, str) else ""
        return word if _CODE.fullmatch(word) else ""

    def _says(self, words: tuple[str, ...]) -> bool:
        """Whether a refusal is worded so; compared with the whole message, which is never shown."""
        text = self.told("message")
        said = text.upper().replace(" ", "_") if isinstance(text, str) else ""
        return not self.done and any(word in said for word in words)

    def told(self, *names: str) -> Any:
        """Give what the answer says under one of these names; ``None`` where it says nothing."""
        return named(self.json, *names)

    def reason(self) -> str:
        """Say how the server refused, for people."""
        return f"status {self.status}" + (f", {self.code}" if self.code else "")


def named(json: Any, *names: str) -> Any:
    """Give an object's value under the first of these names that it has, whatever the case of its letters; else
    ``None``, as for what is no object."""
    if not isinstance(json, dict):
        return None
    for name in names:
        if name in json:
            return json[name]
    lower = {key.lower(): value for key, value in json.items()}
    return next((lower[name.lower()] for name in names if name.lower() in lower), None)


def has_key(json: Any, *names: str) -> bool:
    """Tell whether an object has a key of one of these names, whatever it holds."""
    wanted = {name.lower() for name in names}
    return isinstance(json, dict) and any(key.lower() in wanted for key in json)


def rows(json: Any, *names: str) -> list[Any] | None:
    """Give a list that an answer is, or has under one of these names; ``None`` where there is none (``null`` counts as
    empty where the name is there)."""
    if isinstance(json, list):
        return json
    if not isinstance(json, dict):
        return None
    lower = {key.lower(): value for key, value in json.items()}
    for name in names:
        if name.lower() in lower:
            found = lower[name.lower()]
            if isinstance(found, list):
                return found
            if found is None:
                return []
    return None


def text_of(value: Any) -> str:
    """Give an identifier as text: numbers as they are written; empty for what is none."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def reply_of(response: Response) -> Reply:
    """Read an answer. Raises ``NotSmarterMail`` when a success is no JSON (a proxy's page, a login page),
    ``Transient`` when it is cut off, too large or too deep."""
    date = response.headers.get("date", "")
    body = response.body.removeprefix(b"\xef\xbb\xbf").strip()
    if not response.ok:
        return Reply(response.status, response.url, _refusal(body), date)
    if not body:
        return Reply(response.status, response.url, None, date)
    if body[:1] not in b'{["0123456789-tfn':
        raise NotSmarterMail(
            f"{shown(response.url)} answers with a page instead of data.",
            "Something on the way, or another product, answers in place of SmarterMail; open the address in a browser.",
        )
    if len(body) > _LARGEST:
        raise Transient(f"{shown(response.url)} answered with more than can be read at once.", "Tell the operator.")
    return Reply(response.status, response.url, _parsed(body, response.url), date)


def _parsed(body: bytes, url: str) -> Any:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Transient(f"{shown(url)} answered with data that cannot be read.", "Try again later.") from None
    if not _shallow(value):
        raise Transient(f"{shown(url)} answered with data that is nested too deeply.", "Tell the server's operator.")
    return value


def _refusal(body: bytes) -> Any:
    try:
        value = json.loads(body) if body[:1] == b"{" and len(body) < 65536 else None
    except (ValueError, RecursionError):
        return None
    return value


def _shallow(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        inner = [part for part in level if type(part) is dict or type(part) is list]
        level = [child for part in inner for child in (part.values() if type(part) is dict else part)]
        if not level:
            return True
    return False


def folder_refusal(reply: Reply, name: str) -> InstepError:
    """Give the error for a call on a whole folder that was refused; never to be read as an empty folder."""
    if reply.missing:
        return CollectionVanished(f"{name!r} is not on the mail server (any more).", "Choose another folder.")
    return CollectionError(
        f"{origin_of(reply.url).host} does not show what is in {name!r} ({reply.reason()}).",
        "Open the folder in the web mail; perhaps it is shared without the right to read.",
    )


def item_refusal(reply: Reply, name: str, what: str) -> InstepError:
    """Give the error for a call on one item that was refused; ``what`` was not done (``stored``, ``deleted``)."""
    if reply.folder_missing:
        return folder_refusal(reply, name)
    if reply.forbidden:
        return ReadOnly(f"{name!r} takes no changes from you ({reply.reason()}).", "Ask its owner for the right to.")
    return ItemRefused(
        f"{origin_of(reply.url).host} has not {what} the item ({reply.reason()}).",
        "Try the same in the web mail; it may say what it does not like.",
    )


def turned_away(host: str) -> LoginsPaused:
    """Give the error for a server that has blocked this computer."""
    return LoginsPaused(
        f"{host} turns this computer away, as it does for a while after wrong passwords.",
        "Correct the password of the account that was refused, and wait an hour; or ask the operator.",
    )
