"""Identifiers have one written form, and a wrong one says why without repeating itself (domain 9, I12)."""

from collections.abc import Callable
from contextlib import suppress

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.contracts.identifiers import (
    IdentifierFault,
    InvalidIdentifier,
    applicant_value,
    email,
    legal_id,
    mobile,
    national_id,
    normalise_tracking_code,
)
from services.contracts.kiosk import Scheme
from services.contracts.persian import persian_digits
from tests.unit.contracts.mistyped import digit, fault

NATIONAL_IDS = ("0013542419", "0499370899", "0790419904", "0084575948")
LEGAL_IDS = ("10380284790", "14005893875")


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


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("z.karimi@example.ir", "z.karimi@example.ir"),
        (" Z.Karimi+desk@Mail.EXAMPLE.ir ", "Z.Karimi+desk@mail.example.ir"),
        (f"{'a' * 64}@example.ir", f"{'a' * 64}@example.ir"),
    ],
)
def test_an_e_mail_address_is_kept_as_it_is_but_for_its_domain(typed: str, kept: str) -> None:
    assert email(typed) == kept
    assert email(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "a@b", "a@@example.ir", "a b@example.ir", ".a@example.ir", "a..b@example.ir", "a@-example.ir"),
        *("a@example.ir\nBcc: b@example.ir", "a@example.ir,b@example.ir", "<a@example.ir>", "زهرا@example.ir"),
        *("a@192.0.2.1", f"{'a' * 65}@example.ir", f"a@{'b.' * 130}ir"),
    ],
)
def test_what_is_no_e_mail_address_is_refused(text: str) -> None:
    """What stands in a header of a letter must not begin another header."""
    assert fault(email, text) is IdentifierFault.EMAIL_FORMAT


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
