"""Records of outsiders through the real door: good ones become cases, bad ones dead letters with a code (design 5)."""

import json
import time
from datetime import timedelta

import pytest

from services.contracts.intake_commands import FileRequest
from services.contracts.topics import DAY_MS
from services.intake.domain.messages import Filed
from services.intake.handlers import REQUEST
from services.ops.letters import again, letters_in, unsealed
from services.runtime.message import Record
from services.runtime.seal import Sealer
from tests.support.memory_door import MemoryDoor
from tests.support.signing import signing_key
from tests.unit.intake import signed_words
from tests.unit.intake.cases import SOCIAL_DESK, SOCIAL_OFFICER, person
from tests.unit.intake.edge import a_door
from tests.unit.intake.outsiders_records import a_body, a_case_of, a_record, dead, told


async def test_a_good_record_becomes_a_case_and_one_acceptance() -> None:
    door = a_door()
    await door.records(a_record())
    (outcome,) = told(door)
    assert (outcome["status"], outcome["causeId"]) == ("ACCEPTED", "event-0")
    assert a_case_of(door).tracking_code == outcome["trackingCode"]
    await door.records(a_record(offset=1))
    assert len(told(door)) == 1, "also under a new ce_id"


async def test_what_bears_the_brokers_own_time_is_read_as_of_that_second() -> None:
    """The broker counts milliseconds; what our rules read and make has whole seconds (tests/support/made.py)."""
    door = a_door()
    door.clock.moment += timedelta(microseconds=123_456)
    some_while_ago = int(time.time() * 1000) - 90_777
    await door.records(a_record()._replace(timestamp=some_while_ago))
    assert [outcome["status"] for outcome in told(door)] == ["ACCEPTED"]


@pytest.mark.parametrize("key", ["", "no-colon", "wa-urmia-017:", "wa-urmia-017:a b"])
async def test_a_key_that_names_nobody_gets_no_answer(key: str) -> None:
    door = a_door()
    await door.records(a_record(value=b"{", key=key))
    assert (len(dead(door)), told(door)) == (1, [])


async def test_an_unknown_office_becomes_a_dead_letter_after_a_short_wait() -> None:
    door = a_door()
    source: dict[str, bytes | None] = {"ce_source": b"/kiosk/wa-nowhere-001"}
    await door.records(a_record(key="wa-nowhere-001:1", kioskId="wa-nowhere-001", externalRef="1", headers=source))
    assert dead(door) == [], "the registry may be behind"
    for _ in range(15):
        await door.tick(seconds=1)
    assert ["UNKNOWN_KIOSK" in str(letter) for letter in dead(door)] == [True]
    assert told(door) == []


def sent_again(door: MemoryDoor, at: int) -> Record:
    """The record of the one dead letter, as `./mizban dlq replay` sends it and the broker stores it."""
    given_up = [sent for sent in door.publisher.sent if sent[0] == "mizban.intake.dlq"]
    (letter,) = letters_in(Record(topic, 0, 0, key.encode(), value, tuple(h)) for topic, key, value, h in given_up)
    sealer = Sealer(door.settings.seal_bytes())
    sent = again(unsealed(letter, sealer), sealer)
    return Record(sent.topic, sent.partition, 1000, sent.key, sent.value, sent.headers, at)


async def test_what_waited_as_a_dead_letter_is_judged_by_when_it_came_first() -> None:
    """The office is recorded after a week, and its submission sent again: by then it would be stale (contract)."""
    door, id, now = signed_words.a_door(), "wa-urmia-new", int(time.time() * 1000)
    door.clock.advance(days=8)
    source: dict[str, bytes | None] = {"ce_source": f"/kiosk/{id}".encode()}
    record = a_record(key=f"{id}:1", kioskId=id, externalRef="1", headers=source)
    await door.records(record._replace(timestamp=now - 8 * DAY_MS))
    for _ in range(15):
        await door.tick(seconds=1)
    assert [letter["dl_code"] for letter in dead(door)] == ["UNKNOWN_KIOSK"]
    recorded = signed_words.the_office([signing_key(id)]).model_copy(update={"id": id})
    door.registry = door.registry.with_entries([recorded])
    replayed = sent_again(door, now)
    other = a_record(key=f"{id}:2", kioskId=id, externalRef="2", headers=source, offset=1)
    of_another = other._replace(headers=(*other.headers, replayed.headers[-1]), timestamp=now)
    await door.records(replayed, of_another)
    assert [outcome["code"] for outcome in told(door)] == [None, "STALE"], "that word is of this record alone"


async def test_codes_in_other_scripts_are_read_as_the_same_codes() -> None:
    door = a_door()
    persian = a_body(externalRef="۰۱۷-۰۰۰۱۲۳", kioskId="wa-urmia-۰۱۷", applicant=person(value="٠٠١٣٥٤٢٤١٩"))
    await door.records(a_record(value=json.dumps(persian, ensure_ascii=False).encode()))
    assert [outcome["status"] for outcome in told(door)] == ["ACCEPTED"]
    await door.records(a_record(offset=1))
    assert len(told(door)) == 1


async def test_fields_of_a_later_version_are_ignored_and_do_not_make_other_content() -> None:
    door = a_door()
    await door.records(a_record(loyaltyPoints=7))
    await door.records(a_record(offset=1))
    assert [outcome["status"] for outcome in told(door)] == ["ACCEPTED"]


async def test_a_redirect_is_honoured_through_the_door() -> None:
    """The filing asks the request, the request answers, the office is told: all from outboxes."""
    door = a_door()
    asked = FileRequest.model_validate(
        {
            "serviceId": "social-insurance-record",
            "deskId": SOCIAL_DESK,
            "officerId": SOCIAL_OFFICER,
            "applicant": person(),
        }
    )
    done = await door.submit(REQUEST, "request-1", Filed(request_id="request-1", request=asked), key="1", caller="desk")
    assert done.answer is not None
    await door.records(a_record(redirectRef=done.answer["redirect"]["ref"]))
    for _ in range(5):
        await door.tick(seconds=3)
    (outcome,) = told(door)
    assert (outcome["status"], outcome["requestId"]) == ("ACCEPTED", "request-1")
    assert door.state(REQUEST, "request-1").case.state == "PROMISED"
    types = [event["ce_type"] for event in door.publisher.events("sd.intake.request.v1")]
    assert types == [f"ir.servicedesk.intake.request.{verb}.v1" for verb in ("redirected", "registered")]


async def test_a_promise_breaks_by_itself_when_its_hour_passes() -> None:
    door = a_door()
    await door.records(a_record())
    await door.tick(days=10)
    assert [promise.state for promise in a_case_of(door).commitments] == ["BROKEN"]
    await door.tick(days=10)
    broken = [e for e in door.publisher.events("sd.intake.request.v1") if "commitment.broken" in e["ce_type"]]
    assert len(broken) == 1
