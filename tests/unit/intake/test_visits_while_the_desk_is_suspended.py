"""A desk is suspended while somebody stands at it: what is open goes on (domain 3)."""

from services.contracts.entry import Status
from tests.unit.intake.cases import PERMITS_DESK
from tests.unit.intake.desk_day import DeskDay
from tests.unit.intake.edge import Intake


async def test_whoever_is_being_served_may_still_fetch_something(desk: DeskDay, intake: Intake) -> None:
    id = await desk.served()
    entry = intake.memory.registry.desk(PERMITS_DESK)
    assert entry is not None
    away = entry.model_copy(update={"status": Status.SUSPENDED, "version": entry.version + 1})
    intake.memory.registry = intake.memory.registry.with_entries([away])
    held = await desk.step(id, "hold")
    assert held.status_code == 200, held.text
    await desk.do(id, "serve", "GUIDED")
