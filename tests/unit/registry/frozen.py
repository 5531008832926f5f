"""A month's cases, and what is read in the pack of it."""

import json
from typing import Any

from services.contracts.intake import RequestMoved
from services.ops.chance import Chance
from services.registry.domain.packs import Form, Printed, Report
from services.registry.pack.printing import unpacked
from tests.unit.registry.ministry import Ministry
from tests.unit.registry.months import a_life
from tests.unit.registry.test_troubled_cases import record


def json_of(office: Ministry, number: int = 1, *, public: bool = False, report: Report = Report.PACK) -> dict[str, Any]:
    printed = office.revision(number).printed(Form.JSON, public=public, report=report)
    told: dict[str, Any] = json.loads(bytes_of(printed))
    return told


def bytes_of(printed: Printed | None) -> bytes:
    assert printed is not None
    return unpacked(printed.content)


def values(told: dict[str, Any]) -> dict[str, Any]:
    return {code: figure["value"] for code, figure in told["content"]["figures"].items()}


def events(seed: int = 7, number: int = 30) -> list[RequestMoved]:
    rng = Chance(seed)
    return [event for each in range(number) for event in a_life(rng, each)]


async def with_cases(office: Ministry, *moves: RequestMoved) -> None:
    await office.records(*(record(move, move.version) for move in moves))
