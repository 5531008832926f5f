"""C8: nothing personal is written down where it does not belong, also where a fault alone would not show it (I12)."""

from functools import reduce
from typing import Any

import httpx
import pytest

from services.ops import processes
from services.ops.service_processes import SERVICES
from tests.chaos.house import House
from tests.chaos.programs import program_of
from tests.support.canaries import FREE_TEXT, MARKER, leaks, stored_in
from tests.support.load_run import IDEMPOTENCY, Pace
from tests.support.run_ledger import Ledger

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


def test_the_databases_hold_nobody_in_the_open(house: House) -> None:
    """Every byte of every document, copies and parked messages among them.

    In intake what is personal is sealed. What officers of units write freely stands in routing, and nowhere else.
    """
    if not house.ledgers:  # when it runs alone
        with house.under_load("a day whose people are sealed", Pace(submissions=30, limit=90)) as load:
            load.until_sent()
    people = reduce(Ledger.and_also, house.ledgers, Ledger(run="")).canaries
    assert people
    assert stored_in(f"{min(people)}".encode(), people), "the search finds what it looks for"
    wrong = []
    for service in SERVICES:
        database = house.mongo[service.name]
        for name in database.list_collection_names():
            batches: Any = database[name].find_raw_batches(batch_size=200)
            for batch in batches:
                kind = stored_in(batch, people)
                if kind and (f"{service.name}.{name}", kind) != ("routing.case", FREE_TEXT):
                    wrong.append(f"C8 {service.name}.{name} holds {kind}")
    assert not wrong, "\n".join(sorted(set(wrong)))
