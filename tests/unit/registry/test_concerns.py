"""The same fault raises one deficiency until that is verified, and then another (domain 1.6)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision
from services.contracts.deficiency import DeficiencyState, FinderRole, FoundBy
from services.registry.domain.concern import Concern, Gone, gone, reported, settled, sighted
from services.registry.domain.deficiency import VERIFIED, Deficiency
from services.registry.domain.remedying import Found, SeenAgain, Settled, found
from services.registry.domain.remedying import seen_again as counted
from services.registry.domain.sighting import REGISTRY
from services.registry.handlers import CONCERN, DEFICIENCY
from tests.unit.registry.governorate import (
    ACKNOWLEDGE,
    EXPIRED,
    FIX,
    INSPECTOR,
    MONDAY,
    PLAN,
    START,
    VERIFY,
    Office,
    a_sighting,
    at,
    wish,
    world,
)
from tests.unit.registry.governorate import (
    looked as seen_on,
)

LATER = at("1405/09/03 06:00")
BY_AN_INSPECTOR = FoundBy(role=FinderRole.INSPECTOR, id=INSPECTOR)


def the_open_one(office: Office) -> Deficiency:
    concern: Concern = office.state(CONCERN, EXPIRED)
    assert concern.deficiency_id
    known: Deficiency = office.state(DEFICIENCY, concern.deficiency_id)
    return known


async def test_the_same_fault_raises_one_deficiency_and_is_counted_in_it() -> None:
    office = Office()
    for day in ("1", "2", "3"):
        await office.submit(CONCERN, EXPIRED, seen_on(day), key=day, caller="registry")
    known = the_open_one(office)
    assert (known.occurrences, known.state) == (3, DeficiencyState.REPORTED)
    assert (known.found_by.role, known.found_by.id) == ("SYSTEM", "registry")
    assert office.told() == ["reported"], "further sights are no news"


async def test_a_sweep_that_is_begun_again_counts_once() -> None:
    office = Office()
    for minutes in (0, 5):
        command = seen_on("seen:2026-11-23", MONDAY + timedelta(minutes=minutes))
        await office.submit(CONCERN, EXPIRED, command, key="seen:2026-11-23", caller="registry")
    assert the_open_one(office).occurrences == 1


async def test_after_the_verification_the_same_fault_is_another_deficiency() -> None:
    office = Office()
    await office.submit(CONCERN, EXPIRED, seen_on("1"))
    first = the_open_one(office)
    await office.verify(first.id)
    assert office.state(CONCERN, EXPIRED).deficiency_id is None
    await office.submit(CONCERN, EXPIRED, seen_on("2"))
    second = the_open_one(office)
    assert second.id != first.id
    assert (second.occurrences, second.state) == (1, DeficiencyState.REPORTED)
    assert office.state(DEFICIENCY, first.id).state is VERIFIED


@pytest.mark.parametrize("again", [False, True])
async def test_what_was_seen_before_the_verification_and_is_told_afterwards_is_settled_by_it(again: bool) -> None:
    """An inspector enters in the evening what they saw in the morning; an agency above has looked at noon."""
    office = Office()
    await office.submit(CONCERN, EXPIRED, seen_on("1"))
    first = the_open_one(office)
    await office.verify(first.id)
    office.clock.advance(minutes=1)
    if again:
        await office.submit(CONCERN, EXPIRED, seen_on("2", office.clock.now()))
    before = office.state(CONCERN, EXPIRED)
    await office.submit(CONCERN, EXPIRED, seen_on("3", before.settled_at - timedelta(hours=1)))
    assert office.state(CONCERN, EXPIRED) == before
    assert len(office.store.collections[DEFICIENCY.name]) == 1 + again


def test_what_is_met_from_the_hour_of_the_verification_on_is_another_deficiency_whenever_the_word_of_it_comes() -> None:
    concern = sighted(None, a_sighting(), world()).state
    assert concern is not None
    verified_at = MONDAY + timedelta(minutes=1)
    heard = settled(concern, Settled(deficiency_id=concern.deficiency_id or "", at=verified_at), world(LATER)).state
    before = sighted(heard, a_sighting(verified_at - timedelta(seconds=1)), world(LATER)).state
    assert before is heard
    since = sighted(heard, a_sighting(verified_at), world(LATER)).state
    assert since is not None
    assert since.deficiency_id not in (None, concern.deficiency_id)


async def test_what_is_met_between_the_verification_and_the_word_of_it_is_not_lost() -> None:
    """Its concern counts it in what was verified that moment, and gets it back."""
    office = Office()
    await office.submit(CONCERN, EXPIRED, seen_on("1"))
    first = the_open_one(office)
    for command in (ACKNOWLEDGE, PLAN, START, FIX):
        await office.submit(DEFICIENCY, first.id, wish(command))
    async with office.serving():
        verified = office.door.submit(DEFICIENCY, first.id, wish(VERIFY))
        since = office.door.submit(CONCERN, EXPIRED, seen_on("2", found_by=BY_AN_INSPECTOR, inspection_id="i-2"))
        before = office.door.submit(CONCERN, EXPIRED, seen_on("3", MONDAY - timedelta(hours=1)))
        await asyncio.gather(verified, since, before)
    await office.settle()
    assert (office.state(DEFICIENCY, first.id).state, office.state(DEFICIENCY, first.id).occurrences) == (VERIFIED, 1)
    second = the_open_one(office)
    assert second.id != first.id
    assert (second.occurrences, second.found_by, second.inspection_ids) == (1, BY_AN_INSPECTOR, ("i-2",))


def test_what_an_earlier_version_has_told_and_not_sent_is_read_and_counts_as_it_did() -> None:
    told = SeenAgain.model_validate({"at": "2026-11-23T06:30:00Z", "occurrences": 2, "inspectionId": "i-1"})
    raised = sighted(None, a_sighting(), world())
    new: Any = raised.sends[0].body
    known = found(None, new, world()).state
    assert known is not None
    seen = counted(known, told, world(LATER)).state
    assert seen is not None
    assert (seen.occurrences, seen.inspection_ids) == (2, ("i-1",))
    over = known.model_copy(update={"state": VERIFIED})
    assert counted(over, told, world(LATER)) == Decision(over)
    heard = settled(raised.state, Settled.model_validate({"deficiencyId": known.id}), world(LATER)).state
    assert heard is not None
    assert (heard.deficiency_id, heard.settled_at) == (None, LATER)


async def test_what_is_gone_shows_it_and_stays_open_until_somebody_has_looked() -> None:
    office = Office()
    await office.submit(CONCERN, EXPIRED, seen_on("1"))
    await office.submit(CONCERN, EXPIRED, seen_on("2", LATER, there=False))
    known = the_open_one(office)
    assert (known.state, known.last_seen_at, known.gone_at) == (DeficiencyState.REPORTED, MONDAY, LATER)
    await office.submit(CONCERN, EXPIRED, seen_on("3", LATER))
    assert the_open_one(office).gone_at is None


@pytest.mark.parametrize("by", [BY_AN_INSPECTOR, REGISTRY])
async def test_what_was_seen_before_it_was_gone_and_is_told_afterwards_does_not_bring_it_back(by: FoundBy) -> None:
    """An inspector enters on the sixth day what they saw on the second; it was gone on the fifth."""
    second, fifth, eighth = (MONDAY + timedelta(days=days) for days in (1, 4, 7))
    office = Office()
    await office.submit(CONCERN, EXPIRED, seen_on("1"))
    await office.submit(CONCERN, EXPIRED, seen_on("2", fifth, there=False))
    await office.submit(CONCERN, EXPIRED, seen_on("3", second, found_by=by))
    known = the_open_one(office)
    assert (known.gone_at, known.last_seen_at, known.occurrences) == (fifth, second, 2)
    await office.submit(CONCERN, EXPIRED, seen_on("4", eighth))
    assert the_open_one(office).gone_at is None
    await office.submit(CONCERN, EXPIRED, seen_on("5", second, found_by=by))
    ninth = eighth + timedelta(days=1)
    await office.submit(CONCERN, EXPIRED, seen_on("6", ninth, there=False))
    assert the_open_one(office).gone_at == ninth, "the next look finds it gone again"


async def test_what_an_inspector_has_seen_since_it_was_gone_is_there_until_somebody_has_looked() -> None:
    office = Office()
    await office.submit(CONCERN, EXPIRED, seen_on("1"))
    await office.submit(CONCERN, EXPIRED, seen_on("2", LATER, there=False))
    await office.submit(CONCERN, EXPIRED, seen_on("3", LATER, found_by=BY_AN_INSPECTOR))
    await office.submit(CONCERN, EXPIRED, seen_on("4", LATER + timedelta(days=1), there=False))
    assert the_open_one(office).gone_at is None


def test_of_what_was_never_seen_nothing_is_told() -> None:
    assert gone(None, Gone(at=MONDAY), world()).sends == ()
    concern = sighted(None, a_sighting(), world()).state
    assert settled(concern, Settled(deficiency_id="another", at=MONDAY), world()).state is concern


def a_report(id: str, at: datetime) -> Found:
    """Of the same fault, by people."""
    (raised,) = sighted(None, a_sighting(at), world(at)).sends
    assert isinstance(raised.body, Found)
    return raised.body.model_copy(update={"deficiency_id": id, "found_by": BY_AN_INSPECTOR})


def reported_around_a_verification(at: datetime, verified: datetime, *ends: str) -> Concern:
    """Seen, verified, and reported at `at`, which its concern hears of before the verification; then these are."""
    first = sighted(None, a_sighting(MONDAY), world(MONDAY))
    known = reported(first.state, a_report("by-people", at), world(at)).state
    for id in (*ends, first.sends[0].id):
        known = settled(known, Settled(deficiency_id=id, at=verified), world(LATER)).state
    assert known is not None
    return known


def test_what_people_report_after_the_verification_is_the_open_one_though_the_concern_heard_of_it_first() -> None:
    known = reported_around_a_verification(at=MONDAY + timedelta(hours=2), verified=MONDAY + timedelta(hours=1))
    assert (known.deficiency_id, known.occurrences, known.beside) == ("by-people", 1, None)
    seen = sighted(known, a_sighting(LATER), world(LATER))
    assert [(send.id, type(send.body)) for send in seen.sends] == [("by-people", SeenAgain)], "and not raised again"


def test_what_they_had_reported_before_the_verification_stays_beside() -> None:
    known = reported_around_a_verification(at=MONDAY + timedelta(hours=1), verified=MONDAY + timedelta(hours=2))
    assert (known.deficiency_id, known.beside) == (None, None)


def test_what_they_reported_and_was_verified_too_is_not_open() -> None:
    hour = MONDAY + timedelta(hours=1)
    known = reported_around_a_verification(hour + timedelta(hours=1), hour, "by-people")
    assert known.deficiency_id is None


def test_of_several_reports_the_newest_is_the_open_one_in_whatever_order_they_are_heard_of() -> None:
    first = sighted(None, a_sighting(MONDAY), world(MONDAY))
    known = first.state
    for hours in (2, 3, 1):
        at = MONDAY + timedelta(hours=hours)
        known = reported(known, a_report(f"at-{hours}", at), world(at)).state
    known = settled(known, Settled(deficiency_id=first.sends[0].id, at=MONDAY + timedelta(hours=1)), world(LATER)).state
    assert known is not None
    assert known.deficiency_id == "at-3"
