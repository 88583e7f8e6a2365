"""Hrefs: opaque as the server wrote them, compared only to find the answer to our own question; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from instep.core.model import Item

# Only characters that no server writes in another way: an "@" comes back as "%40" from some of them.
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_SLASHES = re.compile(r"/{2,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST = 4096  # characters; no server names a member in more, and few take a longer request


def key_of(href: str) -> str:
    """Return a form of ``href`` that is the same however a server encodes it; ``%2F`` stays apart from ``/``."""
    return "/".join(quote(unquote(part), safe="") for part in href.split("/"))


def folder_key(href: str) -> str:
    """Return the key of a folder's href, by which ``is_member`` knows it."""
    return key_of(_SLASHES.sub("/", href)).rstrip("/")


def is_member(href: str, folders: Container[str]) -> bool:
    """Tell whether ``href`` names something directly inside one of ``folders`` (keys), and leads nowhere else.

    A server's word is not enough for that: what it lists may be another person's, or climb out of the folder by dots,
    also encoded ones. Slashes that are doubled count as one.
    """
    path = href.partition("?")[0]
    once = unquote(path)
    if len(href) > _LONGEST or _CONTROL.search(once):
        return False
    if any(part in (".", "..") for text in (once, unquote(once)) for part in re.split(r"[/\\]", text)):
        return False
    parent, _, name = key_of(_SLASHES.sub("/", path)).rpartition("/")
    return bool(name) and parent in folders


def url_of(collection: str, href: str) -> str:
    """Return the absolute URL of an href inside the collection at the URL ``collection``."""
    parts = urlsplit(collection)
    return f"{parts.scheme}://{parts.netloc}{href}"


def folder_of(collection: str) -> str:
    """Return the path of a collection's URL, with the slash at its end."""
    return (urlsplit(collection).path or "/").rstrip("/") + "/"


def as_folder(url: str) -> str:
    """Return a collection's URL with the slash at its end, without query and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, folder_of(url), "", ""))


def uid_for(item: Item) -> str:
    """Return the item's uid, or one that depends on its content alone where it has none."""
    return item.uid or "instep-" + hashlib.sha256(repr(item).encode()).hexdigest()[:32]


def proposed(folder: str, item: Item, suffix: str, *taken: Container[str]) -> str:
    """Return the href under ``folder`` for a new item, numbered where it is in one of ``taken``."""
    uid = uid_for(item)
    stem = uid
    if not _SAFE.fullmatch(uid):
        digest = hashlib.sha256(uid.encode()).hexdigest()[:12]
        stem = f"{_UNSAFE.sub('-', uid).strip('-')[:60]}-{digest}".lstrip("-")
    number, href = 1, f"{folder}{stem}.{suffix}"
    while any(href in group for group in taken):
        number += 1
        href = f"{folder}{stem}-{number}.{suffix}"
    return href


def tidy_etag(etag: str | None) -> str | None:
    """Return an etag strong and quoted, however a proxy dressed it; None for none.

    Listings, bodies and answers to writes then name one version in one way, and ``If-Match`` can match it: a weak one
    never does (RFC 9110 13.1.1).
    """
    bare = (etag or "").strip().removeprefix("W/").strip('"')
    return f'"{bare}"' if bare else None
