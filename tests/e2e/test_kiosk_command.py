"""`./mizban kiosk test` goes the whole way of a partner, and stops going once the partner is suspended."""

import os
import subprocess
import sys
import time

import httpx
import pytest

from services.ops.environment import Description
from services.ops.home import ROOT
from tests.conftest import Stack

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


def test_the_sandbox_partner_goes_the_whole_way_until_it_is_suspended(province: Description, stack: Stack) -> None:
    registry = province["services"]["registry"]["url"]
    for _ in range(2):  # with new credentials, and with those that are there
        gone = mizban(stack, "kiosk", "test")
        assert gone.returncode == 0, gone.stderr
    suspended = mizban(stack, "kiosk", "suspend", "sandbox", "--officer", OFFICER, "--reason", "آزمایش")
    assert suspended.returncode == 0, suspended.stderr
    assert "not in force" in mizban(stack, "kiosk", "test").stderr
    refused = mizban(stack, "kiosk", "rotate", "sandbox", "--officer", OFFICER, "--reason", "آزمایش")
    assert "NOT_IN_FORCE" in refused.stderr
    body = {"officerId": OFFICER, "reason": "پایان آزمایش"}
    key = {"Idempotency-Key": f"resume-{time.time_ns()}"}
    httpx.post(f"{registry}/v1/partners/sandbox/resume", json=body, headers=key).raise_for_status()
    renewed = mizban(stack, "kiosk", "rotate", "sandbox", "--officer", OFFICER, "--reason", "آزمایش")
    assert renewed.returncode == 0, renewed.stderr
    assert renewed.stdout.split()[::2] == ["username", "password", "apiKey", "outcomeTopic"]
    again = mizban(stack, "kiosk", "test")
    assert again.returncode == 0, "those that it kept are not in use any more: it draws others"
