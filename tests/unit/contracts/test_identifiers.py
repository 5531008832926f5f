"""Identifiers have one written form, and a wrong one says why without repeating itself (domain 9, I12)."""

import re
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.contracts.identifiers import (
    TRACKING_NUMBERS,
    IdentifierFault,
    InvalidIdentifier,
    applicant_value,
    grouped,
    key_looks_personal,
    last4,
    legal_id,
    looks_personal,
    mobile,
    national_id,
    normalise_tracking_code,
    tracking_code,
)
from services.contracts.kiosk import Scheme
from services.contracts.persian import persian_digits

NATIONAL_IDS = ("0013542419", "0499370899", "0790419904", "0084575948")
LEGAL_IDS = ("10380284790", "14005893875")

numbers = st.integers(min_value=0, max_value=TRACKING_NUMBERS - 1)
digit = st.integers(min_value=0, max_value=9)


def fault(read: Callable[[str], str], text: str) -> IdentifierFault:
    with pytest.raises(InvalidIdentifier) as caught:
        read(text)
    return caught.value.code


@pytest.mark.parametrize("value", NATIONAL_IDS)
@pytest.mark.parametrize(
    "written",
    [
        lambda value: value,
        lambda value: value.lstrip("0"),
        persian_digits,
        lambda value: "".join(chr(0x660 + int(char)) for char in value),
        lambda value: f"{value[:3]}-{value[3:9]}-{value[9]}",
        lambda value: f"\u200f {value[:3]}\u00a0{value[3:]}\u200c\n",
    ],
    ids=["plain", "zeros eaten by a spreadsheet", "Persian digits", "Arabic digits", "hyphens", "invisible characters"],
)
def test_a_national_id_has_one_form_however_it_was_typed(value: str, written: Callable[[str], str]) -> None:
    assert national_id(written(value)) == value


@given(st.sampled_from(NATIONAL_IDS), st.integers(min_value=0, max_value=9), digit)
def test_a_mistyped_digit_of_a_national_id_is_found(value: str, place: int, typed: int) -> None:
    assume(str(typed) != value[place])
    assert fault(national_id, value[:place] + str(typed) + value[place + 1 :]) is IdentifierFault.NATIONAL_ID_CHECK


@given(st.text(alphabet="0123456789", min_size=9, max_size=9))
def test_nine_digits_have_exactly_one_check_digit(first_nine: str) -> None:
    assume(len(set(first_nine)) > 1)
    remainder = sum(int(char) * (10 - place) for place, char in enumerate(first_nine)) % 11
    expected = remainder if remainder < 2 else 11 - remainder
    accepted = []
    for check in "0123456789":
        try:
            accepted.append(national_id(first_nine + check))
        except InvalidIdentifier:
            continue
    assert accepted == [f"{first_nine}{expected}"]


@pytest.mark.parametrize("repeated", "0123456789")
def test_ten_equal_digits_are_nobody(repeated: str) -> None:
    assert fault(national_id, repeated * 10) is IdentifierFault.NATIONAL_ID_CHECK


def test_eight_zeros_are_nobody_either() -> None:
    assert fault(national_id, "0" * 8) is IdentifierFault.NATIONAL_ID_CHECK


@pytest.mark.parametrize("text", ["", " ", "0013542", "00013542419", "001354241x", "٣٫١٤", "१२३४५६७८९०", "1" * 99])
def test_what_is_no_national_id_at_all_says_so(text: str) -> None:
    assert fault(national_id, text) is IdentifierFault.NATIONAL_ID_FORMAT


@pytest.mark.parametrize("value", LEGAL_IDS)
def test_a_legal_id_has_one_form(value: str) -> None:
    assert legal_id(value) == legal_id(persian_digits(value)) == legal_id(f"{value[:5]} {value[5:]}") == value


@given(st.sampled_from(LEGAL_IDS), st.integers(min_value=0, max_value=9), digit)
def test_the_check_digit_of_a_legal_id_follows_from_the_others(value: str, place: int, typed: int) -> None:
    changed = value[:place] + str(typed) + value[place + 1 :]
    digits = [int(char) for char in changed]
    weights = [29, 27, 23, 19, 17, 29, 27, 23, 19, 17]
    remainder = sum((digits[i] + digits[9] + 2) * weights[i] for i in range(10)) % 11
    if (0 if remainder == 10 else remainder) == digits[10]:
        assert legal_id(changed) == changed
    else:
        assert fault(legal_id, changed) is IdentifierFault.LEGAL_ID_CHECK


@pytest.mark.parametrize("text", ["", "1038028479", "103802847900", "1038028479a"])
def test_what_is_no_legal_id_at_all_says_so(text: str) -> None:
    assert fault(legal_id, text) is IdentifierFault.LEGAL_ID_FORMAT


@pytest.mark.parametrize(
    "text",
    [
        "09121234567",
        "9121234567",
        "989121234567",
        "00989121234567",
        "+989121234567",
        "۰۹۱۲۱۲۳۴۵۶۷",
        "٠٩١٢١٢٣٤٥٦٧",
        "0912 123 45 67",
        "\u200e+98 912-123\u20114567",
    ],
)
def test_a_mobile_is_stored_as_e164(text: str) -> None:
    assert mobile(text) == "+989121234567"


def test_a_number_that_itself_begins_with_98_keeps_its_digits() -> None:
    assert mobile("9812345678") == "+989812345678"


@given(st.text(alphabet="0123456789", min_size=9, max_size=9))
def test_any_operator_is_accepted_and_agrees_with_the_telephone_library(rest: str) -> None:
    ours = mobile(f"0098 9{rest}")
    parsed = phonenumbers.parse(f"09{rest}", "IR")
    assert ours == phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize(
    "text",
    ["", "0912123456", "091212345678", "02133445566", "+19121234567", "+9809121234567", "0912123456x", "9" * 99],
)
def test_what_is_no_mobile_is_refused(text: str) -> None:
    assert fault(mobile, text) is IdentifierFault.MOBILE_FORMAT


def test_an_applicant_is_read_by_the_scheme() -> None:
    assert applicant_value(Scheme.NID, "۰۰۱۳۵۴۲۴۱۹") == "0013542419"
    assert applicant_value(Scheme.LEGAL_ID, "1038 0284 790") == "10380284790"
    assert applicant_value(Scheme.PASSPORT, " p\u00a0۱۲۳۴۵۶۷ ") == "P1234567"
    assert applicant_value(Scheme.FOREIGN_ID, "af\u201312-x") == "AF-12-X"


@pytest.mark.parametrize("scheme", [Scheme.PASSPORT, Scheme.FOREIGN_ID])
@pytest.mark.parametrize("text", ["", "AB1", "A" * 21, "-ABC", "گذرنامه", "ABÇ12", "AB_12", "ſtraße", "A" * 9999])
def test_a_foreign_paper_has_letters_digits_and_hyphens(scheme: Scheme, text: str) -> None:
    assert fault(lambda value: applicant_value(scheme, value), text) is IdentifierFault.DOCUMENT_FORMAT


def test_a_foreigner_is_not_held_to_the_checksum_of_a_national_id() -> None:
    assert applicant_value(Scheme.FOREIGN_ID, "0013542418") == "0013542418"


@given(
    st.sampled_from([national_id, legal_id, mobile, normalise_tracking_code]),
    st.text(alphabet="0123456789۰۱۲۳۴۵۶۷۸۹xی-", min_size=5, max_size=20),
)
def test_an_error_never_repeats_the_value(read: Callable[[str], str], text: str) -> None:
    with suppress(InvalidIdentifier):
        assume(not read(text))
    with pytest.raises(InvalidIdentifier) as caught:
        read(text)
    assert text not in str(caught.value)
    assert text not in caught.value.detail


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


# --- What may stand in a key (I12) ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ref", ["0013542419", "A-0499370899-7", "x0790419904y", "09121234567", "017-09999999999"])
def test_a_reference_that_names_a_person_is_seen(ref: str) -> None:
    assert looks_personal(ref)


@pytest.mark.parametrize(
    "ref",
    [
        "017-000123",
        "0013542418",  # the check digit does not fit
        "00013542419",  # a longer run is another number
        "1111111111",
        "091212345678",
        "9121234567",
        "00135424-19",
        "20261123083000",
    ],
)
def test_a_reference_that_names_nobody_passes(ref: str) -> None:
    assert not looks_personal(ref)


def test_the_last_four_are_the_same_however_typed() -> None:
    assert last4("0013542419") == last4("۰۰۱۳۵۴-۲۴۱۹") == last4(" ۲۴۱۹ ") == "2419"
    assert last4("+989121234567") == last4("0912 123 4567") == "4567"
    assert last4("p-12ab") == "12AB"


@pytest.mark.parametrize(
    "key", ["0013542419", "file-0013542419", "09121234567", "nid:۰۰۱۳۵۴۲۴۱۹", "visit/2026/0013542419"]
)
def test_a_key_that_is_somebodys_number_is_known(key: str) -> None:
    assert key_looks_personal(key)


@pytest.mark.parametrize(
    "key", ["0b5b1c0a-2f3d-4f6e-8a9b-a0013542419f", "a0013542419f" * 2, "order-12345", "2026-11-23", "", "0013542418"]
)
def test_digits_within_a_random_key_are_nobodys_number(key: str) -> None:
    assert not key_looks_personal(key)
