"""The demo looks at its partners before it begins: with credentials that are over it would wait for nothing."""

from hashlib import sha256
from typing import Any

import httpx
import pytest

from services.ops.demo import accounts
from services.ops.errors import StackError

PARTNERS = ("pishkhan-a", "pishkhan-b")
ENV = {
    "services": {"registry": {"url": "http://registry.example"}},
    "partners": {partner: {"apiKey": f"key of {partner}"} for partner in PARTNERS},
}
OTHER = {"sha256": "0" * 64, "validTo": None}
GRANTED, WITHDRAWN = {"wanted": "GRANTED"}, {"wanted": "WITHDRAWN"}

Known = dict[str, tuple[list[dict[str, Any]], dict[str, str] | None]]
"""Partner -> its API keys, the newest first, and its access, if anything was decided of it."""


def of_this_home(partner: str, valid_to: str | None = None) -> dict[str, Any]:
    return {"sha256": sha256(f"key of {partner}".encode()).hexdigest(), "validTo": valid_to}


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Known:
    """What the registry knows: at first the sample as it was imported."""
    partners: Known = {partner: ([of_this_home(partner)], None) for partner in PARTNERS}

    def answer(request: httpx.Request) -> httpx.Response:
        _, _, _, partner, *access = request.url.path.split("/")
        keys, decided = partners[partner]
        if not access:
            return httpx.Response(200, json={"id": partner, "apiKeys": keys})
        return httpx.Response(200, json=decided) if decided else httpx.Response(404, json={"code": "NOT_FOUND"})

    client = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: client(**options, transport=httpx.MockTransport(answer)))
    return partners


def test_with_the_sample_as_it_was_imported_the_demo_begins(known: Known) -> None:
    accounts.refuse_changed(ENV)
    known["pishkhan-a"] = ([of_this_home("pishkhan-a", "2026-11-27T09:00:00Z")], None)
    accounts.refuse_changed(ENV)  # an API key that was revoked is not what its offices sign in with at Kafka


@pytest.mark.parametrize(
    ("keys", "access", "told"),
    [
        ([OTHER, of_this_home("pishkhan-b", "2026-11-28T09:00:00Z")], GRANTED, "pishkhan-b was renewed"),
        ([OTHER], GRANTED, "pishkhan-b was renewed"),
        ([of_this_home("pishkhan-b")], WITHDRAWN, "pishkhan-b is suspended"),
        ([OTHER], WITHDRAWN, "pishkhan-b is suspended"),
    ],
)
def test_a_partner_that_was_renewed_or_suspended_is_named_with_the_way_back(
    known: Known, keys: list[dict[str, Any]], access: dict[str, str], told: str
) -> None:
    known["pishkhan-b"] = (keys, access)
    with pytest.raises(StackError) as refused:
        accounts.refuse_changed(ENV)
    assert str(refused.value).startswith(f"{told}, ")
    assert "./mizban reset gives the sample back" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_all_of_them_are_named_at_once(known: Known) -> None:
    known["pishkhan-a"], known["pishkhan-b"] = ([OTHER], GRANTED), ([of_this_home("pishkhan-b")], WITHDRAWN)
    with pytest.raises(StackError, match=r"^pishkhan-a was renewed, pishkhan-b is suspended, "):
        accounts.refuse_changed(ENV)
