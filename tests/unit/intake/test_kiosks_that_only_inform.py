"""A channel says how far each stage goes: a kiosk office that only informs takes no request (domain 5, 10)."""

from services.contracts.entry import Entry
from services.contracts.kiosk import Rejection
from services.contracts.service_sheet import Extent
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    case_of,
    file_at_desk,
    outcome_of,
    submit,
    world,
)


def informing() -> list[Entry]:
    """The kiosk offices' channels of the insurance record, by which nothing but information is to be had."""
    none = {"request": Extent.NONE, "production": Extent.NONE, "delivery": Extent.NONE}
    offerings = sample_snapshot().offerings("social-insurance-record")
    kiosks = [each for each in offerings if each.channel.startswith("KIOSK")]
    assert kiosks
    return [each.model_copy(update=none | {"information": Extent.FULL}) for each in kiosks]


def test_nobody_is_sent_there_to_file() -> None:
    now = world("1405/09/02 10:00", *informing())
    case = case_of(file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER, now))
    assert (case.state, case.channel_reason) == ("PROMISED", "DESK_ONLY")


def test_what_such_an_office_files_is_not_offered_there() -> None:
    now = world("1405/09/02 10:00", *informing())
    assert outcome_of(submit(now=now)).code is Rejection.NOT_OFFERED_HERE
