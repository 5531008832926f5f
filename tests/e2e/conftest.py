"""All services on the test run's own servers, on a working morning, with the sample province."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient

from services.ops import environment, servers, service_processes
from services.ops.demo import day
from services.ops.demo.day import Outcome
from services.ops.demo.morning import set_morning
from services.ops.demo.stage import Stage, set_stage
from services.ops.progress import Steps
from services.ops.province import import_sample
from tests.support.fresh_registry import begin_anew
from tests.support.stack import Stack

CITIZENS = 40
"""Enough that every kind of errand and every kind of rejection comes up."""


@dataclass(frozen=True)
class ARun:
    """One day of the main job, over: what it was, and what came of it."""

    stage: Stage
    outcome: Outcome


@pytest.fixture(scope="session")
def province(stack: Stack) -> Iterator[environment.Description]:
    """The running stack as `./mizban env --json` tells it."""
    running = servers.known(stack.home)
    assert running is not None, "the servers of the test run"
    set_morning(stack.home)
    with MongoClient[dict[str, Any]](stack.mongo) as mongo:
        begin_anew(stack.bootstrap, mongo)
    try:
        with Steps() as steps:
            service_processes.start(stack.home, running, steps)
        done = import_sample(stack.home)
        assert not done.problems
        yield environment.describe(stack.home)
    finally:
        service_processes.stop(stack.home)
        stack.home.clock.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def a_run(province: environment.Description, stack: Stack) -> ARun:
    """The demo's main job with few citizens."""
    stage = set_stage(stack.home, province, run=f"e{uuid4().hex[:4]}x", seed=1405)
    return ARun(stage, asyncio.run(day.run(stage, CITIZENS)))
