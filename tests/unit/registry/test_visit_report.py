"""The report on visits: what is heard twice or out of order counts once, and every visit counts (domain 11, I11)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.contracts.decision import World
from services.contracts.snapshot import Snapshot
from services.contracts.topics import INTAKE_VISIT
from services.contracts.visit import Period, VisitEnd, VisitMoved, VisitState
from services.registry.domain import visits
from services.registry.domain.rules import Rules
from services.registry.handlers import CONSUMES, VISIT
from services.registry.visit_report import report
from services.runtime.entries import entry_of, outgoing
from services.runtime.message import Record
from tests.support.memory_door import MemoryDoor

NINE = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
DAY = date(2026, 11, 23)


def a_visit(version: int, state: VisitState, **changes: Any) -> VisitMoved:
    fields: dict[str, Any] = {
        "moves": ("visit.opened" if state is VisitState.WAITING else "visit.ended",),
        "visit_id": "v-1",
        "version": version,
        "state": state,
        "org_id": "wa-tax",
        "desk_id": "wa-tax-desk",
        "day": DAY,
        "ticket_no": 1,
        "periods": (Period(state=VisitState.WAITING, officer_id=None, since=NINE),),
        "opened_at": NINE,
        "waited_minutes": None,
        "occurred_at": NINE + timedelta(minutes=version),
    }
    return VisitMoved(**fields | changes)


WAITING = a_visit(1, VisitState.WAITING)
ENDED = a_visit(2, VisitState.ENDED, reason=VisitEnd.SERVED, waited_minutes=4)


def a_record(event: VisitMoved, offset: int) -> Record:
    entry = entry_of(event) | {
        "q": event.version, "af": event.version - 1, "src": "/org/wa-tax/intake", "id": f"e-{event.version}",
        "at": "2026-11-23T05:30:00Z", "co": "c", "ca": "c",
    }  # fmt: skip
    topic, key, value, headers = outgoing(entry)
    return Record(topic, 0, offset, key.encode(), value, tuple(headers))


async def heard(events: Sequence[VisitMoved]) -> VisitMoved:
    door = MemoryDoor("registry", [VISIT], inbound=CONSUMES)
    for offset, event in enumerate(events):
        await door.records(a_record(event, offset))
    found = door.state(VISIT, "v-1")
    assert isinstance(found, VisitMoved)
    return found


async def test_the_newest_state_counts_whatever_comes_twice_or_late() -> None:
    assert INTAKE_VISIT in [inbound.topic for inbound in CONSUMES]
    for events in ([WAITING, ENDED], [WAITING, WAITING, ENDED, ENDED, WAITING], [ENDED, WAITING]):
        assert await heard(events) == ENDED


def test_an_older_state_that_reaches_the_rule_late_does_not_win() -> None:
    world = World(now=NINE, registry=Snapshot(), rules=Rules())
    assert visits.told(ENDED, WAITING, world).state is ENDED
    assert visits.told(WAITING, ENDED, world).state is ENDED


def a_row(**changes: Any) -> dict[str, Any]:
    alike = {"deskId": "wa-tax-desk", "reason": "SERVED", "guidanceOnly": False}
    named = {name: changes.pop(name) for name in ("deskId", "reason", "guidanceOnly", "jump") if name in changes}
    return {"_id": alike | named, "visits": 1, "waited": 1, "minutes": 5, "longest": 5} | changes


def test_the_report_adds_up_desk_by_desk_and_in_all() -> None:
    rows = [
        a_row(visits=10, waited=10, minutes=80, longest=30),
        a_row(reason="GUIDED", guidanceOnly=True, visits=3, waited=3, minutes=3, longest=2),
        a_row(reason="NO_SHOW", jump="PRIORITY_BY_LAW", visits=2, waited=2, minutes=4, longest=3),
        a_row(reason=None, visits=4, waited=0, minutes=0, longest=None),
        a_row(deskId="wa-tax-khoy-desk", reason="DESK_CLOSED", minutes=240, longest=240),
    ]
    told = report("wa-tax", DAY, DAY, rows)
    first, second = told["desks"]
    assert (first["deskId"], first["visits"], first["open"], first["guidanceOnly"]) == ("wa-tax-desk", 19, 4, 3)
    assert first["ended"] == {"SERVED": 10, "GUIDED": 3, "NO_SHOW": 2, "LEFT": 0, "DESK_CLOSED": 0}
    assert first["jumps"] == {"PRIORITY_BY_LAW": 2}
    assert first["waiting"] == {"visits": 15, "minutes": 87, "longest": 30}
    assert second["ended"]["DESK_CLOSED"] == 1
    assert (told["total"]["visits"], told["total"]["waiting"]["longest"]) == (20, 240)
    assert (told["from"], told["fromLocal"]) == ("2026-11-23", "1405/09/02")


def test_a_day_without_visits_is_a_report_too() -> None:
    told = report("wa-tax", DAY, DAY, [])
    assert (told["desks"], told["total"]["visits"], told["total"]["jumps"]) == ([], 0, {})
