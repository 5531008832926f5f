"""Shows what is going on: a spinner with the seconds for every running step on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

console = Console(stderr=True, highlight=False)
"""Progress and errors go to stderr: stdout is for what a program may read."""


class Steps:
    """The steps of one command; they may run in several threads at once."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
        )

    def __enter__(self) -> "Steps":
        if console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if console.is_terminal:
            self._progress.stop()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step: shown while it runs, and with the time it took when it is done."""
        began = time.monotonic()
        task = self._progress.add_task(title)
        if not console.is_terminal:
            console.print(f"  [dim]…[/] {title}")
        try:
            yield
        except BaseException:
            console.print(f"  [red]✗[/] {title}")
            raise
        finally:
            self._progress.remove_task(task)
        console.print(f"  [green]✓[/] {title} [dim]{time.monotonic() - began:.1f} s[/]")
        sys.stderr.flush()
