"""Placeholders for what is personal: the same word gets the same one, and nothing leads back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from instep.accounts.account import Account


class Names:
    """The placeholders of one bundle: ``account-1``, ``host-2`` … in the order in which things turn up."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def of(self, sort: str, value: str) -> str:
        """The placeholder of a value; empty for an empty one. Upper and lower case make no difference."""
        if not value:
            return ""
        key = (sort, value.casefold())
        return self._known.setdefault(key, f"{sort}-{sum(known == sort for known, _ in self._known) + 1}")

    def address(self, url: str) -> dict[str, Any] | str:
        """What may be told of a URL or a bare host: scheme, port, how deep its path is."""
        if not url:
            return ""
        try:
            parts = urlsplit(url if "://" in url else f"//{url}")
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return "not an address"
        told: dict[str, Any] = {"host": self.of("host", host)}
        told |= {"scheme": parts.scheme} if parts.scheme in ("http", "https") else {}
        told |= {"port": port} if port else {}
        return told | {"path_parts": len([part for part in parts.path.split("/") if part])}

    def mailbox(self, email: str) -> str:
        """The placeholder of an e-mail address, with the host's own placeholder."""
        local, at, host = email.rpartition("@")
        return f"{self.of('mailbox', local)}@{self.of('host', host)}" if at else self.of("mailbox", email)

    def settings(self, account: Account) -> dict[str, Any]:
        """An account's settings, with a placeholder in the place of every word that a person chose."""
        sort, colon, place = account.desktop.partition(":")
        known_sort = sort if colon and sort == "files" else "other"
        return {
            "name": self.of("account", account.key),
            "url": self.address(account.url),
            "email": self.mailbox(account.email),
            "login": "as e-mail" if account.login in ("", account.email) else self.of("login", account.login),
            "desktop": f"{known_sort}:{self.of('path', place or sort)}",
            "kinds": sorted(kind.value for kind in account.kinds) or "all",
            "insecure_http": account.insecure_http,
            "ca_file": self.of("path", account.ca_file),
            "proxy": self.address(account.proxy),
            "password": account.password.value,
            "password_command": bool(account.password_command),
            "enabled": account.enabled,
            "server": account.server.value,
            "two_step": account.two_step,
            "protocols": list(account.protocols),
        }
