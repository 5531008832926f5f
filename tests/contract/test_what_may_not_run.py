"""A test that does not run proves nothing: few may be left out, each for a reason of its machine, each by name."""

import re

from services.ops.home import ROOT

MAY_BE_SKIPPED = {
    "tests/contract/test_receipt_on_paper.py": "a browser that prints",
    "tests/contract/test_partner_page.py": "node; openssl 3",
    "tests/e2e/test_partner_page.py": "node with npm; kcat with openssl",
}
"""File -> what its machine may lack. Such a test says in its reason that it was not run, and why."""

SKIP = re.compile(
    r"pytest\.skip\(|\bskipif\b|mark\.skip\b|importorskip\(|mark\.xfail\b|pytest\.xfail\(|@skip\b|SkipTest"
)


def test_only_listed_tests_may_be_skipped() -> None:
    here = str(ROOT)
    files = [file for file in (ROOT / "tests").rglob("*.py") if file.name != "test_what_may_not_run.py"]
    skipping = {str(file)[len(here) + 1 :] for file in files if SKIP.search(file.read_text())}
    assert skipping == set(MAY_BE_SKIPPED)


def test_what_is_skipped_names_itself() -> None:
    for name in MAY_BE_SKIPPED:
        reasons = re.findall(r"pytest\.skip\((.*)\)", (ROOT / name).read_text())
        assert reasons
        assert all("{request.node.name} was not run: " in reason for reason in reasons)
