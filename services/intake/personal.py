"""What of a case is personal, and so sealed under its applicant's key; by what the applicant is looked up (I12)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from services.contracts.persian import search_key
from services.runtime.sealing import SealedFields

WORDS = 6
"""Of a name by which it is found; hardly any has more."""


def by_mobile(org_id: str, mobile: str) -> str:
    """`mobile` in E.164. Terms name the agency: who has a case with one agency is found by its officers alone."""
    return f"{org_id}|mobile|{mobile}"


def by_name(org_id: str, name: str) -> list[str]:
    """One term for each word, in the form in which spellings are alike (domain 9)."""
    words = dict.fromkeys(key for word in name.split() for key in _keys(word))
    return [f"{org_id}|name|{word}" for word in list(words)[:WORDS]]


@lru_cache(maxsize=8192)  # first names, and most family names, come again and again
def _keys(word: str) -> list[str]:
    return search_key(word).lower().split()


def _terms(case: Mapping[str, Any]) -> Iterable[str]:
    """Of a stored case, which this version may be unable to read: by its applicant and who speaks for them."""
    org, terms = case.get("orgId"), []
    for person in (case.get("applicant"), case.get("representative")):
        if isinstance(org, str) and isinstance(person, Mapping):
            name, mobile = person.get("name"), person.get("mobile")
            terms += by_name(org, name) if isinstance(name, str) else []
            terms += [by_mobile(org, mobile)] if isinstance(mobile, str) else []
    return terms


PERSONAL = SealedFields(
    within="case",
    owner="applicantRef",
    fields=(
        "applicant",
        "representative",
        "note",
        "legalBasis",
        "result.ground",
        "result.output.note",
        "survey.comment",
        "earlier[].result.ground",
        "earlier[].result.output.note",
        "earlier[].objection.reason",
        "earlier[].survey.comment",
    ),
    terms=_terms,
)
"""Who it is about, and whatever somebody wrote freely."""
