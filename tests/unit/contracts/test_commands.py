"""Commands take a value of its own type and no other: what is guessed from a text is not what was said."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.contracts.intake_commands import Announce, FileRequest, HandOver

FILED = {"serviceId": "building-permit", "deskId": "desk", "officerId": "officer"}
PIECE = {"type": "identity-card", "sha256": "a" * 64, "originalSeen": True}
TOLD = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": "officer"}
HANDED = {"collectedBy": "APPLICANT", "identitySeen": True, "officerId": "officer"}


@pytest.mark.parametrize(
    "field",
    [
        {"informationOnly": "yes"},
        {"electronicallyAble": "no"},
        {"willing": 1},
        {"amount": "12"},
        {"amount": 12.0},
        {"amount": True},
        {"area": "80"},
        {"evidence": [PIECE | {"originalSeen": "yes"}]},
    ],
)
def test_a_filing_of_wrong_types_is_refused(field: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FileRequest.model_validate(FILED | field)


def test_a_filing_of_right_types_is_taken() -> None:
    asked = FileRequest.model_validate(FILED | {"amount": 12, "area": 80, "willing": False, "evidence": [PIECE]})
    assert (asked.amount, asked.area, asked.willing, asked.evidence[0].original_seen) == (12, 80.0, False, True)


@pytest.mark.parametrize("seen", ["yes", 1, "true"])
def test_whether_an_identity_was_seen_is_true_or_false(seen: object) -> None:
    with pytest.raises(ValidationError):
        Announce.model_validate(TOLD | {"identitySeen": seen})
    with pytest.raises(ValidationError):
        HandOver.model_validate(HANDED | {"identitySeen": seen})
