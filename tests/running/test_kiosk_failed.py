"""A kiosk office that failed somebody, from the desk's word to the registry's deficiency and on to notify."""

import time
from typing import Any

from services.contracts.topics import REGISTRY_DEFICIENCY
from services.runtime import broker_admin
from tests.support.calls import Caller, a_filing


def until(question: Any, seconds: float = 30) -> Any:
    """The first answer that is something."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, "in time"
        time.sleep(0.2)
    return answer


def test_the_desk_takes_a_case_back_and_the_offering_has_a_deficiency(caller: Caller) -> None:
    desk, officer = "wa-social-security-desk", "wa-social-security-desk-01"
    filing = a_filing(serviceId="social-insurance-record", deskId=desk, officerId=officer)
    filed = caller.call("/v1/requests", filing).json()
    assert filed["state"] == "REDIRECTED", filed
    office = filed["redirect"]["kiosks"][0]["id"]
    back = caller.call(
        f"/v1/requests/{filed['requestId']}/return-from-kiosk",
        {"cause": "SHUT", "kioskId": office, "officerId": officer},
    )
    assert back.status_code == 200, back.text

    def found() -> Any:
        return caller.get("/v1/deficiencies", "registry", orgId="wa-social-security").json()["items"]

    (deficiency,) = until(found)
    assert (deficiency["kind"], deficiency["subject"]["type"], deficiency["state"]) == (
        "KIOSK_FAILED",
        "OFFERING",
        "REPORTED",
    )
    assert deficiency["foundBy"]["role"] == "SYSTEM"
    bootstrap = caller.services.stack.bootstrap

    def notify_has_heard() -> bool:
        read = broker_admin.committed(bootstrap, ["mizban.notify"])["mizban.notify"]
        return any(topic == REGISTRY_DEFICIENCY.name and offset > 0 for (topic, _), offset in read.items())

    assert until(notify_has_heard)
