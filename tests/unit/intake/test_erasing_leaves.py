"""What erasing somebody leaves: others, the record of it, and of their cases what names nobody (I12)."""

from typing import Any

import pytest

from services.contracts.kiosk import Scheme
from services.intake.domain import codes
from tests.support.papers import a_picture
from tests.unit.intake.cases import IDENTITY_CARD, PERMITS_OFFICER, RULES, an_agent, person
from tests.unit.intake.edge import Intake
from tests.unit.intake.erasures import CLERK, HEAD, SECRETS, WITHDRAWN, closed, erase, erased, stored

OTHER = person(value="0499370899", name="علی کریمی", mobile="09350000001")


async def accesses(intake: Intake, **of: str) -> list[dict[str, Any]]:
    """What the record says of a person or a request, to the head of the agency."""
    head = intake.memory.registry.organization("wa-municipality-urmia")
    assert head is not None
    answer = await intake.http.get("/v1/access", params={**of, "officerId": head.head_officer_id})
    rows: list[dict[str, Any]] = answer.json()["items"]
    return rows


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


async def test_who_sends_a_copy_again_after_the_erasure_is_answered_and_leaves_none(intake: Intake) -> None:
    """A desk's program that has not seen the answer: nothing would take away what no case names."""
    id = (await intake.file()).json()["requestId"]
    first = (await intake.bring(id, a_picture(), key="k")).json()["added"]
    await intake.post(f"/v1/requests/{id}/withdraw", WITHDRAWN)
    again = await intake.bring(id, a_picture(), key="k")
    assert again.json()["added"] == first
    await erased(intake)
    again = await intake.bring(id, a_picture(), key="k")
    assert (again.status_code, again.json()["added"]) == (200, first | {"dataref": None, "sha256": None})
    assert (intake.files.stored, intake.files.waiting) == ({}, {})


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


async def test_nor_who_spoke_for_them_also_before_another_did(intake: Intake) -> None:
    filed = (await intake.file(note="یادداشت", representative=an_agent())).json()
    id, spoke = filed["requestId"], []
    for agent in (None, an_agent(value="0084575948", name="سارا احمدی")):
        if agent:
            announced = {"toldTo": "REPRESENTATIVE", "identitySeen": True, "officerId": CLERK, "representative": agent}
            await intake.unit_answers(id)
            assert (await intake.post(f"/v1/requests/{id}/announce", announced)).status_code == 200
        assert (await intake.http.get(f"/v1/requests/{id}/applicant", params={"officerId": CLERK})).status_code == 200
        spoke.append((await intake.state(id)).case.representative_ref)
    for ref in spoke:
        assert len(await accesses(intake, applicantRef=ref)) == 1
    body = {"collectedBy": "APPLICANT", "identitySeen": True, "officerId": CLERK}
    assert (await intake.post(f"/v1/requests/{id}/handover", body)).status_code == 200
    await erased(intake)
    assert [await accesses(intake, applicantRef=ref) for ref in spoke] == [[], []]
    assert {ref for row in await accesses(intake, requestId=id) for ref in row["applicantRefs"]} == set()


async def test_nor_who_spoke_for_them_once_where_others_were_read_with_them(intake: Intake) -> None:
    """One row names them all: a search that found two people, and messages that were sent together."""
    other = (await closed(intake, applicant=OTHER))["requestId"]
    gone = (await intake.file(representative=an_agent(value="0790419904"))).json()["requestId"]
    spoke = (await intake.state(gone)).case.representative_ref
    await intake.http.post("/v1/contacts", json={"requestIds": [gone, other]})
    assert len(await accesses(intake, applicantRef=spoke)) == 1
    await intake.unit_answers(gone)
    another = an_agent(value="0084575948", name="سارا احمدی")
    told = {"toldTo": "REPRESENTATIVE", "identitySeen": True, "officerId": CLERK, "representative": another}
    assert (await intake.post(f"/v1/requests/{gone}/announce", told)).status_code == 200
    body = {"collectedBy": "APPLICANT", "identitySeen": True, "officerId": CLERK}
    assert (await intake.post(f"/v1/requests/{gone}/handover", body)).status_code == 200
    await erased(intake)
    assert await accesses(intake, applicantRef=spoke) == []
    refs = {ref for row in await accesses(intake, requestId=gone) for ref in row["applicantRefs"]}
    assert refs == {codes.person_ref(RULES.secret, Scheme.NID, "0499370899")}, "of the other"
    assert spoke not in stored(intake)
