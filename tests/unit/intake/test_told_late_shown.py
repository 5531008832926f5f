"""A case whose answer the desk told some minutes late: what is shown as ahead of it (I2, domain 8)."""

from datetime import timedelta

from services.contracts.commitment import CommitmentKind, ExpectedVisit
from services.contracts.wire import instant_text
from services.intake.domain.announcing import told_at_desk
from services.intake.domain.request import Request
from services.intake.views import work_item
from services.intake.visit_views import _request
from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, announcement, answered, file_at_desk, state_of, world
from tests.unit.intake.promised import the_promise


def told_late_with_a_visit() -> Request:
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    answer = the_promise(request)
    promised = answer.promised_at
    visit = answer.model_copy(
        update={
            "id": f"{request.id}.2",
            "kind": CommitmentKind.NEXT_VISIT,
            "promised_at": promised + timedelta(days=2),
            "visit": ExpectedVisit(until=promised + timedelta(days=2, hours=2)),
        }
    )
    assert request.case
    case = request.case.model_copy(update={"commitments": (answer, visit)})
    request = request.model_copy(update={"case": case})
    ready = state_of(answered(request, promised - timedelta(hours=1)))
    return state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(promised + timedelta(minutes=1))))


def test_the_work_list_names_the_visit_that_is_ahead_and_not_the_answer_that_was_told() -> None:
    request = told_late_with_a_visit()
    assert request.case
    assert request.case.state == "COLLECTION_DUE"
    assert request.case.next_due
    item = work_item(request, request.case.commitments[0].promised_at + timedelta(minutes=2))
    assert item["promised"] == "NEXT_VISIT"
    assert item["promisedAt"] == instant_text(request.case.next_due)


def test_a_visit_shows_what_its_person_can_go_by() -> None:
    request = told_late_with_a_visit()
    assert _request(request)["promise"]["kind"] == "NEXT_VISIT"
