"""`./mizban draw`: whether an officer was drawn fairly, computed again from what everybody may know (domain 7)."""

from collections.abc import Mapping
from typing import Annotated, Any

import httpx
import typer
from rich.markup import escape

from services.contracts.draw import commitment, lot, lowest_load, winner
from services.contracts.persian import fold_digits
from services.ops import looking
from services.ops.errors import StackError
from services.ops.home import Home, Port
from services.ops.registry_http import problem
from services.ops.tables import Column, table

draw_app = typer.Typer(help="How officers are drawn for tasks.", no_args_is_help=True, add_completion=False)


@draw_app.callback()
def draws() -> None:
    """How officers are drawn for tasks."""


@draw_app.command()
def verify(
    task_id: Annotated[str, typer.Argument(metavar="TASK_ID", help="As the unit's work list names it.")],
    noted: Annotated[
        str | None, typer.Option(help="What was noted of the seed before its day was over: its SHA-256.")
    ] = None,
    routing_url: Annotated[str | None, typer.Option(help="Routing; by default that of the local stack.")] = None,
) -> None:
    """Draw once more who gets a task, from the published seed of that day; fails when somebody else has got it."""
    base = routing_url or f"http://{Home.of().address(Port.ROUTING)}"
    try:
        with httpx.Client(base_url=base, timeout=60, trust_env=False) as http:
            told = _told(http.get(f"/v1/draws/{fold_digits(task_id.strip())}"))
            if told["draw"] is None:
                raise StackError(_not_drawn(told))
            day = told["draw"]["seedId"]
            seed = _told(http.get(f"/v1/draws/seeds/{day}"))
    except httpx.TransportError as error:
        raise StackError(f"routing at {base} does not answer; is the stack up? ({error})") from error
    _show(told, bytes.fromhex(seed["seed"]), noted)


def _told(answer: httpx.Response) -> Any:
    if answer.status_code != 200:
        raise StackError(problem(answer))
    return answer.json()


def _not_drawn(told: Mapping[str, Any]) -> str:
    override = told["override"]
    if override is None:
        return f"task {told['taskId']} was not drawn: nobody has it yet"
    who = f"{override['by']}, with {override['secondOfficer']} as second officer"
    return f"task {told['taskId']} was given to {override['toOfficer']} by hand: {override['reason']}, by {who}"


def _show(told: Mapping[str, Any], seed: bytes, noted: str | None) -> None:
    """Raises StackError when the draw does not come out as it was told, or by another seed than was noted."""
    task_id, draw, out = told["taskId"], told["draw"], looking.output()
    candidates, loads = draw["candidates"], draw["loads"]
    tied = lowest_load(candidates, loads)
    drawn = winner(task_id, tied, seed)
    columns = (Column("officer"), Column("open tasks", right=True), Column("lot", gives_way=1), Column(""))
    rows = [
        (
            escape(officer),
            str(load),
            lot(seed, task_id, officer).hex()[:16] if officer in tied else "not among the lowest loads",
            "drawn" if officer == drawn else "",
        )
        for officer, load in zip(candidates, loads, strict=True)
    ]
    out.print(table(out, columns, rows, left_out="GET /v1/draws/seeds shows"))
    out.print(f"Seed of {draw['seedId']}: {seed.hex()} (SHA-256 {commitment(seed)})", soft_wrap=True)
    if noted is not None and noted.strip().lower() != commitment(seed):
        raise StackError("that is not the seed that was noted: it was chosen afterwards")
    if drawn != told["assignee"]:
        raise StackError(f"the draw gives {drawn}, but the task went to {told['assignee']}")
    out.print(f"[green]Task {escape(task_id)} went to {escape(drawn)}, as the draw says.[/]", soft_wrap=True)
