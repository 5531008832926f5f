"""A partner is called with each outcome of its offices, though notify and Kafka die meanwhile (ADR 0046)."""

import time

import pytest

from services.contracts.topics import outcome_topic
from services.notify.domain.webhook_message import ANSWER_WITHIN
from tests.chaos.house import FULL, TIMES, House
from tests.chaos.programs import program_of
from tests.support.endpoint import Endpoint, Hook, until

PARTNER = "pishkhan-a"

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(360 + 60 * TIMES)]


def test_every_outcome_is_called_out_whatever_dies(house: House) -> None:
    """At least once each, under the id that its event has: a receiver takes it once.

    A call that died with its process is made again when it could not be under way any more: that is long to wait for,
    so that notify is killed in the full counts alone.
    """
    endpoint, hook = Endpoint(), Hook(program_of("notify").url(house.home), PARTNER)
    with endpoint.listening() as url:
        assert hook.put(url).status_code == 200
        endpoint.secret = hook.secret()
        since = house.offsets()
        try:
            with house.under_load(f"Notify and Kafka killed {TIMES} times, a partner is called"):
                for _ in range(TIMES):
                    time.sleep(2)
                    if FULL:
                        house.kill("notify")
                        house.restart("notify")
                        time.sleep(2)
                    house.kill("kafka")
                    time.sleep(2)
                    house.start_servers()
            topic = outcome_topic(PARTNER).name
            ids = {dict(record.headers)["ce_id"] for record in house.records(since) if record.topic == topic}
            told = {f"msg_{id.decode()}" for id in ids if id}
            assert len(told) > 20
            until(lambda: told <= endpoint.ids, within=ANSWER_WITHIN.total_seconds() + 60)
            assert endpoint.ids <= told, "of nothing else it is called"
        finally:
            assert hook.put(url, enabled=False).status_code == 200
