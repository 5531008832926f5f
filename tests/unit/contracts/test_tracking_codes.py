"""A tracking code has fourteen digits that check, also when read from paper (domain 8)."""

import re
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.contracts.identifiers import (
    TRACKING_NUMBERS,
    IdentifierFault,
    InvalidIdentifier,
    grouped,
    normalise_tracking_code,
    tracking_code,
)
from services.contracts.persian import persian_digits
from tests.unit.contracts.mistyped import digit, fault

numbers = st.integers(min_value=0, max_value=TRACKING_NUMBERS - 1)


# --- Tracking codes (domain 8) --------------------------------------------------------------------------------------


def test_the_check_digit_is_damms() -> None:
    assert tracking_code(572) == "00000000005724"  # the example of Damm's thesis


@given(numbers)
def test_a_tracking_code_is_fourteen_digits_that_check(number: int) -> None:
    code = tracking_code(number)
    assert re.fullmatch("[0-9]{14}", code)
    assert int(code[:13]) == number
    assert normalise_tracking_code(code) == code


@given(numbers, st.integers(min_value=0, max_value=13), digit)
def test_every_single_wrong_digit_is_found(number: int, place: int, typed: int) -> None:
    code = tracking_code(number)
    assume(code[place] != str(typed))
    wrong = code[:place] + str(typed) + code[place + 1 :]
    assert fault(normalise_tracking_code, wrong) is IdentifierFault.TRACKING_CODE_CHECK


@given(numbers)
def test_every_swap_of_neighbours_is_found(number: int) -> None:
    code = tracking_code(number)
    for place, (left, right) in enumerate(pairwise(code)):
        if left != right:
            wrong = code[:place] + right + left + code[place + 2 :]
            assert fault(normalise_tracking_code, wrong) is IdentifierFault.TRACKING_CODE_CHECK


@given(numbers)
def test_a_code_read_from_paper_in_any_script_is_found_again(number: int) -> None:
    code = tracking_code(number)
    for written in (code, grouped(code), persian_digits(grouped(code)), "-".join(code), f"\u202b {code} \u202c"):
        assert normalise_tracking_code(written) == code


@given(numbers)
def test_groups_are_joined_by_what_keeps_their_order_in_a_persian_line(number: int) -> None:
    groups = grouped(tracking_code(number)).split("\u00a0")
    assert [len(group) for group in groups] == [4, 4, 4, 2]


def test_a_mistyped_code_and_a_wrong_text_are_told_apart() -> None:
    code = tracking_code(4_711_000_815)
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    assert fault(normalise_tracking_code, wrong) is IdentifierFault.TRACKING_CODE_CHECK
    assert fault(normalise_tracking_code, code[:-1]) is IdentifierFault.TRACKING_CODE_FORMAT
    assert fault(normalise_tracking_code, "کد من") is IdentifierFault.TRACKING_CODE_FORMAT


@pytest.mark.parametrize("number", [-1, TRACKING_NUMBERS])
def test_a_number_out_of_range_has_no_code(number: int) -> None:
    with pytest.raises(InvalidIdentifier):
        tracking_code(number)
