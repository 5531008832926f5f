"""A promise whose work stands still is open, and stands on its calendar (domain 3, 6)."""

from tests.unit.intake.edge import Intake


async def test_the_promise_of_a_suspended_case_is_found_by_its_calendar(intake: Intake) -> None:
    """Else the calendar by which its Clock goes on could be retired, and nobody would announce its closures."""
    id = (await intake.file()).json()["requestId"]
    promise = (await intake.state(id)).case.commitments[0]
    asked = {"calendar": promise.calendar.id, "crossing": "1400/01/01"}
    assert (await intake.http.get("/v1/commitments", params=asked)).json()["total"] == 1
    await intake.stands_still(id)
    case = (await intake.state(id)).case
    assert (case.state, case.commitments[0].state) == ("SUSPENDED", "OPEN")
    assert (await intake.http.get("/v1/commitments", params=asked)).json()["total"] == 1
