"""Whoever copies the example of docs/partners.md gets ACCEPTED and a tracking code."""

import os
import re
import subprocess
import sys
from datetime import UTC
from pathlib import Path

import pytest

from services.ops import clock
from services.ops.environment import Description
from services.ops.home import ROOT
from tests.conftest import Stack

pytestmark = pytest.mark.timeout(120)

PARTNER = "pishkhan-a"


def test_the_example_of_the_partners_page_is_accepted(province: Description, stack: Stack, tmp_path: Path) -> None:
    """The program is run as it stands on the page, away from the repository, with nothing but the account."""
    page = (ROOT / "docs" / "partners.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "office.py").write_text(example)
    account = province["partners"][PARTNER]
    environment = {
        "PATH": os.environ["PATH"],
        "KAFKA_PARTNERS": province["kafka"]["partners"],
        "PARTNER_USER": account["username"],
        "PARTNER_PASSWORD": account["password"],
        "KIOSK_KID": province["kiosks"]["wa-urmia-017"]["kid"],
        "KIOSK_KEY": province["kiosks"]["wa-urmia-017"]["privateKey"],
        "SUBMITTED_AT": clock.now(stack.home).astimezone(UTC).isoformat(timespec="seconds"),
    }
    office = subprocess.run(
        [sys.executable, "-I", "office.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100
    )
    assert re.match(r"ACCEPTED \d{14} 14\d\d/", office.stdout), office.stdout + office.stderr
