"""A test that does not run proves nothing: few may be left out, each for a reason of its machine, each by name."""

import re

import pytest

from services.ops.home import ROOT
from tests.support.machine import lacking, report

MAY_BE_SKIPPED = {
    "tests/contract/test_printout_on_paper.py": {"chromium"},
    "tests/contract/test_receipt_on_paper.py": {"chromium"},
    "tests/contract/test_partner_page.py": {"node", "openssl"},
    "tests/e2e/test_kannel.py": {"bearerbox", "smsbox"},
    "tests/e2e/test_partner_page.py": {"node", "npm", "kcat", "openssl"},
}
"""File -> what its machine may lack. Such a test says in its reason that it was not run, and why."""

SKIP = re.compile(
    r"pytest\.skip\(|\bskipif\b|mark\.skip\b|importorskip\(|mark\.xfail\b|pytest\.xfail\(|@skip\b|SkipTest"
)
TEXTS = {
    str(file.relative_to(ROOT)): file.read_text()
    for file in (ROOT / "tests").rglob("*.py")
    if file.name != "test_what_may_not_run.py"
}


def test_only_one_place_leaves_tests_out() -> None:
    assert {name for name, text in TEXTS.items() if SKIP.search(text)} == {"tests/support/machine.py"}


def test_only_listed_tests_may_be_skipped() -> None:
    skipping = {name for name, text in TEXTS.items() if "tests.support.machine import" in text}
    assert skipping == set(MAY_BE_SKIPPED)
    for name, tools in MAY_BE_SKIPPED.items():
        asked = ", ".join(re.findall(r"\bneeds\((.*?)\)", TEXTS[name]))
        assert set(re.findall(r'"(\w+)"', asked)) == tools, name


def test_what_is_skipped_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lacking() is None
    monkeypatch.setenv("PATH", "")
    missing = lacking("chromium", "kcat", "openssl")
    assert missing == "missing here: chromium or chromium-browser or google-chrome, kcat, openssl 3"
    assert report(missing) == f"test_what_is_skipped_names_itself was not run: {missing}"
