"""Persian text has one form to show and one to find; an SMS costs what a handset counts (domain 8, 9)."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.contracts.persian import display, fold_digits, persian_digits, search_key, sms_parts, sms_units

ARABIC = st.characters(min_codepoint=0x0600, max_codepoint=0x06FF)
INVISIBLE = st.sampled_from("\u200c\u200d\u200e\u200f\u061c\u202b\u2067\u00a0\ufeff\u0640")
texts = st.text(st.one_of(ARABIC, INVISIBLE, st.characters(codec="utf-8")), max_size=60)


def test_python_reads_persian_digits_but_our_patterns_do_not() -> None:
    assert int("۱۲") == 12  # why digits are folded before anything is validated
    assert not re.fullmatch("[0-9]+", "۱۲")
    assert re.fullmatch("[0-9]+", fold_digits("۱۲"))


def test_digits_of_three_scripts_fold_to_one() -> None:
    assert fold_digits("۰۱۲۳۴۵۶۷۸۹") == fold_digits("٠١٢٣٤٥٦٧٨٩") == "0123456789"
    assert fold_digits("پلاک ۱۲") == "پلاک 12"
    assert persian_digits("1405/09/02 ٣") == "۱۴۰۵/۰۹/۰۲ ۳"


@given(texts)
def test_persian_digits_fold_back(text: str) -> None:
    assert fold_digits(persian_digits(text)) == fold_digits(text)


def test_display_writes_persian_letters_and_keeps_the_zwnj() -> None:
    assert display("ك\u200cي ى") == "ک\u200cی ی"
    assert display("مي\u200cروم") == "می\u200cروم"


def test_display_composes_and_drops_bidi_controls() -> None:
    assert display("\u202bا\u0653ب\u202c\u200f") == "آب"
    assert display("ا\u200f\u0653") == "آ"


def test_display_leaves_what_a_reader_would_miss() -> None:
    assert display("مؤسسهٔ أحمد، شمارهٔ ۱۲") == "مؤسسهٔ أحمد، شمارهٔ ۱۲"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("علي", "علی"),
        ("مصطفى", "مصطفی"),
        ("كريمي", "کریمی"),
        ("أحمد", "احمد"),
        ("إسماعيل", "اسماعیل"),
        ("آذر", "اذر"),
        ("فاطمة", "فاطمه"),
        ("مُحَمَّد", "محمد"),
        ("محمـــد", "محمد"),
        ("حاجی\u200cپور", "حاجی پور"),
        ("حاجی\u00a0\u200cپور", "حاجی  پور "),
        ("خانهٔ ۱۲", "خانه 12"),
        ("خانۀ ۱۲", "خانه 12"),
        ("\u200fرضا\u200e", "رضا"),
        ("ﻋﻠﯽ", "علی"),  # presentation forms of old files
    ],
)
def test_two_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert search_key(one) == search_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("رضا", "رضایی"), ("حسن", "حسین"), ("حاجی پور", "حاجیپور"), ("مؤمن", "مومن")]
)
def test_different_names_keep_different_keys(one: str, other: str) -> None:
    assert search_key(one) != search_key(other)


@given(texts)
@example("ي\u200f\u0654")
def test_display_is_stable(text: str) -> None:
    assert display(display(text)) == display(text)


@given(texts)
@example("\u200cا\u0640\u0653")
@example("\u1100\u0300\u1161")
def test_a_search_key_is_stable_and_does_not_depend_on_the_shown_form(text: str) -> None:
    key = search_key(text)
    assert search_key(key) == key
    assert search_key(display(text)) == key


@given(texts)
def test_a_search_key_has_no_marks_and_no_odd_spaces(text: str) -> None:
    key = search_key(text)
    assert not any(unicodedata.category(char) in ("Mn", "Cf") or char in "\u0640يىكأإآة" for char in key)
    assert key == " ".join(key.split())
    assert fold_digits(key) == key


# --- SMS ------------------------------------------------------------------------------------------------------------


def test_units_are_counted_as_utf_16() -> None:
    assert sms_units("سلام") == 4
    assert sms_units("می\u200cروم") == 6  # a ZWNJ costs one
    assert sms_units("😀") == 2


@given(texts)
def test_units_agree_with_the_encoding(text: str) -> None:
    assert sms_units(text) == len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("length", "parts"), [(0, 0), (1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
)
def test_a_persian_message_has_70_units_alone_and_67_per_part(length: int, parts: int) -> None:
    assert sms_parts("آ" * length) == parts


@pytest.mark.parametrize(("length", "parts"), [(160, 1), (161, 2), (306, 2), (307, 3)])
def test_a_plain_latin_message_has_160_alone_and_153_per_part(length: int, parts: int) -> None:
    assert sms_parts("a" * length) == parts


def test_one_persian_letter_changes_the_alphabet_of_the_whole_message() -> None:
    assert sms_parts("a" * 100) == 1
    assert sms_parts("a" * 99 + "ی") == 2


def test_an_escaped_letter_costs_two_and_is_not_split() -> None:
    assert sms_parts("€" * 80) == 1
    assert sms_parts("€" * 81) == 2
    assert sms_parts("€" * 152) == 2  # 76 fit in a part of 153, not 76.5
    assert sms_parts("€" * 153) == 3


def test_an_emoji_is_not_split_between_parts() -> None:
    assert sms_parts("ی" * 66 + "😀" + "ی" * 66) == 3  # 134 units, but the pair does not fit the first part
    assert sms_parts("ی" * 65 + "😀" + "ی" * 67) == 2
