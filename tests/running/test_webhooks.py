"""A partner with a webhook hears of its offices' outcomes by a call; one without is called by nobody."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.support.calls import Caller, a_submission
from tests.support.endpoint import Endpoint, Hook, until
from tests.support.running_services import Services

PARTNER, OTHER = "pishkhan-a", "pishkhan-b"


@pytest.fixture
def endpoint() -> Iterator[tuple[Endpoint, str]]:
    endpoint = Endpoint()
    with endpoint.listening() as url:
        yield endpoint, url


def test_an_outcome_is_called_out_to_its_partner_and_to_no_other(
    services: Services, endpoint: tuple[Endpoint, str]
) -> None:
    there, url = endpoint
    caller, hook = Caller(services), Hook(services.url("notify"), PARTNER)
    before = submitted(services, caller)
    time.sleep(1.1)  # its second is over
    assert hook.put(url).status_code == 200
    there.secret = hook.secret()
    ref = submitted(services, caller)
    try:
        until(lambda: any(call["data"]["externalRef"] == ref for call in there.calls))
        call = next(call for call in there.calls if call["data"]["externalRef"] == ref)
        assert call["type"] == "ir.servicedesk.kiosk.submission.accepted.v1"
        assert call["data"]["partner"] == PARTNER
        assert call["data"]["status"] == "ACCEPTED"
        assert before not in {each["data"]["externalRef"] for each in there.calls}, "of earlier ones nobody is called"
        until(lambda: there.ids <= {f"msg_{message['messageId']}" for message in hook.messages("DELIVERED")})
    finally:
        assert hook.put(url, enabled=False).status_code == 200


def test_an_endpoint_that_is_gone_is_called_no_more(services: Services, endpoint: tuple[Endpoint, str]) -> None:
    there, url = endpoint
    caller, hook = Caller(services), Hook(services.url("notify"), PARTNER)
    assert hook.put(url).status_code == 200
    there.secret, there.status = hook.secret(), 410
    submitted(services, caller)
    until(lambda: httpx.get(hook.url, timeout=10).json()["reason"] == "GONE")
    time.sleep(3)
    submitted(services, caller)
    time.sleep(3)
    assert len(there.calls) == 1
    assert httpx.get(f"{services.url('notify')}/v1/webhooks/{OTHER}", timeout=10).status_code == 404


def submitted(services: Services, caller: Caller) -> str:
    """The externalRef of a submission that is taken."""
    body = a_submission(services)
    answer = caller.call("/v1/kiosk/submissions", body, authorization=f"Bearer {caller.api_key(PARTNER)}")
    assert answer.status_code == 202, answer.text
    ref: str = body["externalRef"]
    return ref
