"""Calendars on real Kafka and MongoDB: a closure of several counties, and holidays that an officer confirms."""

from services.ops.province import ImportSummary
from tests.support.registry_service import Registry
from tests.support.sample import sample_entries

SNOW = {
    "exceptions": [
        {"date": "2099-01-12", "kind": "CLOSED", "source": "برف", "counties": ["urmia", "khoy", "salmas"]},
    ],
    "officerId": "wa-governorate-desk-01",
}
"""A Monday."""


async def test_a_closure_in_three_counties_reaches_every_calendar_of_the_province_and_is_seen_before(
    registry: Registry,
) -> None:
    await registry.begin_with_sample()
    path = "/v1/calendars/west-azerbaijan"
    seen = await registry.http.post(f"{path}/preview", json=SNOW)
    assert seen.status_code == 200, seen.text
    looked = {calendar["id"]: calendar for calendar in seen.json()["calendars"]}
    assert set(looked) == {"west-azerbaijan", *CALENDARS_OF_THE_PROVINCE}
    changes = looked["wa-offices"]["changes"]
    assert [(day["county"], day["was"]["kind"], day["will"]["kind"]) for day in changes] == [
        (county, "OPEN", "CLOSED") for county in ("khoy", "salmas", "urmia")
    ]
    assert looked["wa-offices"]["promises"]["total"] is None, "intake does not run here, and that is told"
    assert (await registry.http.get("/v1/calendars/wa-offices")).json()["version"] == 1, "nothing was saved"
    done = await registry.post(f"{path}/exceptions", SNOW)
    assert (done.status_code, done.json()["version"]) == (200, 2)
    for id in CALENDARS_OF_THE_PROVINCE:
        calendar = (await registry.http.get(f"/v1/calendars/{id}")).json()
        assert calendar["version"] == 2, id
        (snow,) = [day for day in calendar["exceptions"] if day["date"] == "2099-01-12"]
        assert snow["counties"] == ["khoy", "salmas", "urmia"], id
    year = await registry.http.get("/v1/calendars/wa-offices/preview", params={"year": 1477, "county": "khoy"})
    (day,) = [day for day in year.json()["days"] if day["date"] == "2099-01-12"]
    assert (day["kind"], day["desk"], day["source"]) == ("CLOSED", [], "برف")
    assert await registry.bring_in_sample() == ImportSummary(unchanged=len(sample_entries())), "an import keeps it"


CALENDARS_OF_THE_PROVINCE = (
    "wa-offices",
    "wa-municipality",
    "wa-social-security",
    "wa-utilities",
    "wa-kiosk-urban",
    "wa-kiosk-rural",
)


async def test_holidays_are_imported_provisionally_and_confirmed_by_an_officer(registry: Registry) -> None:
    await registry.begin_with_sample()
    path, by = "/v1/calendars/west-azerbaijan", {"officerId": "wa-governorate-desk-01"}
    asked = await registry.post(f"{path}/holidays", by | {"year": 1410})
    assert asked.status_code == 200, asked.text
    first = asked.json()["proposed"][0]
    again = await registry.post(f"{path}/holidays", by | {"year": 1410})
    assert (again.json()["recorded"], again.json()["proposed"]) == (False, [])
    year = (await registry.http.get(f"{path}/preview", params={"year": 1410})).json()
    assert year["provisional"] == asked.json()["proposed"]
    confirmed = await registry.post(f"{path}/exceptions/confirm", by | {"date": first})
    assert confirmed.status_code == 200, confirmed.text
    other = await registry.post(f"{path}/exceptions/confirm", {"date": first, "officerId": "wa-tax-desk-01"})
    assert (other.status_code, other.json()["code"]) == (403, "NOT_AUTHORISED")
    gone = await registry.post(f"{path}/exceptions/withdraw", by | {"date": first, "reason": "اشتباه"})
    assert gone.status_code == 200, gone.text
