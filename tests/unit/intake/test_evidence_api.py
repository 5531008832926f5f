"""Evidence over HTTP: judged, stored sealed under a name of ours, named by its case, and read by whom it concerns."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest

from services.contracts.envelope import derived_id
from services.intake.copies import ORPHANED_AFTER, sweep
from services.intake.documents.verdict import MAX_BYTES
from services.runtime.files import Pending
from services.runtime.store import Store
from tests.support.papers import A_ZIP, EICAR_TEST, a_pdf, a_picture, a_png
from tests.unit.intake.cases import PERMITS_OFFICER, TAX_OFFICER
from tests.unit.intake.edge import Intake

PICTURE = a_picture()


@pytest.fixture
async def case(intake: Intake) -> str:
    id: str = (await intake.file()).json()["requestId"]
    return id


async def read(intake: Intake, id: str, dataref: str, officer: str = PERMITS_OFFICER) -> httpx.Response:
    return await intake.http.get(f"/v1/requests/{id}/evidence/{dataref}", params={"officerId": officer})


async def swept(intake: Intake, before: datetime | None = None) -> int:
    """As if a day had passed, unless a moment is given."""
    moment = before or datetime.now(UTC) + timedelta(minutes=1)
    return await sweep(cast(Store, intake.memory.store), intake.files, moment)


def is_problem(answer: httpx.Response, status: int, code: str) -> Any:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


# -- brought -----------------------------------------------------------------------------------------------------------


async def test_a_copy_is_stored_sealed_and_named_by_its_case(intake: Intake, case: str) -> None:
    answer = await intake.bring(case, PICTURE)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    added, shown = body["added"], body["evidence"][-1]
    assert added["sha256"] == shown["sha256"] == hashlib.sha256(PICTURE).hexdigest()
    assert (shown["dataref"], shown["contentType"]) == (added["dataref"], "image/jpeg")
    assert (shown["acceptedBy"], shown["takenAt"]) == (PERMITS_OFFICER, "2026-11-23T06:30:00Z")
    assert answer.headers["etag"] == f'"{body["version"]}"'
    assert body["history"][-1]["type"] == "request.evidence-added"
    ((owner, name, size, sealed),) = intake.files.stored.values()
    assert (owner, name, size) == (case, added["dataref"], len(PICTURE))
    assert PICTURE[:50] not in sealed
    assert intake.files.waiting == {}


async def test_the_callers_name_and_type_of_a_file_count_for_nothing(intake: Intake, case: str) -> None:
    answer = await intake.bring(case, PICTURE)  # sent as an .exe that calls itself text/html
    assert "exe" not in answer.text
    assert answer.json()["evidence"][-1]["contentType"] == "image/jpeg"


async def test_an_original_may_be_seen_without_a_copy(intake: Intake, case: str) -> None:
    shown = (await intake.bring(case)).json()["evidence"][-1]
    assert (shown["originalSeen"], shown["sha256"], shown["dataref"], shown["contentType"]) == (True, None, None, None)
    assert intake.files.stored == {}


async def test_a_repeat_is_answered_as_before_and_stores_nothing(intake: Intake, case: str) -> None:
    first = await intake.bring(case, PICTURE, key="k")
    again = await intake.bring(case, PICTURE, key="k")
    assert (again.status_code, again.json()["added"]) == (200, first.json()["added"])
    assert len(again.json()["evidence"]) == 2
    assert len(intake.files.stored) == 1


@pytest.mark.parametrize("changed", [{"content": a_pdf()}, {"type": "engineer-contract"}, {"content": None}])
async def test_the_same_key_for_anything_else_is_refused_and_leaves_the_first(
    intake: Intake, case: str, changed: dict[str, Any]
) -> None:
    first = (await intake.bring(case, PICTURE, key="k")).json()["added"]
    is_problem(await intake.bring(case, **({"content": PICTURE} | changed), key="k"), 409, "IDEMPOTENCY_MISMATCH")
    assert [name for _, name, _, _ in intake.files.stored.values()] == [first["dataref"]]
    assert (await read(intake, case, first["dataref"])).content == PICTURE


async def test_the_same_call_many_times_at_once_is_one_piece_and_after_the_sweep_one_file(
    intake: Intake, case: str
) -> None:
    answers = await asyncio.gather(*(intake.bring(case, PICTURE, key="k") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    (dataref,) = {answer.json()["added"]["dataref"] for answer in answers}
    assert len((await intake.state(case)).case.evidence) == 2
    assert (await read(intake, case, dataref)).content == PICTURE


# -- refused -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"GIF89a", 422, "NOT_ALLOWED_TYPE"),
        (b"", 422, "NOT_ALLOWED_TYPE"),
        (EICAR_TEST, 422, "EICAR"),
        (PICTURE[:300], 422, "DAMAGED"),
        (a_png(8000, 5001), 422, "TOO_MANY_PIXELS"),
        (a_pdf(b"<< /S /JavaScript >>"), 422, "ACTIVE_CONTENT"),
        (bytes(MAX_BYTES + 1), 413, "TOO_LARGE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_document_that_is_not_taken_is_a_problem_in_both_languages_and_leaves_no_trace(
    intake: Intake, case: str, content: bytes, status: int, code: str
) -> None:
    problem = is_problem(await intake.bring(case, content), status, code)
    persian, _, english = problem["detail"].partition(" — ")
    assert persian
    assert english.isascii()
    assert (intake.files.stored, intake.files.waiting) == ({}, {})
    assert len((await intake.state(case)).case.evidence) == 1


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"type": "library-card"}, 422, "UNKNOWN_EVIDENCE_TYPE"),
        ({"officerId": TAX_OFFICER}, 403, "NOT_AUTHORISED"),
        ({"officerId": "nobody"}, 422, "UNKNOWN_OFFICER"),
    ],
)
async def test_what_the_rule_refuses_is_stored_no_longer(
    intake: Intake, case: str, fields: dict[str, str], status: int, code: str
) -> None:
    is_problem(await intake.bring(case, PICTURE, **fields), status, code)
    assert (intake.files.stored, intake.files.waiting) == ({}, {})


@pytest.mark.parametrize(
    "fields", [{"originalSeen": "yes"}, {"originalSeen": "1"}, {"type": ""}, {"officerId": "a b"}, {"extra": "x"}]
)
async def test_wrong_fields_are_named(intake: Intake, case: str, fields: dict[str, str]) -> None:
    problem = is_problem(await intake.bring(case, PICTURE, **fields), 422, "INVALID")
    assert [error["field"] for error in problem["errors"]] == list(fields)


async def test_no_such_request_no_key_and_no_form(intake: Intake, case: str) -> None:
    is_problem(await intake.bring("nobody", PICTURE), 404, "NOT_FOUND")
    path = f"/v1/requests/{case}/evidence"
    is_problem(await intake.http.post(path, files={"file": b"x"}), 422, "IDEMPOTENCY_KEY_REQUIRED")
    is_problem(await intake.post(path, {"type": "architectural-plan"}), 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_stale_version_stores_nothing(intake: Intake, case: str) -> None:
    parts: Any = {"type": (None, "architectural-plan"), "originalSeen": (None, "false"), "file": ("x", PICTURE)}
    parts["officerId"] = (None, PERMITS_OFFICER)
    headers = {"Idempotency-Key": "k", "If-Match": '"99"'}
    is_problem(
        await intake.http.post(f"/v1/requests/{case}/evidence", files=parts, headers=headers), 412, "STALE_VERSION"
    )
    assert intake.files.stored == {}


# -- what an agency holds (I10) ----------------------------------------------------------------------------------------


async def test_i10_what_an_agency_holds_is_shown_and_not_demanded_and_its_taking_is_on_record(
    intake: Intake, case: str
) -> None:
    listed = (await intake.http.get(f"/v1/requests/{case}/evidence")).json()
    deed = next(each for each in listed["requirements"] if each["type"] == "ownership-deed")
    assert (deed["heldBy"], deed["demanded"], deed["brought"]) == ("wa-deeds", False, False)
    assert deed["name"] not in listed["needed"]
    plan = next(each for each in listed["requirements"] if each["type"] == "architectural-plan")
    assert (plan["demanded"], plan["name"] in listed["needed"]) == (True, True)
    shown = (await intake.bring(case, PICTURE, type="ownership-deed")).json()
    (demand,) = shown["heldDemands"]
    assert (demand["type"], demand["heldBy"], demand["askedBy"]) == ("ownership-deed", "wa-deeds", PERMITS_OFFICER)
    listed = (await intake.http.get(f"/v1/requests/{case}/evidence")).json()
    assert listed["heldDemands"] == [demand]
    assert listed["evidence"] == shown["evidence"]


# -- read again --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind", "suffix"),
    [(PICTURE, "image/jpeg", "jpg"), (a_picture("PNG"), "image/png", "png"), (a_pdf(), "application/pdf", "pdf")],
)
async def test_a_copy_is_given_to_be_saved_and_never_to_be_run(
    intake: Intake, case: str, content: bytes, kind: str, suffix: str
) -> None:
    dataref = (await intake.bring(case, content)).json()["added"]["dataref"]
    answer = await read(intake, case, dataref)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == f'attachment; filename="{dataref}.{suffix}"'
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"] == "no-store"


async def test_what_was_cut_off_behind_a_picture_is_not_kept(intake: Intake, case: str) -> None:
    dataref = (await intake.bring(case, PICTURE + A_ZIP)).json()["added"]["dataref"]
    assert (await read(intake, case, dataref)).content == PICTURE


async def test_officers_of_the_desk_the_unit_and_the_agency_read_it_and_no_other(intake: Intake, case: str) -> None:
    dataref = (await intake.bring(case, PICTURE)).json()["added"]["dataref"]
    registry, held = intake.memory.registry, (await intake.state(case)).case
    unit = registry.officers_of(held.unit_id)[0].id
    assert (await read(intake, case, dataref, unit)).status_code == 200
    for stranger in (TAX_OFFICER, "nobody"):
        is_problem(await read(intake, case, dataref, stranger), 403, "NOT_AUTHORISED")
    is_problem(await intake.http.get(f"/v1/requests/{case}/evidence/{dataref}"), 422, "INVALID")


async def test_a_copy_is_found_under_its_own_case_only(intake: Intake, case: str) -> None:
    """A caller's own reference may spell the name of another case's copy: it opens nothing."""
    dataref = (await intake.bring(case, PICTURE)).json()["added"]["dataref"]
    theirs = {"type": "identity-card", "sha256": "a" * 64, "originalSeen": True, "dataref": dataref}
    other = (await intake.file(evidence=[theirs])).json()["requestId"]
    for id, name in ((other, dataref), (case, "unheard-of"), ("nobody", dataref)):
        is_problem(await read(intake, id, name), 404, "NOT_FOUND")


async def test_a_copy_that_is_not_there_was_asked_for_on_record(intake: Intake, case: str) -> None:
    is_problem(await read(intake, case, "unheard-of"), 404, "NOT_FOUND")
    assert [(row["what"], row["outcome"], row["officerId"]) for row in intake.journal.rows] == [
        ("COPY", "NOTHING", PERMITS_OFFICER)
    ]


async def test_a_reference_of_the_callers_own_does_not_stand_for_a_copy_kept_here(intake: Intake) -> None:
    """It spells the very name that the copy will have, which can be worked out: the copy is stored all the same."""
    digest = hashlib.sha256(PICTURE).hexdigest()
    id = derived_id("request", PERMITS_OFFICER, "filing")
    name = derived_id("evidence", id, PERMITS_OFFICER, "k", digest)
    theirs = {"type": "identity-card", "sha256": digest, "originalSeen": True, "dataref": name}
    assert (await intake.file(key="filing", evidence=[theirs])).json()["requestId"] == id
    is_problem(await read(intake, id, name), 404, "NOT_FOUND")
    assert (await intake.bring(id, PICTURE, key="k")).json()["added"]["dataref"] == name
    assert (await read(intake, id, name)).content == PICTURE


async def test_every_reading_is_logged_without_a_word_about_the_person(intake: Intake, case: str) -> None:
    dataref = (await intake.bring(case, PICTURE)).json()["added"]["dataref"]
    intake.log.lines.clear()
    await read(intake, case, dataref)
    assert intake.log.lines == [("a copy was read", {"request": case, "copy": dataref, "officer": PERMITS_OFFICER})]


# -- between storing and naming ----------------------------------------------------------------------------------------


async def test_with_the_store_away_nothing_is_half_taken_and_the_caller_may_come_again(
    intake: Intake, case: str
) -> None:
    intake.files.away = "put"
    away = await intake.bring(case, PICTURE, key="k")
    is_problem(away, 503, "UNAVAILABLE")
    assert away.headers["retry-after"]
    assert len((await intake.state(case)).case.evidence) == 1
    assert len(intake.files.waiting) == 1, "what had been begun is known"
    assert (await intake.bring(case, PICTURE, key="k")).status_code == 200
    assert await swept(intake) == 1
    assert len(intake.files.stored) == 1


async def test_a_file_that_no_case_names_is_swept_away_by_its_age_and_one_that_is_named_stays(
    intake: Intake, case: str
) -> None:
    intake.files.away = "settle"  # as after a crash behind the door
    dataref = (await intake.bring(case, PICTURE)).json()["added"]["dataref"]
    intake.files.away = "discard"  # as after a crash before it
    await intake.bring(case, a_pdf(), type="library-card")
    assert len(intake.files.stored) == len(intake.files.waiting) == 2
    assert await swept(intake, datetime.now(UTC) - ORPHANED_AFTER) == 0, "too young: it may be on its way"
    assert await swept(intake) == 1
    assert [name for _, name, _, _ in intake.files.stored.values()] == [dataref]
    assert intake.files.waiting == {}
    assert (await read(intake, case, dataref)).content == PICTURE


async def test_of_one_call_that_came_twice_at_once_one_file_stays(intake: Intake, case: str) -> None:
    intake.files.away = "settle"
    dataref = (await intake.bring(case, PICTURE)).json()["added"]["dataref"]
    ((owner, name, size, sealed),) = list(intake.files.stored.values())
    intake.files.stored["second"] = owner, name, size, sealed
    ((_, at),) = intake.files.waiting.values()
    intake.files.waiting["second"] = Pending(cast(Any, "second"), owner, name), at
    assert await swept(intake) == 1
    assert len(intake.files.stored) == 1
    assert (await read(intake, case, dataref)).content == PICTURE


async def test_the_form_is_described(intake: Intake) -> None:
    described = (await intake.http.get("/openapi.json")).json()
    body = described["paths"]["/v1/requests/{id}/evidence"]["post"]["requestBody"]
    form = body["content"]["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {"type", "originalSeen", "officerId", "file"}
