"""The content-line reader on every real file that is at hand: vCard and iCalendar, whole and broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from instep.codecs.contentline import parse, replace
from instep.errors import CodecError

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*") if path.suffix in (".ics", ".vcf"))


@pytest.mark.skipif(not FILES, reason="the real files (../shared/corpus) are not here")
def test_every_real_file_is_kept_byte_for_byte_and_can_be_looked_at() -> None:
    refused = []
    for path in FILES:
        raw = path.read_bytes()
        try:
            document = parse(raw, path.name)
        except CodecError as error:
            refused.append(str(error))
            continue
        assert replace(document, {}) == b"".join(line.raw for line in document.lines) == raw, path
        physical = 0
        for line in document.lines:
            assert line.number == physical + 1, path
            physical += len(line.raw.replace(b"\r\r\n", b"\r\n").splitlines())
            assert line.broken or line.name == line.name.upper()
            assert isinstance((line.group, line.params, line.value), tuple)
    assert all("UTF-16" in text for text in refused)
    assert len(refused) * 100 < len(FILES)
