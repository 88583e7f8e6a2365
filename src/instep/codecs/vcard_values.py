"""Single values of a vCard and what they mean: dates, gender, binary content, types, messenger addresses."""

from __future__ import annotations

import binascii
import re
import urllib.parse
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

from instep.codecs.contentline import Line, Params, escape_text, unescape_text
from instep.core.model import Binary

NOT_TYPES: Final = frozenset({"pref", "internet", "voice", ""})
# Properties of one messenger each, and the scheme under which IMPP (RFC 4770) knows it.
MESSENGER_SCHEMES: Final = {
    "X-AIM": "aim",
    "X-GADUGADU": "gg",
    "X-GOOGLE-TALK": "gtalk",
    "X-GROUPWISE": "groupwise",
    "X-GTALK": "gtalk",
    "X-ICQ": "icq",
    "X-JABBER": "xmpp",
    "X-MSN": "msnim",
    "X-QQ": "qq",
    "X-SKYPE": "skype",
    "X-SKYPE-USERNAME": "skype",
    "X-TWITTER": "twitter",
    "X-YAHOO": "ymsgr",
}
_FULL_DATE: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ].*)?", re.DOTALL)
_DAY_OF_YEAR: Final = re.compile(r"--(\d\d)-?(\d\d)(?:T.*)?", re.DOTALL)
_DATE_LIKE: Final = re.compile(r"[-\d]*\d(?:T[-\d:+Z.]+)?")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_DATA_URI: Final = re.compile(r"data:([^,]*?)(;base64)?,(.*)", re.IGNORECASE | re.DOTALL)
# Possessive: what was taken is not given back, or a photo of white space would take the square of its size.
_LONG_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]{100,}+=*+\s*+")
_SEX: Final = {"M": "male", "F": "female", "O": "other", "N": "none", "U": "unknown"}
_SEX_LETTER: Final = {word: letter for letter, word in _SEX.items()}
_WINDOWS_SEX: Final = {"1": "female", "2": "male"}
_MEDIA: Final = {"x509": "application/pkix-cert", "pgp": "application/pgp-keys"}
_MAGIC: Final = ((b"\x89PNG", "PNG"), (b"GIF8", "GIF"), (b"\xff\xd8", "JPEG"), (b"RIFF", "WEBP"))


def text_of(line: Line) -> str:
    """Return a TEXT value without escapes and with plain line ends."""
    return unescape_text(line.value).replace("\r\n", "\n").replace("\r", "\n")


def uri_written(text: str, version: str) -> str:
    """Return a URI with escapes only where ``text_of`` would read it otherwise.

    A comma is escaped below 4.0: RFC 2426 does not ask for it, but servers built on vobject cut the value there.
    """
    if "\n" in text or text.endswith("\\") or unescape_text(text) != text:
        return escape_text(text)
    return text if version == "4.0" else text.replace(",", "\\,")


def date_meant(text: str, omitted_year: str | None) -> str:
    """Return ``YYYY-MM-DD``, ``--MM-DD`` when there is no year, or the text itself when it is no such date.

    A time of day is left out. ``omitted_year`` is the year that stands for none (``X-APPLE-OMIT-YEAR``).
    """
    text = text.strip()
    if found := _FULL_DATE.fullmatch(text):
        year, month, day = found.groups()
        try:
            date(int(year), int(month), int(day))
        except ValueError:
            return text
        return f"--{month}-{day}" if year == omitted_year else f"{year}-{month}-{day}"
    if found := _DAY_OF_YEAR.fullmatch(text):
        return f"--{found[1]}-{found[2]}"
    return text


def date_written(text: str, version: str) -> tuple[str, Params]:
    """Return value and parameters of a date property; vCard 3.0 has no dates without a year, Apple's way is used."""
    if found := re.fullmatch(r"--(\d\d)-(\d\d)", text):
        if version == "4.0":
            return f"--{found[1]}{found[2]}", ()
        return f"1604-{found[1]}-{found[2]}", (("X-APPLE-OMIT-YEAR", ("1604",)),)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return (text.replace("-", "") if version == "4.0" else text), ()
    return text, () if _DATE_LIKE.fullmatch(text) else (("VALUE", ("text",)),)


def gender_meant(line: Line) -> str:
    """Return ``male``, ``female``, ``other``, ``none``, ``unknown``, or the person's own word (RFC 6350 6.2.7)."""
    text = text_of(line).strip()
    if line.name == "X-WAB-GENDER":
        return _WINDOWS_SEX.get(text, "")
    letter, _, words = text.partition(";") if line.name == "GENDER" else (text, "", "")
    if letter.upper() in _SEX:
        return _SEX[letter.upper()]
    own = words.strip() if line.name == "GENDER" and not letter else text
    return own.lower() if own.lower() in _SEX_LETTER else own


def gender_written(name: str, gender: str) -> str | None:
    """Return the unescaped value for the property ``name``, None when that property cannot say it."""
    match name:
        case "GENDER":
            return _SEX_LETTER.get(gender.lower()) or f";{gender}"
        case "X-WAB-GENDER":
            return {"female": "1", "male": "2"}.get(gender.lower())
        case _:
            return gender.capitalize() if gender.lower() in _SEX_LETTER else gender


def types_meant(line: Line) -> tuple[frozenset[str], int]:
    """Return the types (lower-case, without ``pref``, ``internet`` and the default ``voice``) and the preference."""
    words = {word.strip().lower() for value in line.param_values("TYPE") for word in value.split(",")}
    pref = 1 if "pref" in words else 0
    number = (line.param("PREF") or "").strip()
    if number.isascii() and number.isdecimal() and 1 <= int(number[:9]) <= 100:
        pref = int(number)
    return frozenset(words - NOT_TYPES), pref


def types_written(name: str, types: Iterable[str], pref: int, version: str) -> Params:
    """Return the parameters for types and preference as the version writes them."""
    words = sorted(types)
    if version != "4.0":
        words = [word.upper() for word in words]
        words = ["INTERNET", *words] if name == "EMAIL" else words
        words = [*words, "PREF"] if pref == 1 else words
    params: list[tuple[str, tuple[str, ...]]] = [("TYPE", (word,)) for word in words] if version == "2.1" else []
    if words and version != "2.1":
        params.append(("TYPE", tuple(words)))
    if pref and (pref > 1 or version == "4.0"):
        params.append(("PREF", (str(pref),)))
    return tuple(params)


def binary_meant(line: Line) -> Binary | None:
    """Return photo or key: decoded bytes, or the address; None when it is neither."""
    text = line.value.strip()
    if line.encoding == "BASE64" and text[:5].lower() != "data:":
        return _decoded(text, _media_type(line))
    if found := _DATA_URI.fullmatch(unescape_text(text)):
        media, is_base64, content = found.groups()
        media = media.split(";")[0].lower()
        if is_base64:
            return _decoded(urllib.parse.unquote(content), media)
        data = urllib.parse.unquote_to_bytes(content)
        return Binary(data, "", media) if data else None
    if _SCHEME.match(text) or (line.param("VALUE") or "").lower() in ("uri", "url"):
        uri = unescape_text(text)
        return Binary(b"", uri, _media_type(line)) if uri else None
    return _decoded(text, _media_type(line)) if _LONG_BASE64.fullmatch(text) else None


def _decoded(text: str, media: str) -> Binary | None:
    try:
        data = binascii.a2b_base64(text.encode("utf-8"))
    except binascii.Error:
        return None
    return Binary(data, "", media) if data else None


def _media_type(line: Line) -> str:
    media = line.param("MEDIATYPE") or line.param("TYPE") or ""
    if "/" in media:
        return media.lower()
    known = _MEDIA.get(media.lower())
    return known or (f"image/{media.lower()}" if media and line.name == "PHOTO" else "")


def binary_written(name: str, binary: Binary, version: str) -> tuple[str, Params]:
    """Return value and parameters of a photo or key in the way of the version."""
    media = binary.media_type
    if version == "4.0":
        if binary.uri:
            return uri_written(binary.uri, version), ()
        short = _short_type(name, binary)
        media = media or (f"image/{short.lower()}" if name == "PHOTO" else "application/octet-stream")
        return f"data:{media};base64,{_encoded(binary.data)}", ()
    if binary.uri:
        return uri_written(binary.uri, version), (("VALUE", ("URL" if version == "2.1" else "uri",)),)
    encoding = ("ENCODING", ("BASE64" if version == "2.1" else "b",))
    short = _short_type(name, binary)
    return _encoded(binary.data), (encoding, ("TYPE", (short,))) if short else (encoding,)


def _short_type(name: str, binary: Binary) -> str:
    if known := next((short for short, media in _MEDIA.items() if media == binary.media_type), ""):
        return known.upper()
    if binary.media_type:
        return binary.media_type.rpartition("/")[2].upper()
    guess = next((kind for magic, kind in _MAGIC if binary.data.startswith(magic)), "JPEG")
    return guess if name == "PHOTO" else ""


def _encoded(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def messenger_meant(name: str, text: str) -> str:
    """Return a messenger address with its scheme: ``aim:ada`` for ``X-AIM:ada``."""
    scheme = MESSENGER_SCHEMES.get(name)
    text = text.strip()
    if scheme is None or not text or text.lower().startswith(scheme + ":"):
        return text
    return f"{scheme}:{text}"


def stamp_meant(text: str) -> datetime | None:
    """Return a REV time stamp in UTC, None when it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
