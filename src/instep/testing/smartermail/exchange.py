"""A request and its answer, as the server's core sees them; no sockets here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived: the path still percent-encoded and without its query, header names in lower case, and from which
    address."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    address: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back; ``dropped`` closes the connection instead."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    dropped: bool = False


@dataclass
class Refusal(Exception):
    """The server will not do it. ``soft`` ones are those that may also come as ``success: false`` with status 200."""

    status: int
    message: str
    soft: bool = False


def soft(message: str, status: int = 400) -> Refusal:
    """A refusal of the thing itself, not of the way of asking."""
    return Refusal(status, message, soft=True)


def json_response(status: int, content: object) -> Response:
    """An answer of JSON."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, (("Content-Type", "application/json; charset=utf-8"),))
