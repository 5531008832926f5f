"""Every test begins with the rules of the tiny service mended."""

import pytest

from tests.support import ledger


@pytest.fixture(autouse=True)
def _mended() -> None:
    ledger.BROKEN.clear()
