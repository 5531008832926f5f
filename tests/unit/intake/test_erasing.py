"""A person is erased when no case of theirs is open: by two officers, on record, and nobody else with them."""

from typing import Any
from unittest.mock import AsyncMock

import pytest

from services.contracts.intake import RequestState
from services.contracts.kiosk import Scheme
from services.intake.domain import codes
from services.intake.handlers import REQUEST
from services.runtime.driver import StoreAway
from services.runtime.keys import Held
from tests.support.papers import a_picture
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    PERMITS_DESK,
    PERMITS_OFFICER,
    RULES,
    SOCIAL_OFFICER,
    an_agent,
    person,
)
from tests.unit.intake.edge import Intake

HEAD = "wa-municipality-urmia-desk-01"
CLERK = "wa-municipality-urmia-desk-02"
WITHDRAWN = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": PERMITS_OFFICER}
LONG_ENOUGH = {"minutes": 3}
OTHER = person(value="0499370899", name="علی کریمی", mobile="09350000001")
SECRETS = ("0013542419", "9121234567", "زهرا", "رضایی", "یادداشت")


async def erase(intake: Intake, value: str = "0013542419", **changes: Any) -> Any:
    body = {
        "applicant": {"scheme": "NID", "value": value},
        "ground": "APPLICANT_ASKS",
        "deskId": PERMITS_DESK,
        "officerId": CLERK,
        "secondOfficerId": HEAD,
    }
    return await intake.http.post("/v1/applicants/erase", json=body | changes)


async def closed(intake: Intake, **changes: Any) -> dict[str, Any]:
    """A case that its applicant has taken back."""
    filed: dict[str, Any] = (await intake.file(note="یادداشت", **changes)).json()
    answer = await intake.post(f"/v1/requests/{filed['requestId']}/withdraw", WITHDRAWN)
    assert answer.status_code == 200, answer.text
    return filed


async def accesses(intake: Intake, **of: str) -> list[dict[str, Any]]:
    """What the record says of a person or a request, to the head of the agency."""
    head = intake.memory.registry.organization("wa-municipality-urmia")
    assert head is not None
    answer = await intake.http.get("/v1/access", params={**of, "officerId": head.head_officer_id})
    rows: list[dict[str, Any]] = answer.json()["items"]
    return rows


async def carried_out(intake: Intake) -> int:
    async with intake.memory.serving():
        return await intake.erasures.carry_out()


async def erased(intake: Intake) -> None:
    assert (await erase(intake)).status_code == 202
    intake.memory.clock.advance(**LONG_ENOUGH)
    assert await carried_out(intake) == 1


def stored(intake: Intake) -> str:
    return repr(intake.memory.store.collections["request"])


async def test_it_is_asked_for_and_ends_when_nobody_can_still_be_sealing(intake: Intake) -> None:
    id = (await closed(intake))["requestId"]
    answer = await erase(intake)
    assert (answer.status_code, answer.json()) == (
        202,
        {
            "status": "ERASING",
            "cases": 1,
            "askedAt": "2026-11-23T06:30:00Z",
            "erasedAfter": "2026-11-23T06:32:00Z",
        },
    )
    assert await carried_out(intake) == 0, "too soon"
    intake.memory.clock.advance(**LONG_ENOUGH)
    assert (await erase(intake)).json()["askedAt"] == "2026-11-23T06:30:00Z", "asked twice, one erasure"
    assert await carried_out(intake) == 1
    assert await carried_out(intake) == 0
    assert (await erase(intake)).json()["code"] == "NOT_FOUND", "nobody is known by that number any more"
    case = (await intake.state(id)).case
    assert (case.erased, case.applicant, case.note) == (True, None, None)
    assert intake.memory.store.collections["request"][id]["state"]["case"]["sealed"] is None


async def test_tracking_search_contacts_and_the_applicant_know_nobody_any_more(intake: Intake) -> None:
    filed = await closed(intake)
    await erased(intake)
    id, code = filed["requestId"], filed["trackingCode"]
    look_up = {"code": code, "last4": "2419"}
    nobody = {"code": "00000000000000", "last4": "2419"}
    missing = await intake.http.post("/v1/track", json=nobody)
    gone = await intake.http.post("/v1/track", json=look_up)
    assert (gone.status_code, gone.json()) == (missing.status_code, missing.json()) == (404, missing.json())
    for by in ({"nationalId": "0013542419"}, {"mobile": "09121234567"}, {"text": "رضایی"}, {"text": code}):
        found = await intake.http.post("/v1/requests/search", json=by | {"officerId": PERMITS_OFFICER})
        assert found.json()["items"] == []
    assert (await intake.http.post("/v1/contacts", json={"requestIds": [id]})).json() == {"items": []}
    asked = await intake.http.get(f"/v1/requests/{id}/applicant", params={"officerId": PERMITS_OFFICER})
    assert (asked.status_code, asked.json()["code"]) == (410, "ERASED")
    shown = await intake.http.get(f"/v1/requests/{id}")
    assert (shown.json()["erased"], shown.json()["applicantRef"]) == (True, None)
    for path in ("words", "receipt"):
        gone = await intake.http.get(f"/v1/requests/{id}/{path}", params={"officerId": PERMITS_OFFICER})
        assert (gone.status_code, gone.json()["code"]) == (410, "ERASED")
    assert not [secret for secret in SECRETS if secret in shown.text]


async def test_a_receipt_that_was_printed_before_is_still_genuine_and_current(intake: Intake) -> None:
    """The edition hash of what was printed survives, though nobody can print it again (domain 8)."""
    filed = await closed(intake)
    printed = (await intake.http.get(f"/v1/requests/{filed['requestId']}/receipt")).json()
    check = {"number": printed["number"], "hash": printed["hash"]}
    before = (await intake.http.post("/v1/receipts/check", json=check)).json()
    assert (before["genuine"], before["current"]) == (True, True)
    await erased(intake)
    assert (await intake.http.post("/v1/receipts/check", json=check)).json() == before
    other = check | {"hash": "0" * 64}
    assert (await intake.http.post("/v1/receipts/check", json=other)).json()["genuine"] is False


async def test_no_case_bears_a_reference_to_them_nor_what_could_be_guessed_at(intake: Intake) -> None:
    """Who comes again has the same reference (it follows from their number), and must not be found in what was erased.

    The hash of a receipt is over a name and four characters beside what is known: it could be tried out.
    """
    agent = an_agent(scheme="NID", value="0499370899")
    filed = await closed(intake, representative=agent)
    id = filed["requestId"]
    printed = (await intake.http.get(f"/v1/requests/{id}/receipt")).json()
    before = (await intake.state(id)).case
    refs = {before.applicant_ref, before.representative_ref}
    assert len(refs) == 2
    await erased(intake)
    shown = (await intake.http.get(f"/v1/requests/{id}")).text
    assert not [each for each in (*refs, printed["hash"]) if each in shown + stored(intake)]
    again = (await intake.file()).json()["requestId"]
    assert (await intake.state(again)).case.applicant_ref == before.applicant_ref
    assert (await erase(intake)).json()["code"] == "OPEN_CASES"
    answer = await intake.post(f"/v1/requests/{again}/withdraw", WITHDRAWN)
    assert answer.status_code == 200
    assert (await erase(intake)).json()["cases"] == 1, "their cases of before are nobody's"


async def test_a_crash_before_its_end_is_made_good(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cases are nobody's already, and the key is still there."""
    await closed(intake)
    await closed(intake)
    await erase(intake)
    intake.memory.clock.advance(**LONG_ENOUGH)
    with monkeypatch.context() as fault:
        fault.setattr(intake.memory.store.keys, "destroy", AsyncMock(side_effect=StoreAway("a crash")))
        with pytest.raises(StoreAway):
            await carried_out(intake)
    assert (await erase(intake)).json()["status"] == "ERASING"
    assert await carried_out(intake) == 1
    assert await carried_out(intake) == 0
    assert [held.retired for held in intake.memory.store.keys.owners.values()] == [None]


async def test_while_a_case_is_open_nobody_is_erased(intake: Intake) -> None:
    await closed(intake)
    await intake.file()
    answer = await erase(intake)
    assert (answer.status_code, answer.json()["code"], answer.json()["open"]) == (409, "OPEN_CASES", 1)
    assert intake.memory.store.keys.erasures == {}


async def test_a_case_that_was_opened_meanwhile_is_kept_whole(intake: Intake) -> None:
    """A filing that another process sealed with the old key, as it remembers it, must not be lost with that key."""
    await closed(intake)
    await erase(intake)
    intake.memory.clock.advance(seconds=1)
    owners = intake.memory.store.keys.owners
    ((ref, held),) = owners.items()
    assert held.retired is not None
    owners[ref] = Held(held.retired)  # as a process remembers it that has not heard yet
    id = (await intake.file(note="تازه")).json()["requestId"]
    owners[ref] = held
    intake.memory.clock.advance(**LONG_ENOUGH)
    assert await carried_out(intake) == 1
    case = (await intake.state(id)).case
    assert case.applicant is not None
    assert (case.applicant.value, case.note, case.erased) == ("0013542419", "تازه", False)
    found = await intake.http.post("/v1/requests/search", json={"text": "رضایی", "officerId": PERMITS_OFFICER})
    assert [item["requestId"] for item in found.json()["items"]] == [id]


async def test_one_that_is_reopened_meanwhile_is_waited_for(intake: Intake) -> None:
    id = (await closed(intake))["requestId"]
    await erase(intake)
    row = intake.memory.store.collections["request"][id]
    row["state"]["case"]["state"] = RequestState.IN_PROGRESS.value
    intake.memory.clock.advance(**LONG_ENOUGH)
    assert await carried_out(intake) == 0
    assert (await intake.state(id)).case.applicant is not None
    row["state"]["case"]["state"] = RequestState.CLOSED.value
    assert await carried_out(intake) == 1
    assert (await intake.state(id)).case.applicant is None


async def test_copies_of_documents_go_and_that_one_was_brought_stays_known(intake: Intake) -> None:
    filed = (await intake.file()).json()
    id = filed["requestId"]
    brought = await intake.bring(id, a_picture())
    dataref, digest = brought.json()["added"]["dataref"], brought.json()["added"]["sha256"]
    (kept,) = intake.files.stored
    assert intake.files.generations[kept] == 1, "sealed with the applicant's key"
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": PERMITS_OFFICER}
    await intake.post(f"/v1/requests/{id}/withdraw", body)
    await erased(intake)
    assert intake.files.stored == {}
    pieces = (await intake.state(id)).case.evidence
    assert [(piece.type, piece.original_seen) for piece in pieces] == [
        ("identity-card", True),
        ("architectural-plan", True),
    ]
    assert [piece.sha256 for piece in pieces] == [None, None], "whoever has a paper could find whose case it was for"
    assert digest not in stored(intake)
    assert str(IDENTITY_CARD["sha256"]) not in stored(intake)
    path = f"/v1/requests/{id}/evidence/{dataref}"
    assert (await intake.http.get(path, params={"officerId": PERMITS_OFFICER})).status_code == 404


async def test_others_are_untouched_and_who_comes_again_is_somebody_new(intake: Intake) -> None:
    other = (await closed(intake, applicant=OTHER))["requestId"]
    gone = (await closed(intake))["requestId"]
    await erased(intake)
    again = (await intake.file()).json()["requestId"]
    assert (await intake.state(gone)).case.applicant is None
    assert (await intake.state(other)).case.applicant.value == "0499370899"
    assert (await intake.state(again)).case.applicant.value == "0013542419"
    (pair,) = [held for ref, held in intake.memory.store.keys.owners.items() if held.current.generation == 2]
    assert pair.retired is None


@pytest.mark.parametrize("verb", ["reopen", "object"])
async def test_an_erased_case_is_not_worked_on_again(intake: Intake, verb: str) -> None:
    id = (await closed(intake))["requestId"]
    await erased(intake)
    intake.memory.store.collections["request"][id]["state"]["case"]["state"] = "CLOSED"
    bodies = {
        "reopen": {"reason": "OUR_ERROR", "officerId": CLERK, "secondOfficerId": HEAD},
        "object": {"reason": "نه", "identitySeen": True, "officerId": CLERK},
    }
    answer = await intake.post(f"/v1/requests/{id}/{verb}", bodies[verb])
    assert (answer.status_code, answer.json()["code"]) == (410, "ERASED")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"officerId": SOCIAL_OFFICER}, 403, "NOT_AUTHORISED"),
        ({"secondOfficerId": CLERK}, 422, "SECOND_OFFICER_NEEDED"),
        ({"officerId": HEAD, "secondOfficerId": CLERK}, 403, "NOT_DESK_HEAD"),
        ({"ground": "BECAUSE"}, 422, "INVALID"),
        ({"applicant": {"scheme": "NID", "value": "0013542418"}}, 422, "INVALID_APPLICANT"),
        ({"applicant": {"scheme": "NID", "value": "0790419904"}}, 404, "NOT_FOUND"),
    ],
)
async def test_who_may_not_or_asks_wrongly_erases_nobody(
    intake: Intake, changes: dict[str, Any], status: int, code: str
) -> None:
    await closed(intake)
    answer = await erase(intake, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "001354241" not in answer.text
    assert intake.memory.store.keys.erasures == {}


async def test_an_erasure_is_on_record_from_the_asking_to_the_end(intake: Intake) -> None:
    id = (await closed(intake))["requestId"]
    await erased(intake)
    rows = [row for row in intake.journal.rows if row["what"] == "ERASURE"]
    assert [(row["outcome"], row["officerId"], row["secondOfficerId"], row["service"], row["how"]) for row in rows] == [
        ("ASKED", CLERK, HEAD, None, "APPLICANT_ASKS"),
        ("DONE", None, None, "intake", "APPLICANT_ASKS"),
    ]
    assert [row["requestIds"] for row in rows] == [[id], [id]]
    assert not [secret for secret in SECRETS if secret in repr(rows) + stored(intake)]
    assert REQUEST.sealed is not None


async def test_the_record_of_accesses_says_no_more_whose_case_it_was(intake: Intake) -> None:
    """Who may ask by which reference somebody is known could find out which case was theirs."""
    gone, other = (await closed(intake))["requestId"], (await intake.file(applicant=OTHER)).json()["requestId"]
    for id in (gone, other):
        read = await intake.http.get(f"/v1/requests/{id}/applicant", params={"officerId": CLERK})
        assert read.status_code == 200
    ref = codes.person_ref(RULES.secret, Scheme.NID, "0013542419")
    by_person = {"applicantRef": ref}
    assert [row["requestIds"] for row in await accesses(intake, **by_person)] == [[gone]]
    await erased(intake)
    assert await accesses(intake, **by_person) == []
    of_the_case = await accesses(intake, requestId=gone)
    assert [(row["what"], row["outcome"]) for row in of_the_case] == [
        ("ERASURE", "DONE"),
        ("ERASURE", "ASKED"),
        ("APPLICANT", "GIVEN"),
    ]
    assert {ref for row in of_the_case for ref in row["applicantRefs"]} == set()
    (others,) = await accesses(intake, requestId=other)
    assert len(others["applicantRefs"]) == 1


async def test_without_a_record_nothing_begins(intake: Intake) -> None:
    await closed(intake)
    intake.journal.away = True
    assert (await erase(intake)).status_code == 503
    assert intake.memory.store.keys.erasures == {}
