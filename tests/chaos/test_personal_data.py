"""C8 where a fault alone would not show it: what is slow or refused is not written down with the people in it (I12)."""

import httpx
import pytest

from services.ops import processes
from tests.chaos.house import House
from tests.chaos.programs import program_of
from tests.support.canaries import MARKER, leaks
from tests.support.load_run import IDEMPOTENCY

pytestmark = [pytest.mark.chaos]


def test_a_slow_command_is_not_written_into_the_log_of_the_database(house: House) -> None:
    """MongoDB logs slow commands whole, and under faults commands are slow."""
    slow = {"$where": "sleep(300) || true", "note": {"$ne": MARKER}}
    house.mongo["chaos"]["slow"].replace_one({"_id": 1}, {}, upsert=True)
    assert len(list(house.mongo["chaos"]["slow"].find(slow))) == 1
    house.mongo["chaos"]["slow"].drop()
    log = processes.log_file(house.home, "mongo").read_text(errors="replace")
    assert leaks([], {"mongo.log": log}, set()) == []


def test_what_is_refused_is_not_repeated_to_anybody(house: House) -> None:
    """A body that does not fit is answered with its fields and codes, and logged without its content."""
    url = f"{program_of('intake').url(house.home)}/v1/requests"
    body = {"serviceId": "building-permit", "applicant": {"value": MARKER}, MARKER: MARKER}
    answers = [
        httpx.post(url, json=body, headers={IDEMPOTENCY: "refused"}),
        httpx.post(url, content=f'{{"note": "{MARKER}"'.encode(), headers={IDEMPOTENCY: "refused"}),
    ]
    assert [answer.is_client_error for answer in answers] == [True, True]
    assert leaks([], house.texts(), set()) == []
