"""The one door to HTTP: an async client that guards the password, waits when told to, and counts."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self
from urllib.request import getproxies

import httpx2

from instep.errors import ConfigError, InsecureRefused, NotADavServer, NotSmarterMail, Transient, Unreachable
from instep.protocols.backoff import wait_before
from instep.protocols.exchange import HttpSettings, Response, failure_of
from instep.protocols.inflate import Body, Garbled, TooMuch
from instep.protocols.nearby import Lookup, look_up, require_near
from instep.protocols.origins import Origin, on_origin, origin_of, shown, without_userinfo
from instep.protocols.password import Password

# PUT and DELETE are missing on purpose: after a broken connection nobody knows whether they took effect.
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
_REDIRECTS = frozenset({301, 302, 307, 308})
_BUSY = frozenset({429, 503})
_MOST_REDIRECTS = 5
_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")

# What TLS meets where something else is spoken, or where the greeting is hung up on.
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})

Sleep = Callable[[float], Awaitable[object]]


class HttpClient:
    """Sends requests of one account; shared by everything that talks to its server in a run.

    The password goes only to origins named with ``trust`` (and to the same host made secure), in every request to
    them. After a 401 to a request that carried it, no further request carries it. ``requests`` counts what was sent,
    ``bytes`` heads and bodies in both directions. ``sleep`` is awaited with seconds, ``transport`` replaces the
    network, ``lookup`` the names of hosts.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        sleep: Sleep = asyncio.sleep,
        transport: httpx2.AsyncBaseTransport | None = None,
        lookup: Lookup = look_up,
    ) -> None:
        self.requests = 0
        self.bytes = 0
        self._settings = settings
        self._sleep = sleep
        self._transport = transport
        self._lookup = lookup
        self._clients: dict[str, httpx2.AsyncClient] = {}
        self._password = Password(settings)
        self._slots = asyncio.Semaphore(settings.concurrency)

    @property
    def concurrency(self) -> int:
        """How many requests run at the same time at most."""
        return self._settings.concurrency

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; the counters stay."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    def trust(self, url: str) -> None:
        """Allow the password and tokens to be sent to the server of ``url``, because a person named it.

        Raises ``ConfigError`` when ``url`` is no http(s) address, ``InsecureRefused`` for unallowed plain http.
        """
        origin = origin_of(url)
        self._require_secure(origin)
        self._password.trust(origin)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        accept: frozenset[int] = frozenset(),
        bearer: str | None = None,
        repeatable: bool = False,
    ) -> Response:
        """Send one request, follow redirects, wait and retry where the server asks for it, and return the answer.

        ``url`` is absolute; its percent-encoding is sent as it is. Any status below 500 but 401 and 429 is returned
        to the caller, and those in ``accept`` too, at once. ``bearer`` is sent instead of the password (empty: neither
        is sent); then 401 is returned as well, and no redirect leads to another server. ``repeatable`` marks a request
        that only reads although its method does not say so. Raises ``LoginRefused`` (401), ``LoginsPaused``,
        ``InsecureRefused`` (plain http without consent or too far, also by redirect), ``Unreachable`` (name,
        connection, TLS, time-out), ``StoreFull`` (507), ``Transient`` (other 5xx, 429, a connection broken off, an
        answer over the size bound), ``NotADavServer`` (redirects in a circle, or a write redirected to another server),
        ``NotSmarterMail`` (a request with ``bearer`` redirected to another server).
        After ``Transient`` a write may or may not have taken effect.
        """
        again = repeatable or method in _REPEATABLE
        target, visited = without_userinfo(url), set[str]()
        while target not in visited and len(visited) <= _MOST_REDIRECTS:
            visited.add(target)
            response = await self._patiently(method, target, headers or {}, body, accept, bearer, again)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or not location:
                return response
            there = _next_hop(method, target, location)
            if bearer is not None and not origin_of(there).takes_password_of(origin_of(target)):
                raise _leads_away(target, there)
            target = there
        raise NotADavServer(f"{shown(url)} redirects in a circle.", "Check the server's address.")

    async def _patiently(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        accept: frozenset[int],
        bearer: str | None,
        repeatable: bool,
    ) -> Response:
        attempt = 1
        async with self._slots:
            while True:
                try:
                    response = await self._authorized(method, url, headers, body, bearer)
                    failure = None if response.status in accept else failure_of(response)
                    if failure is None:
                        return response
                    retry = response.status in _BUSY
                except Transient as broken:
                    failure, retry = broken, repeatable
                except TooMuch:
                    # Once more would be as much again.
                    limit = self._settings.largest_answer // (1024 * 1024)
                    failure = Transient(f"{shown(url)} answered with more than {limit} MB; the rest was not read.")
                    retry = False
                if not isinstance(failure, Transient):
                    raise failure
                attempt += 1
                wait = wait_before(attempt, failure.retry_after, self._settings.longest_wait)
                if not retry or wait is None or attempt > self._settings.attempts:
                    raise failure
                await self._sleep(wait)

    async def _authorized(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, bearer: str | None
    ) -> Response:
        origin = origin_of(url)
        self._require_secure(origin)
        if not origin.secure and self._settings.near_only:
            # Each time: a name may lead elsewhere in the next moment.
            await require_near(origin.host, self._lookup)
        if bearer is not None:
            if bearer and not self._password.trusts(origin):
                raise _leads_away(url, url)
            own = {"Authorization": f"Bearer {bearer}"} if bearer else {}
            return await self._send(method, url, {**headers, **own}, body)
        authorization = self._password.for_origin(origin)
        if not authorization:
            response = await self._send(method, url, headers, body)
            if response.status == 401:
                raise self._password.asked_for(url, origin)
            return response

        async def send(authorization: str) -> Response:
            return await self._send(method, url, {**headers, "Authorization": authorization}, body)

        return await self._password.shown_by(send, url, origin.host, authorization)

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        client = self._client(origin_of(url).scheme)
        try:
            request = client.build_request(method, url, headers=dict(headers), content=body or None)
            self.requests += 1
            self.bytes += _head_size(request.headers) + len(request.url.raw_path) + len(body)
            async with asyncio.timeout(self._settings.longest_answer):
                answer = await client.send(request, stream=True)
                try:
                    self.bytes += _head_size(answer.headers)
                    content = await self._bounded(answer)
                finally:
                    self.bytes += answer.num_bytes_downloaded
                    await answer.aclose()
        except TimeoutError:
            # Each byte came in time, but too few of them.
            raise Unreachable(
                f"{origin_of(url).host} did not finish its answer within {self._settings.longest_answer:g} seconds.",
                "Check the network; try again later.",
            ) from None
        except Garbled:
            raise Transient(f"{shown(url)} answered with a body that cannot be unpacked.", "Try again later.") from None
        except (httpx2.TransportError, httpx2.DecodingError, httpx2.InvalidURL) as error:
            raise _unreached(error, url, self._settings.timeout) from error
        heads = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, url, heads, content)

    async def _bounded(self, answer: httpx2.Response) -> bytes:
        body = Body(answer.headers.get("content-encoding", ""), self._settings.largest_answer)
        if answer.is_stream_consumed:
            return answer.content  # a transport within this process gives whole answers
        async for part in answer.aiter_raw():
            body.add(part)
        return body.whole()

    def _require_secure(self, origin: Origin) -> None:
        if not origin.secure and not self._settings.allow_insecure:
            raise InsecureRefused(
                f"{origin.host} would be reached over plain http, where anyone on the way can read along.",
                "Use an https address, or allow plain http for this account.",
            )

    def _client(self, scheme: str) -> httpx2.AsyncClient:
        if scheme not in self._clients:
            settings = self._settings
            proxied = bool(settings.proxy or getproxies())
            limits = httpx2.Limits(
                max_connections=settings.concurrency + 1,
                max_keepalive_connections=settings.concurrency + 1,
                # Below the usual five seconds of servers, so that a write seldom meets a connection just being closed.
                keepalive_expiry=4.0,
            )
            self._clients[scheme] = httpx2.AsyncClient(
                # Loading the authorities takes longer than a whole idle run; without TLS nobody needs them.
                verify=_authorities(settings.ca_file) if scheme == "https" or proxied else False,
                proxy=_proxy(settings.proxy),
                # A proxy from the environment cannot know this machine's own loopback addresses.
                mounts=None if settings.proxy or self._transport else dict.fromkeys(_LOOPBACK),
                transport=self._transport,
                timeout=httpx2.Timeout(settings.timeout, connect=min(settings.timeout, 20.0)),
                limits=limits,
                headers={"User-Agent": settings.agent},
                cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
                follow_redirects=False,
            )
        return self._clients[scheme]


def _next_hop(method: str, url: str, location: str) -> str:
    target, here = on_origin(url, location), origin_of(url)
    try:
        there = origin_of(target)
    except ConfigError:
        raise NotADavServer(
            f"{here.host} redirects to an address that is none of a server.", "Check the server's address."
        ) from None
    if here.secure and not there.secure:
        raise InsecureRefused(
            f"{here.host} redirects to {shown(target)}, out of the encrypted connection.", "Tell the server's operator."
        )
    if method not in _REPEATABLE and not there.takes_password_of(here):
        raise NotADavServer(
            f"{here.host} redirects a write to another server, {there.host}.",
            "If that server is yours, use its address for this account.",
        )
    return target


def _leads_away(here: str, there: str) -> NotSmarterMail:
    return NotSmarterMail(
        f"{origin_of(here).host} leads to {shown(there)}, another server, to which the sign-in is not given.",
        "If that server is yours, use its address for this account.",
    )


def _unreached(error: Exception, url: str, timeout: float) -> Unreachable | Transient | ConfigError:
    host = origin_of(url).host
    reason = _deepest(error)
    match error:
        case httpx2.InvalidURL():
            return ConfigError(f"{shown(url)!r} is not a usable address.", "Write it as https://host/path.")
        case httpx2.ProxyError():
            return Unreachable(f"The proxy on the way to {host} refused the connection.", "Check the proxy setting.")
        case httpx2.TimeoutException():
            return Unreachable(
                f"{host} did not answer within {timeout:g} seconds.", "Check the network; try again later."
            )
    match reason:
        case ssl.SSLCertVerificationError():
            return Unreachable(
                f"The certificate of {host} is not trusted: {reason.verify_message}",
                "Check the host name; if your organisation has its own authority, name its certificate file (ca_file).",
            )
        case ssl.SSLError() if reason.reason in _NO_TLS:
            return Unreachable(
                f"{host} does not answer encrypted at port {origin_of(url).port}.",
                "Check the address and the port; if it is a server of your own with plain http alone, allow that.",
            )
        case ssl.SSLError():
            return Unreachable(
                f"No encrypted connection with {host}: {reason.reason}.", "Check the address and the port."
            )
        case ConnectionRefusedError():
            return Unreachable(
                f"{host} refuses connections on port {origin_of(url).port}.", "Check the address and the port."
            )
        case OSError() if isinstance(error, httpx2.ConnectError) and "Name" in type(reason).__name__ + str(reason):
            return Unreachable(f"The host name {host} is not known.", "Check the address and the network.")
    if isinstance(error, httpx2.ConnectError):
        return Unreachable(f"No connection to {host}.", "Check the address and the network.")
    return Transient(f"The connection to {host} broke off.", "Try again later.")


def _deepest(error: BaseException) -> BaseException:
    below = error.__cause__ or error.__context__
    while below is not None and not isinstance(error, ssl.SSLError):
        error, below = below, below.__cause__ or below.__context__
    return error


def _head_size(headers: httpx2.Headers) -> int:
    return 16 + sum(len(name) + len(value) + 4 for name, value in headers.raw)


def _proxy(url: str) -> httpx2.Proxy | None:
    try:
        return httpx2.Proxy(url) if url else None
    except (ValueError, httpx2.InvalidURL):
        raise ConfigError("The proxy setting is not a usable address.", "Write it as http://host:port.") from None


@lru_cache(maxsize=4)
def _authorities(ca_file: str) -> ssl.SSLContext:
    context = httpx2.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError:
            raise ConfigError(f"The certificate file {ca_file} cannot be read.", "It must be a PEM file.") from None
    return context
