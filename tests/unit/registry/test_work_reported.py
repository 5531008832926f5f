"""A month's work inside an agency: against a slow count by hand, in whatever order events come (domain 7, 11)."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.coordination import CoordinationState, NotConfirmed, ReferralOutcome, ReferralState
from services.contracts.routing import (
    WORK_VERBS,
    JumpReason,
    Level,
    OverrideReason,
    ResultKind,
    ReturnReason,
    WorkMoved,
)
from services.contracts.service_sheet import Channel
from services.ops.chance import Chance
from services.registry.domain.late import CameLate, pack_id
from services.registry.domain.work_reported import UNREPORTED_WORK, ReportedWork, is_reported, told
from services.registry.pack.work import KINDS, NOBODY, NOT_KNOWN, RUNGS, WorkCounts
from services.routing.domain import commands
from tests.unit.registry.by_hand import nearest
from tests.unit.registry.governorate import AGENCY, at, world
from tests.unit.registry.months import BEGINS, ENDS, MONTH
from tests.unit.registry.works import LEADER, OFFICERS, UNITS, Working, a_work, by_hand, kept
from tests.unit.routing.asked_units import PERSON, slots, units
from tests.unit.routing.office import UNIT, registered
from tests.unit.routing.test_unit_visits import Asking

NAMES = {"o-1": "یک", "o-2": "دو"}


def counted(events: Iterable[WorkMoved], channel: Channel | None = Channel.WEB) -> WorkCounts:
    counts = WorkCounts(BEGINS, ENDS)
    for work in kept(events).values():
        counts.add(work, channel)
    return counts


def values(counts: WorkCounts) -> dict[str, Any]:
    return {code: figure["value"] for code, figure in counts.figures().items()}


def rows(counts: WorkCounts) -> dict[str, dict[str, Any]]:
    return {name: {row["id"]: row for row in table} for name, table in counts.tables({}, NAMES).items()}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_every_figure_of_the_work_is_what_a_slow_count_by_hand_comes_to(seed: int, number: int) -> None:
    rng = Chance(seed)
    works = [a_work(rng, each) for each in range(number)]
    events = [event for work in works for event in work]
    twice = [*events, *rng.sample(events, len(events) // 3)]
    rng.shuffle(twice)
    counts = counted(twice)
    figures, tables = values(counts), rows(counts)
    n, minutes = by_hand(works, BEGINS, ENDS)

    assert figures["work.answers"] == n["task.answered"]
    for kind, name in KINDS.items():
        assert figures[f"work.{name}"] == tables["channelAnswers"]["WEB"][name] == n[kind.value], kind
    assert counts.figures()["work.median"]["of"] == counts.figures()["work.p90"]["of"] == n["measured"]
    for code, place in (("work.median", 50), ("work.p90", 90)):
        found = nearest([Fraction(each) for each in minutes], place)
        assert figures[code] == (None if found is None else int(found)), code
    for officer in OFFICERS:
        row = tables["officerAnswers"].get(officer, {"answers": 0, **dict.fromkeys(KINDS.values(), 0)})
        assert row["answers"] == n[f"answers of {officer}"], officer
        for kind, name in KINDS.items():
            assert row[name] == n[f"{kind} by {officer}"], (officer, kind)
        for reason in JumpReason:
            jumps = tables["jumps"].get(f"{officer}|{reason}|{LEADER}", {"jumps": 0})["jumps"]
            assert jumps == n[f"jump {officer} {reason}"], (officer, reason)
        for given_for in OverrideReason:
            row = tables["overrides"].get(f"{LEADER}|{officer}|{given_for}", {"overrides": 0})
            assert row["overrides"] == n[f"override {officer} {given_for}"], (officer, given_for)
        for back in ReturnReason:
            row = tables["returns"].get(f"{officer}|{back}", {"returns": 0})
            assert row["returns"] == n[f"return {officer} {back}"], (officer, back)
    for code, verb in (("jumps", "task.jump-recorded"), ("overrides", "task.reassigned"), ("returns", "task.returned")):
        assert figures[f"work.{code}"] == sum(row[code] for row in tables[code].values()) == n[verb]
        assert sum(row[code] for row in tables[f"{code.removesuffix('s')}Reasons"].values()) == n[verb]
    assert figures["work.timedOut"] == n["task.timed-out"]
    for level, name in RUNGS.items():
        assert figures[f"work.{name}"] == n[f"rung {level}"], level
    for waits, name in NOBODY.items():
        assert figures[f"work.{name}"] == n[f"waits {waits}"], waits
    for of in ("offered", "acknowledged", "refused", "returned"):
        assert figures[f"transfers.{of}"] == n[f"transfer.{of}"], of
    assert sum(row["taken"] for row in tables["unitTransfers"].values()) == n["transfer.acknowledged"]
    for of in ("asked", "confirmed", "proposed"):
        assert figures[f"coordinations.{of}"] == n[f"coordination.{of}"], of
    assert figures["coordinations.declined"] == n["coordination.declined"] - n["dropped declined"]
    assert figures["coordinations.lapsed"] == n["coordination.lapsed"] - n["dropped lapsed"]
    assert figures["coordinations.dropped"] == n["dropped"]
    assert (figures["referrals.coordinated"], figures["referrals.uncoordinated"]) == (n["referral.issued"], 0)
    for of, verb in (("attended",) * 2, ("missed",) * 2, ("cancelled",) * 2, ("notApproved", "lapsed")):
        assert figures[f"referrals.{of}"] == n[f"referral.{verb}"], of
    for unit in UNITS:
        empty = dict.fromkeys(("coordinated", "attended", "missed", "answers", "asked", "jumps"), 0)
        assert tables["unitReferrals"].get(unit, empty)["coordinated"] == n[f"referral.issued to {unit}"], unit
        assert tables["unitReferrals"].get(unit, empty)["missed"] == n[f"referral.missed to {unit}"], unit
        assert tables["unitAnswers"].get(unit, empty)["answers"] == n[f"task.answered in {unit}"], unit
        assert tables["unitCoordinations"].get(unit, empty)["asked"] == n[f"coordination.asked of {unit}"], unit
        assert tables["unitOrder"].get(unit, empty)["jumps"] == n[f"task.jump-recorded in {unit}"], unit


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_order_and_repetition_of_events_change_nothing_of_the_work(seed: int) -> None:
    rng = Chance(seed)
    events = [event for number in range(8) for event in a_work(rng, number)]
    mixed = [*events, *rng.sample(events, len(events) // 2)]
    rng.shuffle(mixed)
    assert kept(mixed) == kept(events)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_what_happens_to_the_work_after_the_month_does_not_change_it(seed: int) -> None:
    rng = Chance(seed)
    events = [event for number in range(15) for event in a_work(rng, number)]
    then = counted([event for event in events if event.occurred_at < ENDS])
    later = counted(events)
    assert (later.figures(), later.tables({}, NAMES)) == (then.figures(), then.tables({}, NAMES))


def test_an_event_of_which_no_report_of_the_work_tells_is_left_unread() -> None:
    assert {*UNREPORTED_WORK} < {*WORK_VERBS}
    work = Working(Chance(1), 1)
    for verb in WORK_VERBS:
        for moves in ((verb,), ("task.assigned", verb), (verb, "clock.started")):
            work.tells(*moves)
            assert is_reported(work.events[-1].to_json()) is (verb not in UNREPORTED_WORK), moves


def test_the_time_of_an_answer_counts_when_the_clock_stands_and_not_while_others_are_at_it() -> None:
    work = Working(Chance(1), 1)
    work.now, work.officer = at("1405/08/05 09:00"), "o-1"
    work.minutes = 70
    answered = {"answer": ResultKind.GRANTED}
    work.tells("task.answered", task=answered)
    work.officer, work.minutes = "o-2", 90
    work.tells("task.answered", "clock.stopped", "result.decided", task=answered, runs=False)
    tables = rows(counted(work.events))
    assert [(row["answers"], row["measured"], row["median"]) for row in tables["officerAnswers"].values()] == [
        (1, 0, None),
        (1, 1, 90),
    ]


def test_the_channel_of_a_case_of_which_intake_has_told_nothing_is_not_known() -> None:
    work = Working(Chance(1), 1)
    work.now = at("1405/08/05 09:00")
    work.answers(ResultKind.REFUSED)
    tables = rows(counted(work.events, None))
    assert {id: row["answers"] for id, row in tables["channelAnswers"].items() if row["answers"]} == {NOT_KNOWN: 1}


def test_I1_a_referral_that_no_unit_has_confirmed_is_counted_as_such() -> None:
    for state, of in ((CoordinationState.CONFIRMED, "coordinated"), (CoordinationState.DECLINED, "uncoordinated")):
        work = Working(Chance(1), 1)
        work.now = at("1405/08/05 09:00")
        work.asks()
        work.settles(state)
        work.sends(work.coordinations[-1].id)
        work.goes_on(ReferralState.ISSUED)
        counts = values(counted(work.events))
        assert {of: counts[f"referrals.{of}"] for of in ("coordinated", "uncoordinated")} == {
            "coordinated": of == "coordinated",
            "uncoordinated": of == "uncoordinated",
        }
    work.referrals[-1] = work.referrals[-1].model_copy(update={"coordination_id": "of-nobody"})
    work.coordinations.clear()
    work.goes_on(ReferralState.ATTENDED, ReferralOutcome.SEEN)
    assert values(counted(work.events))["referrals.uncoordinated"] == 1


def test_that_a_slot_goes_back_unused_is_no_other_answer_of_the_unit() -> None:
    work = Working(Chance(1), 1)
    work.now = at("1405/08/05 09:00")
    work.asks()
    work.settles(CoordinationState.CONFIRMED)
    work.coordinations[-1] = work.coordinations[-1].model_copy(update={"reason": NotConfirmed.WORK_ENDED})
    work.asks()
    counts = values(counted(work.events))
    assert [counts[f"coordinations.{of}"] for of in ("asked", "confirmed", "dropped")] == [2, 1, 0]


def late_in(known: ReportedWork | None, event: WorkMoved, now: datetime) -> set[str]:
    sends = told(known, event, world(now)).sends
    assert all(isinstance(send.body, CameLate) for send in sends)
    return {send.id for send in sends}


def test_packs_of_months_that_are_over_hear_of_what_comes_late() -> None:
    work = Working(Chance(1), 1)
    work.now = at("1405/08/29 09:00")
    work.asks()
    work.settles(CoordinationState.CONFIRMED)
    work.sends(work.coordinations[-1].id)
    *before, proposed = work.events
    assert late_in(None, proposed, ENDS.replace(microsecond=0) - (ENDS - work.now) / 2) == set()
    assert late_in(None, proposed, ENDS) == {pack_id(AGENCY, MONTH)}
    work.goes_on(ReferralState.ISSUED)
    work.now = at("1405/09/02 09:00")
    work.goes_on(ReferralState.ATTENDED, ReferralOutcome.SEEN)
    issued, attended = work.events[-2:]
    known = kept([*before, proposed])[attended.request_id]
    assert late_in(known, attended, work.now) == {pack_id(AGENCY, MONTH)}, "the month in which people were sent"
    known = kept([*before, proposed, issued])[attended.request_id]
    assert late_in(known, attended, work.now) == set()


def test_the_rungs_of_every_level_and_the_answers_of_every_kind_have_a_place() -> None:
    assert {*RUNGS} == {*Level}
    assert {*KINDS} == {*ResultKind}


async def test_what_routing_tells_of_a_visit_to_a_unit_is_what_the_report_counts() -> None:
    """By the rules of routing themselves, not by what this test believes of them."""
    office = Asking(units())
    await office.hear(registered("r1", applicant_ref=PERSON))
    slot = slots()[2]
    await office.issued(slot)
    office.clock.moment = slot.since
    await office.do(commands.Attend(referral_id="r1.r1", officer_id="ada"))
    (work,) = kept(office.published("r1")).values()
    counts = WorkCounts(at("1405/09/01 00:00"), at("1405/10/01 00:00"))
    counts.add(work, Channel.AGENCY_DESK)
    figures = values(counts)
    assert [figures[f"coordinations.{of}"] for of in ("asked", "confirmed", "dropped")] == [1, 1, 0]
    assert [figures[f"referrals.{of}"] for of in ("coordinated", "uncoordinated", "attended")] == [1, 0, 1]
    assert rows(counts)["unitReferrals"][UNIT]["attended"] == 1
