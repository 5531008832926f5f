"""What may stand in a key: nobody's number (I12)."""

import pytest

from services.contracts.identifiers import key_looks_personal, looks_personal


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
