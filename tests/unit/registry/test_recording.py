"""Recording: only a change makes a new version, and only a complete entry is taken (domain 3, 10)."""

from datetime import UTC, date, datetime
from typing import Any, TypeVar

import pytest

from services.contracts.decision import Decision, Refused, World
from services.contracts.entries import BadEntry, read_entry
from services.contracts.entry import Entry, PlannedStatus, Status
from services.contracts.registry import Desk, Kiosk
from services.contracts.service_sheet import Channel, Offering, Sheet
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import WorkingCalendar
from services.registry.domain.recording import EDITION, Around, Wish, edition_id, edition_name, keep
from services.registry.domain.recording import record as recorded
from tests.support.sample import sample_entries, sample_snapshot
from tests.support.signing import signing_key
from tests.unit.registry.over_http import registry_of_the_province

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
E = TypeVar("E", bound=Entry)
WORLD: World[None] = World(now=NOW, registry=Snapshot(), rules=None)


def sample(kind: type[E], id: str) -> E:
    return next(entry for entry in sample_entries() if isinstance(entry, kind) and entry.id == id)


def record(known: E | None, entry: E, world: World[None] = WORLD, *, users: tuple[str, ...] = ()) -> Decision[E]:
    """As somebody does who has seen what is there."""
    around = Around(users=users, entries=sample_snapshot())
    return recorded(known, Wish(entry=entry, by="wa-governorate-desk-01", sure=True, around=around), world)


def kiosk() -> Kiosk:
    office: Kiosk = sample(Kiosk, "wa-urmia-017")
    return office


def test_the_first_recording_is_version_one_and_is_published_whole() -> None:
    decided = record(None, kiosk(), WORLD)
    assert decided.state is not None
    assert decided.state.version == 1
    assert decided.events == (decided.state,)
    assert decided.events[0].type() == "ir.servicedesk.registry.kiosk.recorded.v1"
    assert decided.events[0].key() == "wa-governorate:wa-urmia-017@1"
    assert decided.answer == {"id": "wa-urmia-017", "version": 1, "recorded": True}


def test_recording_the_same_again_publishes_nothing_and_keeps_the_version() -> None:
    known = record(None, kiosk(), WORLD).state
    again = record(known, kiosk(), WORLD)
    assert again.state is known
    assert again.events == ()
    assert again.sends == ()
    assert again.answer == {"id": "wa-urmia-017", "version": 1, "recorded": False}


def test_what_was_stored_and_read_back_is_still_the_same_content() -> None:
    for entry in sample_entries():
        if isinstance(entry, Sheet | WorkingCalendar):
            continue  # recorded otherwise: see test_sheets and test_calendars
        known = recorded(None, Wish(entry=entry, around=Around(entries=sample_snapshot())), WORLD).state
        assert known is not None
        read_back = type(entry).model_validate(known.to_wire())
        assert record(read_back, entry, WORLD).events == (), f"{entry.KIND} {entry.id} would be published again"


def test_the_version_that_a_caller_writes_is_ignored() -> None:
    known = record(None, kiosk(), WORLD).state
    assert record(known, kiosk().model_copy(update={"version": 9}), WORLD).events == ()


def test_a_change_raises_the_version_by_one() -> None:
    known = record(None, kiosk(), WORLD).state
    changed = kiosk().model_copy(update={"address": "ارومیه، خیابان کاشانی"})
    decided = record(known, changed, WORLD)
    assert decided.state is not None
    assert decided.state.version == 2
    assert decided.events[0].key() == "wa-governorate:wa-urmia-017@2"


def test_retiring_publishes_the_whole_entry_with_its_new_status_and_it_may_come_back() -> None:
    known = record(None, kiosk()).state
    retired = record(known, with_status(Status.RETIRED))
    assert retired.state is not None
    assert (retired.state.version, retired.state.status) == (2, Status.RETIRED)
    assert retired.events == (retired.state,)
    back = record(retired.state, with_status(Status.ACTIVE))
    assert back.state is not None
    assert (back.state.version, back.state.status) == (3, Status.ACTIVE)


def with_status(status: Status) -> Kiosk:
    return Kiosk.model_validate(kiosk().model_dump() | {"status": status})


def test_a_retired_kiosk_is_no_longer_open_to_the_other_services() -> None:
    retired = record(kiosk().model_copy(update={"version": 1}), with_status(Status.RETIRED))
    assert retired.state is not None
    later = sample_snapshot().with_entries([retired.state])
    assert "wa-urmia-017" in {k.id for k in sample_snapshot().kiosks()}
    assert "wa-urmia-017" not in {k.id for k in later.kiosks()}


def test_an_import_that_names_no_status_does_not_bring_back_what_was_suspended() -> None:
    known = record(record(None, kiosk()).state, with_status(Status.SUSPENDED)).state
    assert "status" not in kiosk().model_fields_set
    again = record(known, kiosk())
    assert again.events == ()
    assert again.state is known


def test_what_is_still_named_is_not_retired() -> None:
    known = record(None, kiosk()).state
    with pytest.raises(Refused) as refusal:
        record(known, with_status(Status.RETIRED), users=("desk wa-tax-desk",))
    assert (refusal.value.code, refusal.value.facts["users"]) == ("IN_USE", ["desk wa-tax-desk"])


def test_a_change_by_somebody_who_does_not_say_what_they_have_seen_is_refused() -> None:
    """Two clerks must not overwrite each other in silence."""
    known = record(None, kiosk()).state
    changed = kiosk().model_copy(update={"address": "ارومیه، خیابان کاشانی"})
    with pytest.raises(Refused) as refusal:
        recorded(known, Wish(entry=changed), WORLD)
    assert (refusal.value.code, refusal.value.status) == ("IF_MATCH_REQUIRED", 428)
    assert recorded(known, Wish(entry=kiosk()), WORLD).events == (), "a repetition changes nothing, and may be made"


@pytest.mark.parametrize(("kind", "id"), [(Desk, "wa-municipality-urmia-desk"), (WorkingCalendar, "wa-offices")])
def test_every_version_is_kept_with_who_recorded_it_and_when(kind: type[Entry], id: str) -> None:
    entry = sample(kind, id)
    decided = record(None, entry)
    assert [(send.entity, send.id) for send in decided.sends] == [(edition_name(kind), edition_id(id, 1))]
    edition: Any = decided.sends[0].body
    assert (edition.entry, edition.version, edition.recorded_by) == (decided.state, 1, "wa-governorate-desk-01")
    assert edition.recorded_at == NOW
    kept = keep(None, edition, WORLD).state
    assert keep(kept, EDITION[kind](**{**edition.__dict__, "recorded_by": "x"}), WORLD).state is kept


def test_an_entry_does_not_change_its_organization_since_that_is_part_of_published_keys() -> None:
    known = record(None, kiosk()).state
    with pytest.raises(Refused) as refusal:
        record(known, kiosk().model_copy(update={"org_id": "wa-tax"}))
    assert refusal.value.code == "OWNER_FIXED"


LIVE, DEAD = (
    {"kid": f"wa-urmia-017.{n}", "publicKey": signing_key(owner).public_key, "validFrom": "2026-03-21"}
    for n, owner in ((1, "wa-urmia-017"), (2, "wa-khoy-003"))
)
REVOKED = DEAD | {"revokedAt": "2026-11-01T08:00:00Z"}


def kiosk_with(*keys: dict[str, str]) -> Kiosk:
    return Kiosk.model_validate(kiosk().model_dump(by_alias=True) | {"keys": keys})


@pytest.mark.parametrize(
    "older",
    [
        kiosk_with(LIVE, DEAD),
        kiosk_with(LIVE, DEAD | {"revokedAt": "2026-11-20T08:00:00Z"}),
        kiosk_with(LIVE),
        kiosk_with(LIVE | {"publicKey": DEAD["publicKey"]}, REVOKED),
        kiosk_with(),
    ],
    ids=["without its end", "with another end", "without the key", "another key of that name", "no keys"],
)
def test_recording_an_older_copy_of_an_office_revives_no_revoked_key_and_gives_no_name_away(older: Kiosk) -> None:
    known = record(None, kiosk_with(LIVE, REVOKED)).state
    with pytest.raises(Refused) as refusal:
        record(known, older)
    assert (refusal.value.code, refusal.value.status) == ("KEY_FIXED", 409)


def moved_with(*keys: dict[str, str]) -> Kiosk:
    return kiosk_with(*keys).model_copy(update={"partner": "pishkhan-b"})


@pytest.mark.parametrize(
    "live",
    [LIVE, LIVE | {"validFrom": "2027-01-01"}, LIVE | {"validTo": "2026-11-23"}],
    ids=["in force", "from a day ahead", "on its last day"],
)
def test_no_office_moves_to_another_partner_with_a_key_that_still_signs(live: dict[str, str]) -> None:
    """Reliability 4: whoever made the key could sign for the office of somebody else."""
    known = record(None, kiosk_with(live, REVOKED)).state
    with pytest.raises(Refused) as refusal:
        record(known, moved_with(live, REVOKED))
    assert (refusal.value.code, refusal.value.status) == ("KEYS_IN_FORCE", 409)
    assert refusal.value.facts == {"names": ["wa-urmia-017.1"]}


def test_an_office_moves_to_another_partner_when_its_keys_are_over_and_brings_new_ones() -> None:
    theirs = LIVE | {"kid": "wa-urmia-017.3", "publicKey": signing_key("wa-urmia-012").public_key}
    for over in (LIVE | {"revokedAt": "2026-11-23T05:00:00Z"}, LIVE | {"validTo": "2026-11-22"}):
        known = record(None, kiosk_with(LIVE, REVOKED)).state
        moved = record(known, moved_with(over, REVOKED, theirs)).state
        assert moved is not None
        assert (moved.partner, [key.in_force(NOW.date()) for key in moved.keys]) == ("pishkhan-b", [False, False, True])
    without = record(record(None, kiosk_with()).state, moved_with()).state
    assert without is not None
    assert without.partner == "pishkhan-b"


def test_recording_an_office_may_end_its_keys_and_add_others() -> None:
    known = record(None, kiosk_with(LIVE)).state
    ended = LIVE | {"validTo": "2026-12-31"}
    told = record(known, kiosk_with(ended, DEAD)).state
    assert told is not None
    assert [key.kid for key in told.keys] == ["wa-urmia-017.1", "wa-urmia-017.2"]
    assert record(told, kiosk_with(ended, REVOKED)).events, "and revoke them"
    assert record(told, kiosk()).events == (), "a copy that names no keys leaves them as they are"


def test_an_office_is_not_recorded_with_a_key_that_anybody_can_sign_with() -> None:
    with pytest.raises(Refused) as refusal:
        record(None, kiosk_with(LIVE | {"publicKey": "AQ" + "A" * 41}))
    assert refusal.value.code == "INCOMPLETE"


def test_entries_of_different_kinds_with_one_id_are_different_subjects() -> None:
    organization = next(e for e in sample_entries() if e.KIND == "organization" and e.id == "wa-social-security")
    calendar = next(e for e in sample_entries() if e.KIND == "calendar" and e.id == "wa-social-security")
    assert organization.subject() != calendar.subject()


def test_a_field_that_no_entry_has_is_refused_at_any_depth_since_it_would_be_lost() -> None:
    written = sample(Sheet, "building-permit").to_wire()
    written["onSpott"] = True
    written["requirements"][0]["heldby"] = "wa-deeds"
    with pytest.raises(BadEntry) as bad:
        read_entry("service", written)
    assert set(bad.value.reasons) == {"onSpott: no such field", "requirements.0.heldby: no such field"}


# --- one licence, one office ------------------------------------------------------------------------------------------


def test_a_licence_is_of_one_office() -> None:
    taken = kiosk().model_copy(update={"id": "wa-urmia-099"})
    with pytest.raises(Refused) as refused:
        record(None, taken)
    assert (refused.value.code, refused.value.status) == ("LICENCE_TAKEN", 409)
    assert refused.value.facts["names"] == ["wa-urmia-017"]
    own = taken.model_copy(update={"licence_no": "ص-99/1405"})
    known = record(None, own).state
    assert known is not None
    with pytest.raises(Refused, match="LICENCE_TAKEN"):
        record(known, taken)


def test_of_two_offices_that_share_one_from_before_either_may_be_changed() -> None:
    shared = record(None, kiosk().model_copy(update={"id": "wa-urmia-099", "licence_no": "ص-99/1405"})).state
    assert shared is not None
    known = shared.model_copy(update={"licence_no": kiosk().licence_no})
    changed = record(known, known.model_copy(update={"phone": "044-3222-0000"})).state
    assert changed is not None
    assert changed.version == 2


async def test_over_http_the_licence_of_a_retired_office_is_free() -> None:
    async with registry_of_the_province() as registry:
        office = (await registry.get("kiosks/wa-urmia-017")).json()
        other = office | {"id": "wa-urmia-099", "keys": []}
        refused = await registry.put("kiosks/wa-urmia-099", other)
        assert (refused.status_code, refused.json()["code"]) == (409, "LICENCE_TAKEN")
        retired = {"officerId": "wa-governorate-desk-01", "reason": "تعطیل شد"}
        assert (await registry.post("kiosks/wa-urmia-017/retire", retired)).status_code == 200
        assert (await registry.put("kiosks/wa-urmia-099", other)).status_code == 201
        back = await registry.post("kiosks/wa-urmia-017/resume", retired)
        assert (back.status_code, back.json()["code"]) == (409, "LICENCE_TAKEN")


# --- a channel against the word of its sheet --------------------------------------------------------------------------


async def test_no_channel_of_kiosks_is_opened_afterwards_for_a_service_whose_sheet_says_no_to_them() -> None:
    async with registry_of_the_province() as registry:
        urban = (await registry.get("offerings/land-use-inquiry-urban")).json()
        rural = urban | {"id": "land-use-inquiry-rural", "channel": "KIOSK_RURAL"}
        refused = await registry.put("offerings/land-use-inquiry-rural", rural)
        assert (refused.status_code, refused.json()["code"]) == (422, "CONTRADICTS_SHEET")
        shut = await registry.put("offerings/land-use-inquiry-rural", rural | {"status": "SUSPENDED"})
        assert shut.status_code == 201
        by = {"officerId": "wa-governorate-desk-01", "reason": "باز می‌شود"}
        resumed = await registry.post("offerings/land-use-inquiry-rural/resume", by)
        assert (resumed.status_code, resumed.json()["code"]) == (422, "CONTRADICTS_SHEET")


def test_a_channel_that_stands_against_its_sheet_from_before_may_be_changed_to_put_that_right() -> None:
    urban = sample(Offering, "land-use-inquiry-urban").model_copy(update={"version": 1})
    known = urban.model_copy(update={"channel": Channel.KIOSK_RURAL})
    other_counties = record(known, known.model_copy(update={"counties": ("khoy",)})).state
    assert other_counties is not None
    assert other_counties.version == 2


YESTERDAY = date(2026, 11, 22)


def test_a_channel_that_has_ended_opens_on_no_day_and_hinders_nothing() -> None:
    """Nor does publishing its sheet ask for it; what makes it open again does."""
    urban = sample(Offering, "land-use-inquiry-urban").model_copy(update={"version": 1})
    ended = urban.model_copy(update={"channel": Channel.KIOSK_RURAL, "valid_to": YESTERDAY})
    planned = PlannedStatus(status=Status.ACTIVE, since=date(2026, 12, 1), reason="تعمیر")
    for known in (ended, ended.model_copy(update={"status": Status.SUSPENDED, "planned": (planned,)})):
        assert record(None, known).state is not None
        assert record(known, known.model_copy(update={"counties": ("khoy",)})).state is not None
        with pytest.raises(Refused, match="CONTRADICTS_SHEET"):
            record(known, known.model_copy(update={"valid_to": None}))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"channel": Channel.WEB}, "wants presence for the request"),
        ({"presence_reason": "OATH"}, "for another reason than the law's"),
    ],
)
def test_no_channel_is_opened_afterwards_against_the_law_that_its_sheet_names(
    changes: dict[str, Any], reason: str
) -> None:
    desk = sample(Offering, "land-deed-original-desk")
    other = desk.model_copy(update={"id": "land-deed-original-other", "presence_reason": None} | changes)
    with pytest.raises(Refused, match="CONTRADICTS_SHEET") as refused:
        record(None, other)
    assert refused.value.status == 422
    (told,) = refused.value.facts["reasons"]
    assert reason in told
