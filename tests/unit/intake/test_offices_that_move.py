"""An office that has moved to another partner: each partner is told, and reads over HTTP, its own part alone."""

import json
from hashlib import sha256
from typing import Any

from services.contracts.registry import ApiKey
from services.intake.domain.outcomes import all_told
from services.intake.domain.proving import request_of
from services.intake.domain.request import Heard, Request
from services.intake.handlers import REQUEST
from tests.support.signing import signature
from tests.unit.intake.cases import MORNING, SOCIAL_OFFICER, answered, state_of, submit, work, world
from tests.unit.intake.edge import Intake, a_submission
from tests.unit.intake.later_words import LATER, PAPER, said, supplement
from tests.unit.intake.signed_words import OFFICE, A, B

OTHER = {"Authorization": "Bearer the-api-key-of-pishkhan-b"}


async def moves(intake: Intake, to: str = "pishkhan-b") -> None:
    """The office is the other partner's from now on, which has an API key of its own."""
    registry = intake.memory.registry
    office, partner = registry.kiosk(OFFICE), registry.partner("pishkhan-b")
    assert office is not None
    assert partner is not None
    key = ApiKey(sha256=sha256(b"the-api-key-of-pishkhan-b").hexdigest())
    moved = office.model_copy(update={"partner": to, "version": office.version + 1})
    keyed = partner.model_copy(update={"api_keys": (key,), "version": partner.version + 1})
    intake.memory.registry = registry.with_entries([moved, keyed])
    intake.memory.clock.advance(seconds=60)


async def read(intake: Intake, headers: dict[str, str] | None = None, **query: str) -> list[dict[str, Any]]:
    intake.memory.clock.advance(seconds=60)
    asked = await intake.http.get("/v1/kiosk/outcomes", params={"kioskId": OFFICE} | query, headers=headers)
    assert asked.status_code == 200, asked.text
    items: list[dict[str, Any]] = asked.json()["items"]
    return items


async def both(intake: Intake, externalRef: str = "017-1") -> list[list[tuple[str, int]]]:
    """What the former partner reads of that reference, and the other, asked for by it and in the list."""
    shown = []
    for headers in (None, OTHER):
        by_reference = await read(intake, headers, externalRef=externalRef)
        listed = [item for item in await read(intake, headers) if item["externalRef"] == externalRef]
        assert listed == by_reference
        shown.append([(item["status"], item["revision"]) for item in listed])
    return shown


async def submits(intake: Intake, headers: dict[str, str] | None = None, **changes: Any) -> str:
    answer = await intake.http.post("/v1/kiosk/submissions", json=a_submission(**changes), headers=headers)
    assert answer.status_code == 202, answer.text
    status: str = answer.json()["status"]
    return status


async def test_each_partner_reads_what_was_told_to_it(intake: Intake) -> None:
    """The former partner reads its own outcomes still; the new one reads none of them, and its own from then on."""
    await submits(intake)
    await moves(intake)
    assert await both(intake) == [[("ACCEPTED", 1)], []]
    await submits(intake, OTHER, externalRef="017-2")
    assert await both(intake) == [[("ACCEPTED", 1)], []]
    assert await both(intake, "017-2") == [[], [("ACCEPTED", 1)]]


async def test_the_former_partner_finds_by_its_reference_what_it_was_told_of_a_wrong_signature(intake: Intake) -> None:
    wrong = {"content-type": "application/json", "ce-signature": signature(OFFICE, b"something else").decode()}
    body = json.dumps(a_submission()).encode()
    answer = await intake.http.post("/v1/kiosk/submissions", content=body, headers=wrong)
    assert answer.json()["code"] == "BAD_SIGNATURE"
    await moves(intake)
    assert await both(intake) == [[("REJECTED", 0)], []]
    answer = await intake.http.post("/v1/kiosk/submissions", content=body, headers=wrong | OTHER)
    assert answer.json()["code"] == "BAD_SIGNATURE"
    assert await both(intake) == [[("REJECTED", 0)], [("REJECTED", 0)]], "each its own"


async def test_what_the_new_partner_sends_under_a_reference_opens_nothing_of_before_to_it(intake: Intake) -> None:
    await submits(intake)
    before = await read(intake)
    await moves(intake)
    assert await submits(intake, OTHER, revision=2) == "REJECTED", "the case is there already"
    assert await both(intake) == [[("ACCEPTED", 1)], [("REJECTED", 2)]]
    assert await read(intake) == before
    assert (await read(intake, OTHER))[0]["trackingCode"] is None


async def test_a_correction_under_the_new_partner_is_read_by_that_one_alone(intake: Intake) -> None:
    await submits(intake, evidence=[])
    await moves(intake)
    assert await submits(intake, OTHER, revision=2) == "ACCEPTED"
    assert await both(intake) == [[("REJECTED", 1)], [("ACCEPTED", 2)]]
    await moves(intake, "pishkhan-a")
    assert await submits(intake, revision=3) == "REJECTED"
    assert await both(intake) == [[("REJECTED", 1), ("REJECTED", 3)], [("ACCEPTED", 2)]], "back again"


async def test_what_happens_to_a_case_after_the_move_is_told_through_the_new_partner(intake: Intake) -> None:
    """Contract: the outcome goes to the registry's partner of the office."""
    await submits(intake)
    later = LATER | {"externalRef": "017-1"}
    added = await intake.http.post("/v1/kiosk/submissions/supplement", json=later | {"evidence": [PAPER]})
    assert added.json()["status"] == "ACCEPTED"
    before = await read(intake)
    await moves(intake)
    id = request_of(OFFICE, "017-1")
    await intake.unit_answers(id)
    assert await both(intake) == [[("ACCEPTED", 1), ("ACCEPTED", 1)], [("PROGRESS", 1)]]
    assert await read(intake) == before, "how the case stands now is nothing of theirs"
    await intake.memory.settle()
    told = [[e["ce_type"].split(".")[-2] for e in intake.memory.publisher.events(topic)] for topic in (A, B)]
    assert told == [["accepted", "accepted"], ["progressed"]]


async def adds(intake: Intake, headers: dict[str, str] | None = None, revision: int = 1) -> None:
    """The office brings one more paper to its case."""
    later = LATER | {"externalRef": "017-1", "revision": revision, "evidence": [PAPER]}
    added = await intake.http.post("/v1/kiosk/submissions/supplement", json=later, headers=headers)
    assert added.json()["status"] == "ACCEPTED", added.text


async def is_extended(intake: Intake, id: str) -> None:
    """The answer of the case is promised for a later date."""
    by = {"officerId": "wa-social-security-desk-02", "secondOfficerId": SOCIAL_OFFICER}
    body = {"to": "2026-11-29T08:00:00Z", "reason": "SITE_SURVEY"} | by
    answer = await intake.post(f"/v1/commitments/{id}.1/extend", body)
    assert answer.status_code == 200, answer.text


async def test_what_happens_after_the_move_shows_in_nothing_that_the_former_partner_reads(intake: Intake) -> None:
    """Neither before the new partner hears of it, nor afterwards."""
    await submits(intake)
    await adds(intake)
    before = await read(intake)
    await moves(intake)
    id = request_of(OFFICE, "017-1")
    request = await intake.state(id)
    await intake.memory.submit(REQUEST, id, work(request, "task.started"))
    assert await read(intake) == before, "a state that nobody is told of"
    await is_extended(intake, id)
    assert await read(intake) == before, "a date that has moved"
    await intake.unit_answers(id)
    assert await read(intake) == before, "a state that the other partner is told of"
    (told,) = await read(intake, OTHER)
    assert told["promisedAt"] == "2026-11-29T08:00:00Z"


async def test_the_list_tells_what_the_topic_told(intake: Intake) -> None:
    """A date that moves later is no part of what was told before."""
    await submits(intake)
    await adds(intake)
    before = await read(intake)
    await is_extended(intake, request_of(OFFICE, "017-1"))
    assert await read(intake) == before
    await intake.unit_answers(request_of(OFFICE, "017-1"))
    assert (await read(intake))[-1]["promisedAt"] == "2026-11-29T08:00:00Z"


async def test_what_the_new_partner_says_of_a_case_is_answered_to_it(intake: Intake) -> None:
    await submits(intake)
    await moves(intake)
    await adds(intake, OTHER)
    assert await both(intake) == [[("ACCEPTED", 1)], [("ACCEPTED", 1)]]
    await intake.memory.settle()
    told = [[e["ce_type"].split(".")[-2] for e in intake.memory.publisher.events(topic)] for topic in (A, B)]
    assert told == [["accepted"], ["accepted"]]


def unkeyed(request: Request) -> Request:
    """As earlier versions stored it: what was heard is known by digests that were not keyed."""

    def plain(words: tuple[Heard, ...]) -> tuple[Heard, ...]:
        kinds = [heard.digest[: heard.digest.rfind("#") + 1] for heard in words]
        return tuple(
            heard.model_copy(update={"digest": kind + heard.digest[-32:]})
            for heard, kind in zip(words, kinds, strict=True)
        )

    filing = request.filing
    assert filing is not None
    plainly = {"heard": plain(filing.heard), "further": plain(filing.further)}
    return request.model_copy(update={"filing": filing.model_copy(update=plainly)})


def moved_office() -> Any:
    office = world().registry.kiosk("wa-urmia-017")
    assert office is not None
    return office.model_copy(update={"partner": "pishkhan-b", "version": office.version + 1})


def test_what_was_heard_before_it_was_keyed_stays_the_former_partners() -> None:
    """Whichever comes first after the move: a word of the office, or of the unit."""
    request = unkeyed(state_of(said(state_of(submit()), supplement())))
    moved = answered(request, registry=[moved_office()])
    again = submit(state_of(moved), world(MORNING, moved_office()), revision=2)
    assert [outcome.status for outcome in all_told(state_of(again), "pishkhan-b")] == ["REJECTED", "PROGRESS"]
    assert [outcome.status for outcome in all_told(state_of(again), "pishkhan-a")] == ["ACCEPTED", "ACCEPTED"]
