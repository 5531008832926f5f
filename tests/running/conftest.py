"""One start of the services for all modules here: none of them changes the province or ends a service."""

from collections.abc import Iterator

import pytest

from tests.conftest import Stack
from tests.support.calls import Caller, a_caller
from tests.support.running_services import Services, running_services


@pytest.fixture(scope="package")
def services(stack: Stack) -> Iterator[Services]:
    with running_services(stack) as services:
        yield services


@pytest.fixture(scope="module")
def caller(services: Services) -> Iterator[Caller]:
    """Of one module; nothing that was asked may have made a rule fail."""
    with a_caller(services) as caller:
        yield caller
