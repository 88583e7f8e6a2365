"""Is there a SmarterMail server, and which one; asked without any credentials."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from instep.errors import AccountError, InsecureRefused, InstepError, NotADavServer, NotSmarterMail, Transient
from instep.protocols.exchange import Response
from instep.protocols.http import HttpClient
from instep.protocols.origins import origin_of, shown
from instep.protocols.smartermail.builds import Product, old_product_in, product_in
from instep.protocols.smartermail.place import Host, hosts
from instep.protocols.webdav.places import Resolver, resolve

_AT_ONCE = frozenset({429, *range(500, 600)})
_MOST_TEXT = 1024 * 1024
_ROOT, _OLD = "/interface/root", "/Login.aspx"


@dataclass(frozen=True, slots=True)
class Found:
    """A SmarterMail server: ``base`` is where ``/api/v1`` stands (scheme, host, virtual directory, no slash at the
    end), ``version`` as the server writes it, ``build`` 0 where it is not known, ``old`` for versions up to 15,
    which have no REST interface."""

    base: str
    build: int = 0
    version: str = ""
    old: bool = False


async def find(
    http: HttpClient, typed: str, email: str = "", *, allow_insecure: bool = False, resolver: Resolver = resolve
) -> Found | None:
    """Look for SmarterMail behind a URL of its web mail, a host, a domain or (``typed`` empty) an e-mail address.

    ``None``: servers answer, but none is SmarterMail. Only reads, sends no credentials, follows no redirect to another
    host. Raises ``ConfigError`` for an unusable address; when nothing answers what kept the first from it:
    ``Unreachable``, ``InsecureRefused`` (only plain http may be there), ``Transient`` (a server that is ill now).
    """
    failures: list[InstepError] = []
    answered = False
    for host in await hosts(typed, email, allow_insecure, resolver):
        for origin in host.origins:
            try:
                found = await _at(http, origin, host)
                answered = True
            except (NotADavServer, NotSmarterMail):
                found, answered = None, True
            except (AccountError, Transient) as error:
                failures.append(error)
                continue
            if found is not None:
                return found
    ill = next((failure for failure in failures if isinstance(failure, Transient)), None)
    if ill is not None:
        raise ill
    if not answered and failures:
        raise _plain_http_only(typed) if _typed_http(typed) and not allow_insecure else failures[0]
    return None


async def look(http: HttpClient, base: str) -> Product | None:
    """Ask a known server for its version, without credentials; ``None`` when it names none (any more).

    Raises what ``HttpClient.request`` raises."""
    answer = await http.request("GET", base + _ROOT, bearer="")
    return product_in(_text(answer)) if answer.ok else None


async def _at(http: HttpClient, origin: str, host: Host) -> Found | None:
    ill: Transient | None = None
    for directory in host.directories:
        answer = await http.request("GET", origin + directory + _ROOT, bearer="", accept=_AT_ONCE)
        if answer.status in _AT_ONCE:
            ill = ill or Transient(f"{shown(answer.url)} answered with the error {answer.status}.", "Try again later.")
            continue
        product = product_in(_text(answer)) if answer.ok else None
        if product is not None:
            return Found(_base(answer.url, origin + directory), product.build, product.version)
    for directory in host.directories:
        answer = await http.request("GET", origin + directory + _OLD, bearer="", accept=_AT_ONCE)
        product = _old(answer)
        if product is not None:
            return Found(_base(answer.url, origin + directory), product.build, product.version, old=True)
    if ill is not None:
        raise ill
    return None


def _old(answer: Response) -> Product | None:
    if not answer.ok:
        return None
    # A page that answers everything may speak of SmarterMail; the login page has a password box as well.
    text = _text(answer)
    ours = "smartertools" in answer.headers.get("server", "").lower()
    if not (ours or ("smartermail" in text.lower() and 'type="password"' in text.lower().replace("'", '"'))):
        return None
    return old_product_in(text) or (Product() if ours else None)


def _base(final: str, asked: str) -> str:
    """Where the application stands: where the redirects of its own start page ended, without the page."""
    parts = urlsplit(final)
    for page in ("/interface/", _OLD.lower()):
        at = parts.path.lower().find(page)
        if at >= 0:
            return urlunsplit((parts.scheme, parts.netloc, parts.path[:at], "", ""))
    return asked


def _text(answer: Response) -> str:
    return answer.body[:_MOST_TEXT].decode("utf-8", "replace")


def _typed_http(typed: str) -> bool:
    return typed.strip().lower().startswith("http://")


def _plain_http_only(typed: str) -> InsecureRefused:
    return InsecureRefused(
        f"{origin_of(typed.strip()).host} does not answer over https; over plain http anyone on the way reads along.",
        "Ask for its https address, or allow plain http for this account.",
    )
