"""docs/partners.md is all that a partner has: it tells every code, header, field and bound, and no other."""

import json
import re

import pytest
from pydantic import BaseModel

from services.contracts import topics
from services.contracts.envelope import MAX_HEADER_BYTES, MAX_VALUE_BYTES, REQUIRED
from services.contracts.kiosk import FIXABLE, SUBMITTED, Applicant, Evidence, Outcome, Rejection, Submission
from services.intake.domain.rules import Rules
from services.intake.kiosk_records import read_body
from services.ops.home import ROOT

PAGE = (ROOT / "docs" / "partners.md").read_text()
WORDS = " ".join(PAGE.split())
HEADERS = {*REQUIRED, "ce_time", "content-type"}
CLIENTS = ("python", "javascript", "sh")


def section(title: str) -> str:
    """The text under a heading, up to the next of any level."""
    found = re.search(rf"^##+ {re.escape(title)}\n(.*?)(?=^##|\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert found, f"the page has no section {title}"
    return found[1]


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)`", text, flags=re.MULTILINE)


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    assert found, f"the page has no example in {language}"
    return found[1]


def on_wire(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_every_rejection_code_has_its_line_and_says_whether_a_correction_helps() -> None:
    lines = re.findall(r"^\| `(\w+)` \| (yes|no) \|", section("Codes"), flags=re.MULTILINE)
    assert sorted(lines) == sorted((code.value, "yes" if code in FIXABLE else "no") for code in Rejection)


def test_every_header_has_its_line() -> None:
    assert set(first_cells(section("Headers"))) == HEADERS


@pytest.mark.parametrize("language", CLIENTS)
def test_each_example_sends_every_header(language: str) -> None:
    program = example(language)
    assert set(re.findall(r"ce_\w+|content-type", program)) >= HEADERS
    assert SUBMITTED in program
    assert topics.KIOSK_SUBMISSION.name in program


def test_every_field_of_a_submission_has_its_line() -> None:
    own = on_wire(Submission) - {"applicant", "evidence"}
    parts = {f"applicant.{name}" for name in on_wire(Applicant)} | {f"evidence[].{name}" for name in on_wire(Evidence)}
    assert set(first_cells(section("Body"))) == own | parts | {"evidence[]"}


def test_the_body_shown_is_a_submission_with_every_field() -> None:
    body = json.loads(example("json"))
    assert read_body(json.dumps(body).encode(), "").submission.to_wire() == body
    assert set(body) == on_wire(Submission)


def test_the_outcome_shown_has_every_field_there_is() -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)[1])
    assert Outcome.model_validate(shown).to_wire() == shown


def test_topics_bounds_and_times_are_as_in_the_code() -> None:
    assert topics.outcome_topic("<partner>").name in PAGE
    assert f"{MAX_VALUE_BYTES} bytes" in WORDS
    assert f"{MAX_HEADER_BYTES} bytes" in WORDS
    days = {topics.KIOSK_SUBMISSION.retention_ms, topics.outcome_topic("a").retention_ms}
    assert days == {7 * topics.DAY_MS, 30 * topics.DAY_MS}
    assert "kept for 7 days and an outcome for 30" in WORDS
    rules = Rules(secret=b"")
    assert (rules.oldest_submission.days, rules.future_skew.total_seconds(), rules.submissions_heard) == (7, 300, 50)
    assert "at most 7 days ago and 5 minutes ahead" in WORDS
    assert "Fifty different bodies" in WORDS
