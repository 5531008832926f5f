"""A door of intake, and submissions that are signed, unsigned or forged."""

from collections.abc import Sequence

from services.contracts.entry import Entry
from services.contracts.registry import Kiosk, SigningKey
from services.intake.domain.rules import Rules
from services.intake.handlers import CONSUMES, REQUEST
from tests.support.memory_door import MemoryDoor, SetClock
from tests.support.readable_store import ReadableStore
from tests.support.sample import sample_snapshot
from tests.support.signing import signing_snapshot
from tests.unit.intake.cases import MORNING, RULES
from tests.unit.intake.outsiders_records import told

OFFICE, NEIGHBOUR, STRANGER = "wa-urmia-017", "wa-urmia-012", "wa-khoy-003"
"""The office in whose name something comes; another of its partner; one of the other partner."""
A, B = "sd.kiosk.outcome.pishkhan-a.v1", "sd.kiosk.outcome.pishkhan-b.v1"


def a_door(*changed: Entry, rules: Rules = RULES) -> MemoryDoor:
    newer = (entry.model_copy(update={"version": 2}) for entry in changed)
    return MemoryDoor(
        "intake",
        [REQUEST],
        rules=rules,
        registry=signing_snapshot().with_entries(newer),
        inbound=CONSUMES,
        store=ReadableStore(),
        clock=SetClock(MORNING),
    )


def the_office(keys: Sequence[SigningKey]) -> Kiosk:
    office = sample_snapshot().kiosk(OFFICE)
    assert office is not None
    return office.model_copy(update={"keys": tuple(keys)})


def answers(door: MemoryDoor) -> list[tuple[str, str | None, int]]:
    return [(outcome["status"], outcome["code"], outcome["revision"]) for outcome in told(door)]


ACCEPTED = ("ACCEPTED", None, 1)
