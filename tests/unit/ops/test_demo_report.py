"""What the demo prints can be used as it stands: codes in one piece, nothing said of what there is not."""

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console, RenderableType

from services.ops.demo import report
from services.ops.demo.day import Outcome
from services.ops.demo.reconciliation import Evidence, Reconciliation
from services.ops.demo.scene import Scene
from services.ops.demo.topics_read import Cases

CODE = "64294362056260"
CASE: dict[str, Any] = {
    "requestId": "case-1",
    "trackingCode": CODE,
    "serviceName": "گواهی تسویهٔ مالیاتی",
    "applicantRef": "A-1",
    "channel": "KIOSK_URBAN",
    "channelReason": None,
    "state": "CLOSED",
    "redirect": None,
    "kiosk": {"kioskId": "wa-urmia-017", "externalRef": "017-1", "partner": "pishkhan-a"},
    "commitments": [{"promisedLocal": "1405/09/11 09:30", "state": "KEPT"}],
    "result": {"kind": "GRANTED"},
}
SUMS = Reconciliation(
    records=1,
    contents=1,
    filed=0,
    asked=0,
    cases=1,
    honoured=0,
    taken_back=0,
    rejected=0,
    dead_letters=0,
    sms=26,
    messages=26,
    states={"CLOSED": 1},
    missing=(),
)
OUTCOME = Outcome(
    evidence=Evidence(
        ledgers=[],
        filed=[],
        left_open=frozenset(),
        taken_back=frozenset(),
        topics=Cases("r1"),
        shown={"case-1": CASE},
        sms=[{"ref": "case-1.1", "text": "شناسه: R-44613309-3954-5791-8647-4450dae19e7d-acf0d77ae89e"}],
    ),
    reconciliation=SUMS,
    surprises=(),
    told_at_desk=frozenset(),
    seconds=1,
    visits={"ended": {"SERVED": 17, "GUIDED": 2}, "guidanceOnly": 2},
)


def printed(shown: RenderableType, width: int) -> str:
    out = Console(width=width, file=StringIO(), force_terminal=True, record=True)
    out.print(shown)
    return out.export_text()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_tracking_code_is_never_broken(width: int) -> None:
    out = Console(width=width, file=StringIO(), force_terminal=True)
    assert CODE in printed(report._samples(out, OUTCOME), width)


def test_messages_that_lost_their_point_are_told_only_when_there_are_any() -> None:
    assert "the others" not in printed(report._sums(OUTCOME), 150)
    some = replace(OUTCOME, reconciliation=replace(SUMS, messages=28))
    assert "of 28 messages; the others had lost their point, or ask later how it went" in printed(
        report._sums(some), 150
    )


def test_the_citizens_own_call_is_told_with_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    env = {
        "services": {"intake": {"url": "http://127.0.0.1:8081"}},
        "smsSimulator": {"url": "http://127.0.0.1:8090"},
        "kafka": {"bootstrap": "127.0.0.1:19092", "partners": "127.0.0.1:19094"},
    }
    month = Scene("the month is over", figures={"month": "1405-09"})
    report.print_addresses(env, replace(OUTCOME, scenes=(month,)), "5544")
    told = capsys.readouterr().out
    assert f'http://127.0.0.1:8081/v1/track -H \'content-type: application/json\' -d \'{{"code": "{CODE}"' in told
    assert '"last4": "5544"' in told
    assert "./mizban pack wa-tax 1405-09" in told


def test_the_visits_of_the_day_are_told_in_one_line() -> None:
    line = report._visits(OUTCOME.visits)
    assert line == "Visits with a ticket, by the registry's report: 2 GUIDED, 17 SERVED; 2 for information alone."
    assert "none;" in report._visits({"ended": {}, "guidanceOnly": 0})


def test_a_scene_is_told_with_the_words_that_went_out() -> None:
    told = Scene("a promise is broken", story=("promised for 1405/09/03 09:00",), messages=("case-1.1",))
    lines = list(report._scenes(replace(OUTCOME, scenes=(told,))))
    assert lines[0].endswith("Scene: a promise is broken")
    assert "1405/09/03 09:00" in lines[1]
    assert "شناسه" in lines[2]
