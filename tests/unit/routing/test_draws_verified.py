"""What routing really tells of its draws stands up to `./mizban draw verify`, task by task (domain 7)."""

import httpx
import pytest

from services.contracts.registry import Unit
from services.contracts.routing import OverrideReason, ResultKind, ReturnReason
from services.contracts.routing_rule import RuleRow
from services.routing.domain.commands import Answer, GiveBack, Line, Reassign, Start
from services.routing.handlers import CASE
from tests.unit.ops.test_draw_command import exit_code, in_the_topic, verified
from tests.unit.routing.office import UNIT, Office, officers, record, registered
from tests.unit.routing.test_rounds import another_round
from tests.unit.routing.test_routing_api import app_of
from tests.unit.routing.test_steps import REVENUE, ruled, step

HEAD = "hamid"
DAY = "2026-11-23"


def led_by_hamid() -> Office:
    base = ruled(RuleRow(steps=(step("plan"), step("toll", REVENUE))), people=officers(HEAD, authorities=()))
    unit = base.unit(UNIT)
    assert isinstance(unit, Unit)
    led = unit.model_copy(update={"head_officer_id": HEAD, "version": unit.version + 1})
    return Office(base.with_entries([led]))


async def answered(office: Office, task_id: str, kind: ResultKind = ResultKind.GRANTED) -> None:
    (work,) = [work for work in office.case("r1").work if work.task.id == task_id]
    officer = str(work.task.assignee)
    await office.submit(CASE, "r1", Start(task_id=task_id, officer_id=officer, line=Line(older=None)))
    body = {"taskId": task_id, "officerId": officer, "result": kind, "ground": "بند ۳"}
    await office.submit(CASE, "r1", Answer.model_validate(body))


async def told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of the next day, over HTTP and in the topic."""
    office.clock.advance(hours=48)
    paths = [f"/v1/draws/{work.task.id}" for work in office.case("r1").tasks_ever()]
    transport, answers = httpx.ASGITransport(app_of(office)), {}
    async with httpx.AsyncClient(transport=transport, base_url="http://routing") as http:
        for path in (*paths, f"/v1/draws/seeds/{DAY}", "/v1/draws/seeds/2026-11-24"):
            answers[path] = (await http.get(path)).json()
    client, stub = httpx.Client, httpx.MockTransport(lambda asked: httpx.Response(200, json=answers[asked.url.path]))
    monkeypatch.setattr(httpx, "Client", lambda **options: client(**options, transport=stub))
    in_the_topic(monkeypatch, *office.published("r1"))


async def test_a_task_that_was_given_back_and_its_successor_come_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    office = led_by_hamid()
    await office.hear(registered("r1"))
    first = str(who_has_that_of(office, UNIT))
    await office.submit(CASE, "r1", GiveBack(task_id="r1.1", officer_id=first, reason=ReturnReason.ABSENCE))
    await answered(office, "r1.2")
    await answered(office, "r1.3")
    await told(office, monkeypatch)
    assert [exit_code(f"r1.{number}") for number in (1, 2, 3)] == [0, 0, 0]
    assert f"{first} had it before, and was left out" in verified("r1.3")


async def test_what_was_given_by_hand_is_told_as_published_and_what_follows_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = led_by_hamid()
    await office.hear(registered("r1"))
    first = str(who_has_that_of(office, UNIT))
    other = "bahar" if first == "ada" else "ada"
    reason = OverrideReason.OVERLOAD
    given = Reassign(task_id="r1.1", officer_id=HEAD, to=other, reason=reason, second_officer_id=first)
    await office.submit(CASE, "r1", given)
    await office.submit(CASE, "r1", GiveBack(task_id="r1.1", officer_id=other, reason=ReturnReason.ABSENCE))
    await told(office, monkeypatch)
    assert f"was given to {other} by hand: OVERLOAD, by {HEAD}" in verified("r1.1")
    assert [exit_code(f"r1.{number}") for number in (1, 2, 3)] == [3, 0, 0]


async def test_another_round_is_drawn_by_itself_and_what_is_reopened_goes_back_as_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = led_by_hamid()
    await office.hear(registered("r1"))
    await answered(office, "r1.1")
    await answered(office, "r1.2")
    await office.records(record(another_round("r1", verb="reopened", occurred_at=office.clock.now()), 2))
    assert {work.task.rule_id for work in office.case("r1").work} == {"same-officer"}
    await told(office, monkeypatch)
    assert [exit_code(f"r1.{number}") for number in range(1, 5)] == [0, 0, 0, 0]


def who_has_that_of(office: Office, unit: str) -> str | None:
    return next(work.task.assignee for work in office.case("r1").work if work.task.unit_id == unit)
