"""The four services as processes of their own, with the sample province; the operators' desk; the registry alone."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest

from services.contracts.topics import dead_letter_topic
from services.runtime import broker_admin
from tests.support.operators import Desk, a_topic
from tests.support.registry_service import Registry, running_registry
from tests.support.running_services import Services, running_services
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def services(stack: Stack) -> Iterator[Services]:
    """For a module that does to them what others would not bear."""
    with running_services(stack) as services:
        yield services


@pytest.fixture
def desk(stack: Stack) -> Desk:
    """A desk with no record and no letter yet; none of the four services is needed for it."""
    name = f"tools{uuid4().hex[:8]}"
    desk = Desk(stack, name, f"test.{name}")
    broker_admin.bring_in_step(stack.bootstrap, [a_topic(desk.topic, 3), dead_letter_topic(desk.group)])
    return desk


@pytest.fixture
async def registry(stack: Stack) -> AsyncIterator[Registry]:
    """In this process, with a database of its own."""
    async with running_registry(stack) as registry:
        yield registry
