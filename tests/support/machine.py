"""What a test needs of its machine: without it the test is not run, and says so by name. Only here is a test left out.

Which tests may be is a closed list: `tests/contract/test_what_may_not_run.py`.
"""

import os
import re
import subprocess
from shutil import which
from typing import Literal, NoReturn

import pytest

Tool = Literal["chromium", "node", "npm", "kcat", "openssl"]

NAMES = {"chromium": ("chromium", "chromium-browser", "google-chrome")}
"""Under which names a program may be there, where that is not its own alone."""


def needs(*tools: Tool) -> list[str]:
    """The paths of these programs, in this order."""
    found = {tool: path for tool in tools if (path := _path(tool))}
    if missing := [tool for tool in tools if tool not in found]:
        not_run(f"missing here: {', '.join(map(_told, missing))}")
    return list(found.values())


def not_run(why: str) -> NoReturn:
    """Leaves out the test that is running: no Python package brings these programs, and a red test would tell of the
    machine, nothing of the code.
    """
    test = os.environ["PYTEST_CURRENT_TEST"].partition("::")[2].rpartition(" (")[0]
    pytest.skip(f"{test} was not run: {why}")


def _path(tool: Tool) -> str | None:
    path = next((path for name in NAMES.get(tool, (tool,)) if (path := which(name))), None)
    return None if path and tool == "openssl" and not _signs_with_ed25519(path) else path


def _signs_with_ed25519(openssl: str) -> bool:
    version = subprocess.run([openssl, "version"], capture_output=True, text=True).stdout
    return re.match(r"OpenSSL ([3-9]|\d\d)", version) is not None


def _told(tool: Tool) -> str:
    return {"openssl": "openssl 3"}.get(tool, " or ".join(NAMES.get(tool, (tool,))))
