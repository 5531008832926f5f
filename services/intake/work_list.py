"""What waits for a desk, page by page, the most pressing first: nothing is hidden behind something else (domain 12.24).

First the results that the desk is to tell, by the hour until which it has time (I9); then what else nobody goes on with
by itself, the oldest case first; then what is promised soon. Each case stands in one of these parts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.contracts.commitment import CommitmentState
from services.contracts.wire import instant_text
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention
from services.intake.domain.request import Request, the_case
from services.intake.handlers import REQUEST
from services.runtime.cursors import bad_cursor
from services.runtime.indexes import Index
from services.runtime.lookups import Stored
from services.runtime.store import Store

DESK, ATTENTION = "state.case.deskId", "state.case.attention"
TELL_BY, FILED, DUE = "state.case.tellBy", "state.case.filedAt", "state.case.nextDue"

TO_TELL: dict[str, Any] = {ATTENTION: Attention.TELL_CITIZEN.value}
SOME_ATTENTION: dict[str, Any] = {f"{ATTENTION}.0": {"$exists": True}}
NO_ATTENTION: dict[str, Any] = {f"{ATTENTION}.0": {"$exists": False}}
OPEN_PROMISE: dict[str, Any] = {"state.case.commitments.state": CommitmentState.OPEN.value}
"""Whether or not its time runs: only while it does there is something due (`Case.next_due`)."""

BY_TELLING = Index([(DESK, 1), (TELL_BY, 1), ("_id", 1)], name="by-desk-telling", partial=TO_TELL)
BY_ATTENTION = Index([(DESK, 1), (FILED, 1), ("_id", 1)], name="by-desk-attention", partial=SOME_ATTENTION)
BY_DUE = Index([(DESK, 1), (DUE, 1), ("_id", 1)], name="by-desk-due", partial=OPEN_PROMISE)


@dataclass(frozen=True)
class Part:
    """Some of the list, and what it is sorted by: the field as stored, and as it is read of a case."""

    name: str
    wanted: Mapping[str, Any]
    field: str
    moment: Callable[[Case], datetime | None]

    @property
    def order(self) -> list[tuple[str, int]]:
        return [(self.field, 1), ("_id", 1)]

    def after(self, position: Mapping[str, Any] | None) -> dict[str, Any]:
        """The query for what comes behind a place; a place in another part is none in this one."""
        if position is None or position["part"] != self.name:
            return dict(self.wanted)
        at, id = position["at"], position["id"]
        behind = [{self.field: {"$gte": at}}, {"$or": [{self.field: {"$gt": at}}, {"_id": {"$gt": id}}]}]
        return {**self.wanted, "$and": behind}

    def place(self, stored: Stored[Request]) -> dict[str, str]:
        _, case = the_case(stored.state)
        moment = self.moment(case)
        return {"part": self.name, "at": instant_text(moment) if moment else "", "id": stored.id}


def parts(desk_id: str, due: datetime) -> tuple[Part, ...]:
    """The list of a desk in its order; `due`: before which a promise is due soon."""
    soon = {DUE: {"$gt": "", "$lt": instant_text(due)}}
    others = {ATTENTION: {"$ne": Attention.TELL_CITIZEN.value}}
    return (
        Part("tell", {DESK: desk_id, **TO_TELL}, TELL_BY, lambda case: case.tell_by),
        Part("attend", {DESK: desk_id, **SOME_ATTENTION, **others}, FILED, lambda case: case.filed_at),
        Part("promised", {DESK: desk_id, **soon, **OPEN_PROMISE, **NO_ATTENTION}, DUE, lambda case: case.next_due),
    )


async def desk_work(
    store: Store, desk_id: str, due: datetime, position: Mapping[str, Any] | None, limit: int
) -> tuple[list[Stored[Request]], dict[str, str] | None]:
    """A page of the list, and the place where the next one begins; None at the end.

    Raises Problem BAD_CURSOR, StoreAway.
    """
    return await page_of(store, parts(desk_id, due), position, limit)


async def page_of(
    store: Store, parts: Sequence[Part], position: Mapping[str, Any] | None, limit: int
) -> tuple[list[Stored[Request]], dict[str, str] | None]:
    """As many cases as that behind a place, part after part; and the place of the last where there may be more.

    Raises Problem BAD_CURSOR, StoreAway.
    """
    left = parts
    if position is not None:
        names = [part.name for part in left]
        if position["part"] not in names:
            raise bad_cursor()
        left = left[names.index(position["part"]) :]
    found: list[Stored[Request]] = []
    for part in left:
        found += await store.find(REQUEST, part.after(position), sort=part.order, limit=limit - len(found))
        if len(found) == limit:
            return found, part.place(found[-1])
    return found, None
