"""`./mizban draw verify`: anyone recomputes a draw, and sees when it does not come out as it was told (domain 7)."""

from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from services.contracts.draw import commitment, winner
from services.ops.cli import app
from services.ops.errors import StackError

SEED = bytes(range(32))
DAY = "2026-11-22"
CANDIDATES, LOADS = ["ada", "bahar", "cyrus"], [2, 2, 5]


class Routing:
    """One task; `told` is what is said of its draw."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {
            "taskId": "r1.1",
            "draw": {"candidates": CANDIDATES, "loads": LOADS, "seedId": DAY},
            "assignee": winner("r1.1", CANDIDATES[:2], SEED),
            "override": None,
        }
        self.over = True

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == f"/v1/draws/seeds/{DAY}":
            if not self.over:
                return httpx.Response(404, json={"code": "SEED_NOT_PUBLISHED", "detail": "when the day is over"})
            return httpx.Response(200, json={"date": DAY, "seed": SEED.hex()})
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
    routing.told |= {"draw": None, "override": hand}
    assert verified("r1.1") == (
        "task r1.1 was given to cyrus by hand: OVERLOAD, by hamid, with zahra as second officer"
    )


def test_what_cannot_be_checked_yet_says_why(routing: Routing) -> None:
    assert "UNKNOWN_TASK" in verified("r9.1")
    routing.over = False
    assert "SEED_NOT_PUBLISHED" in verified("r1.1")
    routing.told |= {"draw": None}
    assert verified("r1.1") == "task r1.1 was not drawn: nobody has it yet"
