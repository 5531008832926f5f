"""What the broker itself says of a partner's quota."""

from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import DescribeClientQuotasRequest

AS_A_RULE = {
    "producer_byte_rate": 2 * 1024 * 1024,
    "consumer_byte_rate": 2 * 1024 * 1024,
    "request_percentage": 100,
}


async def quota_of(bootstrap: str, partner: str) -> dict[str, float]:
    """Empty when nothing bounds it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found: Any = await admin._send_to_controller(DescribeClientQuotasRequest([("user", 0, partner)], True))
    finally:
        await admin.close()
    return {name: value for _, values in found.entries for name, value in values}
