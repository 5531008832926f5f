"""Partners get their credentials, offices register keys; whose licence ends is suspended at once (domain 3, I12)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.contracts.decision import Decision, Refused, TimerFired, World
from services.contracts.entry import Status
from services.contracts.registry import Kiosk, Partner, SigningKey
from services.contracts.signature import encoded, weak
from services.contracts.snapshot import Snapshot
from services.registry.credentials import Issuer
from services.registry.domain import access, life, onboarding
from services.registry.domain.access import AccessApplied, AccessFailed, AccessState, AccessWanted, PartnerAccess
from services.registry.domain.life import ChangeLife
from services.registry.domain.onboarding import (
    CredentialsWish,
    Onboard,
    RegisterKey,
    RegisterKeyWish,
    RevokeKey,
    RevokeKeyWish,
    Rotate,
)
from services.registry.domain.recording import Around, StatusWish, Wish, change_status, day_came, record
from tests.support.sample import sample_entries, sample_snapshot
from tests.support.signing import signing_key

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Monday 1405/09/02."""
ISSUER = Issuer(b"a key of the registry, 32 bytes.")
BY = "wa-governorate-desk-01"
AROUND = Around(entries=sample_snapshot())


def world(now: datetime = NOW) -> World[None]:
    return World(now=now, registry=Snapshot(), rules=None)


def a_partner(**changes: Any) -> Partner:
    partner = next(e for e in sample_entries() if isinstance(e, Partner))
    return Partner.model_validate(partner.model_dump() | {"version": 1} | changes)


def a_kiosk(**changes: Any) -> Kiosk:
    kiosk = next(e for e in sample_entries() if isinstance(e, Kiosk) and e.id == "wa-urmia-017")
    return Kiosk.model_validate(kiosk.model_dump() | {"version": 1} | changes)


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


def test_a_partner_that_is_not_in_force_gets_nothing() -> None:
    for changes in ({"status": Status.SUSPENDED}, {"valid_to": date(2026, 11, 22)}):
        refused(lambda changes=changes: onboard(a_partner(**changes)), "NOT_IN_FORCE")


def refused(call: Any, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        call()
    assert refusal.value.code == code


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


# --- the broker agrees ------------------------------------------------------------------------------------------------


def decided(message: AccessWanted, known: PartnerAccess | None = None) -> Any:
    return access.decided(known, message, world())


def test_it_is_written_down_before_the_broker_is_called_and_done_when_the_broker_agrees() -> None:
    wanted = decided(AccessWanted(granted=True, nonce="n1"))
    assert (wanted.state.state, wanted.effects) == (AccessState.OUTSTANDING, (access.BringInStep(),))
    done = access.applied(wanted.state, AccessApplied(turn=1), world()).state
    assert done is not None
    assert (done.state, done.again_at) == (AccessState.GRANTED, None)
    withdrawn = decided(AccessWanted(granted=False), done).state
    assert (withdrawn.state, withdrawn.turn, withdrawn.nonce) == (AccessState.OUTSTANDING, 2, "n1")
    over = access.applied(withdrawn, AccessApplied(turn=2), world()).state
    assert over is not None
    assert over.state == AccessState.WITHDRAWN


def test_what_is_wanted_already_is_not_asked_for_again() -> None:
    state = decided(AccessWanted(granted=True, nonce="n1")).state
    assert decided(AccessWanted(granted=True), state).state is state
    gone = decided(AccessWanted(granted=False), state).state
    assert decided(AccessWanted(granted=False), gone).state is gone


def test_a_partner_whose_account_was_made_with_the_broker_can_be_suspended_all_the_same() -> None:
    assert decided(AccessWanted(granted=True)).state is None, "nothing of ours to do"
    assert decided(AccessWanted(granted=False)).effects == (access.BringInStep(),)


def test_an_account_that_was_made_with_the_broker_is_gone_once_it_is_withdrawn() -> None:
    """No password of ours could bring it back: nobody is told GRANTED before new credentials are issued."""
    gone = decided(AccessWanted(granted=False)).state
    resumed = decided(AccessWanted(granted=True), gone)
    assert (resumed.state, resumed.effects) == (gone, ())
    renewed = decided(AccessWanted(granted=True, nonce="n1"), gone)
    assert (renewed.state.granted, renewed.effects) == (True, (access.BringInStep(),))


@pytest.mark.parametrize("id", ["ANONYMOUS", "a.b", "x:y", "a_b", "a" * 41, "-a", "Pishkhan"])
def test_no_partner_has_the_name_of_another_account_group_or_topic_of_the_broker(id: str) -> None:
    """Its id is its account there; `a.` starts its groups' names, and ANONYMOUS is whoever may do everything."""
    with pytest.raises(ValidationError, match="id"):
        a_partner(id=id)
    with pytest.raises(ValidationError, match="partner"):
        a_kiosk(partner=id)
    assert a_partner(id="a" * 40).id == a_kiosk(partner="a" * 40).partner


def test_a_broker_that_does_not_answer_is_asked_until_it_does() -> None:
    state = decided(AccessWanted(granted=True, nonce="n1")).state
    now = NOW
    for pause in (5, 15, 60, 300, 300):
        failed = access.failed(state, AccessFailed(turn=1, problem="Kafka: away"), world(now)).state
        assert failed is not None
        assert (failed.state, failed.problem) == (AccessState.OUTSTANDING, "Kafka: away")
        assert access.due_times(failed) == {"again": now + timedelta(seconds=pause)}
        early = access.again(failed, TimerFired(name="again", due=now), world(now))
        assert early.effects == ()
        now += timedelta(seconds=pause)
        retried = access.again(failed, TimerFired(name="again", due=now), world(now))
        assert retried.effects == (access.BringInStep(),)
        state = retried.state


def test_a_call_that_was_lost_with_its_process_is_made_again() -> None:
    state = decided(AccessWanted(granted=True, nonce="n1")).state
    later = NOW + access.LOST_AFTER
    assert access.due_times(state) == {"again": later}
    assert access.again(state, TimerFired(name="again", due=later), world(later)).effects == (access.BringInStep(),)


def test_word_of_an_earlier_decision_says_nothing_about_this_one() -> None:
    state = decided(AccessWanted(granted=True, nonce="n1")).state
    newer = decided(AccessWanted(granted=False), state).state
    assert access.applied(newer, AccessApplied(turn=1), world()).state is newer
    assert access.failed(newer, AccessFailed(turn=1, problem="x"), world()).state is newer


# --- keys of an office ------------------------------------------------------------------------------------------------


def register(kiosk: Kiosk | None, **changes: Any) -> Any:
    command = {"kid": "wa-urmia-017.1", "publicKey": signing_key("wa-urmia-017").public_key, "officerId": BY}
    wish = RegisterKeyWish(command=RegisterKey.model_validate(command | changes), around=AROUND)
    return onboarding.register_key(kiosk, wish, world())


def test_a_registered_key_is_published_from_today_unless_another_day_is_named() -> None:
    decided = register(a_kiosk())
    (key,) = decided.state.keys
    assert (key.kid, key.valid_from, key.valid_to, key.revoked_at) == ("wa-urmia-017.1", date(2026, 11, 23), None, None)
    assert decided.events == (decided.state,)
    later = register(a_kiosk(), validFrom="2026-12-01", validTo="2027-12-01").state.keys[0]
    assert (later.valid_from, later.valid_to) == (date(2026, 12, 1), date(2027, 12, 1))


def test_a_name_has_one_key_for_ever() -> None:
    kiosk = register(a_kiosk()).state
    refused(lambda: register(kiosk), "KEY_KNOWN")
    refused(lambda: register(revoke(kiosk).state), "KEY_KNOWN")
    refused(lambda: register(None), "NOT_FOUND")
    refused(lambda: register(a_kiosk(), validFrom="2026-12-02", validTo="2026-12-01"), "NO_SUCH_SPAN")
    many = [SigningKey(kid=f"k{n}", public_key="a" * 43, valid_from=date(2026, 1, 1)) for n in range(100)]
    refused(lambda: register(a_kiosk(keys=[key.model_dump() for key in many])), "TOO_MANY_KEYS")


def revoke(kiosk: Kiosk, kid: str = "wa-urmia-017.1") -> Any:
    command = RevokeKey(reason="گم شد", officer_id=BY)
    return onboarding.revoke_key(kiosk, RevokeKeyWish(kid=kid, command=command, around=AROUND), world())


def test_a_revoked_key_is_in_force_on_no_day() -> None:
    kiosk = register(a_kiosk()).state
    revoked = revoke(kiosk).state
    assert kiosk.keys[0].in_force(date(2026, 11, 23))
    assert not revoked.keys[0].in_force(date(2026, 11, 23))
    refused(lambda: revoke(revoked), "ALREADY_REVOKED")
    refused(lambda: revoke(kiosk, "another"), "NOT_FOUND")


@pytest.mark.parametrize(
    "raw",
    [
        b"\x01" + bytes(31),
        bytes(32),
        bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        bytes([7]) + bytes(31),
        b"\xff" * 32,
    ],
)
def test_a_key_that_anybody_could_sign_with_is_not_registered(raw: bytes) -> None:
    """The points of small order, and what is no point at all."""
    text = encoded(raw).decode()
    assert weak(text)
    refused(lambda: register(a_kiosk(), publicKey=text), "WEAK_KEY")


def test_an_ordinary_key_is_not_weak() -> None:
    assert not weak(signing_key("wa-urmia-017").public_key)
