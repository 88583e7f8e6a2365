"""A person at the web mail of the stand-in: signs in, opens forms, changes fields, presses Save or Delete."""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from instep.errors import Unreachable

_PATIENCE = 30.0


@dataclass(slots=True)
class Form:
    """An item's form: the value of each field by its key, and the words that stand before it."""

    values: dict[str, str]
    labels: dict[str, str]

    def text(self) -> str:
        """The form as lines that a person reads; empty fields are left out."""
        pairs = ((self.labels.get(key, key), value) for key, value in self.values.items() if value)
        return "".join(f"{label}: {line}\n" for label, value in pairs for line in value.splitlines())


@dataclass(slots=True)
class WebMail:
    """The small web mail of a stand-in, as a browser without script sees it."""

    address: str
    _cookie: str = ""

    def sign_in(self, email: str, password: str) -> None:
        """Sign in. Raises ``Unreachable`` when the web mail does not let this person in."""
        self._ask("POST", f"{self._base}/login", {"email": email, "password": password})

    def items(self, kind: str) -> dict[str, str]:
        """The names of the items of a kind, with the path of each one's form."""
        page = _Page()
        page.feed(self._ask("GET", f"{self._base}/{kind}"))
        forms = (link for link in page.links if link[0].startswith(f"{self._base}/{kind}/"))
        return {name: path for path, name in forms if not path.endswith("/new")}

    def form(self, path: str) -> Form:
        """The form of an item."""
        page = _Page()
        page.feed(self._ask("GET", path))
        return Form(page.values, page.labels)

    def save(self, path: str, changes: dict[str, str]) -> None:
        """Change some fields of an item, and save it with all others as they are shown."""
        values = {**self.form(path).values, **changes}
        self._ask("POST", path, {key: value for key, value in values.items() if value})

    def delete(self, path: str) -> None:
        """Delete an item."""
        self._ask("POST", f"{path}/delete", {})

    @property
    def _base(self) -> str:
        return urlsplit(self.address).path

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> str:
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=_PATIENCE)
        headers = {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, None if form is None else urlencode(form), headers)
            answer = connection.getresponse()
            body = answer.read().decode()
        finally:
            connection.close()
        if cookie := answer.getheader("Set-Cookie"):
            self._cookie = cookie.partition(";")[0]
        if answer.status != (200 if method == "GET" else 303):
            raise Unreachable(f"The demonstration's web mail answered {method} {path} with {answer.status}.")
        return body


@dataclass
class _Page(HTMLParser):
    """What is of use on a page: links, and the controls of its forms."""

    links: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._heard = ""
        self._key = ""
        self._href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag in ("input", "textarea"):
            self.labels[told["name"]] = self._heard.partition("(")[0].partition(",")[0].partition(":")[0].strip()
            box = told.get("type") == "checkbox"
            self.values[told["name"]] = "" if box and "checked" not in told else told.get("value", "")
        self._key = told["name"] if tag == "textarea" else ""
        self._href = told.get("href", "")
        self._heard = ""

    def handle_data(self, data: str) -> None:
        self._heard += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.values[self._key] = self._heard.removeprefix("\n")
        if tag == "a":
            self.links.append((self._href, self._heard))
        self._heard = ""
