"""What comes again after its key has ended was answered already; a former key says nothing new (contract; ADR 0025)."""

import json
from typing import Any

import pytest

from services.contracts.signature import sign
from services.contracts.snapshot import Snapshot
from services.intake.domain.proving import request_of
from services.intake.handlers import REQUEST
from services.runtime.message import Record
from services.worktime import parse_jalali
from tests.support.memory_door import MemoryDoor
from tests.support.signing import kid, private_key, signature, signing_key
from tests.unit.intake.cases import MORNING, RULES
from tests.unit.intake.edge import Intake, a_submission
from tests.unit.intake.later_words import PAPER, SUPPLEMENTED, WITHDRAWN, a_word
from tests.unit.intake.outsiders_records import a_record, dead, told
from tests.unit.intake.signed_words import ACCEPTED, OFFICE, STRANGER, a_door, answers, the_office

FORGED = ("REJECTED", "BAD_SIGNATURE", 0)
REVOKED, EXPIRED = {"revoked_at": MORNING}, {"valid_to": parse_jalali("1405/09/01")}
NEW_KEY = "wa-urmia-017.2"


def with_ended_key(registry: Snapshot, how: dict[str, Any]) -> Snapshot:
    """The office has changed its key: the one that signs here has ended, and it has a new one."""
    new = signing_key(STRANGER).model_copy(update={"kid": NEW_KEY})
    changed = the_office([signing_key(OFFICE).model_copy(update=how), new])
    return registry.with_entries([changed.model_copy(update={"version": 9})])


def ended(door: MemoryDoor, how: dict[str, Any] = REVOKED) -> None:
    door.registry = with_ended_key(door.registry, how)


def signed_anew(record: Record, offset: int) -> Record:
    value = record.value or b""
    others = tuple(header for header in record.headers if header[0] != "ce_signature")
    by_new = ("ce_signature", sign(value, private_key(STRANGER), NEW_KEY).encode())
    return record._replace(headers=(*others, by_new), offset=offset)


@pytest.mark.parametrize("how", [REVOKED, EXPIRED], ids=["revoked", "over"])
async def test_what_was_answered_gets_no_second_answer_after_its_key_has_ended(how: dict[str, Any]) -> None:
    """A whole topic that is read again: submissions that were taken and refused, and what was said later."""
    door = a_door()
    refused = [a_record(offset=n, revision=n, evidence=[], amount=n) for n in range(1, 8)]
    words = [*refused, a_record(offset=8, revision=8), a_word(SUPPLEMENTED, 9, evidence=[PAPER])]
    await door.records(*words)
    known, case = len(told(door)), door.state(REQUEST, request_of(OFFICE, "017-000123"))
    ended(door, how)
    for word in words:
        await door.records(word)
    await door.records(*words, *(word._replace(offset=word.offset + 100) for word in words))
    assert (len(told(door)), dead(door)) == (known, [])
    assert door.state(REQUEST, request_of(OFFICE, "017-000123")) == case


async def test_a_former_key_says_nothing_new_and_takes_nothing_from_the_office() -> None:
    """Another content of a case, and one under a reference that nobody has used yet."""
    door = a_door()
    await door.records(a_record())
    case = door.state(REQUEST, request_of(OFFICE, "017-000123"))
    ended(door)
    another = a_record(offset=2, key=f"{OFFICE}:2", externalRef="2")
    await door.records(a_record(offset=1, revision=2), a_word(WITHDRAWN, 3, reason="NOT_NEEDED"), another)
    assert sorted(answers(door)) == [ACCEPTED, FORGED, FORGED, FORGED]
    assert {o["causeId"] for o in told(door) if o["code"]} == {"event-1", "event-2", "event-3"}
    assert door.state(REQUEST, request_of(OFFICE, "017-000123")) == case
    assert door.state(REQUEST, request_of(OFFICE, "2")) is None
    await door.records(another, signed_anew(another, 4))
    assert answers(door)[4:] == [ACCEPTED], "the office's own word, under its key of now; the forged one is told once"


async def test_a_filing_is_asked_about_no_more_contents_than_are_answered_under_a_reference() -> None:
    door = a_door()
    ended(door)
    await door.records(*(a_record(offset=n, amount=n) for n in range(60)))
    assert answers(door) == [FORGED] * RULES.submissions_heard
    assert {letter["dl_code"] for letter in dead(door)} == {"TOO_MANY_CONTENTS"}


async def test_whoever_has_not_even_the_former_key_learns_not_what_is_known() -> None:
    """The same bytes are told to be forged, as any others are."""
    door = a_door()
    await door.records(a_record())
    ended(door)
    by_another = sign(a_record().value or b"", private_key(STRANGER), kid(OFFICE)).encode()
    for offset, by in enumerate((b"", signature(OFFICE, b"else"), by_another), 1):
        await door.records(a_record(offset=offset, headers={"ce_signature": by}))
    assert answers(door) == [ACCEPTED, FORGED], "and that once per content"


async def test_what_came_before_its_submission_is_to_be_signed_anew() -> None:
    """It has no answer yet that would stay: the office hears why nothing comes of it."""
    door = a_door()
    early = a_word(SUPPLEMENTED, 1, evidence=[PAPER])
    await door.records(early, a_record(offset=2))
    ended(door)
    await door.records(early._replace(offset=3))
    await door.records(signed_anew(early, 4))
    assert [outcome["code"] for outcome in told(door)] == ["UNKNOWN_CASE", None, "BAD_SIGNATURE", None]


async def test_a_held_up_filing_is_asked_all_the_same_and_nothing_is_told_before_it_has_answered() -> None:
    door = a_door()
    await door.records(a_record(serviceId="not-here-yet"))
    ended(door)
    await door.records(a_record(offset=1, revision=2))
    assert answers(door) == []
    for _ in range(15):
        await door.tick(seconds=1)
    assert FORGED in answers(door)


async def test_over_http_the_answer_to_what_a_former_key_has_signed_stands_in_the_outcomes(intake: Intake) -> None:
    """The API key has shown who asks: they read all that was told to them, and nothing else is told here."""

    async def post(**changes: Any) -> Any:
        body = json.dumps(a_submission(**changes)).encode()
        headers = {"content-type": "application/json", "ce-signature": signature(OFFICE, body).decode()}
        return (await intake.http.post("/v1/kiosk/submissions", content=body, headers=headers)).json()

    first = await post()
    assert first["status"] == "ACCEPTED"
    intake.memory.registry = with_ended_key(intake.memory.registry, REVOKED)
    assert [(await post(**changes))["status"] for changes in ({}, {"revision": 2})] == ["WAITING", "WAITING"]
    listed = (await intake.http.get(first["outcome"])).json()["items"]
    assert [item["code"] for item in listed] == [None, "BAD_SIGNATURE"]
    assert (await post(revision=2))["code"] == "BAD_SIGNATURE"
