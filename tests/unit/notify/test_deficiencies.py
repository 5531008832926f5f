"""What notify hears of deficiencies: each move has its route; what is not known is parked, never dropped."""

from typing import Any

from services.contracts import topics
from services.contracts.deficiency import DeficiencyMoved, DeficiencyState, FinderRole, FoundBy, Kind, Mode, Subject
from services.notify.handlers import CONSUMES, DEFICIENCY
from services.runtime.message import Record
from tests.support.memory_door import WORKING_MORNING, MemoryDoor

ID = "5b0c7a52-0000-5000-8000-000000000009"


def a_move(verb: str, sequence: int, **changes: Any) -> Record:
    event = DeficiencyMoved(
        moves=(verb,),
        deficiency_id=ID,
        org_id="wa-tax",
        state=DeficiencyState.REPORTED,
        kind=Kind.HEAD_ABSENT,
        about=Subject.model_validate({"type": "DESK", "id": "wa-tax-desk"}),
        mode=Mode.IN_PERSON,
        found_by=FoundBy(role=FinderRole.INSPECTOR, id="wa-governorate-desk-01"),
        owner=None,
        reported_at=WORKING_MORNING,
        due_at=None,
        level=0,
        occurrences=1,
        last_seen_at=WORKING_MORNING,
        occurred_at=WORKING_MORNING,
    ).model_copy(update=changes)
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"e-{sequence}",
        "ce_source": "/org/wa-tax/registry",
        "ce_type": event.type(),
        "ce_subject": event.subject(),
        "ce_sequence": str(sequence),
    }
    raw = tuple((name, value.encode()) for name, value in headers.items())
    return Record(topics.REGISTRY_DEFICIENCY.name, 0, sequence, ID.encode(), event.to_json(), raw)


def a_door() -> MemoryDoor:
    return MemoryDoor("notify", [DEFICIENCY], inbound=CONSUMES[1:])


async def test_the_newest_state_is_kept_and_nobody_is_told() -> None:
    door = a_door()
    fixed = a_move("deficiency.fixed", 2, state=DeficiencyState.FIXED)
    await door.records(a_move("deficiency.reported", 1), fixed, fixed)
    assert door.state(DEFICIENCY, ID).state is DeficiencyState.FIXED
    assert (door.effects, door.publisher.sent) == ([], [])


async def test_a_type_that_is_not_known_is_parked() -> None:
    door = a_door()
    await door.records(a_move("deficiency.reported", 1), a_move("deficiency.forgiven", 2))
    assert door.state(DEFICIENCY, ID).state is DeficiencyState.REPORTED
    (parked,) = door.store.collections[DEFICIENCY.name][ID]["parked"]
    assert parked["why"] == "FAILED"
