"""docs/partners.md is all that a partner has: it tells every code, header, field and bound, and no other."""

import json
import os
import re
import subprocess
import sys
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel

from services.contracts import topics
from services.contracts.envelope import MAX_HEADER_BYTES, MAX_HEADERS_BYTES, MAX_VALUE_BYTES, REQUIRED
from services.contracts.kiosk import FIXABLE, SUBMITTED, Applicant, Evidence, Outcome, Rejection, Submission
from services.contracts.signature import is_good, public_key, read_signature, sign
from services.intake.domain.rules import Rules
from services.intake.kiosk_records import read_body
from services.intake.settings import Settings
from services.ops.home import ROOT
from tests.support.machine import needs

PAGE = (ROOT / "docs" / "partners.md").read_text()
WORDS = " ".join(PAGE.split())
HEADERS = {*REQUIRED, "ce_time", "content-type", "ce_signature"}
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


# --- Signing ----------------------------------------------------------------------------------------------------------


def vector() -> dict[str, str]:
    lines = example("text").strip().splitlines()
    return {name.strip(): value for name, value in (re.split(r"  +| (?=eyJ)", line, maxsplit=1) for line in lines)}


def test_the_signature_on_the_page_is_what_comes_of_its_key_and_value() -> None:
    given = vector()
    private = Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(given["private key"] + "="))
    assert sign(given["value"].encode(), private, given["kid"]) == given["ce_signature"]
    public, detached = public_key(given["public key"]), read_signature(given["ce_signature"].encode())
    assert public is not None
    assert detached is not None
    assert is_good(detached, given["value"].encode(), public)
    assert f"a value of {len(given['value'])} bytes" in WORDS


def test_the_python_example_signs_as_the_page_says() -> None:
    program = example("python")
    found = re.search(r"def b64url.*?\n\n\n(?=login)", program + "\n\n\n", flags=re.DOTALL)
    assert found
    given = vector()
    imports = (
        "import base64, json, sys\nfrom cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey\n"
    )
    call = "sys.stdout.write(signature(*(text.encode() for text in sys.argv[1:2]), *sys.argv[2:]))"
    done = subprocess.run(
        [sys.executable, "-c", imports + found[0] + call, given["value"], given["kid"], given["private key"]],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == given["ce_signature"], done.stderr


def test_the_javascript_example_signs_as_the_page_says() -> None:
    (node,) = needs("node")
    found = re.search(r"function signature.*?\n}\n", example("javascript"), flags=re.DOTALL)
    assert found
    given = vector()
    call = f"process.stdout.write(signature(Buffer.from({json.dumps(given['value'])}), ...process.argv.slice(1)))"
    done = subprocess.run(
        [node, "-e", found[0] + call, given["kid"], given["private key"]], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == given["ce_signature"], done.stderr


def test_the_shell_example_signs_as_the_page_says(tmp_path: Path) -> None:
    needs("openssl")
    found = re.search(r"^b64url\(\).*?^rm [^\n]*\n", example("sh"), flags=re.DOTALL | re.MULTILINE)
    assert found
    given = vector()
    (tmp_path / "submission.json").write_text(given["value"])
    environment = {"PATH": os.environ["PATH"], "KIOSK_KID": given["kid"], "KIOSK_KEY": given["private key"]}
    done = subprocess.run(
        ["sh", "-c", found[0] + "printf %s $SIGNATURE"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == given["ce_signature"], done.stderr
    assert [left.name for left in tmp_path.iterdir()] == ["submission.json"], "the private key does not stay"


def test_every_field_of_a_submission_has_its_line() -> None:
    own = on_wire(Submission) - {"applicant", "evidence"}
    parts = {f"applicant.{name}" for name in on_wire(Applicant)} | {f"evidence[].{name}" for name in on_wire(Evidence)}
    assert set(first_cells(section("Body"))) == own | parts | {"evidence[]"}


def test_the_body_shown_is_a_submission_with_every_field() -> None:
    body = json.loads(example("json"))
    assert read_body(Submission, json.dumps(body).encode()).to_wire() == body
    assert set(body) == on_wire(Submission)


def test_the_outcome_shown_has_every_field_there_is() -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)[1])
    assert Outcome.model_validate(shown).to_wire() == shown


def test_topics_bounds_and_times_are_as_in_the_code() -> None:
    assert topics.outcome_topic("<partner>").name in PAGE
    assert f"{MAX_VALUE_BYTES} bytes" in WORDS
    assert f"{MAX_HEADER_BYTES} bytes" in WORDS
    assert f"{MAX_HEADERS_BYTES} bytes" in WORDS
    days = {topics.KIOSK_SUBMISSION.retention_ms, topics.outcome_topic("a").retention_ms}
    assert days == {7 * topics.DAY_MS, 30 * topics.DAY_MS}
    assert "kept for 7 days and an outcome for 30" in WORDS
    rules = Rules(secret=b"")
    assert (rules.oldest_submission.days, rules.future_skew.total_seconds(), rules.submissions_heard) == (7, 300, 50)
    assert "at most 7 days ago and 5 minutes ahead" in WORDS
    assert "Fifty different bodies" in WORDS
    assert rules.unproven_heard == 5
    assert "at most five different contents" in WORDS
    assert f"More than {Settings.model_fields['kiosk_calls'].default:,} calls in a second" in WORDS


def test_the_shell_example_ends_with_what_kcat_says_when_nothing_was_sent(tmp_path: Path) -> None:
    """Waiting for the outcome of a submission that Kafka has not taken would hide why."""
    for name, does in (("kcat", 'echo "$1" >> asked; exit 3'), ("openssl", "exit 0"), ("sleep", "exit 0")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "office.sh").write_text(example("sh"))
    given = {"KIOSK_KEY": "A" * 43, "KIOSK_KID": "k", "PARTNER_USER": "p", "PARTNER_PASSWORD": "p"}
    environment = given | {"KAFKA_PARTNERS": "broker.example:9094", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    office = subprocess.run(["sh", "office.sh"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (office.returncode, (tmp_path / "asked").read_text()) == (3, "-P\n"), office.stderr
