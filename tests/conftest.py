"""The servers that tests run on, as `./mizban test` starts them."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from services.ops.credentials import Credentials
from services.ops.home import Home
from services.ops.service_processes import SERVICES
from tests.support.calls import Caller
from tests.support.made import validated_when_made
from tests.support.running_services import Services
from tests.support.stack import Stack

settings.register_profile("mizban", deadline=None)  # a busy machine is no fault of a rule; speed has tests of its own
settings.load_profile("mizban")

validated_when_made()


@pytest.fixture(scope="session")
def stack() -> Stack:
    """Real Kafka and MongoDB."""
    try:
        kafka, mongo = os.environ["MIZBAN_TEST_KAFKA"], os.environ["MIZBAN_TEST_MONGO"]
        partners = os.environ["MIZBAN_TEST_KAFKA_PARTNERS"]
    except KeyError as missing:
        pytest.fail(f"{missing} is not set: run the tests by ./mizban test [pytest arguments]", pytrace=False)
    home = Home.of()
    return Stack(bootstrap=kafka, partners=partners, passwords=Credentials(home).partners(), mongo=mongo, home=home)


@pytest.fixture(scope="module")
def caller(services: Services) -> Iterator[Caller]:
    """Of the services that the folder has running; of one module. Nothing that was asked may have made a rule fail."""
    caller, before = Caller(services), _failures(services)
    yield caller
    caller.http.close()
    assert _failures(services) == before


def _failures(services: Services) -> dict[str, float]:
    return {program.name: services.metric("mizban_failures_total", program.name) for program in SERVICES}
