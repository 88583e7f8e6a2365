"""Tokens: one set per person and client, refresh tokens that rotate, and a step token that is good for one call."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from enum import StrEnum


class Use(StrEnum):
    """What an access token opens."""

    FULL = "full"
    STEP = "the second step of a login"
    NOTHING = "nothing before the password is changed"


@dataclass(frozen=True, slots=True)
class Session:
    """Whom a token stands for."""

    email: str
    client: str
    expires: float
    use: Use = Use.FULL


@dataclass
class Sessions:
    """All tokens that are good now; lifetimes in seconds."""

    access_life: float = 900.0
    refresh_life: float = 30 * 86400.0
    step_life: float = 600.0
    access: dict[str, Session] = field(default_factory=dict, repr=False)
    refresh: dict[str, Session] = field(default_factory=dict, repr=False)
    links: dict[str, Session] = field(default_factory=dict, repr=False)
    pages: dict[str, Session] = field(default_factory=dict, repr=False)

    def sign_in(self, email: str, client: str, now: float, use: Use = Use.FULL) -> tuple[str, str]:
        """Give an access and a refresh token (none for a session that opens nothing); the same person and client's
        former ones are dead."""
        self.end(email, client)
        token = _jwt(email)
        self.access[token] = Session(email, client, now + self.access_life, use)
        if use is not Use.FULL:
            return token, ""
        again = secrets.token_urlsafe(48)
        self.refresh[again] = Session(email, client, now + self.refresh_life)
        return token, again

    def step(self, email: str, client: str, now: float) -> str:
        """Give a token for the second step of a login; the sessions that are open stay so."""
        token = _jwt(email)
        self.access[token] = Session(email, client, now + self.step_life, Use.STEP)
        return token

    def link(self, email: str, now: float) -> str:
        """Give a token for one login to the pages."""
        token = secrets.token_urlsafe(24)
        self.links[token] = Session(email, "", now + 600.0)
        return token

    def page(self, email: str, now: float, use: Use = Use.FULL) -> str:
        """Give a cookie for the pages, good for a day; or for the second step of a login there."""
        cookie = secrets.token_urlsafe(24)
        self.pages[cookie] = Session(email, "", now + 86400.0, use)
        return cookie

    def opened(self, token: str, now: float) -> Session | None:
        """Tell whose access token it is, None when it is nobody's or expired; a step token is used up by this."""
        found = self.access.get(token)
        if found is None:
            return None
        if found.use is Use.STEP:
            del self.access[token]
        return found if found.expires > now else None

    def renewed(self, token: str, client: str, now: float) -> Session | None:
        """Use a refresh token up; None when it is none, expired, or another client's."""
        found = self.refresh.get(token)
        if found is None or found.client != client:
            return None
        del self.refresh[token]
        return found if found.expires > now else None

    def end(self, email: str, client: str | None = None) -> None:
        """End the sessions of a person: those of one client, or all."""
        for tokens in (self.access, self.refresh):
            for token, one in list(tokens.items()):
                if one.email == email and one.use is not Use.STEP and client in (None, one.client):
                    del tokens[token]

    def expire_access(self) -> None:
        """Let every access token be expired from now on."""
        self.access = {}


def _jwt(email: str) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": email, "jti": secrets.token_hex(8)})
    written = (json.dumps(part, separators=(",", ":")).encode() for part in parts)
    head, body = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in written)
    return f"{head}.{body}.{secrets.token_urlsafe(32)}"
