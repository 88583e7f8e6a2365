"""The signed-in client of one mailbox: calls below ``/api/v1``, with an access token that is always there."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from instep.errors import ItemRefused, LoginRefused, NotADavServer, NotSmarterMail, SignInNeeded
from instep.protocols.exchange import Response
from instep.protocols.http import HttpClient
from instep.protocols.logins import LoginGate, OpenGate
from instep.protocols.origins import origin_of
from instep.protocols.smartermail import sign_in as signing
from instep.protocols.smartermail.replies import Reply, item_refusal, reply_of, turned_away
from instep.protocols.smartermail.session import Session, SessionKeeper
from instep.protocols.smartermail.sign_in import Desk, Tokens, TwoStep

_EARLY = 60.0
# The second token of a call may have been ended by another program of this device; more often than that is no chance.
_RENEWALS = 4
_PATIENCE = 10.0  # seconds; a person who ends the program may be waiting

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Access:
    """The access token in use, the session kept with it, and from when on the next one is better fetched first."""

    token: str = field(repr=False)
    session: Session
    until: float | None = None


class RestClient:
    """Makes calls as one mailbox; shared by everything that talks to it in a run.

    ``http`` has no login of its own. ``base`` and ``user`` are as in ``Found`` and ``Desk``; ``keeper`` holds this
    device's session. ``password`` may be empty: then only the session helps. One sign-in or refresh is in flight for
    any number of calls, and what it gives is kept before it is used. A refused password is never shown again.
    ``lifetimes`` are how many seconds the last access and refresh token are good, ``None`` where that was not said.
    """

    def __init__(
        self,
        http: HttpClient,
        base: str,
        user: str,
        keeper: SessionKeeper,
        password: str = "",
        gate: LoginGate | None = None,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self.http = http
        self.base = base.rstrip("/")
        self.user = user
        self._keeper = keeper
        self._password = password
        self._gate = gate or OpenGate()
        self._clock = clock
        self._access: _Access | None = None
        self._renewal: asyncio.Task[_Access] | None = None
        self._ended: LoginRefused | None = None
        self.lifetimes: tuple[float | None, float | None] = (None, None)
        http.trust(self.base)

    @property
    def host(self) -> str:
        """The server's name, for people."""
        return origin_of(self.base).host

    async def call(self, method: str, *path: str, body: Any = None, reads: bool) -> Any:
        """Make a call that must succeed, and return the parsed answer.

        Raises what ``ask`` raises, and ``ItemRefused`` or ``ReadOnly`` when the server would not do it.
        """
        reply = await self.ask(method, *path, body=body, reads=reads)
        if not reply.done:
            raise item_refusal(reply, path[0], "shown" if reads else "stored")
        return reply.json

    async def ask(
        self, method: str, *path: str, body: Any = None, reads: bool, accept: frozenset[int] = frozenset()
    ) -> Reply:
        """Make a call and return what the server said, also a refusal.

        ``path`` are the parts after ``/api/v1``, encoded here, a plain ``a/b`` of ours in the first one; ``body`` is
        sent as JSON where it is not ``None``; ``reads`` marks a call that may be repeated. Raises ``LoginRefused``,
        ``SignInNeeded`` (also when a fresh token is refused), ``LoginsPaused`` (also when the server turns this
        computer away), ``Unreachable``, ``NotSmarterMail`` (a page instead of data), ``StoreFull``, ``ItemRefused``
        (the body cannot be sent), and ``Transient``, after which a write may or may not have been done.
        """
        url, content = self.base + "/api/v1/" + _joined(path), _encoded(body)
        token = ""
        for attempt in range(_RENEWALS):
            token = await self._token(refused=token)
            response = await self._send(method, url, content, token, reads, accept)
            if response.status != 401:
                break
            if attempt and not await self._was_replaced(token):
                raise self._end()
        else:
            raise self._end()
        reply = reply_of(response)
        if reply.blocked:
            raise turned_away(self.host)
        return reply

    async def signed_in(self) -> None:
        """Have an access token, signing in where needed. Raises as ``ask`` does."""
        await self._token()

    async def begin(self, password: str) -> TwoStep | None:
        """Sign in by hand with a password: ``None`` is done, else a code is asked for (``finish``).

        The password is shown once; the session of before stays until the sign-in is complete. Raises as ``sign_in``.
        """
        async with self._keeper.alone():
            session = await self._session()
            result = await signing.sign_in(self._desk(session), password)
            if isinstance(result, TwoStep):
                return result
            await self._take(session, result)
        return None

    async def finish(self, step: TwoStep, code: str, password: str = "") -> bool:
        """Complete a sign-in with the code; ``False`` when it was wrong: then ``begin`` gives another step.

        ``password`` is needed where the step has no token (older builds). Raises as ``answer``.
        """
        async with self._keeper.alone():
            session = await self._session()
            tokens = await signing.answer(self._desk(session), step, code, password)
            if tokens is None:
                return False
            await self._take(session, tokens)
        return True

    async def settle(self) -> None:
        """Wait for a refresh that still goes on, before the connections are closed: its token would be lost."""
        if self._renewal is not None:
            await asyncio.wait({self._renewal}, timeout=_PATIENCE)

    async def sign_out(self) -> None:
        """End this device's sign-in on the server and here; needs no password. Raises as ``ask`` does."""
        token = await self._token()
        async with self._keeper.alone():
            session = await self._session()
            await signing.sign_out(self._desk(session), token)
            await self._keeper.keep(Session(session.client_id))
            self._access = None

    async def _send(
        self, method: str, url: str, content: bytes, token: str, reads: bool, accept: frozenset[int]
    ) -> Response:
        headers = {"Accept": "application/json"}
        if content:
            headers["Content-Type"] = "application/json; charset=utf-8"
        try:
            return await self.http.request(
                method, url, headers=headers, body=content, accept=accept, bearer=token, repeatable=reads
            )
        except NotADavServer as error:
            raise NotSmarterMail(error.message, error.advice) from None

    async def _token(self, refused: str = "") -> str:
        """Give a usable access token, another than ``refused``."""
        if self._ended is not None:
            raise self._ended
        access = self._access
        if access is not None and access.token != refused and not self._is_old(access):
            return access.token
        if self._renewal is None:
            self._renewal = asyncio.ensure_future(self._renewed())
            self._renewal.add_done_callback(self._renewal_over)
        # Shielded: a token that the server gave must be kept even when the call that wanted it is given up.
        return (await asyncio.shield(self._renewal)).token

    async def _was_replaced(self, token: str) -> bool:
        """Whether another program of this device signed in meanwhile, which ends the token that was in use here."""
        session, access = await self._keeper.load(), self._access
        return access is not None and (access.token != token or (session is not None and session != access.session))

    def _end(self) -> SignInNeeded:
        self._ended = _session_ended(self.host, self.user)
        return self._ended

    def _is_old(self, access: _Access) -> bool:
        return access.until is not None and self._clock().timestamp() >= access.until

    def _renewal_over(self, task: asyncio.Task[_Access]) -> None:
        self._renewal = None
        if not task.cancelled() and isinstance(error := task.exception(), LoginRefused):
            self._ended = error

    async def _renewed(self) -> _Access:
        async with self._keeper.alone():
            session = await self._session()
            tokens = None
            if session.refresh_token:
                # The server ends this token with its answer: where nothing can be kept now, it is not asked.
                await self._keeper.keep(session)
                tokens = await signing.refresh(self._desk(session), session.refresh_token)
                if tokens is None:
                    session = Session(session.client_id)
                    await self._keeper.keep(session)
            if tokens is None:
                tokens = await self._by_password(session)
            return await self._take(session, tokens)

    async def _by_password(self, session: Session) -> Tokens:
        if not self._password:
            raise _session_ended(self.host, self.user)
        result = await signing.sign_in(self._desk(session), self._password)
        if isinstance(result, TwoStep):
            raise SignInNeeded(
                f"{self.host} asks for the code of two-step login of {self.user!r}.",
                "Sign in again: the code is asked for then.",
            )
        return result

    async def _take(self, session: Session, tokens: Tokens) -> _Access:
        # Kept first: the older refresh token is dead already, so a crash between the two would end the session.
        kept = Session(session.client_id, tokens.refresh or session.refresh_token)
        await self._keeper.keep(kept)
        until = None
        self.lifetimes = (tokens.seconds, tokens.refresh_seconds)
        if tokens.seconds is not None:
            until = self._clock().timestamp() + max(tokens.seconds - _EARLY, tokens.seconds / 2)
        self._access, self._ended = _Access(tokens.access, kept, until), None
        return self._access

    async def _session(self) -> Session:
        session = await self._keeper.load()
        if session is None:
            session = Session(secrets.token_hex(16))
            await self._keeper.keep(session)
        return session

    def _desk(self, session: Session) -> Desk:
        return Desk(self.http, self.base, self.user, session.client_id, self._gate)


def _session_ended(host: str, user: str) -> SignInNeeded:
    return SignInNeeded(
        f"The sign-in of this computer to {user!r} at {host} has ended.", "Sign in again; nothing is lost."
    )


def _joined(path: tuple[str, ...]) -> str:
    first, *rest = path
    if any(part in ("", ".", "..") for part in rest):
        raise ItemRefused("An identifier of the mail server cannot be used in an address.", "Tell its operator.")
    try:
        return "/".join([quote(first, safe="/"), *(quote(part, safe="") for part in rest)])
    except UnicodeEncodeError:
        raise ItemRefused("An identifier of the mail server is no text.", "Tell its operator.") from None


def _encoded(body: Any) -> bytes:
    if body is None:
        return b""
    try:
        return json.dumps(body, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (ValueError, TypeError, RecursionError):
        raise ItemRefused(
            "The item holds a value that cannot be sent (a number without a value, for example).",
            "Open and store it in the web mail.",
        ) from None
