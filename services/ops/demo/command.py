"""`./mizban demo`: up, a working morning, one day of the main job, its account; and down again unless it is kept."""

import asyncio
import time
from collections.abc import Mapping
from typing import Annotated, Any

import httpx
import typer

from services.ops import clock, environment, ports, processes, servers, service_processes, stack
from services.ops.errors import StackError
from services.ops.home import Home
from services.ops.progress import console
from services.runtime.broker_admin import AdministrationFailed

FEWEST, MOST = 20, 400


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack up and print its addresses.")] = False,
    cases: Annotated[int, typer.Option("--cases", min=FEWEST, max=MOST, help="Citizens of the day.")] = 90,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another day.")] = 1405,
) -> None:
    """Set everything up and run the main job once: kiosks, desks, units, messages, and the account of it all."""
    from services.ops.demo.morning import set_morning

    home = Home.of()
    was_up = _is_up(home)
    ports.refuse_taken(home, servers.chosen(home, only_look=True), only_servers=False)  # before the clock is moved
    offset, before = clock.offset(home), clock.now(home)
    now = set_morning(home)
    was_set = f" It was set: before, it showed {clock.shown(before)}." if clock.offset(home) != offset else ""
    console.print(
        f"The stack's clock shows {clock.shown(now)}: a working morning.{was_set} [dim]./mizban clock moves it.[/]",
        soft_wrap=True,
    )
    if now < before:
        console.print(f"[yellow]![/] {clock.went_back(before)}", soft_wrap=True)
    try:
        stack.up(home)
        good = _day(home, cases, seed, keep=keep or was_up)
    finally:
        if not keep and not was_up:
            stack.down(home)
    raise typer.Exit(0 if good else 1)


def _day(home: Home, cases: int, seed: int, *, keep: bool) -> bool:
    from services.ops.demo import accounts, day, report
    from services.ops.demo.stage import set_stage

    env = environment.describe(home)
    run = _base36(int(time.time()))
    outcome, fault = None, ""
    try:
        accounts.refuse_changed(env)
        outcome = asyncio.run(day.run(set_stage(home, env, run=run, seed=seed), cases))
    except* (httpx.HTTPError, AdministrationFailed) as errors:
        fault = repr(errors.exceptions[0])
    if outcome is None:
        raise StackError(f"the stack stopped answering during the demo: {fault}{_what_is_down(home)}")
    report.print_report(outcome)
    if not outcome.is_good and (down := _what_is_down(home)):
        raise StackError(f"a part of the stack did not live through the demo{down}")
    if keep:
        report.print_addresses(env, outcome, _last4(env, report.example(outcome)))
    return outcome.is_good


def _last4(env: Mapping[str, Any], example: Mapping[str, Any] | None) -> str:
    """As they stand on the receipt; empty where there is none to read."""
    if example is None:
        return ""
    try:
        read = httpx.get(f"{env['services']['intake']['url']}/v1/requests/{example['requestId']}/receipt")
        printed: str = read.raise_for_status().json()["applicant"]["last4"]
    except httpx.HTTPError:
        return ""
    return printed


def _what_is_down(home: Home) -> str:
    """One line for each part that does not answer."""
    silent = [part.name for part in stack.status(home) if not part.is_ready]
    return "".join(f"\n    {name} does not answer; its log: {processes.log_file(home, name)}" for name in silent)


def _is_up(home: Home) -> bool:
    return servers.known(home) is not None and any(
        processes.find(home, program.name) for program in service_processes.PROGRAMS
    )


def _base36(number: int) -> str:
    """A short name for the run, of letters and digits; never ten digits in a row, which might be somebody's id."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return f"r{text}"
