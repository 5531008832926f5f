"""R08, R16: malformed records among good ones: each good one becomes a case, each bad one a dead letter with a code."""

from collections import Counter

import pytest

from tests.chaos.house import FULL, House
from tests.support.load_run import Pace

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800 if FULL else 300)]

MANY = 20_000 if FULL else 600


def test_as_many_bad_records_as_good_ones_stall_nothing(house: House) -> None:
    pace = Pace(submissions=400, requests=2, limit=MANY, malformed=0.5, mistakes=False, officers=False)
    with house.under_load(f"{MANY} records, half of them malformed", pace) as load:
        load.until_sent(MANY / 10 + 60)
    own = [s for s in load.ledger.submitted if s.redirect_of is None]
    assert Counter(s.expected for s in own) == {"ACCEPTED": MANY // 2, "MALFORMED": MANY // 2}
    assert {s.dead_letter for s in own if s.dead_letter} == {
        *("NOT_JSON", "SCHEMA", "DUPLICATE_KEY", "UNKNOWN_TYPE", "HEADER_NULL", "HEADER_NOT_UTF8"),
        *("HEADER_MISSING", "BAD_TIME", "OVERSIZE", "TOO_DEEP", "KEY_MISMATCH"),
    }


def test_one_bad_record_in_ten_and_a_burst_of_bad_ones(house: House) -> None:
    with house.under_load("one malformed in ten", Pace(submissions=100, limit=200, malformed=0.1)) as load:
        load.until_sent()
        burst = Pace(submissions=1000, requests=1, limit=500 if FULL else 100, malformed=1, officers=False)
        since = house.offsets()
        with house.load("a burst of malformed records", burst) as worst:
            worst.until_sent()
    house.check(worst.ledger, since, "a burst of malformed records")
