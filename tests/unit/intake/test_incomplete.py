"""Filed without all that the sheet demands: nothing is registered or promised until it comes.

Domain 3 (RECEIVED -> INCOMPLETE -> REGISTERED), I2, I10.
"""

from datetime import datetime

import pytest

from services.contracts.service_sheet import Channel, Extent
from services.contracts.working_calendar import DayKind
from services.intake.domain import bringing
from services.intake.domain.awaiting import DOCUMENTS
from services.intake.domain.due import timers
from services.intake.domain.messages import EvidenceBrought
from services.intake.domain.request import Request
from services.intake.domain.visiting import unpromised
from services.intake.views import request_view
from tests.support.sample import sample_snapshot
from tests.unit.intake.awaiting_documents import CONTRACT, DEED, PLAN, UNTIL, awaited, bring, filed, incomplete, refused
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    at,
    case_of,
    file_at_desk,
    move_of,
    out_of_service,
    province,
    state_of,
    the_case,
    without_days,
    world,
)
from tests.unit.intake.desk_day import DeskDay
from tests.unit.intake.edge import Intake
from tests.unit.intake.test_return_from_kiosk import KHOY_DESK, KHOY_OFFICER
from tests.unit.intake.watched import Watched


def expected(request: Request) -> datetime:
    """When its person is to come."""
    assert request.case is not None
    (visit,) = request.case.open_visits()
    return visit.promised_at


def test_the_officer_says_that_documents_are_awaited_and_nothing_is_registered_or_promised() -> None:
    decision = filed()
    event, case = move_of(decision), case_of(decision)
    assert (event.moves, event.state) == (("request.incomplete", "commitment.added"), "INCOMPLETE")
    assert [promise.kind for promise in event.commitments] == ["NEXT_VISIT"]
    assert event.about_visits == ("commitment.added",)
    assert event.awaited is not None
    assert (event.awaited.types, event.awaited.missing, event.awaited.until) == (
        (PLAN, CONTRACT),
        (PLAN, CONTRACT),
        UNTIL,
    )
    assert decision.answer is not None
    assert decision.answer["awaited"]["until"] == "2026-12-05T06:30:00Z"
    assert len(case.needed) == 2


def test_a_filing_that_does_not_say_so_is_promised_with_what_is_missing_on_its_receipt() -> None:
    """The contract's rows name no evidence: `building-permit` is PROMISED (and so is a demo, a bench, a partner)."""
    case = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, evidence=[]))
    assert (case.state, case.awaited, len(case.needed)) == ("PROMISED", None, 3)


def test_where_nothing_is_missing_it_is_registered_at_once() -> None:
    complete = [{"type": type, "sha256": "a" * 64, "originalSeen": True} for type in ("identity-card", PLAN, CONTRACT)]
    case = case_of(filed(evidence=complete))
    assert (case.state, case.awaited) == ("PROMISED", None)


def test_I10_what_an_agency_holds_is_not_awaited() -> None:
    assert DEED not in awaited(incomplete()).types


def test_I2_whoever_leaves_with_it_has_a_deadline_a_next_visit_and_a_receipt_that_says_both() -> None:
    request = incomplete(nextVisitAt="2026-11-30T06:00:00Z")
    assert request.case is not None
    assert not unpromised(request.case, MORNING)
    assert expected(request) == at("1405/09/09 09:30")
    assert expected(incomplete()) == UNTIL, "by the deadline where the officer names no day"


@pytest.mark.parametrize(
    ("visit", "code"),
    [
        ("2026-11-23T06:00:00Z", "NOT_IN_TIME"),
        ("2026-12-05T06:31:00Z", "NOT_IN_TIME"),
        ("2026-11-27T06:00:00Z", "DESK_SHUT"),
        ("2026-11-30T20:00:00Z", "DESK_SHUT"),
    ],
)
def test_the_next_visit_lies_ahead_in_open_hours_and_within_the_deadline(visit: str, code: str) -> None:
    refusal = refused(filed, nextVisitAt=visit)
    assert (refusal.code, refusal.status, refusal.facts["errors"][0]["field"]) == (code, 422, "nextVisitAt")


def test_nobody_is_asked_back_to_a_desk_that_is_known_to_be_out_of_service_then() -> None:
    back = world(MORNING, out_of_service(PERMITS_DESK, "1405/09/07", "1405/09/16"))
    refusal = refused(filed, nextVisitAt=at("1405/09/08 10:00").isoformat(), now=back)
    assert (refusal.code, refusal.facts["errors"][0]["field"]) == ("DESK_SHUT", "nextVisitAt")
    late = incomplete(now=back)
    assert (awaited(late).until, expected(late)) == (at("1405/09/16 07:30"), at("1405/09/16 07:30"))
    given_up = world(MORNING, out_of_service(PERMITS_DESK, "1405/09/14"))
    assert refused(filed, now=given_up).code == "NO_CALENDAR", "there is no day until which to bring anything"


def test_I3_what_is_filed_electronically_is_awaited_by_the_desk_that_has_the_case() -> None:
    """Its person stands in Khoy; the case is the permanent desk's, which is out of service for a while."""
    record = sample_snapshot().offerings("social-insurance-record")[0]
    extents = dict.fromkeys(("information", "request", "production", "delivery"), Extent.FULL)
    web = record.model_copy(update={"channel": Channel.WEB, "counties": ()} | extents)
    there = world(MORNING, web, out_of_service(SOCIAL_DESK, "1405/09/07", "1405/09/30"))

    def waits(**fields: str) -> Request:
        return state_of(
            file_at_desk(
                "social-insurance-record", KHOY_DESK, KHOY_OFFICER, there,
                evidence=[], awaitDocuments=True, electronicallyAble=True, willing=True, **fields,
            )
        )  # fmt: skip

    request = waits()
    assert (the_case(request).channel, the_case(request).desk_id) == ("WEB", SOCIAL_DESK)
    back = at("1405/09/30 07:30")
    assert (awaited(request).until, expected(request)) == (back, back)
    assert refused(waits, nextVisitAt=at("1405/09/16 10:00").isoformat()).code == "DESK_SHUT"


def test_a_filing_does_not_contradict_itself() -> None:
    decide = {"result": "GRANTED"}
    assert refused(filed, decide=decide).code == "CONTRADICTION"
    visit = {"nextVisitAt": "2026-11-30T06:00:00Z"}
    assert refused(file_at_desk, "building-permit", PERMITS_DESK, PERMITS_OFFICER, **visit).code == "CONTRADICTION"


def test_whoever_is_sent_to_a_kiosk_brings_the_documents_there() -> None:
    case = case_of(
        file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER, evidence=[], awaitDocuments=True)
    )
    assert (case.state, case.awaited) == ("REDIRECTED", None)


def test_without_a_calendar_that_gives_a_day_nothing_is_begun() -> None:
    nothing = world(), without_days(PERMITS_DESK, None)
    refusal = refused(filed, now=world("1405/09/02 10:00", nothing[1]))
    assert (refusal.code, refusal.status) == ("NO_CALENDAR", 422)


def test_the_last_document_registers_and_promises_from_that_moment_in_the_same_event() -> None:
    first = bring(incomplete(), PLAN)
    assert (move_of(first).moves, move_of(first).state) == (("request.evidence-added",), "INCOMPLETE")
    assert awaited(state_of(first)).missing == (CONTRACT,)
    last = bring(state_of(first), CONTRACT, "1405/09/07 09:00")
    event = move_of(last)
    assert event.moves == (
        "request.evidence-added", "commitment.released", "request.registered", "commitment.added",
    )  # fmt: skip
    assert (event.state, event.awaited) == ("PROMISED", None)
    visit, promise = event.commitments
    assert (visit.state, event.about_visits) == ("RELEASED", ("commitment.released",)), "they need not come any more"
    assert promise.promised_at == at("1405/09/24 09:00"), "15 working days from the 7th, not from the filing"
    assert event.filed_at == at("1405/09/02 10:00")
    assert DOCUMENTS not in timers(state_of(last))


async def test_a_visit_that_was_booked_instead_ends_with_the_last_document_too(house: Watched) -> None:
    """Nobody is told of a closure on a day on which they need not come, nor held to have stayed away."""
    id = (await house.intake.file(awaitDocuments=True)).json()["requestId"]
    asked = {"applicantAsked": True}
    assert (await house.promise(id, "NEXT_VISIT", at("1405/09/08 10:00").isoformat(), **asked)).status_code == 201
    for paper in (PLAN, CONTRACT):
        assert (await house.intake.bring(id, type=paper)).status_code == 200
    case = (await house.intake.state(id)).case
    assert (case.state, [visit.state for visit in await house.visits(id)]) == ("PROMISED", ["RELEASED"] * 2)
    assert (await house.told(id))[-1] == (
        "request.evidence-added", "commitment.released", "request.registered", "commitment.added",
    )  # fmt: skip
    assert await house.recorded(house.day(DayKind.CLOSED)) == 0


def test_a_document_that_is_brought_twice_or_was_not_asked_for_registers_nothing() -> None:
    again = state_of(bring(state_of(bring(incomplete(), PLAN)), PLAN))
    other = state_of(bring(again, DEED))
    assert (awaited(other).missing, other.case and other.case.state) == ((CONTRACT,), "INCOMPLETE")


def test_a_copy_does_not_stand_for_an_original_that_is_needed() -> None:
    sheet = sample_snapshot().sheet("building-permit")
    assert sheet is not None
    strict = sheet.model_copy(
        update={
            "requirements": tuple(
                r.model_copy(update={"original_needed": r.evidence_type == PLAN}) for r in sheet.requirements
            )
        }
    )
    now = world("1405/09/05 09:00", strict)
    request = incomplete(now=world("1405/09/02 10:00", strict))
    copy = EvidenceBrought.model_validate(
        {
            "type": PLAN,
            "originalSeen": False,
            "officerId": PERMITS_OFFICER,
            "copyKept": {"dataref": "c1", "sha256": "b" * 64, "contentType": "image/png", "size": 1},
        },
        by_alias=True,
    )
    shown = copy.model_copy(update={"original_seen": True, "copy_kept": None})
    assert awaited(state_of(bringing.brought(request, copy, now))).missing == (PLAN, CONTRACT)
    assert awaited(state_of(bringing.brought(request, shown, now))).missing == (CONTRACT,)


def test_an_officer_sees_what_is_awaited_and_until_when() -> None:
    view = request_view(incomplete(), 1, province(), MORNING)
    assert (view["awaited"]["missing"], view["awaited"]["untilLocal"]) == ([PLAN, CONTRACT], "1405/09/14 10:00")
    assert set(view["awaited"]) == {
        "types", "missing", "until", "untilLocal", "postponedBy", "postponedOn", "askedAt", "remindAt", "remindedAt",
        "noticedAt", "closesAt",
    }, "how long word of a kiosk office is waited for is nobody's business"  # fmt: skip


async def test_over_http_the_person_tracks_what_is_missing_and_the_receipt_prints_the_deadline(
    intake: Intake,
) -> None:
    answer = (await intake.file(awaitDocuments=True)).json()
    assert (answer["state"], [one["kind"] for one in answer["commitments"]]) == ("INCOMPLETE", ["NEXT_VISIT"])
    tracked = (await intake.post("/v1/track", {"code": answer["trackingCode"], "last4": "2419"})).json()
    assert (len(tracked["documentsAwaited"]["names"]), tracked["documentsAwaited"]["untilLocal"]) == (
        2,
        "1405/09/14 10:00",
    )
    assert tracked["nextAction"] == "مدرک‌های خواسته‌شده را به میز خدمت بیاورید"
    page = (await intake.http.get(answer["receipt"], headers={"Accept": "text/html"})).text
    assert "مدارک مانده را تا شنبه ۱۴ آذر ۱۴۰۵" in page
    printed = (await intake.http.get(answer["receipt"])).json()
    assert printed["documentsUntil"]["local"] == "1405/09/14 10:00"
    assert [one["kind"] for one in printed["promises"]] == ["NEXT_VISIT"]
    assert (printed["legalLatest"], printed["promises"][0]["legalLatest"]) == (None, None), "no law says when to come"
    assert printed["content"]["promises"][0]["legalLatestAt"] is None
    assert printed["content"]["documentsUntil"] == "2026-12-05T06:30:00Z"
    for paper in (PLAN, CONTRACT):
        assert (await intake.bring(answer["requestId"], type=paper)).status_code == 200
    view = (await intake.http.get(f"/v1/requests/{answer['requestId']}")).json()
    assert (view["state"], view["awaited"], view["needed"]) == ("PROMISED", None, [])
    again = (await intake.http.get(answer["receipt"])).json()
    assert "documentsUntil" not in again["content"]
    assert again["edition"] == 3


async def test_I2_whoever_comes_with_half_of_it_leaves_with_another_day_on_which_to_come(house: Watched) -> None:
    """The deadline alone is not enough: document deadline and next visit."""
    filed = await house.intake.file(awaitDocuments=True, nextVisitAt=at("1405/09/08 10:00").isoformat())
    id = filed.json()["requestId"]
    house.intake.memory.clock.moment = at("1405/09/08 10:05")
    desk = DeskDay(house.intake)
    visit = await desk.served(id)
    assert (await house.visit(id)).state == "KEPT"
    assert (await house.intake.bring(id, type=PLAN)).status_code == 200
    ended = await desk.step(visit, "end", reason="SERVED")
    assert (ended.status_code, ended.json()["code"], ended.json()["requestIds"]) == (409, "PROMISE_NEEDED", [id])
    assert (await house.promise(id, "NEXT_VISIT", at("1405/09/10 10:00").isoformat())).status_code == 201
    over = await desk.do(visit, "SERVED")
    assert over["requests"][0]["promise"]["promisedLocal"] == "1405/09/10 10:00"
