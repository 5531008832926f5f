"""The door of the tiny service in tests/support/ledger.py."""

from typing import Any

from tests.support.ledger import ACCOUNT, INBOUND, LEDGER, OUTSIDE
from tests.support.memory_door import MemoryDoor


def a_door(**options: Any) -> MemoryDoor:
    return MemoryDoor("routing", [ACCOUNT, LEDGER], inbound=[INBOUND, OUTSIDE], **options)
