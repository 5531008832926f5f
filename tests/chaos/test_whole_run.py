"""C1-C5 and C8 once more over everything that happened, all faults together."""

from functools import reduce

import pytest

from tests.chaos.house import House
from tests.support.run_ledger import Ledger

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


def test_all_faults_together_have_lost_nothing_and_done_nothing_twice(house: House) -> None:
    house.settle()
    everything = reduce(Ledger.and_also, house.ledgers, Ledger(run=""))
    house.check(everything, house.began, "all of it", tuple(ledger.run for ledger in house.ledgers))
