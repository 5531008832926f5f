"""What a test needs of its machine: without it the test is not run, and says so by name. Only here is a test left out.

Which tests may be is a closed list: `tests/contract/test_what_may_not_run.py`.
"""

import os
import re
import subprocess
from shutil import which
from typing import Literal, NoReturn

import pytest

Tool = Literal["chromium", "node", "npm", "kcat", "openssl", "bearerbox", "smsbox"]

NAMES = {"chromium": ("chromium", "chromium-browser", "google-chrome")}
"""Under which names a program may be there, where that is not its own alone."""


def needs(*tools: Tool) -> list[str]:
    """The paths of these programs, in this order."""
    if missing := lacking(*tools):
        not_run(missing)
    return [path for tool in tools if (path := _path(tool))]


def lacking(*tools: Tool) -> str | None:
    """Which of these programs the machine has not, in words."""
    missing = [_told(tool) for tool in tools if not _path(tool)]
    return f"missing here: {', '.join(missing)}" if missing else None


def not_run(why: str) -> NoReturn:
    """Leaves out the test that is running.

    A browser, Node.js, kcat and Kannel are no Python packages: `.ci/run` installs Debian's where it may, and then no
    test is left out. Somebody else's `./mizban test` installs nothing outside the checkout. Red there, these tests
    would keep them from testing the rest; passed, they would lie. So pytest tells them as not run, by name and for want
    of what.
    """
    pytest.skip(report(why))


def report(why: str) -> str:
    """What is told of the test that is running when it is left out: by name, and why."""
    test = os.environ["PYTEST_CURRENT_TEST"].partition("::")[2].rpartition(" (")[0]
    return f"{test} was not run: {why}"


def _path(tool: Tool) -> str | None:
    path = next((path for name in NAMES.get(tool, (tool,)) if (path := which(name, path=_where()))), None)
    return None if path and tool == "openssl" and not _signs_with_ed25519(path) else path


def _where() -> str | None:
    """Servers are no programs that everybody has on their path."""
    path = os.environ.get("PATH")
    return f"{path}{os.pathsep}/usr/sbin" if path else path


def _signs_with_ed25519(openssl: str) -> bool:
    version = subprocess.run([openssl, "version"], capture_output=True, text=True).stdout
    return re.match(r"OpenSSL ([3-9]|\d\d)", version) is not None


def _told(tool: Tool) -> str:
    return {"openssl": "openssl 3"}.get(tool, " or ".join(NAMES.get(tool, (tool,))))
