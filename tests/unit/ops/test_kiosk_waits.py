"""`./mizban kiosk suspend` and `revoke` end when the broker and intake agree, or say what does not."""

from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from services.ops import kiosk
from services.ops.errors import StackError

WHY = ["--officer", "wa-governorate-desk-01", "--reason", "تخلف"]
ASKED = ["suspend", "pishkhan-a", *WHY]
REVOKED = [
    ("kiosks/wa-urmia-017", ["revoke", "wa-urmia-017", "wa-urmia-017.1", *WHY]),
    ("partners/pishkhan-a", ["revoke", "pishkhan-a", "--api-key", "all", *WHY]),
]
WITHDRAWN = {"wanted": "WITHDRAWN", "state": "WITHDRAWN", "problem": None}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the registry tells of the partner's access, one after the other; the last again and again."""
    told: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"id": "pishkhan-a", "version": 4, "recorded": True, "revoked": 1})
        return httpx.Response(200, json=told.pop(0) if len(told) > 1 else told[0])

    client = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: client(**options, transport=httpx.MockTransport(answer)))
    monkeypatch.setattr(kiosk, "HEARD_WITHIN", 0.5)
    return told


def test_it_ends_when_intake_knows(answers: list[dict[str, Any]]) -> None:
    answers += [WITHDRAWN | {"intakeKnows": knows} for knows in (None, False, False, True)]
    done = CliRunner().invoke(kiosk.kiosk, ASKED)
    assert done.exit_code == 0, done.output
    assert "nothing more is taken" in done.output
    assert answers == [WITHDRAWN | {"intakeKnows": True}]


@pytest.mark.parametrize(("knows", "why"), [(False, "does not know yet"), (None, "does not answer")])
def test_it_says_so_when_intake_does_not_confirm_it_in_time(
    answers: list[dict[str, Any]], knows: bool | None, why: str
) -> None:
    answers += [WITHDRAWN | {"intakeKnows": knows}]
    done = CliRunner().invoke(kiosk.kiosk, ASKED)
    assert isinstance(done.exception, StackError)
    told = str(done.exception)
    assert why in told
    assert "pishkhan-a is suspended" in told
    assert "GET /v1/partners/pishkhan-a/access" in told


@pytest.mark.parametrize(("of", "asked"), REVOKED)
def test_what_is_revoked_is_told_when_intake_knows(answers: list[dict[str, Any]], of: str, asked: list[str]) -> None:
    answers += [{"intakeKnows": knows} for knows in (None, False, True)]
    done = CliRunner().invoke(kiosk.kiosk, asked)
    assert done.exit_code == 0, done.output
    assert "not taken any more" in done.output or "is taken any more" in done.output
    assert answers == [{"intakeKnows": True}], "it has asked until intake knew"


@pytest.mark.parametrize(("of", "asked"), REVOKED)
def test_what_is_revoked_is_not_told_to_be_over_while_intake_does_not_know(
    answers: list[dict[str, Any]], of: str, asked: list[str]
) -> None:
    answers += [{"intakeKnows": False}]
    done = CliRunner().invoke(kiosk.kiosk, asked)
    assert isinstance(done.exception, StackError)
    assert "does not know yet" in str(done.exception)
    assert f"GET /v1/{of}/access" in str(done.exception)
    assert "any more" not in done.output
