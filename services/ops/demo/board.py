"""The live view: cases moving from state to state, messages going out, and how far the services are behind."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from rich.columns import Columns
from rich.console import RenderableType
from rich.live import Live
from rich.table import Table

from services.ops.progress import console

STATES = (
    "REDIRECTED", "PROMISED", "IN_PROGRESS", "COORDINATING", "REFERRED", "SUSPENDED", "RESULT_READY", "COLLECTION_DUE",
    "GUIDED", "CLOSED",
)  # fmt: skip
"""In the order of a case's life; states passed within one event are not seen from outside."""
PLAIN_EVERY = 2.0
LIVE_EVERY = 0.25
BAR = 40


@dataclass
class Progress:
    """Where the run is."""

    planned: int = 0
    sent_by_kiosks: int = 0
    filed_at_desks: int = 0
    answered: int = 0
    rejected: int = 0
    cases: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    lag: dict[str, int] = field(default_factory=dict)


@asynccontextmanager
async def shown(look: Callable[[], Progress]) -> AsyncIterator[None]:
    """Shows the run while the block runs: a live table on a terminal, a line every two seconds elsewhere."""
    began = time.monotonic()
    showing = asyncio.create_task(_live(look, began) if console.is_terminal else _plain(look, began))
    try:
        yield
    finally:
        showing.cancel()
        with suppress(asyncio.CancelledError):
            await showing
        if not console.is_terminal:
            console.print(_line(look(), began), soft_wrap=True)


async def _live(look: Callable[[], Progress], began: float) -> None:
    with Live(_table(look(), began), console=console, auto_refresh=False) as live:
        try:
            while True:
                await asyncio.sleep(LIVE_EVERY)
                live.update(_table(look(), began), refresh=True)
        finally:
            live.update(_table(look(), began), refresh=True)


async def _plain(look: Callable[[], Progress], began: float) -> None:
    while True:
        await asyncio.sleep(PLAIN_EVERY)
        console.print(_line(look(), began), soft_wrap=True)


def _table(progress: Progress, began: float) -> RenderableType:
    cases = Table(title=f"Cases, {time.monotonic() - began:.0f} s", title_justify="left", box=None)
    cases.add_column("state", no_wrap=True)
    cases.add_column("now", justify="right")
    cases.add_column("", width=BAR)
    for state in STATES:
        count = progress.cases[state]
        width = 0 if not count else max(1, round(BAR * count / max(1, progress.cases.total())))
        cases.add_row(state, str(count), f"[green]{'━' * width}[/]")
    return Columns([cases, _figures(progress)], padding=(0, 4))


def _figures(progress: Progress) -> Table:
    figures = Table(box=None, show_header=False)
    figures.add_column()
    figures.add_column(justify="right")
    figures.add_row("sent by kiosks", str(progress.sent_by_kiosks))
    figures.add_row("filed at desks", str(progress.filed_at_desks))
    figures.add_row("answered to kiosks", str(progress.answered))
    figures.add_row("of them rejected", str(progress.rejected))
    for result, count in sorted(progress.results.items()):
        figures.add_row(f"result {result}", str(count))
    for state, count in sorted(progress.messages.items()):
        figures.add_row(f"SMS {state}", str(count))
    for group, records in progress.lag.items():
        figures.add_row(f"lag {group}", str(records))
    return figures


def _line(progress: Progress, began: float) -> str:
    cases = " ".join(f"{state} {progress.cases[state]}" for state in STATES if progress.cases[state])
    messages = " ".join(f"{state} {count}" for state, count in sorted(progress.messages.items()))
    lag = " ".join(f"{group.removeprefix('mizban.')} {records}" for group, records in progress.lag.items())
    return (
        f"  {time.monotonic() - began:4.0f} s  kiosks {progress.sent_by_kiosks} desks {progress.filed_at_desks}"
        f" | {cases or 'no case yet'} | SMS {messages or '-'} | lag {lag or '-'}"
    )
