"""Whose word a submission is: what its office has not signed is answered apart from it, and harms it in nothing."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.entry import Status
from services.contracts.signature import sign
from services.contracts.snapshot import Snapshot
from services.intake.domain.proving import request_of
from services.intake.domain.rules import Rules
from services.intake.handlers import REQUEST
from services.runtime.message import Record
from services.worktime import parse_jalali
from tests.support.sample import sample_entries
from tests.support.signing import kid, private_key, signature, signing_key, signing_snapshot, with_keys
from tests.unit.intake.cases import MORNING, RULES
from tests.unit.intake.outsiders_records import a_case_of, a_record, dead, told
from tests.unit.intake.signed_words import ACCEPTED, NEIGHBOUR, OFFICE, STRANGER, A, B, a_door, answers, the_office


def signed(by: bytes | None, **changes: Any) -> Record:
    """A record of the office with this in `ce_signature`; None = without it."""
    record = a_record(**changes)
    others = tuple(header for header in record.headers if header[0] != "ce_signature")
    return record._replace(headers=others + ((("ce_signature", by),) if by is not None else ()))


def signed_by(office: str, **changes: Any) -> Record:
    record = a_record(**changes)
    return signed(signature(office, record.value or b""), **changes)


FORGED = ("REJECTED", "BAD_SIGNATURE", 0)


@pytest.mark.parametrize("by", [None, b"", b"nonsense", signature(OFFICE, b"other bytes"), signature(OFFICE, b"")])
async def test_what_is_not_rightly_signed_is_no_case(by: bytes | None) -> None:
    door = a_door()
    await door.records(signed(by))
    assert answers(door) == [FORGED]
    (outcome,) = told(door)
    assert (outcome["fixable"], outcome["causeId"], outcome["partner"]) == (True, "event-0", "pishkhan-a")
    assert a_case_of(door) is None
    assert dead(door) == [], "an answer, not a dead letter"


async def test_where_signatures_are_optional_an_unsigned_record_counts_and_a_wrong_one_does_not() -> None:
    door = a_door(rules=Rules(secret=RULES.secret, signatures_required=False))
    await door.records(signed(b"nonsense", key=f"{OFFICE}:1", externalRef="1"), signed(None))
    assert sorted(answers(door)) == [ACCEPTED, FORGED]


async def test_a_forged_content_takes_nothing_from_the_office_whose_name_it_bears() -> None:
    """The same bytes, then other bytes under the same revision, then more than anybody would answer."""
    door = a_door()
    await door.records(signed(None), *(signed(None, offset=n, amount=n) for n in range(1, 80)))
    forged = answers(door)
    assert forged == [FORGED] * RULES.unproven_heard
    assert {letter["dl_code"] for letter in dead(door)} == {"TOO_MANY_CONTENTS"}
    assert door.state(REQUEST, request_of(OFFICE, "017-000123")) is None
    await door.records(a_record(offset=100))
    assert answers(door)[len(forged) :] == [ACCEPTED]


async def test_the_answer_to_a_forged_content_is_numbered_apart_from_those_to_the_office() -> None:
    """Else two different answers would have one event id, and the office would drop the second."""
    door = a_door()
    await door.records(signed(None), a_record(offset=1))
    events = door.publisher.events("sd.kiosk.outcome.")
    assert len({event["ce_id"] for event in events}) == 2
    assert {(event["ce_subject"], event["ce_sequence"]) for event in events} == {
        ("unproven/pishkhan-a/wa-urmia-017:017-000123", "1"),
        ("wa-urmia-017:017-000123", "1"),
    }


async def test_after_acceptance_nothing_unsigned_changes_or_answers_the_case() -> None:
    door = a_door()
    await door.records(a_record())
    case = a_case_of(door)
    await door.records(signed(None, offset=1, revision=2), signed(None, offset=2, value=b"{"))
    assert answers(door)[1:] == [FORGED, ("REJECTED", "MALFORMED", 0)]
    assert a_case_of(door) == case


async def test_unreadable_records_in_its_name_do_not_use_up_what_an_office_may_send() -> None:
    door = a_door()
    await door.records(*(signed(None, offset=n, value=b"{%d" % n) for n in range(60)))
    assert len(told(door)) == RULES.unproven_heard
    await door.records(a_record(offset=100))
    assert answers(door)[-1] == ACCEPTED


async def test_the_key_of_another_office_speaks_for_that_office_alone() -> None:
    """The signer is known, so its partner is told, and nobody else."""
    door = a_door()
    await door.records(signed_by(STRANGER))
    (event,) = door.publisher.events("sd.kiosk.outcome.")
    assert event["topic"] == B
    assert answers(door) == [("REJECTED", "SOURCE_MISMATCH", 0)]
    await door.records(signed_by(NEIGHBOUR, offset=1))
    assert [event["topic"] for event in door.publisher.events("sd.kiosk.outcome.")] == [B, A]
    assert a_case_of(door) is None
    await door.records(a_record(offset=2))
    assert answers(door)[-1] == ACCEPTED


async def test_a_key_that_nobody_has_is_no_key() -> None:
    door = a_door()
    value = a_record().value or b""
    made_up = sign(value, private_key(OFFICE), "another-name").encode()
    await door.records(signed(made_up))
    assert answers(door) == [("REJECTED", "SOURCE_MISMATCH", 0)]


async def test_the_name_of_a_key_does_not_make_up_for_the_key() -> None:
    """The stranger's signature under the office's kid, and the other way round."""
    door = a_door()
    value = a_record().value or b""
    await door.records(
        signed(sign(value, private_key(STRANGER), kid(OFFICE)).encode()),
        signed(sign(value, private_key(OFFICE), kid(STRANGER)).encode(), offset=1, revision=2),
    )
    assert answers(door) == [FORGED, FORGED]


@pytest.mark.parametrize(
    "key",
    [
        {"valid_from": parse_jalali("1405/09/03")},
        {"valid_to": parse_jalali("1405/09/01")},
        {"revoked_at": MORNING},
        {"public_key": signing_key(STRANGER).public_key},
        {"public_key": "A" * 43},
    ],
    ids=["not-yet", "not-any-more", "revoked", "another", "no-point-of-the-curve"],
)
async def test_a_key_counts_on_its_days_until_it_is_revoked(key: dict[str, Any]) -> None:
    door = a_door(the_office([signing_key(OFFICE).model_copy(update=key)]))
    await door.records(a_record())
    assert answers(door) == [FORGED]


async def test_while_an_office_changes_its_key_both_count() -> None:
    old, new = signing_key(OFFICE), signing_key(STRANGER).model_copy(update={"kid": "wa-urmia-017.2"})
    door = a_door(the_office([old, new]))
    value = a_record(key=f"{OFFICE}:2", externalRef="2").value or b""
    by_new = sign(value, private_key(STRANGER), "wa-urmia-017.2").encode()
    await door.records(a_record(), signed(by_new, offset=1, key=f"{OFFICE}:2", externalRef="2"))
    assert answers(door) == [ACCEPTED, ACCEPTED]


async def test_a_submission_that_is_known_needs_no_second_look_and_gets_no_second_answer() -> None:
    door = a_door()
    await door.records(a_record(), a_record(offset=1), a_record(offset=2))
    assert answers(door) == [ACCEPTED]


async def test_signed_submissions_may_come_late_and_out_of_order() -> None:
    """A lower revision after a higher one is a conflict; what waited in Kafka is judged by when the broker took it."""
    door = a_door()
    await door.records(a_record(revision=2, evidence=[]), a_record(offset=1), a_record(offset=2, revision=3))
    assert answers(door) == [("REJECTED", "MISSING_EVIDENCE", 2), ("REJECTED", "CONFLICT", 1), ("ACCEPTED", None, 3)]
    late = (MORNING - timedelta(days=8)).strftime("%Y-%m-%dT%H:%M:%SZ")
    await door.records(a_record(key=f"{OFFICE}:late", externalRef="late", submittedAt=late, offset=3))
    assert answers(door)[-1] == ("REJECTED", "STALE", 1)


async def test_a_suspended_partners_offices_file_nothing() -> None:
    partner = signing_snapshot().partner("pishkhan-a")
    assert partner is not None
    for change in ({"status": Status.SUSPENDED}, {"valid_to": parse_jalali("1405/09/01")}):
        door = a_door(partner.model_copy(update=change))
        await door.records(a_record())
        assert answers(door) == [("REJECTED", "KIOSK_NOT_LICENSED", 1)]


async def test_an_office_recorded_a_moment_later_is_waited_for_and_its_signature_looked_at_then() -> None:
    door = a_door()
    known = door.registry
    door.registry = Snapshot().with_entries(with_keys(entry) for entry in sample_entries() if entry.id != OFFICE)
    await door.records(a_record(), signed(None, offset=1, key=f"{OFFICE}:2", externalRef="2"))
    assert answers(door) == []
    door.registry = known
    await door.tick(seconds=2)
    assert answers(door) == [ACCEPTED]
    assert [letter["dl_code"] for letter in dead(door)] == ["ADDRESS_CHANGED"], "it was taken for the office's own"
