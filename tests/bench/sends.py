"""How fast notify hands over what waits, and gets its receipts, with a gateway that takes 50 ms for a call."""

import time
from dataclasses import dataclass

from tests.bench.pipeline import Product, measure, wait_for

GATEWAY_MS = 50
UNBOUND = {"NOTIFY_SENDS_PER_SECOND": "100000", "NOTIFY_SENDING": "true"}
"""The pace is notify's own."""


@dataclass(frozen=True)
class Sent:
    """Messages a second as time passed, and for each second of processor time that notify took."""

    per_second: float
    per_core: float


def sent(product: Product, count: int) -> Sent:
    """So many notices are stored while sending is paused; then they go out, each with its receipt."""
    product.start(sending=False)
    measure(product, count)
    product.set_faults({"latencyMs": GATEWAY_MS})
    handed = product.accepted()
    product.start_again("notify", UNBOUND)
    before = product.accepted()
    busy, started = product.cpu_seconds()["notify"], time.perf_counter()
    counted = count - (before - handed)
    wait_for(lambda: product.accepted() - handed >= count, "sent notices")
    seconds = time.perf_counter() - started
    delivered = {"state.messages.0.state": "DELIVERED"}
    wait_for(lambda: product.count("notify", "correspondence", delivered) >= count, "receipts", 0.5)
    return Sent(counted / seconds, counted / (product.cpu_seconds()["notify"] - busy))
