"""`./mizban draw`: whether an officer was drawn fairly, computed again from what everybody may know (domain 7).

Routing is not believed. What it says now is held against the rules, and field by field against what it published when
it drew, which nobody changes afterwards; the seed of the day against the SHA-256 that was told before the day was over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

import httpx
import typer
from pydantic import ValidationError
from rich.markup import escape

from services.contracts.draw import (
    ALGORITHM,
    BY_HAND,
    LOWEST_LOAD,
    SAME_OFFICER,
    commitment,
    lot,
    lowest_load,
    winner,
)
from services.contracts.persian import fold_digits
from services.contracts.routing import WorkMoved
from services.contracts.topics import ROUTING_WORK
from services.ops import looking
from services.ops.errors import CannotBeChecked, NotUp, StackError
from services.ops.home import Home, Port
from services.ops.registry_http import problem
from services.ops.tables import Column, table

WRONG = "قرعه درست نیست"
RIGHT = "قرعه درست است"
NOT_NOW = "نمی‌توان سنجید"
LEFT_OUT = "nothing at all"
BY_HAND_NOT_DRAWN = "قرعه‌ای نبود: کار را دستی داده‌اند"

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
    """Draw once more who gets a task, from the published seed of that day.

    The exit code is 0 when it comes out as it was told, 1 when anything does not, and 3 when it cannot be checked: no
    such task, one that nobody has yet or that was given by hand, a day that is not over, or nothing answers.
    """
    asked = fold_digits(task_id.strip())
    published = None if routing_url else _published(asked)
    base = routing_url or f"http://{Home.of().address(Port.ROUTING)}"
    try:
        with httpx.Client(base_url=base, timeout=60, trust_env=False) as http:
            told = _told(http.get(f"/v1/draws/{asked}"))
            _judged(asked, _of_what_was_published(told, published))
            if told["draw"] is None:
                _not_drawn(asked, told)
            seed = _told(http.get(f"/v1/draws/seeds/{told['draw']['seedId']}"))
        _judged(
            asked, (*_of_the_seed(told["draw"], seed, noted), *_of_the_draw(asked, told, bytes.fromhex(seed["seed"])))
        )
        _show(told, bytes.fromhex(seed["seed"]), published)
    except httpx.TransportError as error:
        raise CannotBeChecked(f"routing at {base} does not answer; is the stack up? ({error})") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        wrong = f"what routing tells is not whole, or not as agreed ({type(error).__name__}: {error})"
        raise StackError(_wrong(asked, [wrong])) from error
    if published is None:
        detail = "what was told was not compared with what was published when it was drawn: "
        detail += "that is done where the task is still in the topic of the local stack"
        looking.output().print(f"[yellow]![/] {detail}", soft_wrap=True)
    drawn = escape(str(told["assignee"]))
    looking.output().print(
        f"[green]Task {escape(asked)} went to {drawn}, as the draw says. {RIGHT}.[/]", soft_wrap=True, highlight=False
    )


@dataclass(frozen=True)
class Published:
    """What a topic has of a task: its newest event, and those who had the tasks that it follows."""

    event: WorkMoved
    had_before: tuple[str, ...]

    def fields(self) -> dict[str, Any]:
        """As `GET /v1/draws/{taskId}` tells them."""
        task, draw, override = self.event.task, self.event.draw, self.event.override
        return {
            "taskId": task.id,
            "unitId": task.unit_id,
            "ruleId": task.rule_id,
            "ruleVersion": task.rule_version,
            "assignee": task.assignee,
            "draw": draw.to_wire() if draw else None,
            "override": override.to_wire() if override else None,
            "hadBefore": list(self.had_before),
        }


def published_of(task_id: str, events: Sequence[WorkMoved]) -> Published | None:
    """Of a task, in the events of its request; None where they do not tell of it, or not any more."""
    newest = {event.task.id: event for event in sorted(events, key=lambda event: event.version)}
    event = newest.get(task_id)
    if event is None:
        return None
    number = {each: int(each.rpartition(".")[2]) for each in newest}
    before = [
        newest[each].task.assignee
        for each in sorted(newest, key=lambda each: number[each])
        if number[each] < number[task_id]
        and (newest[each].round, newest[each].task.step) == (event.round, event.task.step)
    ]
    return Published(event, tuple(each for each in before if each is not None))


def _of_what_was_published(told: Mapping[str, Any], published: Published | None) -> Iterator[str]:
    for name, then in published.fields().items() if published else ():
        now = told.get(name, LEFT_OUT)
        if isinstance(now, Mapping) and isinstance(then, Mapping):
            fields = [
                (f"{name}.{field}", now.get(field, LEFT_OUT), then.get(field, LEFT_OUT))
                for field in sorted({*now, *then})
            ]
        else:
            fields = [(name, now, then)]
        yield from (
            f"{what} is told as {one}, and was published as {other}" for what, one, other in fields if one != other
        )


def _of_the_seed(draw: Mapping[str, Any], seed: Mapping[str, Any], noted: str | None) -> Iterator[str]:
    known = commitment(bytes.fromhex(seed["seed"]))
    if len(bytes.fromhex(seed["seed"])) != 32:
        yield "the seed has not 32 bytes"
    if seed["date"] != draw["seedId"]:
        yield f"the seed is that of {seed['date']}, and was asked for {draw['seedId']}"
    if seed["algorithm"] != ALGORITHM:
        yield f"it is said to be drawn by {seed['algorithm']}, and not by {ALGORITHM}"
    if seed["commitment"] != known:
        yield "the SHA-256 that is told with the seed is not that of the seed"
    if draw.get("commitment") not in (None, known):
        yield "that is not the seed that was committed to with the draw: it was chosen afterwards"
    if noted is not None and noted.strip().lower() != known:
        yield "that is not the seed that was noted: it was chosen afterwards"


def _of_the_draw(asked: str, told: Mapping[str, Any], seed: bytes) -> Iterator[str]:
    draw, rule = told["draw"], (told["ruleId"], told["ruleVersion"])
    candidates, loads = draw["candidates"], draw["loads"]
    if told["taskId"] != asked:
        yield f"the draw is that of task {told['taskId']}, and was asked for {asked}"
    if rule not in (LOWEST_LOAD, SAME_OFFICER):
        yield f"nobody is drawn by rule {rule[0]} in version {rule[1]}"
    if rule == SAME_OFFICER and len(candidates) > 1:
        yield "what goes back to whoever did it has one candidate alone"
    if told["override"] is not None:
        yield "it is said to be drawn, and to be given by hand"
    if not candidates or len(candidates) != len(loads):
        yield f"{len(candidates)} candidates have {len(loads)} loads"
        return
    if list(candidates) != sorted(set(candidates)):
        yield "the candidates do not stand there once each, in their order"
    if not all(isinstance(load, int) and load >= 0 for load in loads):
        yield "a load is no number of tasks"
    if again := sorted({*candidates}.intersection(told["hadBefore"])):
        yield f"{', '.join(again)} had the task before, and is not left out"
    drawn = winner(asked, lowest_load(candidates, loads), seed)
    if drawn != told["assignee"]:
        yield f"the draw gives {drawn}, but the task went to {told['assignee']}"


def _published(task_id: str) -> Published | None:
    """What the topic of the local stack has of the task; None where there is no stack, or nothing of it any more.

    Raises CannotBeChecked.
    """
    key, events = task_id.rpartition(".")[0].encode(), []
    try:
        for record in looking.records(looking.kafka(Home.of()), [ROUTING_WORK.name], "looking for what was published"):
            if record.key == key:
                with suppress(ValidationError):
                    events.append(WorkMoved.model_validate_json(record.value or b""))
    except NotUp:
        return None
    except StackError as error:
        raise CannotBeChecked(str(error)) from error
    return published_of(task_id, events)


def _told(answer: httpx.Response) -> Any:
    """Raises CannotBeChecked for what there is not, or not yet."""
    if answer.status_code != 200:
        raise CannotBeChecked(f"{problem(answer)}. {NOT_NOW}")
    return answer.json()


def _not_drawn(asked: str, told: Mapping[str, Any]) -> NoReturn:
    """Raises CannotBeChecked for what was given by hand, and what nobody has; StackError for anything else."""
    override, rule = told["override"], (told["ruleId"], told["ruleVersion"])
    if told["taskId"] != asked:
        _judged(asked, [f"the answer is about task {told['taskId']}"])
    if override is None:
        _judged(asked, ["somebody has it, and nothing says why"] if told["assignee"] is not None else [])
        raise CannotBeChecked(f"task {asked} was not drawn: nobody has it yet. {NOT_NOW}")
    if told["assignee"] != override["toOfficer"] or rule != BY_HAND:
        _judged(asked, [f"it was given to {override['toOfficer']} by hand, but {told['assignee']} has it by {rule[0]}"])
    who = f"{override['by']}, with {override['secondOfficer']} as second officer"
    by_hand = f"task {asked} was given to {override['toOfficer']} by hand: {override['reason']}, by {who}"
    raise CannotBeChecked(f"{by_hand}. {BY_HAND_NOT_DRAWN}")


def _judged(asked: str, wrong: Iterable[str]) -> None:
    """Raises StackError with all that is wrong."""
    if found := list(wrong):
        raise StackError(_wrong(asked, found))


def _wrong(asked: str, found: Sequence[str]) -> str:
    return "\n".join([f"the draw of task {asked} does not hold. {WRONG}:", *(f"- {each}" for each in found)])


def _show(told: Mapping[str, Any], seed: bytes, published: Published | None) -> None:
    task_id, draw, out = told["taskId"], told["draw"], looking.output()
    candidates, loads = draw["candidates"], draw["loads"]
    tied = lowest_load(candidates, loads)
    columns = (Column("officer"), Column("open tasks", right=True), Column("lot", gives_way=1), Column(""))
    rows = [
        (
            escape(officer),
            str(load),
            lot(seed, task_id, officer).hex()[:16] if officer in tied else "not among the lowest loads",
            "drawn" if officer == told["assignee"] else "",
        )
        for officer, load in zip(candidates, loads, strict=True)
    ]
    out.print(table(out, columns, rows, left_out="GET /v1/draws/seeds shows"))
    if told["hadBefore"]:
        had = ", ".join(map(escape, told["hadBefore"]))
        out.print(f"Drawn once more: {had} had it before, and was left out.", soft_wrap=True)
    before = "published with the draw" if published else "told with the draw, as routing says"
    before = before if draw.get("commitment") else "not told with the draw"
    out.print(f"Seed of {draw['seedId']}: {seed.hex()}", soft_wrap=True, highlight=False)
    out.print(f"SHA-256 {commitment(seed)} ({before})", soft_wrap=True, highlight=False)
