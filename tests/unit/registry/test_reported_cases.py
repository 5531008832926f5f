"""A month's numbers of an agency's cases: against a slow count by hand, in whatever order events come (domain 11)."""

import json
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.commitment import CommitmentKind, CommitmentState
from services.contracts.intake import REQUEST_VERBS, IllegalDemandReported, RequestMoved
from services.contracts.routing import CaseResult, ResultKind, SuspensionCause
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.contracts.working_calendar import CalendarRef
from services.ops.chance import Chance
from services.registry.domain.late import CameLate, late, pack_id
from services.registry.domain.month import month_of, over_since, span, until
from services.registry.domain.reported import UNREPORTED, ReportedCase, demanded, is_reported
from services.registry.pack.case_figures import Counts
from services.registry.pack.cases import Cases
from services.worktime import Calendar
from services.worktime.published import calendar_of
from tests.unit.notify.cases import a_move
from tests.unit.registry.by_hand import by_hand, nearest
from tests.unit.registry.governorate import at, world
from tests.unit.registry.months import ALLOWED, BEGINS, CALENDAR, ENDS, REF, a_life, heard, suspension


def hours_of(ref: CalendarRef, desk_id: str) -> Calendar | None:
    return calendar_of(CALENDAR) if ref == REF else None


def counted(events: list[RequestMoved]) -> Counts:
    cases = Cases(BEGINS, ENDS, hours_of)
    for case in heard(events).values():
        cases.add(case)
    return cases.counts


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_every_figure_is_what_a_slow_count_by_hand_comes_to(seed: int, number: int) -> None:
    rng = Chance(seed)
    lives = [a_life(rng, each) for each in range(number)]
    told = [event for life in lives for event in life]
    twice = [*told, *rng.sample(told, len(told) // 3)]
    rng.shuffle(twice)
    cases = counted(twice)
    figures = {code: figure["value"] for code, figure in cases.figures().items()}
    tables = {name: {row["id"]: row for row in rows} for name, rows in cases.tables().items()}
    hand = by_hand(lives)
    n = hand["n"]

    def tenth(value: float | Fraction | None) -> float | None:
        return None if value is None else float(round(value * 10)) / 10

    def percent(part: int, whole: int) -> float | None:
        return tenth(100 * part / whole) if whole else None

    def about(code: str, wanted: float | None) -> None:
        """A share that lies between two tenths may be rounded to either by hand."""
        assert figures[code] == (wanted if wanted is None else pytest.approx(wanted, abs=0.11)), code

    assert figures["cases.filed"] == n["filed"]
    for channel, row in tables["channels"].items():
        assert row["cases"] == n[f"channel {channel}"], channel
    for reason, row in tables["reasons"].items():
        assert (row["cases"], row["desk"]) == (n[f"reason {reason}"], n[f"at the desk for {reason}"]), reason
    asked = n["filed"] - n["reason INFO"]
    about("cases.electronic", percent(n["channel WEB"], asked))
    about("cases.kiosk", percent(n["channel KIOSK_URBAN"] + n["channel KIOSK_RURAL"], asked))
    about("cases.desk", percent(n["channel AGENCY_DESK"] - n["reason INFO"], asked))
    about("cases.electronicByPolicy", percent(n["reason E_FIRST"], asked))
    kiosks = n["reason KIOSK"] + n["reason KIOSK_FAILED"] + n["reason BY_KIOSK"]
    about("cases.kioskByPolicy", percent(kiosks, asked))
    about("cases.deskByPolicy", percent(n["reason PRESENCE"] + n["reason DESK_ONLY"], asked))
    assert figures["cases.deskElsewhere"] == n["at the desk for KIOSK"] + n["at the desk for KIOSK_FAILED"]
    assert figures["cases.incomplete"] == n["documents"]
    for verb in ("withdrawn", "expired", "objected", "reopened"):
        assert figures[f"cases.{verb}"] == n[f"request.{verb}"], verb

    assert figures["redirects.made"] == n["request.redirected"]
    assert figures["redirects.ended"] == n["redirects ended"]
    assert figures["redirects.honoured"] == n["honoured"]
    assert figures["redirects.failed"] == n["failed"]
    assert figures["redirects.closed"] == n["closed unfollowed"]
    assert figures["redirects.takenBack"] == n["redirects ended"] - n["honoured"] - n["failed"] - n["closed unfollowed"]
    about("redirects.honouredShare", percent(n["honoured"], n["redirects ended"]))

    assert figures["promises.kept"] == n["KEPT"]
    assert figures["promises.broken"] == n["BROKEN"]
    assert figures["promises.released"] == n["RELEASED"]
    assert figures["promises.keptLate"] == n["late"]
    assert figures["promises.ended"] == n["KEPT"] + n["BROKEN"]
    about("promises.keptShare", percent(n["KEPT"], n["KEPT"] + n["BROKEN"]))
    about("promises.earlyMedian", tenth(nearest(hand["early"], 50)))
    about("promises.lateMedian", tenth(nearest(hand["late"], 50)))
    about("promises.latest", tenth(max(hand["late"], default=None)))

    assert figures["onSpot.possible"] == n["could be done at once"]
    assert figures["onSpot.done"] == n["done at once"]
    about("onSpot.share", percent(n["done at once"], n["could be done at once"]))
    assert tables["notOnSpot"]["NEEDS_UNIT"]["cases"] == n["could be done at once"] - n["done at once"]

    assert figures["results.all"] == n["results"]
    for kind in ("granted", "refused", "partial"):
        assert figures[f"results.{kind}"] == n[kind.upper()], kind
    assert figures["results.onSpot"] == n["on spot"]
    assert figures["results.overMaximum"] == n["over"]
    for code, place in (("results.median", 50), ("results.p90", 90)):
        found = nearest(hand["hours"], place)
        assert figures[code] == (None if found is None else int(found * 60)), code
    assert sum(service.results for service in cases.services.values()) == n["results"]
    for officer, row in tables["officers"].items():
        assert row["results"] == n[f"officer {officer}"], officer

    assert figures["announcements.all"] == n["announced"]
    assert figures["announcements.withinDay"] == n["announced at once"]
    assert figures["visits.completed"] == n["completed"]
    assert figures["visits.first"] == n["first"]
    about("visits.perCase", tenth(hand["visits"] / n["completed"]) if n["completed"] else None)
    assert figures["surveys.answered"] == n["surveys"]
    about("surveys.treatment", tenth(n["treatment"] / n["surveys"]) if n["surveys"] else None)
    assert figures["surveys.onTime"] == n["on time"]
    assert figures["surveys.sentToUnit"] == n["sent"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_order_and_repetition_of_events_change_nothing(seed: int) -> None:
    rng = Chance(seed)
    told = [event for number in range(8) for event in a_life(rng, number)]
    mixed = [*told, *rng.sample(told, len(told) // 2)]
    rng.shuffle(mixed)
    assert heard(mixed) == heard(told)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_what_happens_after_the_month_does_not_change_it(seed: int) -> None:
    rng = Chance(seed)
    told = [event for number in range(15) for event in a_life(rng, number)]
    then = counted([event for event in told if event.occurred_at < ENDS])
    later = counted(told)
    assert (later.figures(), later.tables()) == (then.figures(), then.tables())


def test_an_event_of_which_no_report_tells_is_left_unread() -> None:
    assert {*UNREPORTED} < {*REQUEST_VERBS}
    for verb in REQUEST_VERBS:
        assert is_reported(a_move(verb).to_json()) is (verb not in UNREPORTED), verb
        assert is_reported(a_move("request.registered", verb).to_json()), verb
        assert is_reported(a_move(verb, "request.result-ready").to_json()), verb


def test_the_promise_of_a_visit_counts_as_one_and_says_nothing_of_how_early_an_answer_was() -> None:
    answer = a_move("request.registered").commitments[0]
    came = at("1405/08/10 09:00")
    visit = answer.model_copy(
        update={
            "id": "v1",
            "kind": CommitmentKind.NEXT_VISIT,
            "budget": None,
            "calendar": REF,
            "promised_at": at("1405/08/12 09:00"),
            "state": CommitmentState.KEPT,
            "ended_at": came,
        }
    )
    told = a_move("commitment.kept", commitments=(answer, visit), occurred_at=came)
    cases = counted([told])
    figures = {code: figure["value"] for code, figure in cases.figures().items()}
    assert [figures[f"promises.{name}"] for name in ("kept", "ended", "earlyMedian")] == [1, 1, None]
    (row,) = (row for row in cases.tables()["promises"] if row["id"] == "NEXT_VISIT")
    assert row["kept"] == 1


def an_answer(promised_at: datetime, told_at: datetime, known_at: datetime) -> list[RequestMoved]:
    """A promise that was broken when its hour had passed, while the word of its fulfilment was on its way."""
    made = a_move("request.registered").commitments[0]
    answer = made.model_copy(update={"calendar": REF, "promised_at": promised_at, "state": CommitmentState.BROKEN})
    over = answer.model_copy(update={"ended_at": promised_at})
    done = over.model_copy(update={"fulfilled_late_at": told_at})
    return [
        a_move("commitment.broken", version=5, commitments=(over,), occurred_at=promised_at),
        a_move("request.announced", "commitment.kept-late", version=6, commitments=(done,), occurred_at=known_at),
    ]


@pytest.mark.parametrize(
    ("told_at", "late", "days"),
    [
        ("1405/08/11 10:00", 0, None),
        ("1405/08/12 10:00", 0, None),
        ("1405/08/12 10:30", 1, 0.1),
    ],
)
def test_what_was_fulfilled_in_time_and_heard_of_late_stays_broken_and_is_no_lateness(
    told_at: str, late: int, days: float | None
) -> None:
    cases = counted(an_answer(at("1405/08/12 10:00"), at(told_at), at("1405/08/12 10:40")))
    figures = {code: figure["value"] for code, figure in cases.figures().items()}
    names = ("broken", "kept", "keptLate", "lateMedian", "latest")
    assert [figures[f"promises.{name}"] for name in names] == [1, 0, late, days, days]
    (row,) = cases.tables()["promises"]
    assert (row["broken"], row["keptLate"]) == (1, late)


def visits_of(*closings: tuple[str, bool | None, int]) -> list[Any]:
    """Of one case that was closed on these days, with its output collected or not, after so many visits."""
    events = [
        a_move("request.closed", version=version, occurred_at=at(f"{day} 10:00"), visits=visits, collected=collected)
        for version, (day, collected, visits) in enumerate(closings, 1)
    ]
    figures = counted(events).figures()
    return [figures[f"visits.{name}"]["value"] for name in ("completed", "first", "perCase")]


def test_what_was_fetched_after_it_had_been_closed_uncollected_is_completed_then() -> None:
    """Its person had it reopened. A later closing that nobody came for takes nothing back."""
    assert visits_of(("1405/08/10", False, 1)) == [0, 0, None]
    assert visits_of(("1405/08/10", False, 1), ("1405/08/20", True, 3)) == [1, 0, 3.0]
    assert visits_of(("1405/08/10", None, 1), ("1405/08/20", False, 1)) == [1, 1, 1.0]


def test_a_line_that_was_kept_before_what_was_fetched_is_told_counts_as_before() -> None:
    (case,) = heard([a_move("request.closed", collected=True, occurred_at=at("1405/08/10 10:00"))]).values()
    kept = json.loads(case.to_json())
    del kept["lines"][0]["collected"]
    cases = Cases(BEGINS, ENDS, hours_of)
    cases.add(ReportedCase.model_validate(kept))
    assert (cases.counts.completed, cases.counts.first) == (1, 1)


GOES_ON, STANDS_STILL, RESULT = "request.resumed", "request.suspended", "request.result-ready"
BEGUN = ("request.registered", "1405/08/02 07:30"), (STANDS_STILL, "1405/08/03 07:30")
A_DAY = 360
"""Minutes: from 07:30 to 13:30."""


def worked_minutes(*told: tuple[str, str], decided: str) -> Any:
    """Of one case with these events: the working minutes to its result, as the pack tells them."""
    promise = (
        a_move("request.registered")
        .commitments[0]
        .model_copy(update={"calendar": REF, "budget": WorkingTime(value=ALLOWED, unit=DurationUnit.WORKING_DAYS)})
    )
    result = CaseResult(kind=ResultKind.GRANTED, decided_by="o-1", decided_at=at(decided))
    events = [
        a_move(
            *verbs.split(),
            version=version,
            occurred_at=at(when),
            commitments=(promise,),
            result=result if RESULT in verbs else None,
            suspension=suspension(SuspensionCause.LEGAL, at(when)) if STANDS_STILL in verbs else None,
        )
        for version, (verbs, when) in enumerate(told, 1)
    ]
    return counted(events).figures()["results.median"]["value"]


@pytest.mark.parametrize("between", [(GOES_ON, STANDS_STILL), (f"{GOES_ON} {STANDS_STILL}",)])
def test_work_that_goes_on_and_stands_still_again_in_one_event_stands_still(between: tuple[str, ...]) -> None:
    again = [(verbs, "1405/08/04 07:30") for verbs in between]
    after = (GOES_ON, "1405/08/10 07:30"), (RESULT, "1405/08/11 07:30")
    assert worked_minutes(*BEGUN, *again, *after, decided="1405/08/11 07:30") == 2 * A_DAY


@pytest.mark.parametrize("heard", [(GOES_ON, RESULT), (f"{GOES_ON} {RESULT}",)])
def test_work_that_is_heard_to_have_gone_on_after_its_result_is_never_less_than_none(heard: tuple[str, ...]) -> None:
    """The unit went on and decided while the word of it was on its way."""
    after = [(verbs, "1405/08/11 07:30") for verbs in heard]
    assert worked_minutes(*BEGUN, *after, decided="1405/08/10 07:30") == A_DAY


def test_of_what_has_two_words_of_standing_still_and_one_of_going_on_none_is_counted_twice() -> None:
    """A word between them was given up as a dead letter, and has not come again yet."""
    after = (STANDS_STILL, "1405/08/04 07:30"), (GOES_ON, "1405/08/10 07:30"), (RESULT, "1405/08/11 07:30")
    assert worked_minutes(*BEGUN, *after, decided="1405/08/11 07:30") == 2 * A_DAY


def test_nothing_personal_is_kept() -> None:
    (case,) = heard([a_move("request.registered", "commitment.added", tracking_code="98765432109876")]).values()
    kept = case.model_dump_json()
    for secret in ("98765432109876", "a-1", "مریم", "044-33440000"):
        assert secret not in kept


def test_that_something_illegal_was_reported_is_counted_once_and_of_no_case() -> None:
    event = IllegalDemandReported(
        moves=("illegal-demand.reported",), demand_id="d-1", request_id="r-1", org_id="wa-tax", occurred_at=BEGINS
    )
    first = demanded(None, event, world())
    assert first.state is not None
    assert "r-1" not in first.state.model_dump_json()
    assert demanded(first.state, event, world()).state is first.state


def test_months_begin_and_end_with_tehran_days() -> None:
    assert span("1405-08") == (at("1405/08/01 00:00"), at("1405/09/01 00:00"))
    assert span("1405-12")[1] == at("1406/01/01 00:00")
    assert month_of(at("1405/08/30 23:59")) == "1405-08"
    assert month_of(at("1405/09/01 00:00")) == "1405-09"
    assert list(until("1406-02", 4)) == ["1405-11", "1405-12", "1406-01", "1406-02"]


def test_what_comes_late_is_told_to_every_month_that_is_over_since_then() -> None:
    assert over_since(at("1405/09/02 10:00"), at("1405/09/02 10:00")) == ()
    assert over_since(at("1405/11/30 23:00"), at("1406/01/02 10:00")) == ("1405-11", "1405-12")
    assert late("wa-tax", at("1405/09/02 10:00"), at("1405/09/02 10:00")) == ()
    (send,) = late("wa-tax", at("1405/08/30 12:00"), at("1405/09/01 10:00"))
    assert (send.entity, send.id, send.body) == ("governorate-pack", pack_id("wa-tax", "1405-08"), CameLate())
