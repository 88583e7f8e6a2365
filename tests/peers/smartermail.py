"""A stand-in for SmarterMail on loopback, and a small client that asks it exactly what a test says."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from instep.testing.smartermail import ANNA, Server, World, serve

PASSWORD = "correct horse"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case, several of one name apart by commas."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Asking:
    """Asks one server, over one connection, as somebody with a token."""

    url: str
    token: str = ""
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send one request; underscores in header names stand for hyphens."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body or None, sent)
        found = self.connection.getresponse()
        told: dict[str, str] = {}
        for name, value in found.getheaders():
            told[name.lower()] = f"{told[name.lower()]}, {value}" if name.lower() in told else value
        return Answer(found.status, found.read(), told)

    def rest(self, method: str, path: str, content: object = None) -> Answer:
        """Call REST with the token, if there is one."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        body = b"" if content is None else json.dumps(content).encode()
        return self.ask(method, f"/api/v1/{path}", body, Content_Type="application/json", **headers)

    def sign_in(self, email: str = ANNA, password: str = PASSWORD, client: str = "test") -> Answer:
        """Sign in and keep the token."""
        said = {"username": email, "password": password, "clientId": client}
        answer = self.rest("POST", "auth/authenticate-user", said)
        self.token = answer.json.get("accessToken") or ""
        return answer

    def dav(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Ask over DAV as Anna."""
        basic = base64.b64encode(f"{ANNA}:{PASSWORD}".encode()).decode()
        return self.ask(method, path, body, Authorization=f"Basic {basic}", **headers)


@pytest.fixture
def smartermail() -> Iterator[Server]:
    """The small friendly world, served."""
    with serve(World.demo()) as server:
        yield server


@pytest.fixture
def anna(smartermail: Server) -> Iterator[Asking]:
    """A client that is signed in as Anna."""
    asking = Asking(smartermail.url)
    asking.sign_in()
    yield asking
    asking.connection.close()
