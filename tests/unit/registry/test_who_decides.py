"""An entry is changed by an officer in service, of its agency or of the one above it (domain 1.2)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused, World
from services.contracts.entry import Entry, Status
from services.contracts.registry import Desk, Kiosk, Officer, Organization, Partner
from services.contracts.snapshot import Snapshot
from services.registry.domain import onboarding
from services.registry.domain.life import ChangeLife
from services.registry.domain.onboarding import (
    CredentialsWish,
    Onboard,
    RegisterKey,
    RegisterKeyWish,
    RevokeApiKeys,
    RevokeApiKeysWish,
    RevokeKey,
    RevokeKeyWish,
    Rotate,
    WhichApiKeys,
)
from services.registry.domain.recording import Around, StatusWish, Wish, change_status, record
from tests.support.sample import sample_snapshot
from tests.support.signing import signing_key
from tests.unit.registry.over_http import Registry

WORLD: World[None] = World(now=datetime(2026, 11, 23, 5, 0, tzinfo=UTC), registry=Snapshot(), rules=None)
AROUND = Around(entries=sample_snapshot())
ABOVE = "wa-governorate-desk-01"
OWN = "wa-municipality-urmia-permits-01"
STRANGERS = [("nobody-01", "UNKNOWN_OFFICER", 422), ("wa-tax-desk-01", "NOT_AUTHORISED", 403)]


def entry(kind: type[Entry], id: str) -> Any:
    found = sample_snapshot().find(kind, id)
    assert found is not None
    return found.model_copy(update={"version": 1})


def version(decision: Decision[Any]) -> int:
    assert decision.state is not None
    return int(decision.state.version)


def refusal(call: Any, *asked: Any) -> tuple[str, int]:
    with pytest.raises(Refused) as refused:
        call(*asked, WORLD)
    return refused.value.code, refused.value.status


def changed_desk(by: str | None) -> tuple[Desk, Wish]:
    desk = entry(Desk, "wa-municipality-urmia-desk")
    other = desk.model_copy(update={"floor": 3})
    return desk, Wish(entry=other, by=by, sure=True, around=AROUND)


@pytest.mark.parametrize(("by", "code", "status"), STRANGERS)
def test_a_stranger_records_nothing(by: str, code: str, status: int) -> None:
    assert refusal(record, *changed_desk(by)) == (code, status)
    _, wish = changed_desk(by)
    assert refusal(record, None, wish) == (code, status)


@pytest.mark.parametrize("by", [OWN, ABOVE, None])
def test_the_agency_the_one_above_and_an_import_record(by: str | None) -> None:
    assert version(record(*changed_desk(by), WORLD)) == 2


def test_an_agency_is_added_by_the_one_above_it_and_not_by_another() -> None:
    agency: Organization = entry(Organization, "wa-municipality-urmia")
    new = agency.model_copy(
        update={"id": "wa-municipality-khoy", "desk_id": "wa-municipality-khoy-desk", "head_officer_id": None}
    )
    assert version(record(None, Wish(entry=new, by=ABOVE, sure=False, around=AROUND), WORLD)) == 1
    assert refusal(record, None, Wish(entry=new, by=OWN, sure=False, around=AROUND)) == ("NOT_AUTHORISED", 403)


def test_an_agency_does_not_take_another_by_naming_itself_above_it() -> None:
    agency: Organization = entry(Organization, "wa-municipality-urmia")
    taken = agency.model_copy(update={"parent": "wa-tax"})
    wish = Wish(entry=taken, by="wa-tax-desk-01", sure=True, around=AROUND)
    assert refusal(record, agency, wish) == ("NOT_AUTHORISED", 403)


@pytest.mark.parametrize(("by", "code", "status"), STRANGERS)
@pytest.mark.parametrize("status_wanted", [Status.SUSPENDED, Status.RETIRED])
def test_a_stranger_ends_nothing(by: str, code: str, status: int, status_wanted: Status) -> None:
    wish = StatusWish(status=status_wanted, command=ChangeLife(reason="تعمیر", officer_id=by), around=AROUND)
    assert refusal(change_status, entry(Desk, "wa-municipality-urmia-desk"), wish) == (code, status)


@pytest.mark.parametrize(("by", "code", "status"), STRANGERS)
@pytest.mark.parametrize("command", [Onboard, Rotate])
def test_a_stranger_gets_no_credentials(by: str, code: str, status: int, command: Any) -> None:
    body = command(officer_id=by) if command is Onboard else command(officer_id=by, reason="کارمند رفت")
    wish = CredentialsWish(command=body, around=AROUND, nonce="n", api_key_sha256="0" * 64, grace=timedelta(hours=24))
    assert refusal(onboarding.credentials, entry(Partner, "pishkhan-a"), wish) == (code, status)


@pytest.mark.parametrize(("by", "code", "status"), STRANGERS)
def test_a_stranger_registers_and_revokes_no_key(by: str, code: str, status: int) -> None:
    key = RegisterKey(kid="k9", public_key=signing_key("k9").public_key, officer_id=by)
    office = entry(Kiosk, "wa-urmia-017")
    known = RegisterKeyWish(command=key.model_copy(update={"officer_id": ABOVE}), around=AROUND)
    kiosk = onboarding.register_key(office, known, WORLD).state
    assert kiosk is not None
    assert refusal(onboarding.register_key, kiosk, RegisterKeyWish(command=key, around=AROUND)) == (code, status)
    ended = RevokeKeyWish(kid=kiosk.keys[0].kid, command=RevokeKey(reason="گم شد", officer_id=by), around=AROUND)
    assert refusal(onboarding.revoke_key, kiosk, ended) == (code, status)
    command = RevokeApiKeys(which=WhichApiKeys.ALL, reason="گم شد", officer_id=by)
    none = RevokeApiKeysWish(command=command, around=AROUND)
    assert refusal(onboarding.revoke_api_keys, entry(Partner, "pishkhan-a"), none) == (code, status)


def test_an_officer_who_has_left_is_a_stranger() -> None:
    officer: Officer = entry(Officer, ABOVE)
    left = officer.model_copy(update={"status": Status.SUSPENDED, "version": 2})
    wish = StatusWish(
        status=Status.SUSPENDED,
        command=ChangeLife(reason="تعمیر", officer_id=ABOVE),
        around=Around(entries=sample_snapshot().with_entries([left])),
    )
    assert refusal(change_status, entry(Desk, "wa-municipality-urmia-desk"), wish) == ("UNKNOWN_OFFICER", 422)


@pytest.mark.parametrize("by", [OWN, "wa-municipality-urmia-desk-01"])
def test_whether_an_agency_is_in_force_is_decided_above_it(by: str) -> None:
    agency: Organization = entry(Organization, "wa-municipality-urmia")
    wish = StatusWish(status=Status.SUSPENDED, command=ChangeLife(reason="ادغام", officer_id=by), around=AROUND)
    assert refusal(change_status, agency, wish) == ("NOT_AUTHORISED", 403)
    above = StatusWish(status=Status.SUSPENDED, command=ChangeLife(reason="ادغام", officer_id=ABOVE), around=AROUND)
    assert version(change_status(agency, above, WORLD)) == 2


def test_no_clerk_takes_the_head_of_their_agency_out_of_service() -> None:
    """The head goes on leave by their own word; whoever would have their place does not send them."""
    head: Officer = entry(Officer, "wa-municipality-urmia-desk-01")

    def leave(by: str) -> StatusWish:
        return StatusWish(status=Status.SUSPENDED, command=ChangeLife(reason="مرخصی", officer_id=by), around=AROUND)

    assert refusal(change_status, head, leave(OWN)) == ("NOT_AUTHORISED", 403)
    assert [version(change_status(head, leave(by), WORLD)) for by in (head.id, ABOVE)] == [2, 2]
    clerk: Officer = entry(Officer, "wa-municipality-urmia-desk-02")
    assert version(change_status(clerk, leave(OWN), WORLD)) == 2


# --- over HTTP --------------------------------------------------------------------------------------------------------


async def test_a_recorded_api_key_opens_nothing_and_an_old_copy_revives_none(registry: Registry) -> None:
    made = await registry.post("partners/pishkhan-a/onboard", {"officerId": ABOVE})
    assert made.status_code == 201, made.text
    old = (await registry.get("partners/pishkhan-a")).json()
    await registry.post("partners/pishkhan-a/rotate", {"officerId": ABOVE, "reason": "کارمند رفت"})
    revived = await registry.put("partners/pishkhan-a", old, **{"If-Match": "*"})
    assert (revived.status_code, revived.json()["code"]) == (422, "BY_COMMAND")
    own = old | {"id": "pishkhan-z", "apiKeys": [{"sha256": "0" * 64}]}
    new = await registry.put(f"partners/pishkhan-z?officerId={ABOVE}", own)
    assert (new.status_code, new.json()["code"]) == (422, "BY_COMMAND")


async def test_a_stranger_is_refused_at_every_call(registry: Registry) -> None:
    by = "wa-tax-desk-01"
    desk = (await registry.get("desks/wa-municipality-urmia-desk")).json()
    answers = [
        await registry.put(
            f"desks/wa-municipality-urmia-desk?officerId={by}", desk | {"floor": 3}, **{"If-Match": "*"}
        ),
        await registry.post("desks/wa-municipality-urmia-desk/suspend", {"officerId": by, "reason": "تعمیر"}),
        await registry.post("partners/pishkhan-a/onboard", {"officerId": by}),
        await registry.post("kiosks/wa-urmia-017/keys/k1/revoke", {"officerId": by, "reason": "گم شد"}),
        await registry.post(
            "partners/pishkhan-a/api-keys/revoke", {"officerId": by, "reason": "گم شد", "which": "ALL"}
        ),
    ]
    assert [(a.status_code, a.json().get("code")) for a in answers] == [(403, "NOT_AUTHORISED")] * 5
