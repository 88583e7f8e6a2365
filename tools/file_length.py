"""Find source files that do not fit in a head: prints those over 400 lines and ends with 1 if there are any.

What a program has put into a page, between its two markers, is written by nobody and not counted.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

LIMIT = 400
SUFFIXES = {".py", ".sh", ".md", ".toml", ".html", ".css", ".js"}
FOLDERS = ("src", "tests", "tools", "docs", ".ci", "bench")
# Vendored files and data are not written here.
EXCEPT = {"vendor", "data", "__pycache__"}
MADE = re.compile(r"^<!-- [^\n]*made by.*?^<!-- end of", re.MULTILINE | re.DOTALL)


def project_files(root: Path) -> Iterator[Path]:
    """Give the files that people write: those directly in ``root`` and those under its source folders."""
    yield from (path for path in sorted(root.iterdir()) if path.is_file())
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not EXCEPT.intersection(path.relative_to(root).parts):
                yield path


def too_long(root: Path) -> list[tuple[int, Path]]:
    """Give every source file over the limit with its number of lines, longest first."""
    sizes = (
        (len(MADE.sub("", path.read_text(encoding="utf-8")).splitlines()), path.relative_to(root))
        for path in project_files(root)
        if path.suffix in SUFFIXES or path.name == "Makefile"
    )
    return sorted((found for found in sizes if found[0] > LIMIT), reverse=True)


def main() -> int:
    """Report on the project that this file belongs to."""
    found = too_long(Path(__file__).resolve().parent.parent)
    for lines, path in found:
        print(f"{path}: {lines} lines (at most {LIMIT}; one subject per file)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
