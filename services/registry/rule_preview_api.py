"""A routing rule looked at before it is recorded, against the cases of late (domain 7). Nothing is saved.

What recording would decide is decided by the rule that would record it: whatever that refuses is refused here too.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from services.contracts.decision import World
from services.contracts.routing_rule import RoutingRule
from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId
from services.registry import surroundings
from services.registry.domain.recording import Wish
from services.registry.handlers import FILES
from services.registry.promises import Promises
from services.registry.reading import refuse_lost_fields
from services.registry.routed import Routed, routing_answering
from services.runtime.clock import Clock
from services.runtime.http import Problem
from services.runtime.store import Store
from services.worktime.jalali import civil_day


def add_rule_preview(router: APIRouter, store: Store, promises: Promises, routed: Routed, clock: Clock) -> None:
    @router.post("/rules/{id}/preview")
    async def preview_rule(
        id: TypedId,
        wish: RoutingRule,
        request: Request,
        by: Annotated[TypedId | None, Query(alias="officerId")] = None,
        days: Annotated[int, Query(ge=1, le=366)] = 30,
    ) -> dict[str, Any]:
        """What recording this rule would do: refused as that would be, or what it would have done with the cases that
        arrived in the last `days`. `recorded`: whether it is another than the one in force."""
        refuse_lost_fields(await request.json(), wish.to_wire())
        if wish.id != id:
            raise Problem("ID_MISMATCH", 422, "the id of the body is not the id of the path")
        now = clock.now()
        stored = await store.get(FILES[RoutingRule], id)
        around = await surroundings.of_wish(store, promises, RoutingRule, wish, by, civil_day(now))
        asked = Wish(entry=wish, by=by, sure=True, around=around)
        world = World(now=now, registry=Snapshot(), rules=None)
        decided = FILES[RoutingRule].decide[Wish](stored.state if stored else None, asked, world)
        with routing_answering():
            cases = await routed.by_rule(wish, days)
        answer = decided.answer or {}
        version = stored.state.version if stored else 0
        return {"id": id, "version": version, "recorded": answer["recorded"], "cases": cases}
