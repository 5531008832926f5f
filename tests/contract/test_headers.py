"""Every header that we write is published, and an operator's tools know it (design 3, 5)."""

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

from services.contracts.asyncapi import asyncapi
from services.contracts.catalogue import SERVICES, group_of
from services.contracts.topics import GROUPS
from services.ops.home import ROOT
from services.ops.letters import _FORMS
from services.runtime.entries import outgoing
from services.runtime.letters import dead_letter


def written_by(function: Callable[..., Any]) -> set[str]:
    """The names of the headers that it writes, whatever they depend on."""
    return set(re.findall(r"(?<!\w)\(\"([a-z_-]+)\", ", inspect.getsource(function)))


@pytest.mark.parametrize("service", SERVICES)
def test_the_headers_of_an_event_are_those_that_are_published(service: str) -> None:
    published = asyncapi(service)["components"]["schemas"]["CloudEventHeaders"]["properties"]
    assert written_by(outgoing) == set(published)


def test_the_headers_that_an_operator_may_see_are_those_of_an_event() -> None:
    assert set(_FORMS) == written_by(outgoing)


@pytest.mark.parametrize("service", [each for each in SERVICES if group_of(each) in GROUPS])
def test_the_headers_of_a_dead_letter_are_those_that_are_published(service: str) -> None:
    published = asyncapi(service)["components"]["messages"]["dead-letter"]["headers"]["properties"]
    assert written_by(dead_letter) == set(published)


def test_the_headers_of_a_dead_letter_are_those_that_the_guide_tells() -> None:
    assert written_by(dead_letter) == set(re.findall(r"\bdl_\w+", (ROOT / "docs" / "door.md").read_text()))
