"""A plain HTTP client that uses the pages as a browser without script does."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Mapping, Sequence

import httpx2

from instep.web.server import link
from instep.web.site import Site


class Pages:
    """Where the pages are, and a fresh link into them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.origin = site.origin

    @property
    def link(self) -> str:
        """A one-time link."""
        return link(self.site)

    def client(self) -> Client:
        """A client that has been let in."""
        found = Client(self)
        assert found.http.get(self.link).status_code == 200
        return found


class Client:
    """Follows links and sends forms; ``text`` is the page it is on."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.http = httpx2.Client(base_url=pages.origin, follow_redirects=True, timeout=60)
        self.text = ""
        self.path = ""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.http.close()

    def get(self, path: str, expect: int = 200) -> str:
        """Go to a page."""
        return self._take(self.http.get(path), expect)

    def post(self, path: str, fields: Mapping[str, str | Sequence[str]] | None = None, expect: int = 200) -> str:
        """Send a form with this session's token."""
        return self._take(self.http.post(path, data={"token": self.token, **(fields or {})}), expect)

    @property
    def token(self) -> str:
        """What this session's forms carry."""
        return self.pages.site.key.form_token(self.http.cookies["instep_session"])

    @property
    def said(self) -> str:
        """The page's text without its marks."""
        bare = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", self.text, flags=re.DOTALL)
        return " ".join(html.unescape(bare).split())

    def until_over(self, patience: float = 60) -> str:
        """Reload the page of a piece of work, as a browser without script does, until that has ended.

        A page that was led on to is fine; a further piece of work is waited for, too.
        """
        while self.path.startswith("/jobs/"):
            here = self.path
            job = self.pages.site.jobs.get(here.rpartition("/")[2])
            assert job is not None, here
            assert job.wait(patience), f"still going on after {patience} s: {job.title}"
            self.get(here)
            if self.path == here:
                break
        return self.said

    def link(self, pattern: str) -> str:
        """The first address on the page that a regular expression matches."""
        found = re.search(rf'(?:href|action)="({pattern})', self.text)
        assert found is not None, (pattern, self.text[:4000])
        return html.unescape(found[1])

    def answer(self, button: str) -> str:
        """Push a button of the page that stands alone in its form, with what is hidden there."""
        return self.post(*self.form(button))

    def form(self, button: str) -> tuple[str, dict[str, list[str]]]:
        """The form in which a button stands alone: where it is sent, and what is hidden there."""
        forms = re.findall(r'<form method="post" action="([^"]*)">(.*?)</form>', self.text, re.DOTALL)
        action, inner = next((action, inner) for action, inner in forms if f">{button}</button>" in inner)
        fields: dict[str, list[str]] = {}
        for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', inner):
            fields.setdefault(html.unescape(name), []).append(html.unescape(value))
        return html.unescape(action), {name: value for name, value in fields.items() if name != "token"}

    def fields(self) -> dict[str, str | list[str]]:
        """What the page's first form would send as it is, without its token and its buttons."""
        form = re.search(r'<form class="settings".*?</form>', self.text, re.DOTALL)
        assert form is not None, self.text[:4000]
        found: dict[str, str | list[str]] = {}
        for tag in re.findall(r"<input\b[^>]*>", form[0]):
            marks = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
            if marks["name"] == "token":
                continue
            if marks.get("type") not in ("checkbox", "radio"):
                found[marks["name"]] = marks.get("value", "")
            elif " checked" in tag and marks["name"] == "kind":
                found["kind"] = [*found.get("kind", []), marks["value"]]
            elif " checked" in tag:
                found[marks["name"]] = marks["value"]
        return found

    def _take(self, answer: httpx2.Response, expect: int) -> str:
        assert answer.status_code == expect, (answer.status_code, answer.text[:2000])
        self.text, self.path = answer.text, answer.url.path
        return self.said


def until(what: object, patience: float = 60) -> None:
    """Wait until ``what()`` is true."""
    assert callable(what)
    end = time.monotonic() + patience
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)
