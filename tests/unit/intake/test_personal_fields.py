"""What of a case is personal is stored sealed: by the case, and by what cases tell each other (I12)."""

import pytest

from services.contracts.intake_commands import FileRequest
from services.intake.domain.messages import Filed
from services.intake.domain.request import the_case
from services.intake.handlers import REQUEST
from services.intake.personal import by_mobile, by_name
from tests.unit.intake.cases import SOCIAL_DESK, SOCIAL_OFFICER, an_agent, redirect_of
from tests.unit.intake.edge import Intake, a_door, a_filing
from tests.unit.intake.outsiders_records import a_record

SECRETS = ("0013542419", "9121234567", "زهرا", "رضایی", "یادداشت", "0499370899", "9141112233", "کریمی", "۱۴۰۴/۱۲۳")


def filed(**changes: object) -> Filed:
    return Filed(request_id="r-1", request=FileRequest.model_validate(a_filing(note="یادداشت", **changes)))


async def test_a_stored_case_holds_nobody_in_the_open_and_reads_as_it_was() -> None:
    door = a_door()
    done = await door.submit(REQUEST, "r-1", filed(representative=an_agent()))
    stored = repr(door.store.collections["request"]["r-1"])
    assert not [secret for secret in SECRETS if secret in stored]
    _, case = the_case(door.state(REQUEST, "r-1"))
    assert case == the_case(done.state)[1]
    assert case.applicant is not None
    assert (case.applicant.value, case.note) == ("0013542419", "یادداشت")


async def test_what_one_case_tells_another_is_sealed_while_it_waits_and_arrives_after_a_crash() -> None:
    """A kiosk's submission asks the redirected request; the process dies before that is written."""
    door = a_door()
    fields = {"serviceId": "social-insurance-record", "deskId": SOCIAL_DESK, "officerId": SOCIAL_OFFICER}
    await door.submit(REQUEST, "r-1", filed(**fields))
    ref = redirect_of(door.state(REQUEST, "r-1")).ref

    def dies(id: str) -> None:
        if id == "r-1":
            raise ZeroDivisionError

    door.store.before_write = dies
    with pytest.raises(ZeroDivisionError):
        await door.records(a_record(redirectRef=ref))
    waiting = next(row for id, row in door.store.collections["request"].items() if id != "r-1")
    assert [entry["to"] for entry in waiting["outbox"]] == ["request"]
    assert not [secret for secret in SECRETS if secret.encode() in waiting["outbox"][0]["v"]]
    door.store.before_write = None
    await door.tick(seconds=5)
    assert the_case(door.state(REQUEST, "r-1"))[1].kiosk is not None


async def test_contacts_and_tracking_read_what_is_sealed(intake: Intake) -> None:
    filing = (await intake.file()).json()
    asked = {"requestIds": [filing["requestId"]]}
    assert (await intake.http.post("/v1/contacts", json=asked)).json()["items"][0]["mobile"] == "+989121234567"
    look_up = {"code": filing["trackingCode"], "last4": "2419"}
    assert (await intake.http.post("/v1/track", json=look_up)).status_code == 200


@pytest.mark.parametrize(
    ("one", "other"),
    [("علي", "علی"), ("كريم", "کریم"), ("زهرا‌سادات", "زهرا سادات"), ("Omid Ganji", "omid  ganji"), ("رِضا", "رضا")],
)
def test_a_name_is_found_however_it_is_spelt(one: str, other: str) -> None:
    """Domain 9: both have one search key."""
    assert by_name("wa-tax", one) == by_name("wa-tax", other) != []


def test_terms_are_of_one_agency() -> None:
    assert by_mobile("wa-tax", "+98912") != by_mobile("wa-deeds", "+98912")
    assert len(by_name("wa-tax", "یک دو سه چهار پنج شش هفت هشت")) == 6
