"""Numbers in answers go with their words."""

import pytest

from services.ops.words import counted


@pytest.mark.parametrize(("number", "words"), [(0, "0 dead letters"), (1, "1 dead letter"), (2, "2 dead letters")])
def test_one_is_not_many(number: int, words: str) -> None:
    assert counted(number, "dead letter") == words
