"""Somebody is sent to a unit, as intake tells it."""

from typing import Any

from services.contracts.coordination import Ground, ReferralState, Slot, UnitContact
from services.contracts.intake import RequestReferral
from services.notify.domain.notices import Notice
from tests.unit.notify.cases import MORNING, REQUEST, at

OF_UNITS = (Notice.REFERRED, Notice.REFERRAL_MISSED, Notice.REFERRAL_CANCELLED)


def a_referral(state: str = "ISSUED", **changes: Any) -> RequestReferral:
    known: dict[str, Any] = {
        "id": f"{REQUEST}.r1",
        "unit_id": "wa-municipality-urmia-permits",
        "unit_name": "ادارهٔ صدور پروانه",
        "contact": UnitContact(name="آرش کاظمی", phone="044-32220101", room="212"),
        "slot": Slot(since=at("1405/09/04 10:00"), until=at("1405/09/04 10:30")),
        "ground": Ground.ORIGINAL,
        "state": ReferralState(state),
        "told_at": MORNING,
    }
    return RequestReferral.model_validate(known | changes)
