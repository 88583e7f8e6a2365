"""Write docs/reference/fields.md from the field table, so that the page says what the program does."""

from __future__ import annotations

import sys
from pathlib import Path

from instep.core.fields import FIELDS, GROUP_LABELS, Shape

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "fields.md"
_HEAD = """\
# Fields

What Instep compares and merges, for each kind. Comparison is by meaning: white space at line ends, the order of a set,
or an instant written in another time zone is no difference. Everything that a document says and that has no field here
is kept under *Other Properties*.

Fields of one group merge and clash together. The name in the second column is what `instep resolve --take` takes, or
the group's name for a field of a group.
"""
_HOW = {
    Shape.TEXT: "text",
    Shape.LONG_TEXT: "text of several lines",
    Shape.CHOICE: "one of several words",
    Shape.NUMBER: "number",
    Shape.FLAG: "yes or no",
    Shape.DATE: "date",
    Shape.MOMENT: "date, or time in a zone",
    Shape.WORDS: "set of words, merged one by one",
    Shape.LIST: "list in order",
    Shape.MOMENTS: "set of dates or times",
    Shape.ELEMENTS: "set, merged one by one",
    Shape.BINARY: "data, compared by its bytes",
    Shape.COMPOUND: "one value, taken as a whole",
}


def page() -> str:
    """Give the whole page as Markdown."""
    parts = [_HEAD]
    for kind, fields in FIELDS.items():
        parts.append(f"\n## {kind.value.capitalize()}\n| field | name | value | group |\n|---|---|---|---|\n")
        parts += [
            f"| {field.label} | `{field.name}` | {_HOW[field.shape]} | {GROUP_LABELS.get(field.group, '')} |\n"
            for field in fields
        ]
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(0 if PAGE.write_text(page(), encoding="utf-8") else 1)
