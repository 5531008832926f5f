"""A province's files are imported again and again: what is as it was changes nothing (domain 3)."""

import pytest

from services.contracts.decision import Decision, Refused
from services.contracts.entry import Status
from services.contracts.registry import Kiosk, Officer
from services.registry.domain.recording import Around, Wish
from services.registry.domain.recording import record as recorded
from tests.support.sample import sample_snapshot
from tests.unit.registry.test_recording import WORLD, E, kiosk, record, sample, with_status


def imported(known: E | None, entry: E) -> Decision[E]:
    return recorded(known, Wish(entry=entry, sure=True, around=Around(entries=sample_snapshot())), WORLD)


def test_a_file_that_tells_of_days_that_have_come_since_changes_nothing() -> None:
    """It is imported again and again: what was planned in it has happened, or an officer has decided otherwise."""
    planned = [{"status": "SUSPENDED", "since": "2026-11-20", "reason": "تعمیر"}]
    later = [*planned, {"status": "ACTIVE", "since": "2027-01-10", "reason": "تعمیر"}]
    for plans in (planned, later):
        for status in ({}, {"status": "ACTIVE"}):
            file = Kiosk.model_validate(kiosk().model_dump(exclude_unset=True) | {"planned": plans} | status)
            known = record(None, file).state
            assert known is not None
            assert (known.status, len(known.planned)) == (Status.SUSPENDED, len(plans) - 1)
            assert record(known, file).events == (), (plans, status)
    resumed = kiosk().model_copy(update={"version": 2})
    file = Kiosk.model_validate(kiosk().model_dump(exclude_unset=True) | {"planned": planned})
    assert imported(resumed, file).events == ()


def test_what_is_as_it_was_is_not_judged_anew() -> None:
    """Somebody who delegated may be on leave, and a retired office's licence another's: the same again is no change."""
    source, lent = sample(Officer, "wa-tax-clearances-01"), sample(Officer, "wa-tax-desk-02")
    own = source.authorities[0].model_copy(update={"delegated_by": source.id})
    lent = lent.model_copy(update={"authorities": (*lent.authorities, own), "version": 3})
    away = source.model_copy(update={"status": Status.SUSPENDED, "version": 2})
    around = Around(entries=sample_snapshot().with_entries([away]))
    assert recorded(lent, Wish(entry=lent, around=around), WORLD).events == ()
    called = lent.model_copy(update={"phone": "044-1"})
    assert recorded(lent, Wish(entry=called, sure=True, around=around), WORLD).events
    more = lent.model_copy(update={"authorities": (*lent.authorities, own.model_copy(update={"max_amount": 1}))})
    with pytest.raises(Refused, match="INCOMPLETE"):
        recorded(lent, Wish(entry=more, sure=True, around=around), WORLD)
    former = with_status(Status.RETIRED).model_copy(update={"id": "wa-urmia-099", "version": 2})
    assert record(former, former).events == ()
    moved = record(former, former.model_copy(update={"address": "بایگانی"})).state
    assert moved is not None
    assert moved.version == 3, "nor does it hold the licence"
