"""Whoever is sent to a unit reads where and when; and that they need not go, or did not, each once (domain 1.4, 8)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.coordination import ReferralState, Slot
from services.contracts.intake import RequestMoved, RequestState
from services.notify.domain.message import SENDING, SUPPRESSED
from services.notify.domain.notices import Notice
from services.notify.domain.routes import RETURN_ROUTES, citizen_notices
from services.notify.domain.telling import request_moved
from tests.unit.notify.cases import MORNING, a_move, at, only, state_of, told, world
from tests.unit.notify.moves_told import EVENING, text_of
from tests.unit.notify.referrals_told import a_referral

REFERRED = RequestState.REFERRED


def sent(**changes: Any) -> RequestMoved:
    return a_move("request.referred", state=REFERRED, referral=a_referral(**changes))


def back(state: str, outcome: str, **changes: Any) -> RequestMoved:
    referral = a_referral(state, outcome=outcome, **changes)
    return a_move("request.returned", state=RequestState.IN_PROGRESS, referral=referral)


def test_they_read_the_code_the_day_and_where_in_the_house() -> None:
    code, *rest = text_of(told(sent())).splitlines()
    assert code.startswith("کد ")
    assert rest == [
        "چهارشنبه ۴ آذر ساعت ۱۰:۰۰",
        "ادارهٔ صدور پروانه، اتاق ۲۱۲",
        "۰۴۴\u00a0۳۲۲۲۰۱۰۱",
        "با کارت شناسایی",
    ]


def test_who_has_no_room_is_sent_to_the_reception() -> None:
    contact = a_referral().contact.model_copy(update={"room": None})
    assert "پذیرش" in text_of(told(sent(contact=contact)))


def test_another_slot_for_one_that_was_missed_is_told_as_new() -> None:
    assert "وقت تازه" in text_of(told(sent(rebooks="r.r1")))


@pytest.mark.parametrize(
    ("state", "outcome", "words"),
    [
        ("MISSED", "MAY_REBOOK", "وقت دیگر"),
        ("MISSED", "NO_MORE", "زمان پاسخ دیگر برقرار نیست"),
        ("CANCELLED", "BY_UNIT", "نروید"),
        ("CANCELLED", "UNIT_SHUT", "نروید؛ بسته است"),
    ],
)
def test_each_end_is_told_in_its_own_words(state: str, outcome: str, words: str) -> None:
    assert words in text_of(told(back(state, outcome)))


def test_who_came_in_vain_reads_an_apology() -> None:
    over = Slot(since=MORNING - timedelta(hours=1), until=MORNING - timedelta(minutes=30))
    assert "باز نبود؛ پوزش" in text_of(told(back("CANCELLED", "UNIT_SHUT", slot=over)))


def test_of_every_end_it_is_said_who_hears_it() -> None:
    ended = {ReferralState.ATTENDED, ReferralState.MISSED, ReferralState.CANCELLED}
    assert set(RETURN_ROUTES) == ended, "what was never issued nobody has heard of"
    assert citizen_notices(back("ATTENDED", "SEEN")) == ()


def test_an_end_that_was_told_is_not_told_with_the_next_return() -> None:
    """A unit that was only asked answers later: the slot that was missed before is no news."""
    assert citizen_notices(back("MISSED", "MAY_REBOOK", told_at=MORNING - timedelta(days=1))) == ()


def test_12_10_what_was_called_off_before_anybody_was_told_sends_nobody_there() -> None:
    waiting = told(sent(), EVENING)
    assert only(waiting).state != SENDING
    decision = request_moved(waiting.state, back("CANCELLED", "BY_DESK"), world(EVENING))
    first, second = state_of(decision).messages
    assert first.state == SUPPRESSED
    assert second.notice is Notice.REFERRAL_CANCELLED


def test_a_word_that_saves_the_way_to_the_unit_goes_out_late_in_the_evening() -> None:
    assert only(told(back("CANCELLED", "BY_UNIT"), at("1405/09/02 22:30"))).state == SENDING
    assert only(told(sent(), at("1405/09/02 22:30"))).state != SENDING


def test_nobody_is_sent_to_a_slot_that_has_begun() -> None:
    late = told(sent(), at("1405/09/04 10:00"))
    assert (only(late).state, only(late).reason()) == ("EXPIRED", "TOO_LATE")


def test_who_waits_for_documents_is_sent_all_the_same() -> None:
    standing = a_move("request.referred", state=RequestState.SUSPENDED, referral=a_referral())
    assert only(told(standing)).state == SENDING
