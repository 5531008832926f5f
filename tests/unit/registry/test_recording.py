"""Recording: only a change makes a new version, and only a complete entry is taken (domain 3, 10)."""

from datetime import UTC, datetime
from typing import TypeVar

import pytest

from services.contracts.decision import Refused, World
from services.contracts.entries import BadEntry, read_entry
from services.contracts.registry import Desk, Entry, Kiosk, Sheet, Status, WorkingCalendar
from services.contracts.snapshot import Snapshot
from services.registry.domain.recording import edition_id, edition_name, keep, record
from tests.support.sample import sample_entries, sample_snapshot

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
E = TypeVar("E", bound=Entry)
WORLD: World[None] = World(now=NOW, registry=Snapshot(), rules=None)


def sample(kind: type[E], id: str) -> E:
    return next(entry for entry in sample_entries() if isinstance(entry, kind) and entry.id == id)


def permit() -> Sheet:
    sheet: Sheet = sample(Sheet, "building-permit")
    return sheet


def test_the_first_recording_is_version_one_and_is_published_whole() -> None:
    decided = record(None, permit(), WORLD)
    assert decided.state is not None
    assert decided.state.version == 1
    assert decided.events == (decided.state,)
    assert decided.events[0].type() == "ir.servicedesk.registry.service.recorded.v1"
    assert decided.events[0].key() == "wa-municipality-urmia:building-permit@1"
    assert decided.answer == {"id": "building-permit", "version": 1, "recorded": True}


def test_recording_the_same_again_publishes_nothing_and_keeps_the_version() -> None:
    known = record(None, permit(), WORLD).state
    again = record(known, permit(), WORLD)
    assert again.state is known
    assert again.events == ()
    assert again.sends == ()
    assert again.answer == {"id": "building-permit", "version": 1, "recorded": False}


def test_what_was_stored_and_read_back_is_still_the_same_content() -> None:
    for entry in sample_entries():
        known = record(None, entry, WORLD).state
        assert known is not None
        read_back = type(entry).model_validate(known.to_wire())
        assert record(read_back, entry, WORLD).events == (), f"{entry.KIND} {entry.id} would be published again"


def test_the_version_that_a_caller_writes_is_ignored() -> None:
    known = record(None, permit(), WORLD).state
    assert record(known, permit().model_copy(update={"version": 9}), WORLD).events == ()


def test_a_change_raises_the_version_by_one() -> None:
    known = record(None, permit(), WORLD).state
    changed = permit().model_copy(update={"information": "مدارک را پیش از آمدن آماده کنید."})
    decided = record(known, changed, WORLD)
    assert decided.state is not None
    assert decided.state.version == 2
    assert decided.events[0].key() == "wa-municipality-urmia:building-permit@2"


def test_retiring_publishes_the_whole_entry_with_its_new_status_and_it_may_come_back() -> None:
    kiosk: Kiosk = sample(Kiosk, "wa-urmia-017")
    known = record(None, kiosk, WORLD).state
    retired = record(known, kiosk.model_copy(update={"status": Status.RETIRED}), WORLD)
    assert retired.state is not None
    assert (retired.state.version, retired.state.status) == (2, Status.RETIRED)
    assert retired.events == (retired.state,)
    back = record(retired.state, kiosk, WORLD)
    assert back.state is not None
    assert (back.state.version, back.state.status) == (3, Status.ACTIVE)


def test_a_retired_kiosk_is_no_longer_open_to_the_other_services() -> None:
    kiosk: Kiosk = sample(Kiosk, "wa-urmia-017")
    retired = record(
        kiosk.model_copy(update={"version": 1}), kiosk.model_copy(update={"status": Status.RETIRED}), WORLD
    )
    assert retired.state is not None
    later = sample_snapshot().with_entries([retired.state])
    assert "wa-urmia-017" in {k.id for k in sample_snapshot().kiosks()}
    assert "wa-urmia-017" not in {k.id for k in later.kiosks()}


@pytest.mark.parametrize(("kind", "id"), [(Sheet, "building-permit"), (WorkingCalendar, "wa-offices")])
def test_every_version_of_a_sheet_and_a_calendar_is_kept_for_the_cases_that_began_with_it(
    kind: type[Entry], id: str
) -> None:
    entry = sample(kind, id)
    decided = record(None, entry, WORLD)
    assert [(send.entity, send.id) for send in decided.sends] == [(edition_name(kind), edition_id(id, 1))]
    message = decided.sends[0].body
    assert message == decided.state
    kept = keep(None, entry, WORLD).state
    assert keep(kept, entry.model_copy(), WORLD).state is kept, "an edition never changes"


def test_kinds_that_no_case_holds_on_to_keep_the_newest_version_alone() -> None:
    assert record(None, sample(Desk, "wa-municipality-urmia-desk"), WORLD).sends == ()


def test_an_incomplete_sheet_is_refused_with_all_its_flaws() -> None:
    bare = permit().model_copy(update={"legal_resources": (), "costs": (), "description": " "})
    with pytest.raises(Refused) as refusal:
        record(None, bare, WORLD)
    assert (refusal.value.code, refusal.value.status) == ("INCOMPLETE", 422)
    assert refusal.value.facts["flaws"] == (
        "description is blank",
        "names no law",
        "names no cost, not even a free one",
    )


def test_a_calendar_that_never_opens_is_refused() -> None:
    """Nothing could be promised by it."""
    never = sample(WorkingCalendar, "wa-offices").to_wire()
    for week in never["weeks"]:
        week["days"] = {day: [] for day in week["days"]}
    with pytest.raises(Refused) as refusal:
        record(None, WorkingCalendar.model_validate(never), WORLD)
    assert refusal.value.facts["flaws"] == ("never opens",)


def test_a_calendar_that_begins_next_year_is_recorded() -> None:
    later = sample(WorkingCalendar, "wa-offices").to_wire()
    later["weeks"] = [later["weeks"][0] | {"validFrom": "2031-01-01"}]
    later["exceptions"] = []
    assert record(None, WorkingCalendar.model_validate(later), WORLD).state is not None


def test_a_calendar_that_contradicts_itself_is_refused() -> None:
    written = sample(WorkingCalendar, "wa-offices").to_wire()
    written["weeks"][0]["days"]["saturday"] = [["14:30", "07:30"]]
    written["weeks"][1]["days"]["someday"] = []
    with pytest.raises(Refused) as refusal:
        record(None, WorkingCalendar.model_validate(written), WORLD)
    assert len(refusal.value.facts["flaws"]) == 2


def test_an_entry_does_not_change_its_organization_since_that_is_part_of_published_keys() -> None:
    known = record(None, permit(), WORLD).state
    with pytest.raises(Refused) as refusal:
        record(known, permit().model_copy(update={"org_id": "wa-tax"}), WORLD)
    assert refusal.value.code == "OWNER_FIXED"


def test_entries_of_different_kinds_with_one_id_are_different_subjects() -> None:
    organization = next(e for e in sample_entries() if e.KIND == "organization" and e.id == "wa-social-security")
    calendar = next(e for e in sample_entries() if e.KIND == "calendar" and e.id == "wa-social-security")
    assert organization.subject() != calendar.subject()


def test_a_field_that_no_entry_has_is_refused_at_any_depth_since_it_would_be_lost() -> None:
    written = permit().to_wire()
    written["onSpott"] = True
    written["requirements"][0]["heldby"] = "wa-deeds"
    with pytest.raises(BadEntry) as bad:
        read_entry("service", written)
    assert set(bad.value.reasons) == {"onSpott: no such field", "requirements.0.heldby: no such field"}
