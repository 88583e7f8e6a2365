"""What every connector promises, as checks that anybody can run against a store of their own.

Give a factory that makes a store with one empty collection, and a way to change it behind the connector's back:

    class MyStore:                                  # the protocol ``Store``
        connector = ...; collection = "an id"; kind = Kind.CONTACT
        async def put(self, item): ...              # a person makes an item, its href is returned
        async def edit(self, href, item): ...       # a person changes it to this
        async def remove(self, href): ...           # a person deletes it
        async def damage(self): ...                 # leave something unreadable, return its href (None: impossible)
        async def add_foreign(self): ...            # leave an item of another kind, return its href (None: impossible)
        async def vanish(self): ...                 # take the collection away, True (False: impossible)
        async def forget_tokens(self): ...          # make the store forget its tokens, True (False: impossible)

    @asynccontextmanager
    async def my_store(): ...                       # yields a fresh MyStore each time

With pytest:

    @pytest.mark.parametrize("check", CHECKS)
    def test_my_store_keeps_the_contract(check):
        run(check, my_store)

Without: ``run(name, my_store)`` for each name of ``CHECKS``; it raises ``BrokenContract`` with a sentence, or
``NotApplicable`` (which pytest shows as skipped) where the store cannot be brought into the situation.
"""

from __future__ import annotations

import asyncio
import sys

from instep.testing import contract_mailing, contract_reading, contract_writing
from instep.testing.contract_terms import CHECKS, BrokenContract, Factory, NotApplicable, Store

# the checks register themselves when their modules are imported
_MODULES = (contract_mailing, contract_reading, contract_writing)

__all__ = ["CHECKS", "BrokenContract", "Factory", "NotApplicable", "Store", "run"]


def run(name: str, factory: Factory) -> None:
    """Run one check against a fresh store; under pytest what is not applicable is skipped."""

    async def with_store() -> None:
        async with factory() as store:
            try:
                await CHECKS[name](store)
            finally:
                await store.connector.close()

    try:
        asyncio.run(with_store())
    except NotApplicable as reason:
        if "pytest" not in sys.modules:
            raise
        import pytest

        pytest.skip(str(reason))
