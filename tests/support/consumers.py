"""Our consumer over whatever a test puts in the place of aiokafka's."""

from typing import Any

from services.runtime.consumer import Consumer, PassesOver, passes_none_over
from services.runtime.faults import Faults


def a_consumer(group: str | None = None, passes_over: PassesOver = passes_none_over) -> Consumer:
    async def ignore(records: Any) -> None:
        return None

    return Consumer(
        "127.0.0.1:1",
        group=group,
        topics=["t"],
        instance="test",
        handle=ignore,
        max_records=10,
        parts=4,
        gather_seconds=0.01,
        session_timeout_ms=6000,
        faults=Faults(),
        passes_over=passes_over,
    )
