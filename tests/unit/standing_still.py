"""A counter at the municipality behind the doors of all three services, and a case filed there."""

from datetime import datetime
from typing import Any

from services.intake.domain.messages import EvidenceBrought
from services.intake.handlers import REQUEST
from services.routing.domain.commands import Line, Resume, Start, Suspend
from services.routing.handlers import CASE
from tests.unit.intake.cases import at
from tests.unit.test_another_round import HEAD, ID, House

PLAN, CONTRACT = "architectural-plan", "engineer-contract"


class Counter(House):
    """The house at a moment that tests name."""

    async def until(self, moment: str) -> None:
        self.clock.moment = at(moment)
        await self.wait()

    async def suspend(self, *types: str, cause: str = "APPLICANT", **body: Any) -> None:
        command = {
            "taskId": self.task.work[-1].task.id,
            "officerId": self.task.work[-1].task.assignee,
            "cause": cause,
            "evidenceTypes": types,
        } | body
        await self.routing.submit(CASE, ID, Suspend.model_validate(command))
        await self.carry()

    async def resume(self) -> None:
        officer = self.task.work[-1].task.assignee
        await self.routing.submit(
            CASE, ID, Resume.model_validate({"taskId": self.task.work[-1].task.id, "officerId": officer})
        )
        await self.carry()

    async def start(self) -> None:
        officer = self.task.work[-1].task.assignee
        assert officer is not None
        await self.routing.submit(
            CASE, ID, Start(task_id=self.task.work[-1].task.id, officer_id=officer, line=Line(older=None))
        )
        await self.carry()

    async def bring(self, type_: str) -> None:
        await self.intake.submit(REQUEST, ID, EvidenceBrought(type=type_, original_seen=True, officer_id=HEAD))
        await self.carry()

    async def unheard(self, step: Any) -> int:
        """What is said now reaches nobody. The number that its event has."""
        heard, self._heard = self._heard, {}
        await step()
        self._heard = heard | {self.routing: len(self.routing.publisher.sent)}
        return int(dict(self.routing.publisher.sent[-1][3])["ce_sequence"])

    def promised(self) -> datetime:
        return self.case.commitments[-1].promised_at

    def notices(self) -> list[str]:
        return [message.notice for message in self.messages]


async def filed() -> Counter:
    """Monday 1405/09/02 10:00; `ada` has it."""
    house = Counter("ada")
    await house.file()
    return house
