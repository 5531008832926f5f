"""The servers that tests run on, as `./mizban test` starts them."""

import os
from dataclasses import dataclass

import pytest
from hypothesis import settings

from services.ops.credentials import Credentials
from services.ops.home import Home
from tests.support.made import validated_when_made

settings.register_profile("mizban", deadline=None)  # a busy machine is no fault of a rule; speed has tests of its own
settings.load_profile("mizban")

validated_when_made()


@dataclass(frozen=True, slots=True)
class Stack:
    """Kafka and MongoDB for this run: empty at its start, shared by all tests, so every test uses names of its own."""

    bootstrap: str
    """The inside address: everything is allowed."""
    partners: str
    """The partners' address: SASL_PLAINTEXT with SCRAM-SHA-512."""
    passwords: dict[str, str]
    """Partner -> password of its Kafka account; the partner's name is the account's."""
    mongo: str
    """The administrator's address of MongoDB."""
    home: Home
    """The home of the tests, to start services in: `service_processes.start_one(...)`."""


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
