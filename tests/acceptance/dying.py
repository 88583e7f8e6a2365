"""The ``instep`` command with a power cut: ``python dying.py N WORD…`` ends the process just after its N-th commit.

``os._exit`` runs nothing of ours any more: no handler, no rollback, no closing of the database.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from instep.cli.main import main
from instep.store.database import Database, Tx

CUT = 99


def cut_after(number: int) -> None:
    """End the process after that many commits."""
    transaction, left = Database.transaction, [number]

    @contextmanager
    def counted(self: Database) -> Iterator[Tx]:
        with transaction(self) as tx:
            yield tx
        left[0] -= 1
        if left[0] == 0:
            os._exit(CUT)

    Database.transaction = counted  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    cut_after(int(sys.argv[1]))
    main(sys.argv[2:])
