"""`./mizban trace`: one case across all services, in order, from what they have published. Never a personal field."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from services.contracts.envelope import opaque
from services.contracts.identifiers import IdentifierFault, InvalidIdentifier, normalise_tracking_code
from services.contracts.topics import (
    DAY_MS,
    INTAKE_REQUEST,
    KIOSK_SUBMISSION,
    NOTIFY_STATUS,
    ROUTING_WORK,
    Topic,
    outcome_topic,
)
from services.contracts.wire import instant_text
from services.ops import looking
from services.ops.case_steps import Step, case_in, in_order, key_of, steps_in
from services.ops.errors import StackError
from services.ops.home import Home
from services.ops.words import counted
from services.worktime.jalali import jalali_text


def trace_command(
    which: Annotated[
        list[str],
        typer.Argument(
            metavar="TRACKING_CODE|REQUEST_ID|EXTERNAL_REF", help="Persian digits are fine, and groups, also unquoted."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show one case across all services, in order, with the time between its steps."""
    request_id, steps = trace(looking.kafka(Home.of()), wanted(" ".join(which)))
    if as_json:
        print(json.dumps([{"requestId": request_id} | _as_json(step) for step in steps], indent=2, ensure_ascii=False))
    else:
        out = looking.output()
        out.print(_table(steps))
        out.print(f"Request {request_id}: {counted(len(steps), 'step')} in {_duration(steps[-1].at - steps[0].at)}.")


def wanted(text: str) -> str:
    """The tracking code in its stored form, or the request id as given. Raises StackError for a mistyped code."""
    try:
        return normalise_tracking_code(text)
    except InvalidIdentifier as error:
        if error.code is IdentifierFault.TRACKING_CODE_CHECK:
            raise StackError("a digit of the tracking code is wrong; read it once more") from error
        return text.strip()


def trace(bootstrap: str, code_or_id: str) -> tuple[str, list[Step]]:
    """The request's id, and every step of the case, in order. Raises StackError when no topic knows it."""
    case = case_in(looking.records(bootstrap, [INTAKE_REQUEST.name], "looking for the case"), code_or_id)
    if case is None:
        raise StackError(f"no case {code_or_id} in {INTAKE_REQUEST.name} (it keeps {_days(INTAKE_REQUEST)} days)")
    about = {(topic.name, case.request_id) for topic in (ROUTING_WORK, NOTIFY_STATUS)}
    for partner, key in case.kiosk_keys:
        about |= {(KIOSK_SUBMISSION.name, key), (outcome_topic(partner).name, key)}
    others = looking.records(bootstrap, sorted({topic for topic, _ in about}), "following the case")
    ours = (record for record in others if (record.topic, key_of(record)) in about)
    return case.request_id, in_order([*steps_in(case.events), *steps_in(ours)])


def _days(topic: Topic) -> int:
    assert topic.retention_ms is not None, "a topic of events is not compacted"
    return topic.retention_ms // DAY_MS


# --- Showing it -------------------------------------------------------------------------------------------------------


def _as_json(step: Step) -> dict[str, Any]:
    return {
        "at": instant_text(step.at),
        "atLocal": jalali_text(step.at),
        "service": step.service,
        "moves": list(step.moves),
        "state": step.note,
        "sequence": step.sequence,
        "id": _short(step.id),
        "causation": _short(step.causation),
    }


def _table(steps: Sequence[Step]) -> Table:
    table = looking.table("time (UTC)", "Tehran", "after", "service", "moves", "state", "no.", "id", "caused by")
    before = steps[0].at
    for step in steps:
        table.add_row(
            f"{step.at:%Y-%m-%d %H:%M:%S}",
            jalali_text(step.at),
            _duration(step.at - before),
            escape(step.service),
            escape("\n".join(step.moves)),
            escape(step.note),
            str(step.sequence or ""),
            _short(step.id),
            _short(step.causation),
        )
        before = step.at
    return table


def _duration(length: timedelta) -> str:
    """`2 d 3 h`, `5 min 7 s`, `12 s`: the two largest units."""
    rest = max(0, round(length.total_seconds()))
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def _short(id: str) -> str:
    """Eight characters that name an event here, as our own events would repeat its id."""
    return opaque(id)[:8]
