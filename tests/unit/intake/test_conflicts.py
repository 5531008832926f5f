"""I8: an officer has no hand in the case of somebody they have declared, whatever the command."""

from typing import Any, cast

import pytest
from pydantic import BaseModel

from services.contracts.decision import Decision, Refused
from services.contracts.identifiers import applicant_value
from services.contracts.kiosk import Scheme
from services.contracts.registry import Conflict, Officer
from services.contracts.routing import ResultKind
from services.contracts.wire import Command
from services.intake.domain import codes
from services.intake.domain.appointing import AppointmentAnswered
from services.intake.domain.erasing import EraseCase
from services.intake.domain.impartial import impartial
from services.intake.domain.messages import Filed, SurveyGiven
from services.intake.domain.request import Request
from services.intake.handlers import REQUEST, REQUEST_RULES
from tests.support.papers import a_picture
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    RULES,
    a_result,
    an_agent,
    file_at_desk,
    state_of,
    work,
    world,
)
from tests.unit.intake.desk_day import DeskDay
from tests.unit.intake.edge import Intake
from tests.unit.intake.erasures import closed, erase

SECOND = f"{PERMITS_DESK}-02"
UNIT_OFFICER = "wa-municipality-urmia-permits-01"
COMMANDS = [message for message in REQUEST_RULES if issubclass(message, Command)]


def ref(value: str, scheme: Scheme = Scheme.NID) -> str:
    return codes.person_ref(RULES.secret, scheme, applicant_value(scheme, value))


APPLICANT, AGENT = ref("0013542419"), ref("0499370899")


def declaring(person: str, id: str = PERMITS_OFFICER) -> Officer:
    officer = sample_snapshot().officer(id)
    assert officer is not None
    declared = Conflict(ref=person, relation="SPOUSE", since=MORNING.date())
    return officer.model_copy(update={"conflicts": (declared,), "version": officer.version + 1})


def declares(intake: Intake, person: str, id: str = PERMITS_OFFICER) -> None:
    intake.memory.registry = intake.memory.registry.with_entries([declaring(person, id)])


OFFICER = {"officerId": PERMITS_OFFICER}
TOLD = {"toldTo": "APPLICANT", "identitySeen": True} | OFFICER
HANDED = {"collectedBy": "APPLICANT", "identitySeen": True} | OFFICER


def test_every_command_about_a_request_names_its_officer_and_is_asked() -> None:
    """Whoever adds a command is caught here: one that names nobody would pass by."""
    assert len(COMMANDS) > 10
    nameless = {message for message in COMMANDS if "officer_id" not in asked_by(message).model_fields}
    by_nobody = {SurveyGiven, AppointmentAnswered, EraseCase}
    assert nameless == by_nobody, "the citizen says it, a day of a desk, and what was decided of a person, not a case"


def asked_by(message: type[BaseModel]) -> type[BaseModel]:
    """What the officer has sent: the command, or what it brings."""
    inside = message.model_fields.get("request" if message is Filed else "asked")
    return cast("type[BaseModel]", inside.annotation) if inside else message


@pytest.mark.parametrize("message", COMMANDS, ids=lambda message: str(message.__name__))
def test_no_rule_is_reached_past_it(message: Any) -> None:
    """Whatever a rule decides for such an officer is thrown away."""
    command = asked_by(message)
    if "officer_id" not in command.model_fields:
        return
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    rule = impartial(message, lambda *_: Decision(request))
    for name in {"officer_id", "second_officer_id"} & command.model_fields.keys():
        named: dict[str, Any] = {"officer_id": SECOND, name: PERMITS_OFFICER}
        by: Any = command.model_construct(**named)
        if command is not message:
            by = message.model_construct(**{"request" if message is Filed else "asked": by})
        assert rule(request, by, world()).state is request
        with pytest.raises(Refused) as refused:
            rule(request, by, world(MORNING, declaring(APPLICANT)))
        assert (refused.value.code, refused.value.status) == ("CONFLICT_OF_INTEREST", 409)
        assert APPLICANT not in str(refused.value)


@pytest.mark.parametrize("person", [APPLICANT, AGENT])
async def test_they_do_not_file_for_them_nor_for_whom_they_represent(intake: Intake, person: str) -> None:
    declares(intake, person)
    refused = await intake.file(representative=an_agent())
    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT_OF_INTEREST")
    by_another = await intake.file(representative=an_agent(), officerId=SECOND)
    assert by_another.status_code == 201


async def test_what_another_has_filed_they_neither_tell_nor_hand_over(intake: Intake) -> None:
    id = (await intake.file(officerId=SECOND)).json()["requestId"]
    await intake.unit_answers(id)
    declares(intake, APPLICANT)
    refused = await intake.post(f"/v1/requests/{id}/announce", TOLD)
    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT_OF_INTEREST")
    assert (await intake.post(f"/v1/requests/{id}/announce", TOLD | {"officerId": SECOND})).status_code == 200
    handed = await intake.post(f"/v1/requests/{id}/handover", HANDED)
    assert handed.json()["code"] == "CONFLICT_OF_INTEREST"
    brought = await intake.bring(id)
    assert brought.json()["code"] == "CONFLICT_OF_INTEREST"
    assert (await intake.state(id)).case.state == "COLLECTION_DUE"


async def test_a_representative_who_comes_to_fetch_it_counts_too(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    await intake.unit_answers(id)
    declares(intake, AGENT)
    told = TOLD | {"toldTo": "REPRESENTATIVE", "representative": an_agent()}
    refused = await intake.post(f"/v1/requests/{id}/announce", told)
    assert refused.json()["code"] == "CONFLICT_OF_INTEREST"
    assert (await intake.state(id)).case.representative is None, "what the rule decided is thrown away"


async def test_I8_who_has_declared_the_representative_so_far_does_not_put_another_in_their_place(
    intake: Intake,
) -> None:
    id = (await intake.file(representative=an_agent(), officerId=SECOND)).json()["requestId"]
    await intake.unit_answers(id)
    declares(intake, AGENT)
    told = TOLD | {"toldTo": "REPRESENTATIVE", "representative": an_agent(value="0790419904")}
    refused = await intake.post(f"/v1/requests/{id}/announce", told)
    assert refused.json()["code"] == "CONFLICT_OF_INTEREST"
    assert (await intake.state(id)).case.representative_ref == AGENT


async def test_the_head_of_the_desk_confirms_nothing_about_them(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    await intake.unit_answers(id)
    await intake.post(f"/v1/requests/{id}/announce", TOLD)
    await intake.post(f"/v1/requests/{id}/handover", HANDED)
    declares(intake, APPLICANT)
    body = {"reason": "OUR_ERROR", "officerId": SECOND, "secondOfficerId": PERMITS_OFFICER}
    assert (await intake.post(f"/v1/requests/{id}/reopen", body)).json()["code"] == "CONFLICT_OF_INTEREST"


async def test_others_they_serve_as_before(intake: Intake) -> None:
    declares(intake, ref("0790419904"))
    assert (await intake.file()).status_code == 201


def test_a_submission_and_the_units_word_have_no_officer_of_the_desk() -> None:
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    told = work(request, "result.decided", result=a_result(ResultKind.GRANTED))
    decision: Decision[Request] = REQUEST.decide[type(told)](request, told, world(MORNING, declaring(APPLICANT)))
    assert decision.state is not None


# -- by which reference the registry knows people ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "value", "written"),
    [
        ("NID", "0013542419", "۰۰۱۳۵۴۲۴۱۹"),
        ("LEGAL_ID", "10380284790", "1038 0284 790"),
        ("FOREIGN_ID", "AF-12-X", "af–12-x"),
        ("FOREIGN_ID", "AF-12-X", "af12x"),
        ("PASSPORT", "P1234567", " p۱۲۳۴۵۶۷"),
    ],
)
async def test_a_person_is_named_as_their_requests_name_them(
    intake: Intake, scheme: str, value: str, written: str
) -> None:
    body = {"scheme": scheme, "value": written, "officerId": UNIT_OFFICER}
    asked = await intake.http.post("/v1/applicants/ref", json=body)
    assert asked.json() == {"ref": ref(value, Scheme(scheme))}
    filed = await intake.file(applicant={"scheme": scheme, "value": value, "name": "کسی"})
    assert (await intake.state(filed.json()["requestId"])).case.applicant_ref == asked.json()["ref"]
    (row,) = [row for row in intake.journal.rows if row["what"] == "REFERENCE"]
    assert (row["officerId"], row["outcome"], row["how"]) == (UNIT_OFFICER, "GIVEN", scheme)
    assert row["applicantRefs"] == [asked.json()["ref"]]
    assert value not in repr(row)


async def test_nobody_is_named_for_nobody_nor_without_a_record_nor_without_end() -> None:
    """A reference tells of a number whether events are about its person: it is asked for as a search is (I12)."""
    intake, body = Intake(search_calls=2), {"scheme": "NID", "value": "0013542419"}

    async def asked(**changes: str) -> tuple[int, str | None]:
        answer = await intake.http.post("/v1/applicants/ref", json=body | changes)
        return answer.status_code, answer.json().get("code")

    assert await asked() == (422, "INVALID")
    assert await asked(officerId="nobody") == (403, "NOT_AUTHORISED")
    intake.journal.away = True
    assert (await asked(officerId=UNIT_OFFICER))[0] == 503
    intake.journal.away = False
    assert await asked(officerId=UNIT_OFFICER) == (200, None)
    assert await asked(officerId=UNIT_OFFICER) == (429, "TOO_MANY_ATTEMPTS")
    assert await asked(officerId=SECOND) == (200, None), "each officer by themselves"


@pytest.mark.parametrize("value", ["0013542418", "1", "x" * 40])
async def test_what_names_nobody_is_refused(intake: Intake, value: str) -> None:
    asked = await intake.http.post("/v1/applicants/ref", json={"scheme": "NID", "value": value, "officerId": SECOND})
    assert (asked.status_code, asked.json()["code"]) == (422, "INVALID_PERSON")
    assert value not in asked.text


async def test_a_visit_for_such_a_case_is_somebody_elses(intake: Intake) -> None:
    id = (await intake.file(officerId=SECOND)).json()["requestId"]
    declares(intake, APPLICANT)
    mine, theirs = DeskDay(intake), DeskDay(intake, officer=SECOND)
    ticket = await mine.open(id)
    assert (ticket.status_code, ticket.json()["code"]) == (409, "CONFLICT_OF_INTEREST")
    visit = await theirs.ticket(id)
    for verb, fields in (("call", {}), ("serve", {}), ("hold", {}), ("end", {"reason": "SERVED"})):
        refused = await mine.step(visit, verb, **fields)
        assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT_OF_INTEREST"), verb
        assert (await theirs.step(visit, verb, **fields)).status_code == 200, verb
        if verb == "hold":
            assert (await theirs.step(visit, "serve")).status_code == 200


async def test_whoever_waits_behind_such_a_ticket_is_called_in_turn(intake: Intake) -> None:
    """Nobody jumps: the officer may not call the first ticket, and gives no reason that would not be true."""
    id = (await intake.file(officerId=SECOND)).json()["requestId"]
    declares(intake, APPLICANT)
    mine, theirs = DeskDay(intake), DeskDay(intake, officer=SECOND)
    await theirs.ticket(id)
    stranger, last = await mine.ticket(), await mine.ticket()
    assert (await theirs.step(stranger, "call")).json()["code"] == "JUMP_NEEDS_REASON"
    called = await mine.step(stranger, "call")
    assert (called.status_code, called.json()["jump"]) == (200, None)
    assert (await theirs.step(last, "call")).json()["code"] == "JUMP_NEEDS_REASON"


@pytest.mark.parametrize("what", ["applicant", "words", "receipt"])
async def test_they_do_not_read_what_is_personal_in_it_and_that_they_tried_is_on_record(
    intake: Intake, what: str
) -> None:
    id = (await intake.file(officerId=SECOND)).json()["requestId"]
    declares(intake, APPLICANT)
    refused = await intake.http.get(f"/v1/requests/{id}/{what}", params=OFFICER)
    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT_OF_INTEREST")
    assert (await intake.http.get(f"/v1/requests/{id}/{what}", params={"officerId": SECOND})).status_code == 200
    recorded = [(row["outcome"], row["officerId"]) for row in intake.journal.rows]
    assert recorded == [("REFUSED", PERMITS_OFFICER), ("GIVEN", SECOND)]


async def test_they_read_no_copy_of_what_was_brought(intake: Intake) -> None:
    id = (await intake.file(officerId=SECOND)).json()["requestId"]
    brought = await intake.bring(id, a_picture(), officerId=SECOND)
    (dataref,) = [piece["dataref"] for piece in brought.json()["evidence"] if piece["dataref"]]
    declares(intake, APPLICANT)
    refused = await intake.http.get(f"/v1/requests/{id}/evidence/{dataref}", params=OFFICER)
    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT_OF_INTEREST")


@pytest.mark.parametrize("who", [PERMITS_OFFICER, SECOND])
async def test_they_do_not_erase_them_nor_confirm_it(intake: Intake, who: str) -> None:
    await closed(intake)
    declares(intake, APPLICANT, who)
    refused = await erase(intake)
    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT_OF_INTEREST")


@pytest.mark.parametrize("by", [{"nationalId": "0013542419"}, {"mobile": "09121234567"}, {"text": "رضایی"}])
async def test_their_search_finds_nobody_they_have_declared_and_that_they_tried_is_on_record(
    intake: Intake, by: dict[str, str]
) -> None:
    await intake.file(officerId=SECOND)
    found = (await intake.http.post("/v1/requests/search", json=by | OFFICER)).json()["items"]
    assert [item["applicant"]["name"] for item in found] == ["زهرا رضایی"]
    declares(intake, APPLICANT)
    intake.journal.rows.clear()
    assert (await intake.http.post("/v1/requests/search", json=by | OFFICER)).json()["items"] == []
    assert [(row["what"], row["outcome"], len(row["requestIds"])) for row in intake.journal.rows] == [
        ("SEARCH", "REFUSED", 1)
    ]


async def test_where_the_next_page_of_their_search_begins_tells_nothing_of_whom_they_have_declared(
    intake: Intake,
) -> None:
    await intake.file(officerId=SECOND)
    declares(intake, APPLICANT)
    body = {"nationalId": "0013542419", "limit": 1} | OFFICER
    found = (await intake.http.post("/v1/requests/search", json=body)).json()
    assert (found["items"], found["next"]) == ([], None)
