"""What takes two officers, and what takes the head of the desk."""

from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.entry import Status
from services.contracts.registry import Desk, Officer, Shift
from services.intake.domain.authority import desk_head, second_officer
from services.worktime import parse_jalali
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import SOCIAL_DESK, TAX_DESK, TAX_OFFICER, world

HEAD, CLERK = "wa-social-security-desk-01", "wa-social-security-desk-02"


def an_officer(id: str) -> Officer:
    officer = sample_snapshot().officer(id)
    assert officer is not None
    return officer


def test_the_head_of_the_desk_confirms_what_a_clerk_asks_for() -> None:
    second = second_officer(world(), an_officer(CLERK), HEAD)
    assert desk_head(world(), second.id, SOCIAL_DESK) is second


@pytest.mark.parametrize("second", [None, CLERK, TAX_OFFICER])
def test_a_second_officer_is_named_and_is_another_one_of_the_same_agency(second: str | None) -> None:
    with pytest.raises(Refused) as refused:
        second_officer(world(), an_officer(CLERK), second)
    assert (refused.value.code, refused.value.status) == ("SECOND_OFFICER_NEEDED", 422)
    (error,) = refused.value.facts["errors"]
    assert error["field"] == "secondOfficerId"


def test_a_second_officer_whom_nobody_knows_or_who_has_left_confirms_nothing() -> None:
    with pytest.raises(Refused) as unknown:
        second_officer(world(), an_officer(CLERK), "nobody")
    assert unknown.value.code == "UNKNOWN_OFFICER"
    left = an_officer(HEAD).model_copy(update={"status": Status.RETIRED})
    with pytest.raises(Refused) as gone:
        second_officer(world("1405/09/02 10:00", left), an_officer(CLERK), HEAD)
    assert gone.value.code == "SECOND_OFFICER_NEEDED"


@pytest.mark.parametrize(
    ("officer", "desk"), [(CLERK, SOCIAL_DESK), (HEAD, TAX_DESK), (HEAD, "nowhere"), ("nobody", SOCIAL_DESK)]
)
def test_only_the_head_of_this_very_desk_will_do(officer: str, desk: str) -> None:
    with pytest.raises(Refused) as refused:
        desk_head(world(), officer, desk)
    assert (refused.value.code, refused.value.status) == ("NOT_DESK_HEAD", 403)


def test_a_head_who_is_not_in_service_confirms_nothing() -> None:
    away = an_officer(HEAD).model_copy(update={"status": Status.SUSPENDED})
    with pytest.raises(Refused) as refused:
        desk_head(world("1405/09/02 10:00", away), HEAD, SOCIAL_DESK)
    assert refused.value.code == "NOT_DESK_HEAD"


def test_whoever_has_a_shift_in_the_heads_place_has_the_heads_say_for_its_hours() -> None:
    desk = sample_snapshot().desk(SOCIAL_DESK)
    assert desk is not None

    def on_shift(**fields: Any) -> Desk:
        shift = Shift(officer_id=CLERK, valid_from=parse_jalali("1405/09/01"), intervals=(("08:00", "12:00"),))
        return desk.model_copy(update={"shifts": (shift.model_copy(update=fields),)})

    substitute = on_shift(substitute_for=HEAD)
    assert desk_head(world("1405/09/02 10:00", substitute), CLERK, SOCIAL_DESK).id == CLERK
    assert desk_head(world("1405/09/02 10:00", substitute), HEAD, SOCIAL_DESK).id == HEAD
    for hour, shift in (("12:00", substitute), ("10:00", on_shift()), ("10:00", on_shift(substitute_for="another"))):
        with pytest.raises(Refused, match="NOT_DESK_HEAD"):
            desk_head(world(f"1405/09/02 {hour}", shift), CLERK, SOCIAL_DESK)
