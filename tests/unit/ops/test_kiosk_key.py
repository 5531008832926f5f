"""`./mizban kiosk key`, `revoke`: the public half that an office has made is registered, and what is lost ends."""

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
        if request.method == "GET":
            return httpx.Response(200, json={"intakeKnows": True})
        body = json.loads(request.content)
        asked.append((request.url.path, body))
        if request.url.path.endswith("/revoke"):
            if "/lost/" in request.url.path:
                return httpx.Response(409, json={"code": "ALREADY_REVOKED", "detail": "it was revoked before"})
            return httpx.Response(200, json={"id": "wa-urmia-017", "version": 4, "recorded": True, "revoked": 2})
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


OFFICER, WHY = ["--officer", "wa-governorate-desk-01"], ["--reason", "گم شد"]
SAID = {"officerId": "wa-governorate-desk-01", "reason": "گم شد"}


def test_one_key_of_an_office_is_revoked_by_its_name(calls: list[tuple[str, dict[str, Any]]]) -> None:
    done = CliRunner().invoke(kiosk.kiosk, ["revoke", "wa-urmia-017", "wa-urmia-017.1", *OFFICER, *WHY])
    assert done.exit_code == 0, done.output
    assert calls == [("/v1/kiosks/wa-urmia-017/keys/wa-urmia-017.1/revoke", SAID)]
    assert "wa-urmia-017: nothing that wa-urmia-017.1 signs is taken any more." in done.output


@pytest.mark.parametrize("which", ["all", "former"])
def test_a_partners_api_keys_are_revoked(calls: list[tuple[str, dict[str, Any]]], which: str) -> None:
    done = CliRunner().invoke(kiosk.kiosk, ["revoke", "pishkhan-a", "--api-key", which, *OFFICER, *WHY])
    assert done.exit_code == 0, done.output
    assert calls == [("/v1/partners/pishkhan-a/api-keys/revoke", SAID | {"which": which.upper()})]
    assert "pishkhan-a: 2 API keys are not taken any more" in done.output
    assert ("./mizban kiosk rotate" in done.output) == (which == "all"), "without one nobody calls the gateway"


@pytest.mark.parametrize("named", [["wa-urmia-017"], ["wa-urmia-017", "wa-urmia-017.1", "--api-key", "all"]])
def test_what_is_revoked_must_be_clear(calls: list[tuple[str, dict[str, Any]]], named: list[str]) -> None:
    unclear = CliRunner().invoke(kiosk.kiosk, ["revoke", *named, *OFFICER, *WHY])
    assert (unclear.exit_code, calls) == (2, [])
    assert "--api-key" in unclear.output


def test_that_it_was_revoked_before_is_told(calls: list[tuple[str, dict[str, Any]]]) -> None:
    done = CliRunner().invoke(kiosk.kiosk, ["revoke", "wa-urmia-017", "lost", *OFFICER, *WHY])
    assert "ALREADY_REVOKED: it was revoked before" in str(done.exception)
