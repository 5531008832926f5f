"""Done on the spot in one call: registered, decided, handed over; and why not, where the sheet allows it (domain 1)."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.contracts.decision import Refused
from services.contracts.intake import NotOnSpotReason, RequestMoved
from services.contracts.intake_commands import DecideOnSpot, PromiseVisit
from services.contracts.service_sheet import Channel, Extent
from services.intake.app import counting
from services.intake.domain import deciding, visiting
from services.intake.domain.expecting import next_visit
from services.intake.domain.messages import OnSpotNoted
from services.intake.domain.visit_messages import VisitOpened
from services.runtime.service import Parts
from services.runtime.telemetry import Metrics
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
    an_agent,
    case_of,
    file_at_desk,
    move_of,
    person,
    state_of,
    submit,
    the_case,
    with_authority,
    world,
)
from tests.unit.intake.edge import Intake

WATER = ("water-name-change", "wa-water-desk", "wa-water-desk-01")
CERTIFICATE = ("medical-coverage-certificate", "wa-social-security-desk", "wa-social-security-desk-01")
HANDED = {"collectedBy": "REPRESENTATIVE", "identitySeen": True, "representative": an_agent()}
GRANT = {"result": "GRANTED", "ground": None, "output": {"type": "subscriber-change", "note": None}}


def collectable(now: Any = "1405/09/02 10:00") -> Any:
    """The sheet of the water desk's service with an output that is collected."""
    sheet = sample_snapshot().sheet(WATER[0])
    assert sheet is not None
    output = sheet.output.model_copy(update={"collectable": True})
    return world(now, sheet.model_copy(update={"output": output}))


def test_registered_decided_and_handed_over_in_one_call() -> None:
    decision = file_at_desk(*WATER, collectable(), decide=GRANT | {"handover": HANDED})
    case = case_of(decision)
    assert move_of(decision).moves == ("request.registered", "request.done-on-spot", "request.closed")
    assert case.handover is not None
    assert (case.handover.collected_by, case.handover.identity_seen) == ("REPRESENTATIVE", True)
    assert (case.handover.officer_id, case.handover.at) == (WATER[2], case.filed_at)


def test_decided_later_in_the_visit_it_is_handed_over_in_that_call() -> None:
    filed = state_of(file_at_desk(*WATER, collectable(), notOnSpotReason="MISSING_DOCUMENT"))
    command = DecideOnSpot.model_validate(GRANT | {"handover": HANDED, "officerId": WATER[2]})
    case = case_of(deciding.on_spot(filed, command, collectable("1405/09/02 10:20")))
    assert (case.state, case.handover is not None) == ("CLOSED", True)


@pytest.mark.parametrize(
    ("decide", "field", "code"),
    [
        ({"handover": HANDED | {"identitySeen": False}}, "handover.identitySeen", "IDENTITY_NOT_SEEN"),
        ({"handover": HANDED, "result": "REFUSED", "ground": "مادهٔ ۴"}, "handover", "NOTHING_TO_COLLECT"),
    ],
)
def test_an_output_is_handed_only_to_an_identified_person_and_a_refusal_has_none(
    decide: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        file_at_desk(*WATER, collectable(), decide=GRANT | decide)
    assert (refusal.value.code, refusal.value.status) == (code, 422)
    assert [error["field"] for error in refusal.value.facts["errors"]] == [field]


@pytest.mark.parametrize("result", ["GRANTED", "PARTIAL"])
def test_what_is_done_on_the_spot_is_in_the_persons_hands(result: str) -> None:
    """DONE_ON_SPOT leads to CLOSED alone (domain 3): nothing is left to come back for."""
    decide = GRANT | {"result": result}
    filed = state_of(file_at_desk(*WATER, collectable(), notOnSpotReason="MISSING_DOCUMENT"))
    command = DecideOnSpot.model_validate(decide | {"officerId": WATER[2]})
    calls: list[Callable[[], object]] = [
        lambda: file_at_desk(*WATER, collectable(), decide=decide),
        lambda: deciding.on_spot(filed, command, collectable()),
    ]
    for call in calls:
        with pytest.raises(Refused) as refusal:
            call()
        assert (refusal.value.code, refusal.value.status) == ("HANDOVER_NEEDED", 422)
        assert [error["field"] for error in refusal.value.facts["errors"]] == ["handover"]


def test_a_refusal_on_the_spot_leaves_nothing_to_hand_over() -> None:
    decide = {"result": "REFUSED", "ground": "مادهٔ ۴"}
    case = case_of(file_at_desk(*WATER, collectable(), decide=decide))
    assert (case.state, case.to_collect(), case.handover) == ("CLOSED", False, None)


def test_what_the_sheet_does_not_hand_out_is_not_handed_over() -> None:
    sheet = sample_snapshot().sheet(WATER[0])
    assert sheet is not None
    plain = sheet.model_copy(update={"output": sheet.output.model_copy(update={"collectable": False})})
    with pytest.raises(Refused) as refusal:
        file_at_desk(*WATER, world("1405/09/02 10:00", plain), decide=GRANT | {"handover": HANDED})
    assert refusal.value.code == "NOTHING_TO_COLLECT"


def test_i9_what_was_filed_days_ago_is_decided_at_once_only_for_somebody_who_is_there() -> None:
    there = collectable("1405/09/04 10:00")
    filed = state_of(file_at_desk(*WATER, collectable(), notOnSpotReason="MISSING_DOCUMENT"))
    refused = DecideOnSpot.model_validate({"result": "REFUSED", "ground": "مادهٔ ۴", "officerId": WATER[2]})
    with pytest.raises(Refused) as refusal:
        deciding.on_spot(filed, refused, there)
    assert refusal.value.code == "NOT_PRESENT"
    back = visiting.opened(filed, VisitOpened(visit_id="v", desk_id=WATER[1], opened_at=there.now), there)
    assert case_of(deciding.on_spot(state_of(back), refused, there)).state == "CLOSED"
    granted = DecideOnSpot.model_validate(GRANT | {"handover": HANDED, "officerId": WATER[2]})
    case = case_of(deciding.on_spot(filed, granted, there))
    assert (case.state, case.visits) == ("CLOSED", 2), "whoever takes the output is there, whatever their ticket names"


def test_a_visit_that_was_promised_for_now_is_kept_by_who_takes_the_output_and_that_is_published() -> None:
    there = collectable("1405/09/03 10:00")
    filed = state_of(file_at_desk(*WATER, collectable(), notOnSpotReason="MISSING_DOCUMENT"))
    wish = PromiseVisit.model_validate({"kind": "NEXT_VISIT", "at": there.now.isoformat(), "officerId": WATER[2]})
    asked_back = state_of(next_visit(filed, wish, collectable()))
    granted = DecideOnSpot.model_validate(GRANT | {"handover": HANDED, "officerId": WATER[2]})
    kept, done = (cast(RequestMoved, event) for event in deciding.on_spot(asked_back, granted, there).events)
    assert (kept.moves, done.moves[0], done.version) == (("commitment.kept",), "request.done-on-spot", kept.version + 1)


# --- why not ----------------------------------------------------------------------------------------------------------


def test_a_desk_that_may_decide_at_once_and_does_not_says_why() -> None:
    with pytest.raises(Refused) as refusal:
        file_at_desk(*WATER)
    assert (refusal.value.code, refusal.value.status) == ("REASON_NEEDED", 422)
    assert [error["field"] for error in refusal.value.facts["errors"]] == ["notOnSpotReason"]
    assert all(reason in refusal.value.detail for reason in NotOnSpotReason), "the desk reads what it may say"


@pytest.mark.parametrize("reason", NotOnSpotReason)
def test_the_reason_is_one_of_a_closed_list_and_is_told(reason: NotOnSpotReason) -> None:
    event = move_of(file_at_desk(*WATER, notOnSpotReason=reason))
    assert (event.state, event.on_spot_allowed, event.not_on_spot_reason) == ("PROMISED", True, reason)


@pytest.mark.parametrize(
    ("filed", "fields"),
    [
        (("building-permit", PERMITS_DESK, PERMITS_OFFICER), {}),
        (("tax-clearance", TAX_DESK, TAX_OFFICER), {}),
        (CERTIFICATE, {}),
        (("renovation-toll-clearance", PERMITS_DESK, PERMITS_OFFICER), {}),
        (
            ("opening-hours", "wa-governorate-desk", "wa-governorate-desk-01"),
            {"informationOnly": True, "applicant": None},
        ),
    ],
    ids=["not allowed by the sheet", "another sheet", "filed electronically", "sent to a kiosk", "information"],
)
def test_nobody_is_asked_why_where_the_desk_had_nothing_to_decide(
    filed: tuple[str, str, str], fields: dict[str, Any]
) -> None:
    assert not move_of(file_at_desk(*filed, **fields)).on_spot_allowed
    said = move_of(file_at_desk(*filed, **fields, notOnSpotReason="OTHER"))
    assert said.not_on_spot_reason is None, "nor is it told"


def test_what_was_decided_at_once_has_no_reason_why_it_was_not() -> None:
    event = move_of(file_at_desk(*WATER, decide=GRANT, notOnSpotReason="OTHER"))
    assert (event.on_spot_allowed, event.not_on_spot_reason) == (True, None)


def test_what_the_desk_decides_at_once_counts_whatever_its_channel_would_have_been() -> None:
    for service, output in ((WATER, "subscriber-change"), (CERTIFICATE, "coverage-certificate")):
        event: RequestMoved = move_of(file_at_desk(*service, decide=GRANT | {"output": {"type": output}}))
        assert (event.on_spot_allowed, event.not_on_spot_reason) == (True, None)


async def test_free_text_is_no_reason(intake: Intake) -> None:
    service, desk, officer = WATER
    answer = await intake.file(serviceId=service, deskId=desk, officerId=officer, notOnSpotReason="سامانه کند بود")
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")
    (error,) = answer.json()["errors"]
    assert error["field"] == "notOnSpotReason"
    assert "NEEDS_UNIT" in error["detail"]


async def test_the_rate_of_what_is_done_on_the_spot_is_counted_once_for_each_filing(intake: Intake) -> None:
    service, desk, officer = WATER
    water = {"serviceId": service, "deskId": desk, "officerId": officer}
    await intake.file(key="a", **water, decide=GRANT)
    await intake.file(key="a", **water, decide=GRANT)
    await intake.file(key="b", **water, notOnSpotReason="SYSTEM_DOWN")
    await intake.file(key="c")
    await intake.memory.settle()
    noted = [performed for performed in intake.memory.effects if isinstance(performed.effect, OnSpotNoted)]
    assert [performed.effect.done for performed in noted] == [True, False]
    metrics = Metrics("intake")
    await counting(cast(Parts, SimpleNamespace(metrics=metrics)))(noted)
    counted = [metrics.registry.get_sample_value("mizban_on_spot_total", {"done": done}) for done in ("yes", "no")]
    assert counted == [1, 1]


async def test_the_desk_sees_who_took_the_output(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    await intake.unit_answers(id)
    told = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    await intake.post(f"/v1/requests/{id}/announce", told)
    over = await intake.post(f"/v1/requests/{id}/handover", HANDED | {"officerId": PERMITS_OFFICER})
    assert over.json()["handover"] == {
        "collectedBy": "REPRESENTATIVE",
        "collectedRef": (await intake.state(id)).case.representative_ref,
        "identitySeen": True,
        "officerId": PERMITS_OFFICER,
        "at": "2026-11-23T06:30:00Z",
    }


@pytest.mark.parametrize("mobile", ["09121234567", None])
def test_I9_what_a_kiosk_office_filed_is_not_decided_over_the_head_of_somebody_who_is_not_there(
    mobile: str | None,
) -> None:
    """Nobody has told them: no visit of theirs is open at the desk, and no message was confirmed. Yet the case is over,
    its promise is kept, and the days to object run."""
    sheet, now = sample_snapshot().sheet("social-insurance-record"), "1405/09/03 10:00"
    assert sheet is not None
    at_once = sheet.model_copy(update={"on_spot": True})
    deciding_officer = with_authority(SOCIAL_OFFICER, "social-insurance-record")
    filed = state_of(submit(None, world(MORNING, at_once), applicant=person(mobile=mobile)))
    command = {"result": "REFUSED", "ground": "بند ۳", "officerId": SOCIAL_OFFICER}
    with pytest.raises(Refused):
        deciding.on_spot(filed, DecideOnSpot.model_validate(command), world(now, at_once, deciding_officer))


def test_i9_what_another_desk_filed_electronically_is_decided_at_once_only_for_somebody_who_has_come_here() -> None:
    sheet = sample_snapshot().sheet("social-insurance-record")
    assert sheet is not None
    offered = sample_snapshot().offerings(sheet.id)[0]
    by_web = {"id": "by-web", "channel": Channel.WEB, "request": Extent.FULL, "delivery": Extent.FULL}
    deciding_officer = with_authority(SOCIAL_OFFICER, sheet.id)
    there = (sheet.model_copy(update={"on_spot": True}), offered.model_copy(update=by_web), deciding_officer)
    khoy = ("wa-social-security-khoy-desk", "wa-social-security-khoy-desk-01")
    filed = state_of(file_at_desk(sheet.id, *khoy, world(MORNING, *there)))
    assert the_case(filed).desk_id == SOCIAL_DESK
    command = DecideOnSpot.model_validate({"result": "REFUSED", "ground": "بند ۳", "officerId": SOCIAL_OFFICER})
    with pytest.raises(Refused, match="NOT_PRESENT"):
        deciding.on_spot(filed, command, world("1405/09/02 11:00", *there))
