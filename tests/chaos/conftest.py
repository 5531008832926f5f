"""The running product, one for all chaos tests: each ends with everything at rest, so that the next begins so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from tests.chaos.house import House
from tests.support.stack import Stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The closure comes last: it leaves ten thousand cases and more, which each check after it would read again."""
    ours = [item for item in items if item.path.parent == Path(__file__).parent]
    if ours:
        begin = items.index(ours[0])
        items[begin : begin + len(ours)] = sorted(ours, key=lambda item: item.path.name == "test_closure.py")


@pytest.fixture(scope="package")
def house(stack: Stack) -> Iterator[House]:
    with MongoClient[dict[str, Any]](stack.mongo, tz_aware=True) as mongo:
        house = House(stack.home, stack.bootstrap, mongo, stack.partners)
        house.open()
        try:
            yield house
        finally:
            house.close()
