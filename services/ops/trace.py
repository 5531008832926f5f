"""`./mizban trace`: one case across all services, in order, from what they have published. Never a personal field."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.markup import escape

from services.contracts.envelope import opaque
from services.contracts.identifiers import IdentifierFault, InvalidIdentifier, normalise_tracking_code
from services.contracts.persian import fold_digits
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
from services.ops.case_steps import Step, case_in, in_order, key_of, steps_in, submission_in
from services.ops.errors import StackError
from services.ops.home import Home
from services.ops.tables import Column, table
from services.ops.words import counted
from services.runtime import broker_admin
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
        out.print(_table(out, steps))
        if request_id is None:
            out.print(_no_case(steps), soft_wrap=True)
        else:
            length = _duration(steps[-1].at - steps[0].at)
            out.print(
                f"Request {request_id}: {counted(len(steps), 'step')} in {length}.", soft_wrap=True, highlight=False
            )


def wanted(text: str) -> str:
    """The tracking code in its stored form, or an id in ASCII digits. Raises StackError for a mistyped code."""
    try:
        return normalise_tracking_code(text)
    except InvalidIdentifier as error:
        if error.code is IdentifierFault.TRACKING_CODE_CHECK:
            raise StackError("a digit of the tracking code is wrong; read it once more") from error
        return fold_digits(text.strip())


def trace(bootstrap: str, code_or_id: str) -> tuple[str | None, list[Step]]:
    """The request's id, and every step of the case, in order; without an id those of a submission that made no case.

    Raises StackError when no topic knows it.
    """
    case = case_in(looking.records(bootstrap, [INTAKE_REQUEST.name], "looking for the case"), code_or_id)
    if case is None:
        return None, _submission(bootstrap, code_or_id)
    about = {(topic.name, case.request_id) for topic in (ROUTING_WORK, NOTIFY_STATUS)}
    for partner, key in case.kiosk_keys:
        about |= {(KIOSK_SUBMISSION.name, key), (outcome_topic(partner).name, key)}
    others = looking.records(bootstrap, sorted({topic for topic, _ in about}), "following the case")
    ours = (record for record in others if (record.topic, key_of(record)) in about)
    return case.request_id, in_order([*steps_in(case.events), *steps_in(ours)])


def _submission(bootstrap: str, ref: str) -> list[Step]:
    """The steps of an office's submission of which there is no case: it was rejected, or is not answered yet."""
    topics = [KIOSK_SUBMISSION.name, *outcome_topics(bootstrap)]
    steps = in_order(steps_in(submission_in(looking.records(bootstrap, topics, "looking for the submission"), ref)))
    if not steps:
        raise StackError(
            f"no case {ref} in {INTAKE_REQUEST.name} (it keeps {_days(INTAKE_REQUEST)} days), and no such submission"
        )
    return steps


def outcome_topics(bootstrap: str) -> list[str]:
    """Of all partners: a submission does not name its own."""
    before, _, after = outcome_topic("*").name.partition("*")
    with looking.told_plainly():
        names = broker_admin.topic_names(bootstrap)
    return [name for name in names if name.startswith(before) and name.endswith(after)]


def _no_case(steps: Sequence[Step]) -> str:
    """Why there is none, as the last answer says."""
    codes = [code for step in steps if (code := _rejection(step))]
    if codes:
        return f"There is no case: the submission was rejected: {codes[-1]}."
    return "There is no case: the submission is not answered yet."


def _rejection(step: Step) -> str:
    return step.note.removeprefix("REJECTED").strip() if step.note.startswith("REJECTED") else ""


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


COLUMNS = (
    Column("time (UTC)", gives_way=1),
    Column("Tehran"),
    Column("after", whole=True),
    Column("service"),
    Column("moves"),
    Column("state"),
    Column("no.", gives_way=4),
    Column("id", gives_way=3),
    Column("caused by", gives_way=2),
)


def _table(out: Console, steps: Sequence[Step]) -> RenderableType:
    rows: list[tuple[str, ...]] = []
    before = steps[0].at
    for step in steps:
        rows.append(
            (
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
        )
        before = step.at
    return table(out, COLUMNS, rows)


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
