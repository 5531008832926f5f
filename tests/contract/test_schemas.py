"""The exported schemas are valid, and say the same as the models: an outsider may trust either (contract)."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from pydantic import ValidationError as Unfit

from services.contracts.catalogue import CATALOGUE, commands
from services.contracts.intake_commands import FileRequest
from services.contracts.json_schema import schemas
from services.contracts.kiosk import FIXABLE, Outcome, Rejection, Submission
from services.contracts.routing import AnswerTask
from services.contracts.wire import Command, Wire

SCHEMAS = schemas()

SUBMISSION: dict[str, Any] = {
    "externalRef": "017-000123",
    "kioskId": "wa-urmia-017",
    "serviceId": "social-insurance-record",
    "applicant": {
        "scheme": "NID",
        "value": "0013542419",
        "name": "زهرا کریمی",
        "mobile": "09121234567",
        "email": "z.karimi@example.ir",
        "county": "urmia",
    },
    "evidence": [{"type": "identity-card", "sha256": "ab" * 32, "originalSeen": True, "dataref": None}],
    "amount": None,
    "area": None,
    "revision": 1,
    "redirectRef": None,
    "submittedAt": "2026-11-23T08:30:00Z",
}
DESK_REQUEST: dict[str, Any] = {
    "serviceId": "building-permit",
    "deskId": "wa-municipality-urmia-desk",
    "applicant": SUBMISSION["applicant"],
    "representative": None,
    "evidence": SUBMISSION["evidence"],
    "informationOnly": False,
    "electronicallyAble": True,
    "willing": True,
    "assistanceReason": None,
    "priorityClass": None,
    "legalBasis": None,
    "amount": None,
    "area": None,
    "visitId": None,
    "redirectRef": None,
    "note": None,
    "notOnSpotReason": None,
    "awaitDocuments": False,
    "nextVisitAt": None,
    "decide": None,
    "officerId": "wa-officer-001",
}
OUTCOME: dict[str, Any] = {
    "moves": ["submission.accepted"],
    "externalRef": "017-000123",
    "kioskId": "wa-urmia-017",
    "revision": 1,
    "status": "ACCEPTED",
    "requestId": "01JD0000000000000000000000",
    "trackingCode": "00000000005724",
    "state": "PROMISED",
    "promisedAt": "2026-11-28T08:30:00Z",
    "promisedLocal": "1405/09/07 12:00",
    "responsible": {"name": "رضا احمدی", "post": "کارشناس", "phone": "04431234567"},
    "cost": 0,
    "stagesAhead": ["بررسی", "صدور"],
    "needed": [],
    "deadline": None,
    "code": None,
    "message": None,
    "detail": None,
    "fixable": None,
    "duplicateOf": None,
    "causeId": "7f0c",
    "partner": "pishkhan-a",
    "orgId": "wa-social-security",
}
ANSWER: dict[str, Any] = {
    "officerId": "wa-officer-001",
    "result": "GRANTED",
    "ground": None,
    "laws": [],
    "output": {"type": "record", "reference": None, "note": "ok"},
    "secondOfficerId": None,
}

SAMPLES: list[tuple[str, type[Wire | Command], dict[str, Any]]] = [
    ("kiosk.Submission", Submission, SUBMISSION),
    ("kiosk.Outcome", Outcome, OUTCOME),
    ("intake.FileRequest", FileRequest, DESK_REQUEST),
    ("routing.AnswerTask", AnswerTask, ANSWER),
]
samples = pytest.mark.parametrize(("name", "model", "sample"), SAMPLES, ids=[name for name, _, _ in SAMPLES])


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_a_valid_schema_of_its_draft(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_every_event_shape_and_every_command_has_a_schema() -> None:
    assert set(SCHEMAS) == {each.schema_name for each in CATALOGUE} | set(commands())


@pytest.mark.parametrize("name", SCHEMAS)
def test_fields_are_camel_case(name: str) -> None:
    shapes = [SCHEMAS[name], *SCHEMAS[name].get("$defs", {}).values()]
    names = [field for shape in shapes for field in shape.get("properties", {})]
    assert names
    assert [field for field in names if not field[0].islower() or not field.isalnum()] == []


@samples
def test_a_sample_of_the_contract_fits_schema_and_model_and_comes_back_whole(
    name: str, model: type[Wire | Command], sample: dict[str, Any]
) -> None:
    Draft202012Validator(SCHEMAS[name]).validate(sample)
    assert model.model_validate_json(json.dumps(sample)).to_wire() == sample


@samples
def test_schema_and_model_demand_the_same_fields(
    name: str, model: type[Wire | Command], sample: dict[str, Any]
) -> None:
    validator = Draft202012Validator(SCHEMAS[name])
    for field in sample:
        without = {each: value for each, value in sample.items() if each != field}
        assert validator.is_valid(without) == _fits(model, without), field


@samples
def test_an_unknown_field_is_ignored_in_events_and_refused_in_commands(
    name: str, model: type[Wire | Command], sample: dict[str, Any]
) -> None:
    more = {**sample, "tomorrow": 1}
    accepted = issubclass(model, Wire)
    assert Draft202012Validator(SCHEMAS[name]).is_valid(more) == accepted
    assert _fits(model, more) == accepted


@pytest.mark.parametrize(
    "wrong",
    [
        {"externalRef": "017 000123"},
        {"externalRef": "0" * 41},
        {"revision": 0},
        {"amount": -1},
        {"applicant": {**SUBMISSION["applicant"], "scheme": "IBAN"}},
        {"evidence": [{**SUBMISSION["evidence"][0], "sha256": "XY"}]},
        {"submittedAt": None},
    ],
    ids=str,
)
def test_what_a_kiosk_may_not_send_is_refused_by_schema_and_model(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Draft202012Validator(SCHEMAS["kiosk.Submission"]).validate(SUBMISSION | wrong)
    assert not _fits(Submission, SUBMISSION | wrong)


def test_the_outcome_has_every_field_that_partners_were_promised() -> None:
    promised = (
        "externalRef kioskId status requestId trackingCode state promisedAt promisedLocal responsible cost stagesAhead "
        "needed deadline code message fixable causeId revision"
    )
    assert set(promised.split()) <= SCHEMAS["kiosk.Outcome"]["properties"].keys()


def test_the_codes_of_rejection_are_the_closed_list_of_the_contract() -> None:
    fixable = "MALFORMED INVALID_APPLICANT MISSING_EVIDENCE BAD_SIGNATURE STALE UNKNOWN_CASE"
    final = (
        "UNKNOWN_SERVICE UNKNOWN_KIOSK KIOSK_NOT_LICENSED NOT_OFFERED_HERE PRESENCE_REQUIRED REDIRECT_UNKNOWN "
        "SOURCE_MISMATCH CONFLICT NOT_POSSIBLE"
    )
    assert set(fixable.split()) == {code.value for code in FIXABLE}
    assert {*fixable.split(), *final.split()} == {code.value for code in Rejection}


def _fits(model: type[Wire | Command], sample: dict[str, Any]) -> bool:
    try:
        model.model_validate_json(json.dumps(sample))
    except Unfit:
        return False
    return True
