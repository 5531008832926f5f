"""One start of the services for all modules here: none of them changes the province or ends a service."""

from collections.abc import Iterator

import pytest

from tests.support.running_services import Services, running_services
from tests.support.stack import Stack


@pytest.fixture(scope="package")
def services(stack: Stack) -> Iterator[Services]:
    with running_services(stack) as services:
        yield services
