"""Long texts that may be HTML or plain, and categories in one text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from instep.codecs.smartermail_html import has_entities, looks_like_html, tidy, to_plain
from instep.codecs.smartermail_html_edit import edited, from_plain
from instep.codecs.smartermail_json import Member, Object, Pen, flag_of, plain_text, text_of


@dataclass(frozen=True, slots=True)
class Body:
    """Where a long text stands, and how it is told whether it is HTML.

    ``flag`` is a key which says so (HTML where it equals ``flag_for_html``); ``flag_known``: the server is known to
    have it, so it may be added. ``html``: the server's own pages write HTML there, so a new text of several lines
    is HTML.
    """

    key: str
    flag: str
    flag_for_html: bool = True
    flag_known: bool = True
    html: bool = False


_LONGEST: Final = 8_000_000  # a picture may stand inside of HTML
CONTACT: Final = Body("additionalInfo", "isHtml")
EVENT: Final = Body("description", "isHtml", flag_known=False)
TASK: Final = Body("description", "isHtml", flag_known=False, html=True)
NOTE: Final = Body("text", "isPlainText", flag_for_html=False)


def is_html(object: Object, body: Body) -> bool:
    """Say whether the text is HTML: by its flag, without one by the markup in it."""
    flag = flag_of(object, body.flag)
    if flag is not None:
        return flag == body.flag_for_html
    text = text_of(object, body.key, longest=_LONGEST)
    return looks_like_html(text) or (body.html and has_entities(text))


def body_of(object: Object, body: Body) -> str:
    """Give the text as plain text."""
    text = text_of(object, body.key, longest=_LONGEST)
    return to_plain(text) if text and is_html(object, body) else text


def put_body(pen: Pen, body: Body, new: str, markup: bool = True) -> None:
    """Write a changed plain text: into the markup where it maps (and ``markup`` allows it), else as plain text where
    the server can be told so."""
    held = text_of(pen.object, body.key, longest=_LONGEST)
    flag = flag_of(pen.object, body.flag)
    if held and is_html(pen.object, body):
        written = edited(held, to_plain(held), new) if new and markup else None
        if written is not None:
            pen.put(body.key, written)
            return
        if flag is None and not body.flag_known:
            pen.put(body.key, from_plain(new) if new else "")
            return
    elif flag is None and not body.flag_known:
        own = body.html and (has_entities(new) or (not held and "\n" in tidy(new)))
        as_html = own or looks_like_html(new)
        pen.put(body.key, from_plain(new) if as_html else _line_ends(pen.object, body, new))
        return
    pen.put(body.key, _line_ends(pen.object, body, new))
    if new or flag is not None:
        pen.put(body.flag, not body.flag_for_html)


def _line_ends(object: Object, body: Body, new: str) -> str:
    member = object.get(body.key)
    crlf = member is not None and isinstance(member.value, str) and "\r\n" in member.value
    return new.replace("\n", "\r\n") if crlf else new


# Categories -------------------------------------------------------------------------------------------------------

_CATEGORIES: Final = ("categoriesString", "categories")


def categories_of(object: Object) -> tuple[str, ...]:
    """Give the categories, each once: of a text between semicolons, without any between commas, or of a list."""
    member = _categories(object)
    if member is not None and isinstance(member.value, list):
        words = [plain_text(member.key, word) for word in member.value]
    else:
        text = plain_text(member.key, member.value) if member is not None else ""
        words = text.split(";" if ";" in text else ",")
    return tuple({word.casefold(): word for part in words if (word := part.strip())}.values())


def _categories(object: Object) -> Member | None:
    """The key that holds the categories; a list of anything but texts is of no form that is known."""
    for name in _CATEGORIES:
        member = object.get(name)
        value = member.value if member is not None else None
        if value is None or (isinstance(value, list) and not all(isinstance(word, str) for word in value)):
            continue
        return member
    return None


def put_categories(pen: Pen, words: tuple[str, ...]) -> None:
    """Write the categories as they are written there; a semicolon inside of one becomes a comma."""
    member = _categories(pen.object)
    key = member.key if member is not None else _CATEGORIES[0]
    if member is not None and isinstance(member.value, list):
        pen.put(key, list(words))
        return
    held = plain_text(key, member.value) if member is not None else ""
    plain = [word.replace(";", ",") for word in words]
    comma = "," in held and ";" not in held and not any("," in word for word in plain)
    mark = "," if comma else ";"
    text = f"{mark} ".join(plain) if f"{mark} " in held else mark.join(plain)
    if len(plain) == 1 and "," in text:
        text += ";"
    pen.put(key, text)
