"""What an inspector sees at a desk, beside what the registry knows; a fault is a deficiency (domain 1.2, 1.6)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused
from services.contracts.deficiency import FinderRole, Kind
from services.contracts.entry import Status
from services.contracts.snapshot import Snapshot
from services.registry.domain.concern import concern_id
from services.registry.domain.inspections import (
    InspectDesk,
    Inspection,
    InspectWish,
    failed,
    inspect,
    subject_of,
)
from services.registry.handlers import CONCERN, DEFICIENCY, INSPECTION
from tests.unit.registry.governorate import (
    ACKNOWLEDGE,
    AGENCY,
    CLERK,
    DESK,
    HEAD,
    INSPECTOR,
    MONDAY,
    Office,
    around,
    province,
    wish,
    world,
)

GOOD = {
    "deskExists": True,
    "groundFloor": True,
    "headPresent": True,
    "headHasAuthority": True,
    "hoursKept": True,
    "peopleSentToUnits": 0,
}
BAD: dict[str, Any] = GOOD | {"groundFloor": False, "headPresent": False, "hoursKept": False, "peopleSentToUnits": 4}
ID = "5b0c7a52-0000-5000-8000-000000000077"


def asked(
    registry: Snapshot | None = None, id: str = ID, note: str | None = None, by: str = INSPECTOR, **seen: Any
) -> InspectWish:
    said = {"deskId": DESK, "at": "2026-11-23T06:00:00Z", "checklist": GOOD | seen, "officerId": by}
    command = InspectDesk.model_validate(said | ({"note": note} if note else {}))
    return InspectWish(inspection_id=id, command=command, around=around(registry), then=registry or province())


def inspected(registry: Snapshot | None = None, **seen: Any) -> Decision[Inspection]:
    return inspect(None, asked(registry, **seen), world())


def inspection_of(decision: Decision[Inspection]) -> Inspection:
    assert decision.state is not None
    return decision.state


def test_a_desk_in_order_raises_nothing() -> None:
    decision = inspected()
    assert inspection_of(decision).failed == ()
    assert inspection_of(decision).contradictions == ()
    assert decision.sends == ()


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        ({"groundFloor": False}, Kind.NOT_ON_GROUND_FLOOR),
        ({"headPresent": False}, Kind.HEAD_ABSENT),
        ({"headHasAuthority": False}, Kind.HEAD_WITHOUT_AUTHORITY),
        ({"hoursKept": False}, Kind.HOURS_NOT_KEPT),
        ({"peopleSentToUnits": 1}, Kind.SENT_TO_UNITS),
        ({"deskExists": False}, Kind.DESK_MISSING),
    ],
)
def test_each_item_that_is_wrong_is_a_deficiency(seen: dict[str, Any], kind: Kind) -> None:
    assert inspection_of(inspected(**seen)).failed == (kind,)


@pytest.mark.parametrize(
    ("left", "changes", "kind"),
    [
        ("groundFloor", {DESK: {"floor": 2}}, Kind.NOT_ON_GROUND_FLOOR),
        ("headHasAuthority", {HEAD: {"authorities": ()}}, Kind.HEAD_WITHOUT_AUTHORITY),
    ],
)
def test_what_is_left_to_the_registry_is_judged_by_it(
    left: str, changes: dict[str, dict[str, Any]], kind: Kind
) -> None:
    registry = province()
    entries = {DESK: registry.desk(DESK), HEAD: registry.officer(HEAD)}
    ((id, change),) = changes.items()
    entry = entries[id]
    assert entry
    told = inspection_of(inspected(province(entry.model_copy(update=change | {"version": 2})), **{left: None}))
    assert told.failed == (kind,)
    assert getattr(told.checklist, {"groundFloor": "ground_floor"}.get(left, "head_has_authority")) is None
    assert told.contradictions == (), "the inspector has not said otherwise"
    assert inspection_of(inspected(**{left: None})).failed == ()


def test_of_a_desk_that_does_not_exist_nothing_else_is_asked() -> None:
    said = {"deskId": DESK, "at": "2026-11-23T06:00:00Z", "checklist": {"deskExists": False}, "officerId": INSPECTOR}
    command = InspectDesk.model_validate(said)
    wished = InspectWish(inspection_id=ID, command=command, around=around(), then=province())
    assert failed(wished.command.checklist) == (Kind.DESK_MISSING,)
    assert inspection_of(inspect(None, wished, world())).contradictions == ("deskExists",)


def test_what_the_registry_says_otherwise_is_shown() -> None:
    desk = province().desk(DESK)
    head = province().officer(HEAD)
    assert desk
    assert head
    changed = province(
        desk.model_copy(update={"floor": 2, "version": 2}),
        head.model_copy(update={"authorities": (), "version": 2}),
    )
    told = inspection_of(inspected(changed))
    assert (told.known.ground_floor, told.known.head_has_authority) == (False, False)
    assert told.contradictions == ("groundFloor", "headHasAuthority")
    ended = [each.model_copy(update={"valid_to": date(2026, 11, 22)}) for each in head.authorities]
    since = province(head.model_copy(update={"authorities": tuple(ended), "version": 2}))
    for day, had in (("2026-11-22", True), ("2026-11-23", False)):
        made = asked(since)
        late = made.command.model_copy(update={"at": datetime.fromisoformat(f"{day}T06:00:00+00:00")})
        found = inspection_of(inspect(None, made.model_copy(update={"command": late}), world()))
        assert found.known.head_has_authority is had, "as it was on the day, whenever that is written down"
    left = inspection_of(inspected(changed, groundFloor=None, headHasAuthority=None))
    assert left.contradictions == (), "what is left to the registry is not contradicted"


def test_a_checklist_with_gaps_is_refused_with_all_of_them() -> None:
    with pytest.raises(Refused) as refusal:
        inspected(headPresent=None, hoursKept=None, peopleSentToUnits=None)
    assert refusal.value.facts["missing"] == ["headPresent", "hoursKept", "peopleSentToUnits"]


def test_an_inspector_is_of_the_agency_above_and_records_what_has_been() -> None:
    theirs = asked(by=CLERK)
    with pytest.raises(Refused, match="NOT_AUTHORISED"):
        inspect(None, theirs, world())
    with pytest.raises(Refused, match="IN_THE_FUTURE"):
        inspect(None, asked(), world(MONDAY - timedelta(hours=1)))
    with pytest.raises(Refused, match="UNKNOWN_DESK"):
        inspect(None, asked(Snapshot()), world())


async def test_the_deficiencies_lead_back_to_the_inspection_and_another_look_is_counted() -> None:
    office = Office()
    await office.submit(INSPECTION, ID, asked(note="در بسته بود", **BAD))
    raised = [office.state(DEFICIENCY, id) for id in office.store.collections[DEFICIENCY.name]]
    assert {each.kind for each in raised} == {
        Kind.NOT_ON_GROUND_FLOOR,
        Kind.HEAD_ABSENT,
        Kind.HOURS_NOT_KEPT,
        Kind.SENT_TO_UNITS,
    }
    assert {each.found_by.role for each in raised} == {FinderRole.INSPECTOR}
    assert {(each.org_id, each.owner, each.inspection_ids, each.text) for each in raised} == {
        (AGENCY, HEAD, (ID,), "در بسته بود")
    }
    late = office.state(CONCERN, concern_id(AGENCY, Kind.HOURS_NOT_KEPT, subject_of(DESK))).deficiency_id
    await office.submit(DEFICIENCY, late, wish(ACKNOWLEDGE))
    again = "5b0c7a52-0000-5000-8000-000000000078"
    await office.submit(INSPECTION, again, asked(id=again, hoursKept=False))
    known = office.state(DEFICIENCY, late)
    assert (known.occurrences, known.inspection_ids, known.state) == (2, (ID, again), "ACKNOWLEDGED")
    assert office.told() == ["reported"] * 4 + ["acknowledged"]
    assert not any("در بسته" in event["value"] for event in office.publisher.events())


def test_a_desk_that_was_shut_is_no_desk_to_the_registry() -> None:
    desk = province().desk(DESK)
    assert desk
    told = inspection_of(inspected(province(desk.model_copy(update={"status": Status.SUSPENDED, "version": 2}))))
    assert told.contradictions == ("deskExists",)
