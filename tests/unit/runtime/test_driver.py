"""What MongoDB's errors mean: what passes is waited for, whichever way it is told."""

from typing import Any

import pytest
from pymongo.errors import BulkWriteError, DuplicateKeyError, NotPrimaryError

from services.runtime.driver import StoreAway, translated

UNCONFIRMED = {"code": 11602, "errmsg": "operation was interrupted by a step-down"}


@pytest.mark.parametrize(
    "details",
    [
        {"writeErrors": [], "writeConcernErrors": [UNCONFIRMED]},
        {"writeErrors": [{"index": 0, "code": 10107}], "writeConcernErrors": []},
        {"writeErrors": [{"index": 0, "code": 189}], "writeConcernErrors": [UNCONFIRMED]},
    ],
)
def test_a_bulk_write_that_a_step_down_has_interrupted_is_tried_again(details: dict[str, Any]) -> None:
    assert isinstance(translated(BulkWriteError(details)), StoreAway)


@pytest.mark.parametrize(
    "details",
    [
        {"writeErrors": [{"index": 0, "code": 11000}], "writeConcernErrors": []},
        {"writeErrors": [{"index": 0, "code": 11000}], "writeConcernErrors": [UNCONFIRMED]},
        {"writeErrors": [], "writeConcernErrors": []},
    ],
)
def test_a_fault_of_ours_stays_what_it_is(details: dict[str, Any]) -> None:
    error = BulkWriteError(details)
    assert translated(error) is error


def test_single_writes_say_it_in_their_own_way() -> None:
    assert isinstance(translated(NotPrimaryError("gone")), StoreAway)
    taken = DuplicateKeyError("taken", 11000)
    assert translated(taken) is taken
