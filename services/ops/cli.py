"""Every sub-command of `./mizban`: the stack's own below, the others by name in `LATE`."""

import errno
import json
import sys
from dataclasses import asdict
from importlib import import_module
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperCommand, TyperGroup

from services.ops.errors import DiskFull, NotUp, StackError
from services.ops.home import Home
from services.ops.progress import console

LATE = {
    "bench": "services.ops.benchmark:bench_command",
    "demo": "services.ops.demo.command:demo",
    "catalogue": "services.ops.catalogue:catalogue_app",
    "import": "services.ops.province:import_command",
    "topics": "services.ops.topics:topics_command",
    "dlq": "services.ops.dead_letters:dlq",
    "trace": "services.ops.trace:trace_command",
    "draw": "services.ops.draw:draw_app",
    "kiosk": "services.ops.kiosk:kiosk",
    "pack": "services.ops.pack:pack_command",
}
"""Command -> `module:function` (or a `typer.Typer` with sub-commands); loaded only when it is called or listed."""


class WithLateCommands(TyperGroup):
    """Adds the commands of LATE, so that `./mizban down` neither waits for the demo's imports nor fails with them."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *LATE]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in LATE:
            return super().get_command(ctx, cmd_name)
        module, _, name = LATE[cmd_name].partition(":")
        found = getattr(import_module(module), name)
        if not isinstance(found, typer.Typer):
            command, found = found, typer.Typer(add_completion=False)
            found.command(cmd_name)(command)
        late = typer.main.get_command(found)
        late.name = cmd_name  # else a group is listed without one
        return late


app = typer.Typer(
    cls=WithLateCommands,
    help="Mizban on this machine: the local stack, the demo, the tests and the operators' tools.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Runs the command; what a person can mend is told in one message, without a traceback."""
    try:
        app(prog_name="./mizban")
    except StackError as error:
        _give_up(str(error), error.exit_code)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _give_up(str(DiskFull("the disk is full; free some room and run the command again")))


def _give_up(message: str, exit_code: int = StackError.exit_code) -> None:
    console.print(f"[red]mizban:[/] {escape(message)}", soft_wrap=True)
    sys.exit(exit_code)


@app.command()
def up(
    only_servers: Annotated[
        bool, typer.Option("--only-servers", help="Kafka and MongoDB only; run the services by hand.")
    ] = False,
) -> None:
    """Start Kafka, MongoDB and every service; returns when all are ready. Safe to run again."""
    from services.ops import stack

    stack.up(Home.of(), only_servers=only_servers)
    console.print("Up. [bold]./mizban status[/] shows the parts, [bold]./mizban env[/] the addresses.")


@app.command()
def down() -> None:
    """Stop what `up` started. The data stays."""
    from services.ops import stack

    stopped = stack.down(Home.of())
    console.print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show every part of the stack; the exit code is 0 only when all are ready."""
    from services.ops import stack

    parts = stack.status(Home.of())
    if as_json:
        print(json.dumps([asdict(part) for part in parts], indent=2))
    else:
        table = Table("part", "port", "pid", "ready", "memory")
        for part in parts:
            where = [str(part.port), str(part.pid or "-")] if part.is_ours else ["given", "given"]
            table.add_row(
                part.name,
                *where,
                "[green]yes[/]" if part.is_ready else "[red]no[/]",
                f"{part.memory / 1024**2:.0f} MB" if part.memory else "-",
            )
        Console().print(table)
        for part in parts:
            if part.last_lines:
                ended = f"{part.name} has ended by itself or was killed; ./mizban up starts it again."
                told = f"[red]![/] {ended} The last lines of its log:\n{escape(part.last_lines)}"
                Console().print(told, soft_wrap=True)
        if not any(part.pid for part in parts):
            Console().print(f"[red]![/] {NotUp()}", soft_wrap=True)
    raise typer.Exit(0 if all(part.is_ready for part in parts) else 1)


@app.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Stop the stack and delete its data, logs and secrets. Asks first."""
    from services.ops import stack

    home = Home.of()
    if not yes:
        typer.confirm(
            f"Delete every case, message and log in {home.path}, and all passwords and keys? Partners get new ones.",
            abort=True,
        )
    stack.reset(home)
    console.print("Deleted.")


@app.command()
def env(as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False) -> None:
    """Print addresses, pids and partners' accounts of the running stack for other programs."""
    from services.ops import environment

    description = environment.describe(Home.of())
    if as_json:
        print(json.dumps(description, indent=2))
    else:
        print("\n".join(environment.as_lines(description)))


clock_app = typer.Typer(help="Show or move every service's `now` (development only).", no_args_is_help=True)
app.add_typer(clock_app, name="clock")


@clock_app.command("show")
def clock_show(utc: Annotated[bool, typer.Option("--utc", help="As RFC 3339, for programs.")] = False) -> None:
    """Print the services' `now`."""
    from services.ops import clock

    now = clock.now(Home.of())
    print(f"{now:%Y-%m-%dT%H:%M:%SZ}" if utc else clock.shown(now))


@clock_app.command("set")
def clock_set(
    instant: Annotated[str, typer.Argument(help="2026-11-23T08:30; Tehran time if it names no zone.")],
) -> None:
    """Set the services' `now`."""
    from services.ops import clock

    home = Home.of()
    before = clock.now(home)
    after = clock.set_to(home, instant)
    if after < before:
        console.print(f"[yellow]![/] {clock.went_back(before)}", soft_wrap=True)
    print(clock.shown(after))


class OnlyOn(TyperCommand):
    """Tells `advance -1h` what it cannot do; else it would be taken for an unknown option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if any(arg[:1] == "-" and arg[1:2].isdigit() for arg in args):
            raise StackError("the clock advances only; ./mizban clock set puts it back to an earlier time")
        return super().parse_args(ctx, args)


@clock_app.command("advance", cls=OnlyOn)
def clock_advance(amount: Annotated[str, typer.Argument(help="45m, 2h, 3d, 1d12h ...")]) -> None:
    """Move the services' `now` on."""
    from services.ops import clock

    print(clock.shown(clock.advance(Home.of(), amount)))


@app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run_tests(
    context: typer.Context,
    chaos: Annotated[bool, typer.Option("--chaos", help="Twenty of each fault of tests/chaos instead of two.")] = False,
) -> None:
    """Run every gate and test on servers of their own; with pytest arguments, only the tests that these name."""
    from services.ops import testing

    raise typer.Exit(0 if testing.run(context.args, full_chaos=chaos) else 1)


@app.command()
def lock() -> None:
    """Renew each requirements.lock from its requirements.in, and the list of Kafka's jars (developers; needs uv)."""
    from services.ops import downloads
    from services.ops import lock as locking

    locking.renew()
    downloads.renew_jars_lock()
