"""`./mizban kiosk key`: an operator hands the registry the public half that an office has made."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from services.ops import kiosk
from services.ops.errors import StackError
from tests.support.signing import signing_key

PUBLIC = signing_key("k9").public_key
ASKED = ["key", "wa-urmia-017", "wa-urmia-017.2", PUBLIC, "--officer", "wa-governorate-desk-01"]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the registry was asked; of the key `taken` it says so."""
    asked: list[tuple[str, dict[str, Any]]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        asked.append((request.url.path, body))
        if body["kid"] == "taken":
            return httpx.Response(409, json={"code": "KEY_KNOWN", "detail": "it has, or had, a key of this name"})
        if len(body["publicKey"]) != 43:
            wrong = {"field": "publicKey", "code": "string_pattern_mismatch", "detail": "no such form"}
            return httpx.Response(422, json={"code": "VALIDATION_FAILED", "detail": "wrong fields", "errors": [wrong]})
        return httpx.Response(201, json={"id": "wa-urmia-017", "version": 3, "recorded": True})

    client = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: client(**options, transport=httpx.MockTransport(answer)))
    return asked


@pytest.mark.parametrize("public", [PUBLIC, "-" + PUBLIC[1:], "--" + PUBLIC[2:]])
def test_the_key_of_an_office_is_registered_also_one_that_begins_with_a_hyphen(
    calls: list[tuple[str, dict[str, Any]]], public: str
) -> None:
    done = CliRunner().invoke(kiosk.kiosk, [public if word == PUBLIC else word for word in ASKED])
    assert done.exit_code == 0, done.output
    body = {"kid": "wa-urmia-017.2", "publicKey": public, "validFrom": None, "validTo": None}
    assert calls == [("/v1/kiosks/wa-urmia-017/keys", body | {"officerId": "wa-governorate-desk-01"})]


def test_it_may_begin_and_end_on_days(calls: list[tuple[str, dict[str, Any]]]) -> None:
    CliRunner().invoke(kiosk.kiosk, [*ASKED, "--from", "2026-12-01", "--to", "2027-12-01"])
    assert (calls[0][1]["validFrom"], calls[0][1]["validTo"]) == ("2026-12-01", "2027-12-01")


@pytest.mark.parametrize(
    ("kid", "public", "told"),
    [("taken", PUBLIC, "KEY_KNOWN: it has, or had"), ("k", "short", "VALIDATION_FAILED: wrong fields; publicKey")],
)
def test_a_refusal_is_told_in_the_registrys_words(
    calls: list[tuple[str, dict[str, Any]]], kid: str, public: str, told: str
) -> None:
    done = CliRunner().invoke(kiosk.kiosk, ["key", "wa-urmia-017", kid, public, "--officer", "wa-governorate-desk-01"])
    assert isinstance(done.exception, StackError)
    assert told in str(done.exception)
