"""A pack that cannot be counted again keeps no other waiting (domain 11)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.registry import packing, recounting
from services.registry.domain.late import pack_id
from services.registry.domain.packs import REVISIONS_KEPT, Pack, Revision, Why
from services.registry.handlers import PACK
from services.registry.recounting import Recounting
from services.registry.report_store import SEVERAL
from services.runtime.document import Document
from services.runtime.lookups import Unreadable
from services.runtime.message import Held
from tests.unit.registry.frozen import with_cases
from tests.unit.registry.governorate import AGENCY, HEAD, QUIET
from tests.unit.registry.ministry import Ministry
from tests.unit.registry.months import BEGINS, ENDS
from tests.unit.registry.test_packs_revised import all_but_one

OTHER = "wa-water"


async def a_late_pack() -> Ministry:
    """It is frozen, and a result of its month came late."""
    told, late = all_but_one()
    office = await Ministry.of_the_province()
    await with_cases(office, *told)
    await office.freeze()
    await with_cases(office, late)
    return office


async def waiting_before_it(office: Ministry, revisions: int) -> None:
    """As many packs of another agency as are counted at once, for which something has waited longer."""
    revision = Revision(number=1, sha256="0" * 64, frozen_at=ENDS, frozen_by=HEAD, why=Why.ASKED)
    packs = []
    for number in range(SEVERAL):
        month = f"13{90 + number // 12}-{number % 12 + 1:02}"
        pack = Pack(
            id=pack_id(OTHER, month),
            org_id=OTHER,
            month=month,
            revisions=tuple(revision.model_copy(update={"number": each + 1}) for each in range(revisions)),
            late=1,
            late_at=BEGINS,
        )
        packs.append(Document(pack.id, version=0, state=pack))
    await office.store.write(PACK, packs, office.clock.now())


def waiting(office: Ministry) -> int:
    return sum(bool(row["state"].get("lateAt")) for row in office.store.collections[PACK.name].values())


def a_recounting(office: Ministry) -> Recounting:
    return Recounting(office.door, office.readable, timedelta(0), QUIET)


async def look(office: Ministry, recounting: Recounting) -> None:
    office.clock.advance(seconds=2)
    async with office.serving():
        await recounting.look(office.clock.now())
    await office.settle()


@pytest.mark.parametrize("error", [Unreadable("pack"), Refused("OVERTAKEN", "again"), Held("x")])
async def test_packs_that_cannot_be_counted_keep_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    office = await a_late_pack()
    await waiting_before_it(office, revisions=1)
    tried: list[str] = []

    async def count(store: Any, pack: Pack, *rest: Any) -> Any:
        tried.append(pack.org_id)
        if pack.org_id == OTHER:
            raise error
        return await packing.count(store, pack, *rest)

    monkeypatch.setattr(recounting, "count", count)
    recount = a_recounting(office)
    for _ in range(3):
        await look(office, recount)
    assert len(office.pack().revisions) == 2
    assert tried == [*[OTHER] * SEVERAL, AGENCY], "not again at once"
    office.clock.advance(minutes=2)
    await look(office, recount)
    assert tried[SEVERAL + 1 :] == [OTHER] * SEVERAL, "what was passed over is tried later"


async def test_packs_that_were_revised_too_often_keep_no_other_waiting() -> None:
    office = await a_late_pack()
    await waiting_before_it(office, revisions=REVISIONS_KEPT)
    recount = a_recounting(office)
    for _ in range(3):
        await look(office, recount)
    assert len(office.pack().revisions) == 2
    assert waiting(office) == SEVERAL, "their packs say that something came that is not counted"
