"""Properties without a field of their own: read as they are meant, written so that they are read as the same."""

from __future__ import annotations

from typing import Final

from instep.codecs.contentline import Line, escape_text, split_structured, unescape_text
from instep.core.model import Extra

LABEL: Final = "X-ABLABEL"


def meant(value: str) -> str:
    """Return the value without the escapes that its text does not need.

    Where a value has both escaped and plain separators of one kind, it is structured, and stays as it is written.
    """
    if "\\" not in value:
        return value
    for sep in ";,":
        parts = split_structured(value, sep)
        if len(parts) > 1 and any(sep in part for part in parts):
            return value
    return unescape_text(value).replace("\r\n", "\n").replace("\r", "\n")


def written(value: str, commas: bool = False) -> str:
    """Return a text that ``meant`` reads as ``value``, with as few escapes as possible.

    With ``commas`` those are escaped too: servers built on vobject cut a vCard's text at a plain comma.
    """
    if commas and "," in value:
        bare = escape_text(value).replace("\\;", ";")
    elif "\n" not in value and not value.endswith("\\") and meant(value) == value:
        return value
    else:
        bare = value.replace("\\", "\\\\").replace("\n", "\\n")
    return bare if meant(bare) == value else escape_text(value)


def read_extra(line: Line, label: str = "") -> Extra:
    """Read any property; parameters of the same name are joined, types are lower-case and sorted.

    ``label`` is what the group's ``X-ABLabel`` says; it travels as a parameter of that name.
    """
    params: dict[str, list[str]] = {}
    for name, values in line.params:
        if name == "CHARSET" or (name == "ENCODING" and line.encoding == "QUOTED-PRINTABLE"):
            continue
        words = [word.lower() for value in values for word in value.split(",")] if name == "TYPE" else list(values)
        params.setdefault(name, []).extend(words)
    if "TYPE" in params:
        params["TYPE"] = sorted(set(params["TYPE"]))
    if label:
        params[LABEL] = [label]
    return Extra(
        line.name, meant(line.value.replace("\r\n", "\n")), tuple((k, tuple(params[k])) for k in sorted(params))
    )


def params_to_write(extra: Extra) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the parameters of the line itself, without the label that belongs to its group."""
    return tuple((name, values) for name, values in extra.params if name != LABEL)


def label_of(extra: Extra) -> str:
    """Return the label of the group that the property belongs to, empty for none."""
    return next((values[0] for name, values in extra.params if name == LABEL and values), "")
