"""The running product, one for all chaos tests: each ends with everything at rest, so that the next begins so."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient

from tests.chaos.house import House
from tests.conftest import Stack


@pytest.fixture(scope="package")
def house(stack: Stack) -> Iterator[House]:
    with MongoClient[dict[str, Any]](stack.mongo, tz_aware=True) as mongo:
        house = House(stack.home, stack.bootstrap, mongo, stack.partners)
        house.open()
        try:
            yield house
        finally:
            house.close()
