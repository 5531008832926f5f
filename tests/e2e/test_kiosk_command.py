"""`./mizban kiosk test` goes the whole way of a partner, and stops going once the partner is suspended."""

import os
import subprocess
import sys
import time

import httpx
import pytest

from services.ops.credentials import Credentials
from services.ops.environment import Description
from services.ops.home import ROOT
from tests.support.signing import signing_key
from tests.support.stack import Stack

pytestmark = pytest.mark.timeout(240)
OFFICER = "wa-governorate-desk-01"


def mizban(stack: Stack, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "services.ops", *words],
        cwd=ROOT,
        env={**os.environ, "MIZBAN_HOME": str(stack.home.path), "MIZBAN_PORT_OFFSET": str(stack.home.port_offset)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def refused_by_intake(province: Description, stack: Stack) -> str:
    """With which code the sandbox partner's API key is."""
    headers = {"Authorization": f"Bearer {Credentials(stack.home).known('issued-api-key.sandbox')}"}
    asked = {"kioskId": "sandbox-001"}
    answer = httpx.get(f"{province['services']['intake']['url']}/v1/kiosk/outcomes", params=asked, headers=headers)
    code: str = answer.json()["code"]
    return code


def test_the_sandbox_partner_goes_the_whole_way_until_it_is_suspended(province: Description, stack: Stack) -> None:
    registry = province["services"]["registry"]["url"]
    for _ in range(2):  # with new credentials, and with those that are there
        gone = mizban(stack, "kiosk", "test")
        assert gone.returncode == 0, gone.stderr
    lost = mizban(stack, "kiosk", "revoke", "sandbox", "--api-key", "all", "--officer", OFFICER, "--reason", "گم شد")
    assert "1 API key is not taken any more" in lost.stderr
    assert "mizban kiosk test --rotate" in mizban(stack, "kiosk", "test").stderr, "what was revoked stays so"
    replaced = mizban(stack, "kiosk", "test", "--rotate")
    assert replaced.returncode == 0, replaced.stderr
    suspended = mizban(stack, "kiosk", "suspend", "sandbox", "--officer", OFFICER, "--reason", "آزمایش")
    assert suspended.returncode == 0, suspended.stderr
    assert "intake knows: nothing more is taken" in suspended.stderr
    assert refused_by_intake(province, stack) == "KIOSK_NOT_LICENSED", "at once"
    assert "not in force" in mizban(stack, "kiosk", "test").stderr
    refused = mizban(stack, "kiosk", "rotate", "sandbox", "--officer", OFFICER, "--reason", "آزمایش")
    assert "NOT_IN_FORCE" in refused.stderr
    body = {"officerId": OFFICER, "reason": "پایان آزمایش"}
    key = {"Idempotency-Key": f"resume-{time.time_ns()}"}
    httpx.post(f"{registry}/v1/partners/sandbox/resume", json=body, headers=key).raise_for_status()
    renewed = mizban(stack, "kiosk", "rotate", "sandbox", "--officer", OFFICER, "--reason", "آزمایش")
    assert renewed.returncode == 0, renewed.stderr
    assert renewed.stdout.split()[::2] == ["username", "password", "apiKey", "outcomeTopic"]
    assert "issued to somebody else" in mizban(stack, "kiosk", "test").stderr, "whose they are keeps them"
    again = mizban(stack, "kiosk", "test", "--rotate")
    assert again.returncode == 0, again.stderr


def test_a_signing_key_of_an_office_is_revoked_once_and_for_ever(province: Description, stack: Stack) -> None:
    public, by = signing_key("lost").public_key, ["--officer", OFFICER]
    assert mizban(stack, "kiosk", "key", "sandbox-001", "sandbox-001.lost", public, *by).returncode == 0
    revoke = ["kiosk", "revoke", "sandbox-001", "sandbox-001.lost", *by, "--reason", "گم شد"]
    revoked = mizban(stack, *revoke)
    assert "sandbox-001: nothing that sandbox-001.lost signs is taken any more." in revoked.stderr
    assert "ALREADY_REVOKED" in mizban(stack, *revoke).stderr
    known = httpx.get(f"{province['services']['registry']['url']}/v1/kiosks/sandbox-001").json()["keys"]
    assert [key["kid"] for key in known if key["revokedAt"] is not None] == ["sandbox-001.lost"]
