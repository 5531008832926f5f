"""`./mizban bench`: the yardsticks and the product in turn on the same servers; how long people wait; and a peer.

Every figure is from this one run on this one machine; the ratios are what counts.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from services.ops import servers
from services.ops.home import Home
from services.ops.progress import Steps
from tests.bench import helpdesk, latency, sends, small, yardstick
from tests.bench.pipeline import Measured, Product, measure

console = Console(width=120)
WARM_UP = 2_000
CALLERS = 64
PARTS = ["pipeline", "latency", "peer", "sends", "idle"]


def main() -> None:
    arguments = _arguments()
    home = Home.of()
    running = servers.known(home)
    if running is None:
        raise SystemExit("run it by ./mizban bench, which starts the servers")
    with Steps() as steps:
        product = Product(home, running, steps)
        try:
            if "pipeline" in arguments.parts:
                _pipeline(product, arguments, steps)
            if "latency" in arguments.parts:
                _latency(product, arguments, steps)
            if "peer" in arguments.parts:
                _peer(product, arguments, steps)
            if "sends" in arguments.parts:
                _sends(product, arguments, steps)
            if "idle" in arguments.parts:
                _small(product, steps)
        finally:
            product.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="./mizban bench")
    parser.add_argument("--cases", type=int, default=40_000, help="for raw and ours")
    parser.add_argument("--naive-cases", type=int, default=2_000)
    parser.add_argument("--sent-cases", type=int, default=8_000, help="with sending to the simulator on")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20, help="of each open loop")
    parser.add_argument("--tickets", type=int, default=600, help="for the peer")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS)
    return parser.parse_args()


def _pipeline(product: Product, arguments: argparse.Namespace, steps: Steps) -> None:
    """P1 and P1s, interleaved with the yardsticks: the machine's speed drifts, ratios within a round do not."""
    raw, naive, ours, sent = [], [], [], []
    for number in range(1, arguments.rounds + 1):
        with steps.step(f"round {number}: raw"):
            raw.append(yardstick.cases_per_second("raw", arguments.cases, product.servers.kafka, product.servers.mongo))
        with steps.step(f"round {number}: naive"):
            naive.append(
                yardstick.cases_per_second("naive", arguments.naive_cases, product.servers.kafka, product.servers.mongo)
            )
        product.start(sending=False)
        with steps.step(f"round {number}: ours"):
            measure(product, WARM_UP)
            ours.append(measure(product, arguments.cases))
        product.start(sending=True)
        with steps.step(f"round {number}: ours, sending"):
            measure(product, WARM_UP // 2, sent=True)
            sent.append(measure(product, arguments.sent_cases, sent=True))
        product.stop()
    table = Table("cases/s", "min", "median", "max", title=f"Pipeline, {arguments.rounds} rounds")
    speeds = [m.cases_per_second for m in ours]
    sent_speeds = [m.cases_per_second for m in sent]
    for name, row in {"raw": raw, "naive": naive, "ours": speeds, "ours, sending": sent_speeds}.items():
        table.add_row(name, *_spread(row, "{:,.0f}"))
    console.print(table)
    _ratios(
        [
            ("P1  ours / raw", speeds, raw, ">= 0.40, stretch 0.60"),
            ("P1  ours / naive", speeds, naive, ">= 12"),
            ("P1s ours, sending / raw", sent_speeds, raw, ">= 0.15, stretch 0.25"),
        ]
    )
    console.print("Where the time goes: " + _where(ours))
    console.print("... with sending:    " + _where(sent))


def _ratios(rows: Sequence[tuple[str, Sequence[float], Sequence[float], str]]) -> None:
    table = Table("ratio", "min", "median", "max", "wanted")
    for name, ours, theirs, wanted in rows:
        table.add_row(name, *_spread([a / b for a, b in zip(ours, theirs, strict=True)], "{:.2f}"), wanted)
    console.print(table)


def _spread(values: Sequence[float], form: str) -> list[str]:
    return [form.format(f(values)) for f in (min, statistics.median, max)]


def _where(measured: Sequence[Measured]) -> str:
    """The median milliseconds of processor time a case took in each process."""
    names = measured[0].cpu_ms
    medians = {name: statistics.median(m.cpu_ms[name] for m in measured) for name in names}
    parts = [f"{name} {ms:.2f}" for name, ms in sorted(medians.items(), key=lambda item: -item[1]) if ms >= 0.005]
    return f"{sum(medians.values()):.2f} ms of processor a case: " + ", ".join(parts)


def _latency(product: Product, arguments: argparse.Namespace, steps: Steps) -> None:
    product.start(sending=True)
    url = product.url("intake")
    rows: list[tuple[str, Callable[[], latency.Waits], str]] = [
        (
            "P3 submission -> gateway, 50/s",
            lambda: _run(latency.to_provider(product, 50, int(50 * arguments.seconds))),
            "p99 < 300 ms",
        ),
        (
            "P4 POST /v1/requests, 300/s",
            lambda: _run(latency.open_loop(url, 300, int(300 * arguments.seconds))),
            "p99 < 100 ms",
        ),
        (
            f"P4 POST /v1/requests, {CALLERS} callers",
            lambda: _run(latency.closed_loop(url, CALLERS, int(300 * arguments.seconds))),
            "p99 < 250 ms",
        ),
    ]
    table = Table("waits, ms", "p50 (min med max)", "p95 (min med max)", "p99 (min med max)", "per second", "wanted")
    for name, run, wanted in rows:
        run()  # a first time, not counted: connections and caches
        time.sleep(3)
        found = []
        for number in range(1, arguments.rounds + 1):
            with steps.step(f"{name}, round {number}"):
                found.append(run())
            time.sleep(3)
        cells = [" ".join(_spread([w.percentile(p) for w in found], "{:,.0f}")) for p in (50, 95, 99)]
        table.add_row(name, *cells, f"{statistics.median(w.per_second for w in found):,.0f}", wanted)
    console.print(table)


def _peer(product: Product, arguments: argparse.Namespace, steps: Steps) -> None:
    """P4's other half, interleaved like the yardsticks: filings against tickets of django-helpdesk, by as many callers.

    Each has the machine to itself, and a first time that is not counted: connections and caches.
    """
    ours, theirs = [], []
    product.stop()
    try:
        with steps.step("django-helpdesk on PostgreSQL"):
            peer = helpdesk.start(product.home)
    except helpdesk.NoPeer as reason:
        console.print(f"P4 filings / tickets of django-helpdesk: NOT RUN: {reason}")
        return
    with peer:
        _run(peer.closed_loop(CALLERS, arguments.tickets // 4))
        for number in range(1, arguments.rounds + 1):
            os.sync()  # what the other has written would still be on its way to the disk
            with steps.step(f"round {number}: tickets of django-helpdesk"):
                theirs.append(_run(peer.closed_loop(CALLERS, arguments.tickets)).per_second)
            product.start(sending=True)
            url = product.url("intake")
            _run(latency.closed_loop(url, CALLERS, WARM_UP))
            product.wait_until_quiet()
            with steps.step(f"round {number}: filings"):
                ours.append(_run(latency.closed_loop(url, CALLERS, int(300 * arguments.seconds))).per_second)
            product.stop()
    table = Table("a second", "min", "median", "max", title=f"{CALLERS} callers, {arguments.rounds} rounds")
    table.add_row("tickets of django-helpdesk", *_spread(theirs, "{:,.0f}"))
    table.add_row("filings", *_spread(ours, "{:,.0f}"))
    console.print(table)
    _ratios([("P4  filings / tickets", ours, theirs, ">= 8")])


def _sends(product: Product, arguments: argparse.Namespace, steps: Steps) -> None:
    found = []
    for number in range(1, arguments.rounds + 1):
        with steps.step(f"round {number}: sends"):
            found.append(sends.sent(product, arguments.sent_cases))
        product.stop()
    table = Table(f"sends, gateway {sends.GATEWAY_MS} ms", "min", "median", "max", "wanted")
    table.add_row("a second", *_spread([each.per_second for each in found], "{:,.0f}"), "")
    table.add_row("a second of notify's processor", *_spread([s.per_core for s in found], "{:,.0f}"), ">= 1,500")
    console.print(table)


def _run(waits: Coroutine[Any, Any, latency.Waits]) -> latency.Waits:
    return uvloop.run(waits)


def _small(product: Product, steps: Steps) -> None:
    with steps.step("P6 and P7"):
        idle = small.idle(product)
        promise = [small.microseconds_per_promise() for _ in range(3)]
        draw = [small.microseconds_per_draw() for _ in range(3)]
    table = Table("P6", *idle.memory_mib, "wanted")
    table.add_row("memory when idle, MiB", *(f"{mib:.0f}" for mib in idle.memory_mib.values()), "< 150")
    table.add_row("ready alone, s", *(f"{s:.1f}" for s in idle.ready_seconds.values()), "< 5")
    console.print(table)
    console.print(f"P6 ready all together: {idle.all_ready_seconds:.1f} s (wanted < 12)")
    console.print(f"P7 one promise: {' '.join(_spread(promise, '{:.1f}'))} us (min median max; wanted < 20)")
    console.print(f"A fair draw: {' '.join(_spread(draw, '{:.1f}'))} us (min median max; wanted < 50)")


if __name__ == "__main__":
    main()
