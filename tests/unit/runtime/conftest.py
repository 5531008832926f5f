"""Every test begins with the rules of the tiny service mended."""

import pytest

from tests.support import bank


@pytest.fixture(autouse=True)
def _mended() -> None:
    bank.BROKEN.clear()
