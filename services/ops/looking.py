"""How the operators' tools look into the running stack's Kafka; progress is shown when it takes long."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.ops import servers
from services.ops.errors import NotUp, StackError
from services.ops.home import Home
from services.ops.progress import console
from services.runtime import broker_admin, broker_records
from services.runtime.message import Record

QUIET_SECONDS = 1.0
"""What is done by then shows no progress."""
PAGE_WIDTH = 180
"""Of tables that go into a file or another program, where there is no terminal to fit."""


def output() -> Console:
    """Standard output, for the answer itself."""
    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=PAGE_WIDTH)


def kafka(home: Home) -> str:
    """The inside address of the stack's Kafka. Raises NotUp, StackError when it does not answer."""
    running = servers.known(home)
    if running is None:
        raise NotUp
    if not broker_admin.answers(running.kafka, seconds=5):
        raise StackError(f"Kafka at {running.kafka} does not answer; see ./mizban status, or start it: ./mizban up")
    return running.kafka


@contextmanager
def told_plainly() -> Iterator[None]:
    """What Kafka refuses reaches the operator as one message."""
    try:
        yield
    except broker_admin.AdministrationFailed as error:
        raise StackError(str(error)) from error


def records(bootstrap: str, topics: Iterable[str], title: str) -> Iterator[Record]:
    """Every record that the topics hold now. Raises StackError."""
    progress = Progress(
        TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console, transient=True
    )
    task = progress.add_task(title)
    began = told = time.monotonic()

    def watch(done: int, total: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - began < QUIET_SECONDS:
            return
        if console.is_terminal:
            progress.start()
            progress.update(task, completed=done, total=total)
        elif now - told > QUIET_SECONDS:
            told = now
            console.print(f"  [dim]…[/] {title}: {done} of {total}")

    try:
        with told_plainly():
            yield from broker_records.everything(bootstrap, topics, watch)
    finally:
        if progress.live.is_started:  # stopping what never started would print an empty line
            progress.stop()
