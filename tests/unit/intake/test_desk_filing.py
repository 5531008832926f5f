"""A desk files: who may, for whom, and what is decided on the spot (domain 1, I4, I5, I13)."""

from datetime import date
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.identifiers import normalise_tracking_code
from services.contracts.intake_commands import DecideOnSpot
from services.contracts.service_sheet import Channel, Cost
from services.intake.domain import deciding
from services.intake.domain.due import timers
from services.worktime import parse_jalali
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    PERMITS_DESK,
    PERMITS_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
    case_of,
    file_at_desk,
    move_of,
    person,
    state_of,
    with_authority,
    world,
)

TOLL, WATER_DESK, WATER_OFFICER = "water-name-change", "wa-water-desk", "wa-water-desk-01"


def refused(**fields: Any) -> Refused:
    arguments = {"service": "building-permit", "desk": PERMITS_DESK, "officer": PERMITS_OFFICER} | fields
    with pytest.raises(Refused) as refusal:
        file_at_desk(**arguments)
    return refusal.value


@pytest.mark.parametrize(
    ("field", "code", "fields"),
    [
        ("deskId", "UNKNOWN_DESK", {"desk": "no-such-desk"}),
        ("serviceId", "UNKNOWN_SERVICE", {"service": "no-such-service"}),
        ("officerId", "UNKNOWN_OFFICER", {"officer": "no-such-officer"}),
        ("applicant", "APPLICANT_NEEDED", {"applicant": None}),
        ("applicant", "INVALID_APPLICANT", {"applicant": person(value="1234567890")}),
        ("legalBasis", "LEGAL_BASIS_NEEDED", {"priorityClass": "VETERAN"}),
    ],
)
def test_a_wrong_field_is_named(field: str, code: str, fields: dict[str, Any]) -> None:
    refusal = refused(**fields)
    assert (refusal.code, refusal.status) == (code, 422)
    assert [error["field"] for error in refusal.facts["errors"]] == [field]
    assert "1234567890" not in str(refusal.facts)


@pytest.mark.parametrize(
    "entry",
    [
        with_authority(PERMITS_OFFICER, "another-service"),
        with_authority(PERMITS_OFFICER, "building-permit", actions=("DECIDE",)),
        with_authority(PERMITS_OFFICER, "building-permit", valid_from=parse_jalali("1405/09/03")),
        with_authority(PERMITS_OFFICER, "building-permit", valid_to=parse_jalali("1405/09/01")),
    ],
)
def test_an_officer_registers_only_with_authority_for_the_service_today(entry: Any) -> None:
    refusal = refused(now=world("1405/09/02 10:00", entry))
    assert (refusal.code, refusal.status) == ("NOT_AUTHORISED", 403)


def test_an_officer_registers_only_at_their_own_desk() -> None:
    assert refused(officer=TAX_OFFICER).code == "NOT_AUTHORISED"


def test_a_filed_case_has_a_tracking_code_that_follows_from_the_request() -> None:
    first = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    assert normalise_tracking_code(first.tracking_code) == first.tracking_code
    again = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    assert again.tracking_code == first.tracking_code
    taken = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, world(attempt=1)))
    assert taken.tracking_code != first.tracking_code


def test_the_answer_to_the_desk_is_what_the_contract_shows() -> None:
    decision = file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER)
    assert decision.answer is not None
    assert list(decision.answer) == [
        "requestId", "trackingCode", "state", "channel", "channelReason", "awaited", "redirect", "commitments",
        "duplicateOf", "receipt",
    ]  # fmt: skip
    (commitment,) = decision.answer["commitments"]
    assert set(commitment) == {"kind", "promisedAt", "promisedLocal", "legalLatestAt", "calendar", "state"}


def test_documents_that_were_not_brought_are_named_to_the_citizen() -> None:
    case = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    assert len(case.needed) == 2
    assert "کارت ملی" not in case.needed


def test_a_priority_class_rests_on_a_written_rule() -> None:
    decision = file_at_desk(
        "building-permit", PERMITS_DESK, PERMITS_OFFICER, priorityClass="VETERAN", legalBasis="قانون جامع ایثارگران"
    )
    assert move_of(decision).priority_class == "VETERAN"


def test_a_web_filing_belongs_to_the_permanent_desk_of_the_units_agency() -> None:
    case = case_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER))
    agency = sample_snapshot().organization(case.org_id)
    assert agency is not None
    assert case.desk_id == agency.desk_id


# --- On the spot ------------------------------------------------------------------------------------------------------

GRANT = {"result": "GRANTED", "ground": None, "output": {"type": "subscriber-change", "note": "به نام خانم رضایی"}}


CLEARED = GRANT | {"output": {"type": "toll-clearance"}}


def decided(**fields: Any) -> Any:
    return file_at_desk(TOLL, WATER_DESK, WATER_OFFICER, **({"decide": GRANT} | fields))


def test_filed_and_decided_in_one_call_leaves_nothing_open() -> None:
    decision = decided()
    case = case_of(decision)
    assert (case.state, case.commitments) == ("CLOSED", ())
    assert move_of(decision).moves == ("request.registered", "request.done-on-spot", "request.closed")
    assert timers(state_of(decision)) == {}


def test_I4_what_the_desk_does_itself_has_the_desk_as_its_channel() -> None:
    """The reason still tells what the table would have offered."""
    desk = "wa-municipality-urmia-desk"
    case = case_of(file_at_desk("renovation-toll-clearance", desk, f"{desk}-01", decide=CLEARED))
    assert (case.channel, case.channel_reason) == ("AGENCY_DESK", "KIOSK")
    assert case.redirect is None


def test_what_the_desk_does_itself_costs_what_it_costs_at_the_desk() -> None:
    """A counter office takes a fee of its own; nobody pays it who was never sent there."""
    desk = "wa-municipality-urmia-desk"
    sheet = sample_snapshot().sheet("renovation-toll-clearance")
    assert sheet is not None
    at_desk = Cost(amount=1_000, channel=Channel.AGENCY_DESK, pay_at="باجهٔ بانک")
    at_office = Cost(amount=45_000, channel=Channel.KIOSK_URBAN, pay_at="دفتر پیشخوان")
    now = world("1405/09/02 10:00", sheet.model_copy(update={"costs": (at_desk, at_office)}))
    done = case_of(file_at_desk("renovation-toll-clearance", desk, f"{desk}-01", now, decide=CLEARED))
    sent = case_of(file_at_desk("renovation-toll-clearance", desk, f"{desk}-01", now))
    assert (done.cost, done.pay_at) == (1_000, "باجهٔ بانک")
    assert (sent.cost, sent.pay_at) == (45_000, "دفتر پیشخوان")


def test_I13_a_desk_that_is_shut_decides_nothing() -> None:
    """I13: a decision on the spot needs a running shift."""
    with pytest.raises(Refused) as refusal:
        decided(now=world("1405/09/02 03:26"))
    assert (refusal.value.code, refusal.value.status) == ("NOT_ON_SHIFT", 403)


def test_a_desk_whose_calendar_has_no_answer_decides_nothing() -> None:
    """It begins years from now: nobody knows whether a shift runs."""
    desk = sample_snapshot().desk(WATER_DESK)
    assert desk is not None
    entry = sample_snapshot().calendar(desk.calendar_id)
    assert entry is not None
    week = entry.weeks[0].model_copy(update={"valid_from": date(2031, 1, 1)})
    later = entry.model_copy(update={"weeks": (week,), "exceptions": ()})
    with pytest.raises(Refused) as refusal:
        decided(now=world("1405/09/02 10:00", later))
    assert refusal.value.code == "NOT_ON_SHIFT"


def test_what_an_officer_writes_about_an_output_stays_here() -> None:
    """I12: an event carries the kind of the output, never the note."""
    event = move_of(decided())
    assert event.result is not None
    assert event.result.output == {"type": "subscriber-change"}


def test_I12_an_output_that_the_sheet_does_not_list_is_refused_for_its_type_travels() -> None:
    """All that is wrong with a decision is told at once."""
    with pytest.raises(Refused) as refusal:
        decided(decide=GRANT | {"output": {"type": "khanom-rezaei"}})
    assert (refusal.value.code, refusal.value.status) == ("UNKNOWN_OUTPUT", 422)
    with pytest.raises(Refused) as refusal:
        decided(decide={"result": "REFUSED", "ground": None, "laws": [7], "output": {"type": "khanom-rezaei"}})
    codes = [each["code"] for each in refusal.value.facts["errors"]]
    assert codes == ["GROUND_NEEDED", "UNKNOWN_LAW", "UNKNOWN_OUTPUT"]


def test_only_a_service_whose_sheet_allows_it_is_decided_on_the_spot() -> None:
    assert refused(decide=GRANT).code == "NOT_ON_SPOT"


def test_I5_a_refusal_on_the_spot_names_its_ground() -> None:
    for ground in (None, "  "):
        with pytest.raises(Refused) as refusal:
            decided(decide=GRANT | {"result": "REFUSED", "ground": ground})
        assert (refusal.value.code, refusal.value.status) == ("GROUND_NEEDED", 422)
    event = move_of(decided(decide=GRANT | {"result": "REFUSED", "ground": "آیین‌نامه، مادهٔ ۴"}))
    assert event.objection, "the message that tells the citizen names the way to object"
    assert event.result is not None
    assert (event.result.laws, event.result.ground) == ((0,), None), "the law travels, not what was written (I12)"
    with pytest.raises(Refused) as refusal:
        decided(decide=GRANT | {"result": "REFUSED", "ground": "مادهٔ ۴", "laws": [7]})
    assert (refusal.value.code, refusal.value.status) == ("UNKNOWN_LAW", 422)


@pytest.mark.parametrize(("amount", "allowed"), [(None, False), (1000, True), (1001, False)])
def test_the_authority_to_decide_ends_at_its_amount(amount: int | None, allowed: bool) -> None:
    limited = world("1405/09/02 10:00", with_authority(WATER_OFFICER, TOLL, max_amount=1000))
    if allowed:
        assert case_of(decided(now=limited, amount=amount)).state == "CLOSED"
    else:
        with pytest.raises(Refused) as refusal:
            decided(now=limited, amount=amount)
        assert refusal.value.code == "NOT_AUTHORISED"


def test_I13_an_officer_who_may_only_register_does_not_decide() -> None:
    clerk = world("1405/09/02 10:00", with_authority(WATER_OFFICER, TOLL, actions=("REGISTER",)))
    with pytest.raises(Refused) as refusal:
        decided(now=clerk)
    assert refusal.value.status == 403


def test_decided_later_in_the_visit_the_promise_is_kept() -> None:
    filed = state_of(decided(decide=None, notOnSpotReason="MISSING_DOCUMENT"))
    command = DecideOnSpot.model_validate(GRANT | {"officerId": WATER_OFFICER})
    decision = deciding.on_spot(filed, command, world("1405/09/02 10:40"))
    assert move_of(decision).moves == ("request.done-on-spot", "commitment.kept", "request.closed")
    assert [promise.state for promise in case_of(decision).commitments] == ["KEPT"]
    with pytest.raises(Refused) as refusal:
        deciding.on_spot(state_of(decision), command, world("1405/09/02 10:50"))
    assert refusal.value.facts == {"from": "CLOSED", "to": "DONE_ON_SPOT"}
