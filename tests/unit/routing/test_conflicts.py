"""I8: work on a case goes to nobody who has declared its person, and such an officer neither starts nor answers it."""

from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.registry import Conflict, Officer
from services.contracts.routing import JumpReason, ResultKind, TaskState
from services.contracts.snapshot import Snapshot
from services.routing.domain.commands import Answer, Line, Start
from services.routing.handlers import CASE
from tests.unit.routing.office import Office, officers, province, record, registered

PERSON, AGENT = f"A-{'1' * 32}", f"A-{'2' * 32}"


def declaring(name: str, ref: str = PERSON) -> Officer:
    (officer,) = officers(name)
    declared = Conflict(ref=ref, relation="SIBLING", since=officer.authorities[0].valid_from)
    return officer.model_copy(update={"conflicts": (declared,), "version": 2})


def with_a_conflict(*names: str, of: str, ref: str = PERSON) -> Snapshot:
    return province(*names, extra=[declaring(of, ref)])


@pytest.mark.parametrize(
    "people", [{"applicant_ref": PERSON}, {"applicant_ref": "A-other", "representative_ref": PERSON}]
)
async def test_the_fair_pick_leaves_out_who_has_declared_the_person_or_their_representative(people: Any) -> None:
    office = Office(with_a_conflict("ada", "bahar", of="ada"))
    for number in range(6):
        await office.hear(registered(f"r{number}", **people))
    cases = [office.case(f"r{number}") for number in range(6)]
    assert {case.work[-1].task.assignee for case in cases} == {"bahar"}
    assert all(case.work[-1].draw is not None and case.work[-1].draw.candidates == ("bahar",) for case in cases)


async def test_of_others_they_have_their_share() -> None:
    office = Office(with_a_conflict("ada", "bahar", of="ada"))
    for number in range(6):
        await office.hear(registered(f"r{number}", applicant_ref=AGENT))
    assert office.queue().loads == {"ada": 3, "bahar": 3}


async def test_where_nobody_else_may_the_task_waits() -> None:
    office = Office(with_a_conflict("ada", of="ada"))
    await office.hear(registered("r1", applicant_ref=PERSON))
    assert office.case("r1").work[-1].task.state is TaskState.OFFERED
    office.registry = with_a_conflict("ada", "bahar", of="ada")
    await office.tick(minutes=6)
    assert office.case("r1").work[-1].task.assignee == "bahar"


async def test_what_was_reopened_goes_back_to_its_doer_unless_they_have_declared_the_person_since() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1", applicant_ref=PERSON))
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id="ada", line=Line(older=None)))
    await office.submit(CASE, "r1", Answer(task_id="r1.1", officer_id="ada", result=ResultKind.GRANTED))
    office.registry = with_a_conflict("ada", "bahar", of="ada")
    again = registered("r1", moves=("request.reopened", "commitment.added"), applicant_ref=PERSON, round=2, version=2)
    await office.records(record(again, 2))
    assert office.case("r1").work[-1].task.assignee == "bahar"


async def test_declared_after_it_was_handed_out_it_is_neither_started_nor_answered() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1", applicant_ref=PERSON))
    office.registry = with_a_conflict("ada", of="ada")
    with pytest.raises(Refused) as refused:
        await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id="ada", line=Line(older=None)))
    assert (refused.value.code, refused.value.status) == ("CONFLICT_OF_INTEREST", 409)
    office.registry = province("ada")
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id="ada", line=Line(older=None)))
    office.registry = with_a_conflict("ada", of="ada")
    with pytest.raises(Refused) as refused:
        await office.submit(CASE, "r1", Answer(task_id="r1.1", officer_id="ada", result=ResultKind.GRANTED))
    assert refused.value.code == "CONFLICT_OF_INTEREST"
    assert PERSON not in str(refused.value)


async def test_who_comes_to_speak_for_the_applicant_later_counts_from_the_next_word_of_the_case() -> None:
    """They may be followed by somebody else: what they had to do with it does not end by that."""
    office = Office(with_a_conflict("ada", of="ada", ref=AGENT))
    await office.hear(registered("r1", applicant_ref=PERSON))
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id="ada", line=Line(older=None)))
    for version, agent in enumerate((AGENT, f"A-{'3' * 32}", None), 2):
        told = registered(
            "r1",
            moves=("request.evidence-added",),
            applicant_ref=PERSON,
            representative_ref=agent,
            version=version,
        )
        await office.records(record(told, version))
        with pytest.raises(Refused) as refused:
            await office.submit(CASE, "r1", Answer(task_id="r1.1", officer_id="ada", result=ResultKind.GRANTED))
        assert (refused.value.code, refused.value.status) == ("CONFLICT_OF_INTEREST", 409)
        assert AGENT not in str(refused.value)


async def test_a_task_that_waits_goes_to_nobody_who_has_declared_who_speaks_by_then() -> None:
    office = Office(province())
    await office.hear(registered("r1", applicant_ref=PERSON))
    told = registered("r1", moves=("request.evidence-added",), representative_ref=AGENT, version=2)
    await office.records(record(told, 2))
    office.registry = with_a_conflict("ada", "bahar", of="ada", ref=AGENT)
    await office.tick(minutes=6)
    case = office.case("r1")
    assert case.work[-1].draw is not None
    assert case.work[-1].draw.candidates == ("bahar",)


async def test_in_another_round_who_spoke_before_still_counts() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1", applicant_ref=PERSON, representative_ref=AGENT))
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id="ada", line=Line(older=None)))
    await office.submit(CASE, "r1", Answer(task_id="r1.1", officer_id="ada", result=ResultKind.GRANTED))
    office.registry = with_a_conflict("ada", "bahar", of="ada", ref=AGENT)
    again = registered("r1", moves=("request.reopened", "commitment.added"), applicant_ref=PERSON, round=2, version=2)
    await office.records(record(again, 2))
    assert office.case("r1").work[-1].task.assignee == "bahar"


async def test_who_has_declared_the_person_is_no_second_officer_for_a_jump() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1", applicant_ref=PERSON))
    office.registry = with_a_conflict("ada", "bahar", of="bahar")
    jump: dict[str, Any] = {"jump_reason": JumpReason.LEGAL_PRIORITY, "second_officer_id": "bahar"}
    with pytest.raises(Refused) as refused:
        await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id="ada", line=Line(older="r0.1"), **jump))
    assert refused.value.code == "CONFLICT_OF_INTEREST"
