"""Digits, and what is said of a wrong number."""

from collections.abc import Callable

import pytest
from hypothesis import strategies as st

from services.contracts.identifiers import IdentifierFault, InvalidIdentifier

digit = st.integers(min_value=0, max_value=9)


def fault(read: Callable[[str], str], text: str) -> IdentifierFault:
    with pytest.raises(InvalidIdentifier) as caught:
        read(text)
    return caught.value.code
