"""A person is erased when no case of theirs is open: by two officers, on record, and nobody else with them."""

from typing import Any
from unittest.mock import AsyncMock

import pytest

from services.contracts.intake import RequestState
from services.intake.handlers import REQUEST
from services.runtime.driver import StoreAway
from services.runtime.keys import Held
from tests.unit.intake.cases import PERMITS_OFFICER, SOCIAL_OFFICER
from tests.unit.intake.edge import Intake
from tests.unit.intake.erasures import CLERK, HEAD, LONG_ENOUGH, SECRETS, carried_out, closed, erase, erased, stored


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
    assert "sealed" not in intake.memory.store.collections["request"][id]["state"]["case"]


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


async def test_whether_numbers_have_cases_is_not_tried_out_by_asking_to_erase_them() -> None:
    intake = Intake(search_calls=2)
    asked = [(await erase(intake)).status_code for _ in range(3)]
    assert asked == [404, 404, 429]
    searching = {"officerId": CLERK, "text": "رضایی"}
    assert (await intake.http.post("/v1/requests/search", json=searching)).status_code == 429
    intake.memory.clock.advance(minutes=1)
    assert (await erase(intake)).status_code == 404


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


async def test_without_a_record_nothing_begins(intake: Intake) -> None:
    await closed(intake)
    intake.journal.away = True
    assert (await erase(intake)).status_code == 503
    assert intake.memory.store.keys.erasures == {}


async def test_asking_for_somebody_who_has_no_case_is_on_record(intake: Intake) -> None:
    await closed(intake)
    intake.journal.rows.clear()
    await erase(intake, applicant={"scheme": "NID", "value": "0790419904"})
    assert [(row["what"], row["outcome"], row["requestIds"]) for row in intake.journal.rows] == [
        ("ERASURE", "NOTHING", [])
    ]
