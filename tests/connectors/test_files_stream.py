"""Writes to a folder run beside each other, in order where it matters, and whole even when the process is killed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from instep.codecs import vcard
from instep.connectors.base import Create, Document, Failed, Outcome, Snapshot, Update, Write, Written
from instep.connectors.files import FilesConnector
from instep.connectors.files.replica import FilesReplica
from instep.core.model import Contact, Kind
from instep.errors import StoreFull
from instep.testing.builders import contact, edited, item

WRITER = """
import asyncio, sys
from pathlib import Path
from instep.connectors.base import Create
from instep.connectors.files import FilesConnector
from instep.core.model import Kind
from instep.testing.builders import full
from dataclasses import replace

async def main():
    replica = await FilesConnector(Path(sys.argv[1])).open("contacts", Kind.CONTACT)
    async def stream():
        for n in range(10000):
            yield Create(n, f"{n}.vcf", replace(full(Kind.CONTACT), uid=str(n)))
    async for outcome in replica.apply(stream()):
        print(outcome.href, flush=True)

asyncio.run(main())
"""


async def opened(root: Path) -> tuple[FilesConnector, FilesReplica]:
    connector = FilesConnector(root)
    await connector.create_collection("contacts", frozenset({Kind.CONTACT}))
    return connector, await connector.open("contacts", Kind.CONTACT)


async def apply(root: Path, *writes: Write) -> list[Outcome]:
    async def stream() -> AsyncIterator[Write]:
        for write in writes:
            yield write

    connector, replica = await opened(root)
    outcomes = [outcome async for outcome in replica.apply(stream())]
    await connector.close()
    return outcomes


def test_many_writes_are_all_there_and_answered_once(tmp_path: Path) -> None:
    outcomes = asyncio.run(apply(tmp_path, *(Create(n, f"{n}.vcf", item(Kind.CONTACT, n)) for n in range(100))))
    assert sorted(outcome.key for outcome in outcomes) == list(range(100))
    assert len(list((tmp_path / "contacts").iterdir())) == 100


def test_writes_to_one_file_keep_their_order(tmp_path: Path) -> None:
    versions = [item(Kind.CONTACT)]
    documents = [vcard.write(versions[0])]  # type: ignore[arg-type]
    for n in range(30):
        versions.append(edited(versions[-1], f"edit {n}"))
        documents.append(vcard.write(versions[-1], documents[-1]))  # type: ignore[arg-type]
    updates = [
        Update(n + 1, "a.vcf", None, Document(document, "text/vcard"), new)
        for n, (document, new) in enumerate(zip(documents, versions[1:]))
    ]
    outcomes = asyncio.run(apply(tmp_path, Create(0, "a.vcf", versions[0]), *updates))
    assert [outcome.key for outcome in outcomes if isinstance(outcome, Written)] == list(range(31))
    assert (tmp_path / "contacts" / "a.vcf").read_bytes() == documents[-1]


def test_two_creations_of_one_name_make_one_file(tmp_path: Path) -> None:
    outcomes = asyncio.run(apply(tmp_path, Create(1, "a.vcf", contact("First")), Create(2, "a.vcf", contact("Second"))))
    assert [(o.key, type(o)) for o in outcomes] == [(1, Written), (2, Failed)]
    assert b"First" in (tmp_path / "contacts" / "a.vcf").read_bytes()


def test_caller_that_stops_early_leaves_only_whole_files(tmp_path: Path) -> None:
    async def stop_early() -> None:
        connector, replica = await opened(tmp_path)
        outcomes = replica.apply(_endless())
        await anext(outcomes)
        await outcomes.aclose()  # type: ignore[attr-defined]
        before = sorted(p.name for p in (tmp_path / "contacts").iterdir())
        snapshot = await replica.changes(None)
        assert isinstance(snapshot, Snapshot) and [e.href for e in snapshot.entries] == before
        await connector.close()
        assert sorted(p.name for p in (tmp_path / "contacts").iterdir()) == before

    asyncio.run(stop_early())


async def _endless() -> AsyncIterator[Write]:
    number = 0
    while True:
        number += 1
        yield Create(number, f"{number}.vcf", item(Kind.CONTACT, number))


def test_full_disk_in_the_middle_is_told_for_each_file_that_did_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    sync = os.fsync

    def fill(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 40:
            raise OSError(28, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fill)
    outcomes = asyncio.run(apply(tmp_path, *(Create(n, f"{n}.vcf", item(Kind.CONTACT, n)) for n in range(60))))
    failed = [outcome.error for outcome in outcomes if isinstance(outcome, Failed)]
    assert failed and all(isinstance(error, StoreFull) for error in failed)
    assert all(path.read_bytes().endswith(b"END:VCARD\r\n") for path in (tmp_path / "contacts").iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed otherwise on Windows")
def test_killed_process_leaves_only_whole_files_and_all_that_it_answered(tmp_path: Path) -> None:
    folder = tmp_path / "contacts"
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        answered = [process.stdout.readline().strip() for _ in range(50)]
        process.kill()
        answered += process.stdout.read().split("\n")[:-1]
    there = {path.name: path.read_bytes() for path in folder.glob("*.vcf")}
    assert set(answered) <= set(there) and len(answered) >= 50
    assert all(isinstance(vcard.read(data), Contact) and data.endswith(b"END:VCARD\r\n") for data in there.values())
