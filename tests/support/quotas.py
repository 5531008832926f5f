"""What the broker itself says of a partner's quota."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import DescribeClientQuotasRequest

AS_A_RULE: Final[Mapping[str, float]] = {
    "producer_byte_rate": 2 * 1024 * 1024,
    "consumer_byte_rate": 2 * 1024 * 1024,
    "request_percentage": 100,
}


async def quota_of(bootstrap: str, partner: str, *, wanted: Mapping[str, float]) -> dict[str, float]:
    """As soon as it is as wanted, or after ten seconds: the broker answers a change before it applies it.

    Empty when nothing bounds it.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        for _ in range(100):
            found: Any = await admin._send_to_controller(DescribeClientQuotasRequest([("user", 0, partner)], True))
            quota = {name: value for _, values in found.entries for name, value in values}
            if quota == wanted:
                break
            await asyncio.sleep(0.1)
    finally:
        await admin.close()
    return quota
