"""What the guides have people type is what the command takes, and what the services answer as told."""

import json
import re
import shlex
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import typer

from services.ops.cli import app
from services.ops.home import ROOT
from tests.unit.intake.edge import Intake
from tests.unit.registry.over_http import registry_of_the_province

GUIDES = ("README.md", "docs/partners.md", "docs/catalogue.md", "docs/reports.md", "docs/domain.md", "docs/door.md")
PARTNERS = " ".join((ROOT / "docs" / "partners.md").read_text().split())
OFFICER = "wa-governorate-desk-01"


def typed() -> list[tuple[str, str]]:
    """Every line of a guide that is to be typed, with its guide."""
    pages = [*GUIDES, *(str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "runbooks").glob("*.md"))]
    return [
        (page, line)
        for page in pages
        for line in re.findall(r"^ {4,}\./mizban (.+)$", (ROOT / page).read_text(), flags=re.MULTILINE)
    ]


def body_of(path: str) -> Any:
    """What README's curl command sends to this path."""
    text = (ROOT / "README.md").read_text().replace("\\\n", " ")
    (found,) = re.findall(rf"curl -X POST http://[\d.:]+{re.escape(path)} [^\n]*?-d '(.*?)'", text, flags=re.DOTALL)
    return json.loads(found)


@pytest.mark.parametrize(("page", "line"), typed())
def test_a_command_that_is_to_be_typed_is_whole(page: str, line: str) -> None:
    command: Any = typer.main.get_group(app)
    words = shlex.split(line, comments=True)
    context = command.make_context("mizban", list(words), resilient_parsing=True)
    while hasattr(command, "get_command") and words:
        name = words.pop(0)
        command = command.get_command(context, name)
        assert command is not None, f"{page}: {name}"
        if not hasattr(command, "get_command"):
            command.make_context(name, words, parent=context)  # raises what a person would be told


async def test_an_officer_files_and_issues_a_ticket_as_the_readme_says() -> None:
    filing = body_of("/v1/requests")
    intake = Intake()
    async with intake.memory.serving():
        filed = await intake.post("/v1/requests", filing)
        assert (filed.status_code, filed.json()["state"]) == (201, "PROMISED"), filed.text
        ticket = await intake.post("/v1/visits", {name: filing[name] for name in ("deskId", "officerId")})
        assert (ticket.status_code, ticket.json()["ticketNo"]) == (201, 1)
        for shown in ("work", "queue"):
            assert (await intake.http.get(f"/v1/desks/wa-tax-desk/{shown}")).status_code == 200
    await intake.http.aclose()


async def test_a_suspended_partner_is_resumed_and_then_renewed() -> None:
    path = "partners/pishkhan-a/resume"
    decided = {"officerId": OFFICER, "reason": "پایان رسیدگی"}
    async with registry_of_the_province() as registry:

        async def said(verb: str, body: dict[str, Any]) -> tuple[int, str | None]:
            answer: httpx.Response = await registry.post(f"partners/pishkhan-a/{verb}", body)
            return answer.status_code, answer.json().get("code")

        assert (await said("onboard", {"officerId": OFFICER}))[0] == 201
        assert (await said("suspend", decided))[0] == 200
        assert await said("rotate", decided) == (409, "NOT_IN_FORCE")
        assert await said("onboard", {"officerId": OFFICER}) == (409, "NOT_IN_FORCE")
        assert (await registry.post(path, body_of(f"/v1/{path}"))).status_code == 200
        assert (await said("rotate", decided))[0] == 200


async def test_who_may_is_found_as_the_readme_says() -> None:
    assert "`GET /v1/officers?orgId=wa-governorate`" in (ROOT / "README.md").read_text()
    async with registry_of_the_province() as registry:
        found = (await registry.get("officers", orgId="wa-governorate")).json()["items"]
    assert OFFICER in {officer["id"] for officer in found}


async def test_an_inspector_asks_the_registry_as_the_readme_says() -> None:
    asked = re.findall(r"`GET /v1/((?:deficiencies|reports)\S*)`", (ROOT / "README.md").read_text())
    assert len(asked) == 2
    async with registry_of_the_province() as registry:
        described = (await registry.http.get("/openapi.json")).json()["paths"]
    for address in asked:
        path, _, query = address.partition("?")
        taken = {parameter["name"] for parameter in described[f"/v1/{path}"]["get"]["parameters"]}
        assert set(parse_qs(query)) <= taken


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [("{}", "SCHEMA", "missing: applicant, externalRef, kioskId, serviceId, submittedAt"), ("", "NOT_JSON", None)],
)
async def test_what_is_wrong_with_a_body_is_one_entry_that_lists_all(body: str, code: str, detail: str | None) -> None:
    assert "`errors` has one entry with `code` and `detail`, which names them" in PARTNERS
    intake = Intake()
    async with intake.memory.serving():
        refused = await intake.http.post(
            "/v1/kiosk/submissions", content=body, headers={"content-type": "application/json"}
        )
    await intake.http.aclose()
    (entry,) = refused.json()["errors"]
    assert (refused.status_code, refused.json()["code"], entry["code"]) == (422, "MALFORMED", code)
    assert "field" not in entry
    assert detail is None or entry["detail"] == detail
