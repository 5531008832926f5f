"""`./mizban draw verify`: anyone recomputes a draw, and sees when it does not come out as it was told (domain 7)."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from services.contracts.draw import ALGORITHM, commitment, winner
from services.contracts.routing import Clock, Draw, Override, OverrideReason, Task, TaskState, WorkMoved
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.contracts.topics import ROUTING_WORK
from services.ops import looking
from services.ops.cli import app
from services.ops.errors import StackError
from services.runtime.message import Record

SEED = bytes(range(32))
DAY = "2026-11-22"
MORNING = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
CANDIDATES, LOADS = ["ada", "bahar", "cyrus"], [2, 2, 5]


class Routing:
    """One task; `told` is what is said of its draw."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {
            "taskId": "r1.1",
            "unitId": "permits",
            "ruleId": "lowest-load",
            "ruleVersion": 1,
            "draw": {"candidates": CANDIDATES, "loads": LOADS, "seedId": DAY, "commitment": commitment(SEED)},
            "assignee": winner("r1.1", CANDIDATES[:2], SEED),
            "override": None,
            "hadBefore": [],
        }
        self.seed: dict[str, Any] = {
            "date": DAY,
            "seed": SEED.hex(),
            "commitment": commitment(SEED),
            "algorithm": ALGORITHM,
        }
        self.over = True

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == f"/v1/draws/seeds/{DAY}":
            if not self.over:
                return httpx.Response(404, json={"code": "SEED_NOT_PUBLISHED", "detail": "when the day is over"})
            return httpx.Response(200, json=self.seed)
        if request.url.path == "/v1/draws/r1.1":
            return httpx.Response(200, json=self.told)
        return httpx.Response(404, json={"code": "UNKNOWN_TASK", "detail": "there is no such task"})


@pytest.fixture
def routing(monkeypatch: pytest.MonkeyPatch) -> Routing:
    stub, client = Routing(), httpx.Client
    transport = httpx.MockTransport(stub.answer)
    monkeypatch.setattr(httpx, "Client", lambda **options: client(**options, transport=transport))
    return stub


def verified(*words: str) -> str:
    done = CliRunner().invoke(app, ["draw", "verify", *words])
    if isinstance(done.exception, StackError):
        return str(done.exception)
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def test_a_draw_that_was_fair_comes_out_again(routing: Routing) -> None:
    said = verified("r1.1", "--noted", commitment(SEED))
    assert f"Task r1.1 went to {routing.told['assignee']}, as the draw says." in said
    assert "not among the lowest loads" in said
    assert SEED.hex() in said


def test_persian_digits_name_the_same_task(routing: Routing) -> None:
    assert "as the draw says" in verified("r۱.۱")


@pytest.mark.parametrize("favoured", CANDIDATES)
def test_somebody_else_than_was_drawn_is_found_out(routing: Routing, favoured: str) -> None:
    drawn, routing.told["assignee"] = routing.told["assignee"], favoured
    said = verified("r1.1")
    assert ("as the draw says" in said) == (favoured == drawn)
    assert (f"the draw gives {drawn}, but the task went to {favoured}" in said) == (favoured != drawn)


def test_a_seed_that_was_chosen_afterwards_is_found_out_by_who_has_noted_what_it_was_to_be(routing: Routing) -> None:
    assert "not the seed that was noted" in verified("r1.1", "--noted", commitment(bytes(32)))


def test_what_was_given_by_hand_is_told_with_its_reason_and_who_did_it(routing: Routing) -> None:
    hand = {"toOfficer": "cyrus", "reason": "OVERLOAD", "by": "hamid", "secondOfficer": "zahra"}
    routing.told |= {"draw": None, "override": hand, "assignee": "cyrus", "ruleId": "by-hand"}
    assert verified("r1.1") == (
        "task r1.1 was given to cyrus by hand: OVERLOAD, by hamid, with zahra as second officer."
        " قرعه‌ای نبود: کار را دستی داده‌اند"
    )


def test_what_cannot_be_checked_yet_says_why(routing: Routing) -> None:
    assert "UNKNOWN_TASK" in verified("r9.1")
    routing.over = False
    assert "SEED_NOT_PUBLISHED" in verified("r1.1")
    routing.told |= {"draw": None, "assignee": None}
    assert verified("r1.1") == "task r1.1 was not drawn: nobody has it yet. نمی‌توان سنجید"


# -- routing is not believed -------------------------------------------------------------------------------------------


def drawn(task_id: str = "r1.1", version: int = 1, **changes: Any) -> WorkMoved:
    """What routing has published of the draw that it tells in `Routing`."""
    fields: dict[str, Any] = {
        "moves": ("task.assigned",),
        "request_id": "r1",
        "org_id": "wa",
        "service_id": "permit",
        "service_version": 1,
        "version": version,
        "task": Task(
            id=task_id,
            unit_id="permits",
            state=TaskState.ASSIGNED,
            assignee=winner("r1.1", CANDIDATES[:2], SEED),
            rule_id="lowest-load",
            rule_version=1,
        ),
        "draw": Draw(candidates=tuple(CANDIDATES), loads=tuple(LOADS), seed_id=DAY, commitment=commitment(SEED)),
        "clock": Clock(budget=WorkingTime(value=5, unit=DurationUnit.WORKING_DAYS), due=MORNING),
        "occurred_at": MORNING,
    }
    return WorkMoved(**(fields | changes))


def in_the_topic(monkeypatch: pytest.MonkeyPatch, *events: WorkMoved) -> None:
    """Not in order, and among what others have."""
    others = drawn().model_copy(update={"request_id": "r2"})
    records = [
        Record(ROUTING_WORK.name, 0, 0, each.key().encode(), each.to_json(), ()) for each in (*reversed(events), others)
    ]
    monkeypatch.setattr(looking, "kafka", lambda home: "kafka")
    monkeypatch.setattr(looking, "records", lambda bootstrap, topics, title: iter(records))


def altered(value: Any) -> list[Any]:
    """What somebody might say instead of a value, of its own kind, and of none."""
    match value:
        case str():
            return [f"{value}0", value[1:], "ada" if value != "ada" else "bahar", None, 7]
        case int():
            return [value + 1, value - 1, str(value), None]
        case list():
            of_one = [[*value[:at], other, *value[at + 1 :]] for at, one in enumerate(value) for other in altered(one)]
            return [value[:-1], value[1:], [*value, *value[-1:]], value[::-1], [*value, "dara"], None, *of_one]
        case dict():
            without = [{name: each for name, each in value.items() if name != left} for left in value]
            changed = [{**value, name: other} for name, each in value.items() for other in altered(each)]
            return [None, *without, *changed]
        case _:
            hand = {"toOfficer": "ada", "reason": "ABSENCE", "by": "hamid", "secondOfficer": "zahra"}
            return [hand, "ada"]


def exit_code(*words: str) -> int:
    done = CliRunner().invoke(app, ["draw", "verify", *words])
    if isinstance(done.exception, StackError):
        return done.exception.exit_code
    assert done.exception is None, done.exception
    return done.exit_code


def test_each_field_of_the_answer_that_was_altered_is_found_by_what_was_published(
    routing: Routing, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_topic(monkeypatch, drawn())
    whole = routing.told
    assert exit_code("r1.1") == 0
    for routing.told in [other for other in altered(whole) if other not in (None, whole)]:
        assert exit_code("r1.1") == 1, routing.told


def test_each_field_of_the_seed_that_was_altered_is_found(routing: Routing, monkeypatch: pytest.MonkeyPatch) -> None:
    in_the_topic(monkeypatch, drawn())
    whole = routing.seed
    for routing.seed in [other for other in altered(whole) if other not in (None, whole)]:
        assert exit_code("r1.1") == 1, routing.seed


def test_another_seed_with_its_own_commitment_is_not_the_one_that_was_told_with_the_draw(routing: Routing) -> None:
    seeds = (bytes([number] * 32) for number in range(99))
    other = next(seed for seed in seeds if winner("r1.1", CANDIDATES[:2], seed) == routing.told["assignee"])
    routing.seed |= {"seed": other.hex(), "commitment": commitment(other)}
    assert "it was chosen afterwards" in verified("r1.1")


def test_what_is_fair_is_told_in_both_languages_and_by_the_exit_code(
    routing: Routing, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = verified("r1.1")
    assert "was not compared with what was published" in said
    assert "told with the draw, as routing says" in said
    in_the_topic(monkeypatch, drawn())
    said = verified("r1.1")
    assert "قرعه درست است" in said
    assert "published with the draw" in said
    assert "not compared" not in said
    routing.told["assignee"] = "cyrus"
    assert "قرعه درست نیست" in verified("r1.1")


def test_the_draw_of_another_task_is_no_answer_even_where_the_same_officer_wins(routing: Routing) -> None:
    other = next(f"r1.{n}" for n in range(2, 99) if winner(f"r1.{n}", CANDIDATES[:2], SEED) == routing.told["assignee"])
    routing.told["taskId"] = other
    assert f"the draw is that of task {other}" in verified("r1.1")


def test_a_task_that_was_drawn_again_names_who_had_it_and_was_left_out(
    routing: Routing, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back = Task(
        id="r1.0", unit_id="permits", state=TaskState.RETURNED, assignee="zahra", rule_id="lowest-load", rule_version=1
    )
    in_the_topic(monkeypatch, drawn("r1.0", task=given_back), drawn(version=2))
    assert "hadBefore is told as [], and was published as ['zahra']" in verified("r1.1")
    routing.told["hadBefore"] = ["zahra"]
    assert "zahra had it before, and was left out" in verified("r1.1")
    routing.told["hadBefore"] = ["ada"]
    in_the_topic(monkeypatch)
    assert "ada had the task before, and is not left out" in verified("r1.1")


def test_what_was_drawn_is_not_passed_off_as_given_by_hand(routing: Routing, monkeypatch: pytest.MonkeyPatch) -> None:
    hand = {"toOfficer": "cyrus", "reason": "OVERLOAD", "by": "hamid", "secondOfficer": "zahra"}
    routing.told |= {"draw": None, "override": hand, "assignee": "cyrus", "ruleId": "by-hand"}
    assert exit_code("r1.1") == 3
    in_the_topic(monkeypatch, drawn())
    assert exit_code("r1.1") == 1


def test_each_field_of_what_was_given_by_hand_that_was_altered_is_found(
    routing: Routing, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Override(
        from_officer=None,
        to_officer="cyrus",
        reason=OverrideReason.OVERLOAD,
        by="hamid",
        second_officer="zahra",
        at=MORNING,
    )
    before = drawn()
    task = before.task.model_copy(update={"assignee": "cyrus", "rule_id": "by-hand"})
    given = drawn(version=2, moves=("task.reassigned",), task=task, draw=None, override=hand)
    in_the_topic(monkeypatch, before, given)
    by_hand = {"draw": None, "override": hand.to_wire(), "assignee": "cyrus", "ruleId": "by-hand"}
    whole = routing.told = routing.told | by_hand
    assert exit_code("r1.1") == 3
    for routing.told in [other for other in altered(whole) if other not in (None, whole)]:
        assert exit_code("r1.1") == 1, routing.told


def test_what_cannot_be_checked_has_an_exit_code_of_its_own(routing: Routing) -> None:
    assert exit_code("r9.1") == 3
    routing.over = False
    assert exit_code("r1.1") == 3
    routing.told |= {"draw": None, "assignee": None}
    assert exit_code("r1.1") == 3
