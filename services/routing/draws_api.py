"""The draws over HTTP: how an officer was picked for a task, and the seeds of days gone by (domain 7)."""

from datetime import date

from fastapi import APIRouter

from services.contracts.draw import ALGORITHM, commitment
from services.contracts.routing import Draw, Override
from services.contracts.wire import Id, TypedId, Wire
from services.routing.domain import fairness
from services.routing.domain.rules import Rules
from services.routing.domain.work import Work, request_of
from services.routing.handlers import CASE
from services.runtime.clock import Clock
from services.runtime.http import Problem
from services.runtime.store import Store
from services.worktime.jalali import civil_day


class Seed(Wire):
    """By it anyone can recheck a draw of that day: among the lowest loads the officer with the lowest lot wins."""

    date: date
    seed: str
    commitment: str
    """SHA-256 of the seed: what stood in the answer while its day was not over."""
    algorithm: str = ALGORITHM


class DrawView(Wire):
    """Who was drawn for a task, and of whom. What was given by hand since has its reason in `override`."""

    task_id: Id
    unit_id: Id
    rule_id: str
    rule_version: int
    draw: Draw | None
    """None: nobody was drawn, or what was drawn was given on by hand."""
    assignee: Id | None
    override: Override | None
    had_before: tuple[Id, ...]
    """Who had the tasks that this one follows, given back or left lying, and was left out of this draw."""

    @classmethod
    def of(cls, work: Work) -> "DrawView":
        task = work.task
        return cls(
            task_id=task.id,
            unit_id=task.unit_id,
            rule_id=task.rule_id,
            rule_version=task.rule_version,
            draw=work.draw,
            assignee=task.assignee,
            override=work.override,
            had_before=work.had_before,
        )


class SeedNotPublished(Problem):
    """The seed of a day is published when the day is over; until then what it will be is committed to."""

    def __init__(self, seed: bytes) -> None:
        detail = f"a day's seed is published when the day is over; its SHA-256 will be {commitment(seed)}"
        super().__init__("SEED_NOT_PUBLISHED", 404, detail)


def draw_routes(store: Store, clock: Clock, rules: Rules) -> APIRouter:
    router = APIRouter()

    @router.get("/v1/draws/seeds/{day}")
    async def seed(day: date) -> Seed:
        """The seed of a Tehran day that is over (domain 7)."""
        known = fairness.day_seed(rules.seed_key, day)
        if day >= civil_day(clock.now()):
            raise SeedNotPublished(known)
        return Seed(date=day, seed=known.hex(), commitment=commitment(known))

    @router.get("/v1/draws/{task_id}")
    async def draw(task_id: TypedId) -> DrawView:
        """How an officer was picked for a task, also of one that is over."""
        stored = await store.get(CASE, request_of(task_id))
        found = [work for work in stored.state.tasks_ever() if work.task.id == task_id] if stored else []
        if not found:
            raise Problem("UNKNOWN_TASK", 404, "there is no such task")
        return DrawView.of(found[0])

    return router
