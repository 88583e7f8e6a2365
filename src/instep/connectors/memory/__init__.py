"""A store in memory, for tests of everything above the connectors.

``MemoryStore(name, Traits(...))`` is the store itself, ``MemoryConnector(store)`` one session with it.
"""

from instep.connectors.memory.connector import MemoryConnector, MemoryReplica
from instep.connectors.memory.document import Form
from instep.connectors.memory.mailing import Mail
from instep.connectors.memory.store import MemoryStore, Traits

__all__ = ["Form", "Mail", "MemoryConnector", "MemoryReplica", "MemoryStore", "Traits"]
