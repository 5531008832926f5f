"""`./mizban import`: brings a province's files into the registry. Importing again publishes only what changed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx
import stamina
import typer

from services.contracts.province_check import Problem
from services.contracts.registry import ENTRIES, Entry
from services.ops.errors import StackError
from services.ops.home import ROOT, Home, Port
from services.ops.progress import Steps, console
from services.ops.province_files import BadProvince, load_province
from services.ops.words import counted
from services.runtime.client import client

SAMPLE = ROOT / "deploy" / "sample" / "west-azerbaijan"
AT_ONCE = 16
"""Calls in flight: enough to fill the registry's group commit, few enough to be a good neighbour."""
ATTEMPTS = 6

# What others name comes first, so that nobody sees a name that leads nowhere for longer than a moment.
ORDER = ("calendar", "organization", "partner", "unit", "desk", "officer", "service", "offering", "kiosk")

Progress = Callable[[int, int], None]
"""Told (done, total) after each entry."""


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did. With `problems` from the files nothing was sent; the registry's name what it refused."""

    recorded: int = 0
    unchanged: int = 0
    problems: tuple[Problem, ...] = field(default=())


class _Result(StrEnum):
    RECORDED = "RECORDED"
    UNCHANGED = "UNCHANGED"


class _Away(Exception):
    """The registry cannot answer at the moment."""


def import_province(registry_url: str, directory: Path = SAMPLE, on_progress: Progress | None = None) -> ImportSummary:
    """Records every entry of the folder. All reasons against the files come at once, before anything is sent.

    Raises StackError when the registry does not answer.
    """
    try:
        entries = load_province(directory)
    except BadProvince as bad:
        return ImportSummary(problems=tuple(bad.problems))
    try:
        return asyncio.run(_send_all(registry_url, entries, on_progress or (lambda done, total: None)))
    except (httpx.TransportError, _Away) as error:
        raise StackError(f"the registry at {registry_url} does not answer; is the stack up? ({error})") from error


async def _send_all(registry_url: str, entries: list[Entry], on_progress: Progress) -> ImportSummary:
    results: list[_Result | Problem] = []
    turn = asyncio.Semaphore(AT_ONCE)

    async def send(http: httpx.AsyncClient, entry: Entry) -> None:
        async with turn:
            results.append(await _record(http, entry))
        on_progress(len(results), len(entries))

    async with client(registry_url, timeout=30) as http:
        for kind in ORDER:
            await asyncio.gather(*(send(http, entry) for entry in entries if kind == entry.KIND))
    return ImportSummary(
        recorded=results.count(_Result.RECORDED),
        unchanged=results.count(_Result.UNCHANGED),
        problems=tuple(result for result in results if isinstance(result, Problem)),
    )


async def _record(http: httpx.AsyncClient, entry: Entry) -> _Result | Problem:
    body = entry.to_wire()
    del body["moves"], body["version"]  # the registry's to give
    async for attempt in stamina.retry_context(on=(httpx.TransportError, _Away), attempts=ATTEMPTS, timeout=60):
        with attempt:
            answer = await http.put(f"/v1/{entry.KIND}s/{entry.id}", json=body)
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                raise _Away("it answers 503, temporarily unavailable")
    if answer.is_success:
        return _Result.RECORDED if answer.json()["recorded"] else _Result.UNCHANGED
    return Problem(f"{entry.KIND} {entry.id}", f"refused with {answer.status_code}: {answer.text[:500]}")


def import_command(
    directory: Annotated[Path, typer.Argument(help="Folder with the province's YAML files.")] = SAMPLE,
    registry_url: Annotated[str | None, typer.Option(help="The registry; by default that of the local stack.")] = None,
) -> None:
    """Bring a province's organizations, services, officers, kiosks and calendars into the registry."""
    stamina.instrumentation.set_on_retry_hooks(())  # a person is told once, at the end
    url = registry_url or f"http://{Home.of().address(Port.REGISTRY)}"
    with Steps() as steps, steps.step(f"importing {directory.name}"):
        summary = import_province(url, directory)
        done = f"{summary.recorded} recorded, {summary.unchanged} unchanged"
        if summary.problems:
            told = f"{done}, {counted(len(summary.problems), 'problem')}:"
            raise StackError("\n".join([told, *map(str, summary.problems)]))
    console.print(f"{done}.")


assert set(ORDER) == {kind.KIND for kind in ENTRIES}, "every kind of entry has its place in the order"
