"""Every invariant of the domain, and every failure of others that it names, is a test by its number (domain 4, 12).

`test_I4_...` proves I4, `test_12_19_...` that failure 19 is not ours.
"""

import re
from itertools import pairwise

from services.ops.home import ROOT

NOT_BUILT = "*Not built.*"
DOMAIN = (ROOT / "docs" / "domain.md").read_text()


def built(section: str, item: str) -> set[int]:
    """The numbers of a section's items, without those of which nothing is built."""
    (text,) = re.findall(rf"^## {section}$(.*?)(?=^## |\Z)", DOMAIN, re.MULTILINE | re.DOTALL)
    found = [*re.finditer(item, text, re.MULTILINE)]
    places = pairwise([*(match.start() for match in found), len(text)])
    return {
        int(match[1]) for match, (begin, end) in zip(found, places, strict=True) if NOT_BUILT not in text[begin:end]
    }


def named_in_tests(name: str) -> set[int]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {int(number) for file in files for number in re.findall(rf"def test_{name}(\d+)_", file.read_text())}


INVARIANTS = built(r"4\. Invariants", r"^- \*\*I(\d+)\*\*")
FAILURES = built(r"12\. What other systems got wrong", r"^(\d+)\. ")


def test_the_domain_is_read_as_it_is_written() -> None:
    assert {*range(2, 14)} <= INVARIANTS
    assert {*range(1, 25)} - {23} <= FAILURES


def test_every_invariant_is_a_test_by_its_number() -> None:
    assert INVARIANTS - named_in_tests("[Ii]") == set()


def test_every_failure_of_others_is_a_test_by_its_number() -> None:
    assert FAILURES - named_in_tests("12_") == set()
