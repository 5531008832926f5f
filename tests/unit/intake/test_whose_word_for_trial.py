"""What a sandbox kiosk says is judged and answered and becomes nothing (contract)."""

from services.intake.domain.outcomes import all_told
from services.intake.domain.proving import request_of
from services.intake.domain.standing import licensed_kiosks
from services.intake.handlers import REQUEST
from services.worktime.jalali import civil_day
from tests.support.signing import signing_key
from tests.unit.intake.cases import MORNING
from tests.unit.intake.later_words import PAPER, SUPPLEMENTED, a_word
from tests.unit.intake.outsiders_records import a_case_of, a_record, told
from tests.unit.intake.signed_words import OFFICE, A, a_door, answers, the_office


async def test_what_a_sandbox_kiosk_files_is_judged_and_answered_and_becomes_nothing() -> None:
    """No case, no code, no promise: no unit and no citizen hears of it."""
    door = a_door(the_office([signing_key(OFFICE)]).model_copy(update={"sandbox": True}))
    bad = a_record(offset=1, key=f"{OFFICE}:2", externalRef="2", evidence=[])
    await door.records(a_record(), bad, a_record(offset=2), a_record(offset=3, amount=5))
    good, other, missing = told(door)
    assert (good["status"], good["state"], good["requestId"], good["trackingCode"]) == (
        "ACCEPTED",
        "SANDBOX",
        None,
        None,
    )
    assert (missing["code"], other["code"]) == ("MISSING_EVIDENCE", "CONFLICT")
    assert a_case_of(door) is None
    assert {event["topic"] for event in door.publisher.events("")} == {A}
    state = door.state(REQUEST, request_of(OFFICE, "017-000123"))
    assert [outcome.state for outcome in all_told(state)] == ["SANDBOX", None]


async def test_what_a_sandbox_kiosk_said_too_early_is_answered_when_it_comes_again() -> None:
    """As of any other: a programmer tries out here what the page says of UNKNOWN_CASE."""
    door = a_door(the_office([signing_key(OFFICE)]).model_copy(update={"sandbox": True}))
    await door.records(a_word(SUPPLEMENTED, 1, evidence=[PAPER]))
    await door.records(a_record(offset=2), *(a_word(SUPPLEMENTED, n, evidence=[PAPER]) for n in (3, 4)))
    assert [(outcome["code"], outcome["state"]) for outcome in told(door)] == [
        ("UNKNOWN_CASE", None),
        (None, "SANDBOX"),
        (None, "SANDBOX"),
    ]


async def test_a_sandbox_kiosk_honours_no_reference_and_no_citizen_is_sent_to_it() -> None:
    office = the_office([signing_key(OFFICE)]).model_copy(update={"sandbox": True})
    door = a_door(office)
    await door.records(a_record(redirectRef="R-somebodys"))
    assert answers(door) == [("REJECTED", "REDIRECT_UNKNOWN", 1)]
    offered = licensed_kiosks(door.registry, "social-insurance-record", "urmia", civil_day(MORNING))
    assert OFFICE not in {kiosk.id for kiosk in offered}
    assert offered
