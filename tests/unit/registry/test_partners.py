"""Partners get their credentials, and whose licence ends is suspended at once (domain 3, I12)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, TimerFired
from services.contracts.entry import Status
from services.contracts.registry import Kiosk, Partner
from services.registry.credentials import Issuer
from services.registry.domain import life, onboarding
from services.registry.domain.access import AccessWanted
from services.registry.domain.life import ChangeLife
from services.registry.domain.onboarding import (
    CredentialsWish,
    Onboard,
    RevokeApiKeys,
    RevokeApiKeysWish,
    Rotate,
    WhichApiKeys,
)
from services.registry.domain.recording import StatusWish, Wish, change_status, day_came, record
from tests.support.sample import sample_entries
from tests.unit.registry.partners_steps import AROUND, BY, NOW, a_kiosk, a_partner, refused, register, world

ISSUER = Issuer(b"a key of the registry, 32 bytes.")


def issue(partner: Partner | None, command: Onboard | Rotate, nonce: str = "n1", now: datetime = NOW) -> Any:
    digest = ISSUER.api_key_sha256("pishkhan-a", nonce)
    grace = timedelta(hours=24)
    wish = CredentialsWish(command=command, around=AROUND, nonce=nonce, api_key_sha256=digest, grace=grace)
    return onboarding.credentials(partner, wish, world(now))


def onboard(partner: Partner | None = None, nonce: str = "n1") -> Any:
    return issue(partner or a_partner(), Onboard(officer_id=BY), nonce)


def rotate(partner: Partner, nonce: str = "n2", now: datetime = NOW) -> Any:
    return issue(partner, Rotate(officer_id=BY, reason="کارمند رفت"), nonce, now)


def follows(decision: Decision[Any]) -> list[AccessWanted]:
    return [send.body for send in decision.sends if isinstance(send.body, AccessWanted)]


# --- credentials ------------------------------------------------------------------------------------------------------


def test_onboarding_publishes_what_knows_the_api_key_and_wants_access() -> None:
    decided = onboard()
    assert [key.sha256 for key in decided.state.api_keys] == [ISSUER.api_key_sha256("pishkhan-a", "n1")]
    assert follows(decided)[-1] == AccessWanted(granted=True, nonce="n1")


def test_no_secret_stands_in_a_state_an_event_an_edition_or_an_answer() -> None:
    decided = onboard()
    written = [decided.state.to_wire(), decided.answer, *(send.body.to_wire() for send in decided.sends)]
    written += [event.to_wire() for event in decided.events]
    text = str(written)
    assert ISSUER.password("pishkhan-a", "n1") not in text
    assert ISSUER.api_key("pishkhan-a", "n1") not in text


def test_secrets_follow_from_key_partner_and_nonce_and_differ_with_each() -> None:
    issued = {
        issuer.password(partner, nonce)
        for issuer in (ISSUER, Issuer(b"another key of the registry, 32."))
        for partner in ("a", "b")
        for nonce in ("1", "2")
    }
    assert len(issued) == 8
    assert ISSUER.password("a", "1") == ISSUER.password("a", "1"), "a call repeated is told the same"
    assert ISSUER.password("a", "1") not in ISSUER.api_key("a", "1")
    assert len(ISSUER.password("a", "1")) == 43
    assert ISSUER.draw() != ISSUER.draw()


def test_what_is_drawn_for_a_call_is_no_part_of_what_was_asked() -> None:
    """So that a call that is repeated under its Idempotency-Key is known, and answered with the first draw."""
    first, again = (
        CredentialsWish(command=Onboard(officer_id=BY), nonce=n, api_key_sha256=n, grace=timedelta()) for n in "ab"
    )
    assert first.model_dump() == again.model_dump()


def test_a_partner_is_onboarded_once_and_gets_new_credentials_by_rotation() -> None:
    refused(lambda: onboard(onboard().state), "ALREADY_ONBOARDED")
    refused(lambda: rotate(a_partner()), "NOT_ONBOARDED")
    refused(lambda: issue(None, Onboard(officer_id=BY)), "NOT_FOUND")


def test_rotation_takes_the_former_api_key_for_a_day_and_then_no_more() -> None:
    decided = rotate(onboard().state)
    new, old = decided.state.api_keys
    assert (new.valid_to, old.valid_to) == (None, NOW + timedelta(hours=24))
    assert follows(decided)[-1] == AccessWanted(granted=True, nonce="n2")
    soon = rotate(decided.state, "n3", NOW + timedelta(hours=1)).state.api_keys
    assert [key.valid_to for key in soon] == [None, NOW + timedelta(hours=25), NOW + timedelta(hours=24)]
    later = rotate(decided.state, "n3", NOW + timedelta(hours=25)).state.api_keys
    assert len(later) == 2


def revoke(partner: Partner | None, which: WhichApiKeys, now: datetime = NOW) -> Any:
    command = RevokeApiKeys(which=which, reason="گم شد", officer_id=BY)
    return onboarding.revoke_api_keys(partner, RevokeApiKeysWish(command=command, around=AROUND), world(now))


def test_a_former_api_key_that_was_stolen_is_not_taken_to_the_end_of_its_day() -> None:
    soon = NOW + timedelta(hours=1)
    decided = revoke(rotate(onboard().state).state, WhichApiKeys.FORMER, soon)
    assert [key.valid_to for key in decided.state.api_keys] == [None, soon]
    assert decided.answer["revoked"] == 1
    assert decided.events == (decided.state,), "intake knows it as soon as it hears of it"
    assert not [follow for follow in follows(decided) if follow.nonce], "Kafka's password stays"
    refused(lambda: revoke(decided.state, WhichApiKeys.FORMER, soon), "ALREADY_REVOKED")


def test_all_api_keys_end_together_and_rotation_issues_another() -> None:
    soon = NOW + timedelta(hours=1)
    decided = revoke(rotate(onboard().state).state, WhichApiKeys.ALL, soon)
    assert [key.valid_to for key in decided.state.api_keys] == [soon, soon]
    assert decided.answer["revoked"] == 2
    refused(lambda: revoke(decided.state, WhichApiKeys.ALL, soon), "ALREADY_REVOKED")
    refused(lambda: onboard(decided.state, "n3"), "ALREADY_ONBOARDED")
    (key,) = rotate(decided.state, "n3", soon).state.api_keys
    assert (key.sha256, key.valid_to) == (ISSUER.api_key_sha256("pishkhan-a", "n3"), None)


def test_where_there_is_no_api_key_none_is_revoked() -> None:
    refused(lambda: revoke(None, WhichApiKeys.ALL), "NOT_FOUND")
    refused(lambda: revoke(a_partner(), WhichApiKeys.ALL), "ALREADY_REVOKED")


def test_a_partner_that_is_not_in_force_gets_nothing() -> None:
    for changes in ({"status": Status.SUSPENDED}, {"valid_to": date(2026, 11, 22)}):
        refused(lambda changes=changes: onboard(a_partner(**changes)), "NOT_IN_FORCE")


# --- suspended, in force again, at its end ----------------------------------------------------------------------------


def change(entry: Any, status: Status, now: datetime = NOW, **command: Any) -> Any:
    body = ChangeLife.model_validate({"reason": "تخلف", "officerId": BY} | command)
    return change_status(entry, StatusWish(status=status, command=body, around=AROUND), world(now))


def test_suspending_withdraws_access_at_once_and_resuming_grants_it_again() -> None:
    suspended = change(onboard().state, Status.SUSPENDED)
    assert follows(suspended) == [AccessWanted(granted=False)]
    assert follows(change(suspended.state, Status.ACTIVE)) == [AccessWanted(granted=True)]
    planned = change(onboard().state, Status.SUSPENDED, since="2026-11-30")
    assert follows(planned) == [AccessWanted(granted=True)], "nothing has happened yet"


def test_a_suspension_that_is_written_into_the_entry_counts_as_much() -> None:
    known = onboard().state
    wish = Wish(entry=Partner.model_validate(known.model_dump() | {"status": Status.SUSPENDED}), sure=True)
    assert follows(record(known, wish, world())) == [AccessWanted(granted=False)]


@pytest.mark.parametrize("entry", [a_partner(valid_to=date(2026, 11, 30)), a_kiosk(valid_to=date(2026, 11, 30))])
def test_when_its_last_day_is_over_it_is_suspended(entry: Any) -> None:
    midnight = datetime(2026, 11, 30, 20, 30, tzinfo=UTC)
    assert life.due_times(entry) == {"licence": midnight}, "midnight in Tehran, after the last day"
    early = day_came(entry, TimerFired(name="licence", due=midnight), world(midnight - timedelta(hours=1)))
    assert early.state is entry
    ended = day_came(entry, TimerFired(name="licence", due=midnight), world(midnight))
    assert ended.state is not None
    assert (ended.state.status, ended.events) == (Status.SUSPENDED, (ended.state,))
    edition: Any = ended.sends[0].body
    assert edition.reason == life.ENDED
    assert ended.state.in_force(date(2026, 11, 30)), "asked of a day on which it was"
    assert not ended.state.in_force(date(2026, 12, 1))
    by_command = change(entry, Status.SUSPENDED).state
    assert not by_command.in_force(date(2026, 11, 23))
    assert life.due_times(ended.state) == {}
    refused(lambda: change(ended.state, Status.ACTIVE, midnight), "LICENCE_ENDED")


@pytest.mark.parametrize(
    ("entry", "changed", "again_changed"),
    [
        (a_partner(valid_to=date(2026, 11, 30)), {"contact": "044-33440000"}, {"valid_to": None}),
        (a_kiosk(valid_to=date(2026, 11, 30)), {"address": "خیابان امام، پلاک ۲"}, {"phone": "044-33440000"}),
    ],
)
def test_what_has_ended_was_in_force_until_then_also_when_it_is_edited_or_renewed_afterwards(
    entry: Any, changed: Any, again_changed: Any
) -> None:
    """What it filed on its last day may still be on its way: it was no suspension that ended it."""
    midnight, last = datetime(2026, 11, 30, 20, 30, tzinfo=UTC), date(2026, 11, 30)
    ended: Any = day_came(entry, TimerFired(name="licence", due=midnight), world(midnight)).state
    edited = record(ended, Wish(entry=ended.model_copy(update=changed), sure=True), world(midnight)).state
    assert edited is not None
    assert (edited.status, edited.version) == (Status.SUSPENDED, ended.version + 1)
    assert edited.in_force(last)
    assert not edited.in_force(last + timedelta(days=1))
    longer = edited.model_copy(update={"valid_to": date(2027, 11, 30)})
    renewed = record(edited, Wish(entry=longer, sure=True), world(midnight)).state
    assert renewed is not None
    assert renewed.in_force(last), "whatever is recorded since"
    assert not renewed.in_force(last + timedelta(days=1)), "a later day alone brings nothing back"
    again = record(renewed, Wish(entry=renewed.model_copy(update=again_changed), sure=True), world(midnight)).state
    assert again is not None
    assert (again.ended_on, again.in_force(last), again.in_force(last + timedelta(days=1))) == (last, True, False)
    over = again.model_copy(update={"valid_to": last - timedelta(days=1)})
    corrected = record(again, Wish(entry=over, sure=True), world(midnight)).state
    assert corrected is not None
    assert not corrected.in_force(last), "its last day was another"
    assert corrected.in_force(last - timedelta(days=1))
    resumed = change(again, Status.ACTIVE, midnight).state
    assert (resumed.ended_on, resumed.in_force(last + timedelta(days=1))) == (None, True)
    suspended = change(resumed, Status.SUSPENDED, midnight).state
    assert not suspended.in_force(last), "this is a suspension"


def test_the_end_of_a_contract_withdraws_access() -> None:
    partner = onboard(a_partner(valid_to=date(2026, 11, 30))).state
    midnight = datetime(2026, 11, 30, 20, 30, tzinfo=UTC)
    ended = day_came(partner, TimerFired(name="licence", due=midnight), world(midnight))
    assert follows(ended) == [AccessWanted(granted=False)]
    over = Wish(entry=Partner.model_validate(partner.model_dump() | {"valid_to": date(2026, 11, 22)}), sure=True)
    assert follows(record(partner, over, world())) == [AccessWanted(granted=False)], "also before midnight has come"


def test_an_import_without_keys_takes_none_away() -> None:
    partner = onboard().state
    kept = record(partner, Wish(entry=sample(Partner), sure=True), world())
    assert kept.events == ()
    kiosk = register(a_kiosk()).state
    again = record(kiosk, Wish(entry=sample(Kiosk), sure=True), world())
    assert again.events == ()


def sample(kind: Any) -> Any:
    """As the file says it."""
    wanted = "wa-urmia-017" if kind is Kiosk else "pishkhan-a"
    return next(e for e in sample_entries() if isinstance(e, kind) and e.id == wanted)
