"""`./mizban bench`: the measurements of tests/bench on servers of their own, which are gone afterwards."""

import os
import subprocess
import sys
from typing import Annotated

import typer

from services.ops import stack
from services.ops.home import ROOT, Home

PORTS_APART = 2000
HELP = frozenset({"--help", "-h"})


def bench_command(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Passed on, after `--`: see `./mizban bench -- --help`.")
    ] = None,
) -> None:
    """Measure raw, naive and ours in turn on the same servers; then latency, memory and promises."""
    measure = [sys.executable, "-m", "tests.bench", *(arguments or [])]
    if HELP.intersection(measure):  # which needs no servers
        raise typer.Exit(subprocess.run(measure, cwd=ROOT).returncode)
    beside = Home.of()
    home = Home(beside.path / "bench", beside.port_offset + PORTS_APART)
    stack.reset(home)
    try:
        stack.up(home, only_servers=True, environ={})
        place = {"MIZBAN_HOME": str(home.path), "MIZBAN_PORT_OFFSET": str(home.port_offset)}
        done = subprocess.run(measure, cwd=ROOT, env=os.environ | place)
    finally:
        stack.down(home)
    raise typer.Exit(done.returncode)
