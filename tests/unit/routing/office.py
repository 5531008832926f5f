"""A unit at work, for tests: the real door in memory, the sample province, and what intake says about requests."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState
from services.contracts.decision import World
from services.contracts.entry import Entry
from services.contracts.envelope import event_id
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.kiosk import Responsible
from services.contracts.registry import Authority, Officer
from services.contracts.routing import Task, WorkMoved
from services.contracts.service_sheet import Channel, DurationUnit, WorkingTime
from services.contracts.snapshot import Snapshot
from services.contracts.topics import INTAKE_REQUEST, TYPE_PREFIX
from services.contracts.wire import Wire
from services.contracts.working_calendar import CalendarRef
from services.routing.domain.case import Case
from services.routing.domain.queue import Queue
from services.routing.domain.rules import Rules
from services.routing.handlers import CASE, CONSUMES, QUEUE, UNIT_DAY
from services.runtime.door import Perform
from services.runtime.entity import Entity
from services.runtime.message import Message, Record, Source
from tests.support.memory_door import WORKING_MORNING, MemoryDoor, MemoryStore, SetClock
from tests.support.readable_store import ReadableStore
from tests.support.sample import sample_snapshot

UNIT = "wa-municipality-urmia-permits"
DESK = "wa-municipality-urmia-desk"
ORG = "wa-municipality-urmia"
SERVICE = "building-permit"
RULES = Rules(seed_key=b"a key that only these tests know")
MIDNIGHT = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
"""1405/09/03 00:00 in Tehran: the officers sleep."""


def officers(*names: str, unit: str = UNIT, service: str = SERVICE, **changes: Any) -> list[Officer]:
    authority = Authority(service_id=service, actions=("PROCESS",), valid_from=date(2026, 3, 21))
    return [
        Officer(
            id=name,
            org_id=ORG,
            version=1,
            name=name,
            post="کارشناس",
            phone="04430000000",
            unit_id=unit,
            desk_id=None,
            grade=1,
            authorities=changes.get("authorities", (authority,)),
        )
        for name in names
    ]


def province(*names: str, load_cap: int = 200, extra: Sequence[Entry] = ()) -> Snapshot:
    """The sample province, with these officers alone in the unit for building permits."""
    sample = sample_snapshot()
    unit = sample.unit(UNIT)
    assert unit is not None
    moved_away = [
        officer.model_copy(update={"unit_id": None, "version": officer.version + 1})
        for officer in sample.officers_of(UNIT)
    ]
    unit = unit.model_copy(update={"load_cap": load_cap, "version": unit.version + 1})
    return sample.with_entries([*moved_away, unit, *officers(*names), *extra])


def world(now: datetime = WORKING_MORNING, registry: Snapshot | None = None) -> World[Rules]:
    return World(now=now, registry=registry or province("ada", "bahar"), rules=RULES, patience_over=True)


def registered(
    request_id: str, registered_at: datetime = WORKING_MORNING, *, moves: tuple[str, ...] = (), **changes: Any
) -> RequestMoved:
    """What intake publishes when it has promised a building permit. Its person was sent to a kiosk first, in vain."""
    unit = province().unit(UNIT)
    assert unit is not None
    promise = Commitment(
        id=f"{request_id}.1",
        kind=CommitmentKind.FINAL_DELIVERY,
        promised_at=registered_at + timedelta(days=21),
        promised_local="1405/09/23 09:30",
        legal_latest_at=registered_at + timedelta(days=30),
        calendar=CalendarRef(id=unit.calendar_id, version=1),
        budget=WorkingTime(value=15, unit=DurationUnit.WORKING_DAYS),
        state=CommitmentState.OPEN,
    )
    fields: dict[str, Any] = {
        "moves": moves or ("request.registered", "commitment.added"),
        "request_id": request_id,
        "tracking_code": "12345678901234",
        "version": 1,
        "state": RequestState.PROMISED,
        "org_id": ORG,
        "desk_id": DESK,
        "unit_id": UNIT,
        "service_id": SERVICE,
        "service_version": 1,
        "service_name": "پروانه ساختمان",
        "channel": Channel.AGENCY_DESK,
        "channel_reason": None,
        "applicant_ref": None,
        "notifiable": False,
        "commitments": (promise,),
        "responsible": Responsible(name="ada", post="کارشناس", phone="04430000000"),
        "filed_at": registered_at - timedelta(hours=2),
        "occurred_at": registered_at,
    }
    return RequestMoved.model_validate(fields | changes)


def record(event: RequestMoved, sequence: int = 1) -> Record:
    source, subject = f"/org/{event.org()}/intake", event.subject()
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id(source, subject, sequence),
        "ce_source": source,
        "ce_subject": subject,
        "ce_type": f"{TYPE_PREFIX}.intake.{event.moves[0]}.v1",
        "ce_sequence": str(sequence),
        "content-type": "application/json",
    }
    packed = tuple((name, text.encode()) for name, text in headers.items())
    return Record(INTAKE_REQUEST.name, 0, sequence, event.key().encode(), event.to_json(), packed)


def task_of(case: Case) -> Task:
    """The task that was opened last: of most cases the only one."""
    return case.work[-1].task


class Office(MemoryDoor):
    """Routing behind its door, told of requests as intake tells it."""

    def __init__(self, registry: Snapshot, now: datetime = WORKING_MORNING, store: MemoryStore | None = None) -> None:
        super().__init__(
            "routing",
            [CASE, QUEUE, UNIT_DAY],
            rules=RULES,
            registry=registry,
            inbound=CONSUMES,
            store=store or ReadableStore(),
            clock=SetClock(now),
        )

    def perform_with(self, perform: Perform) -> None:
        """Carries out effects too; whatever serves commands must be running."""
        self._perform = perform

    async def hear(self, *events: RequestMoved) -> None:
        await self.records(*(record(event) for event in events))

    def case(self, request_id: str) -> Case:
        case = self.state(CASE, request_id)
        assert isinstance(case, Case)
        return case

    def queue(self, unit: str = UNIT) -> Queue:
        queue = self.state(QUEUE, unit)
        assert isinstance(queue, Queue)
        return queue

    def published(self, request_id: str | None = None) -> list[WorkMoved]:
        events = [
            WorkMoved.model_validate_json(event["value"]) for event in self.publisher.events("sd.routing.work.v1")
        ]
        return [event for event in events if request_id in (None, event.request_id)]

    async def repeat(self, entity: Entity[Any], id: str, body: Wire, sender: str, sequence: int) -> None:
        """A message between our entities that arrives (again), as after a crash between delivery and its note."""
        message = Message(entity, id, body, Source.LOCAL, f"{sender}-{sequence}", self.clock.now(), sender, sequence)
        await self.door.process([message], [], source="local")
        await self.settle()
