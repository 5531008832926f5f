"""Scene: a deficiency of an agency's desk, from an inspection to the verification (domain 1.6, 3)."""

from datetime import timedelta

from services.contracts.wire import instant_text
from services.ops import clock
from services.ops.demo.scene import Company, Scene, SceneFailed
from services.ops.demo.stage import Json
from services.worktime import jalali_text

NAME = "a deficiency is remedied"
AGENCY, DESK = "wa-tax", "wa-tax-desk"
CLERK, RESPONSIBLE = "wa-tax-desk-02", "wa-tax-business-01"
INSPECTOR = "wa-governorate-inspection-01"
FOUND = "روز بازدید میز خدمت تا ساعت ۸:۱۰ بسته بود"
REMEDY = "یک نفر از هر شیفت از ساعت ۷:۱۵ پشت میز است"
SHOWN = "برنامهٔ شیفت و عکس میز در ساعت ۷:۳۰"
DAYS_FOR_IT = timedelta(days=7)


async def play(company: Company) -> Scene:
    """REPORTED, ACKNOWLEDGED, PLANNED, IN_REMEDY, FIXED with evidence, VERIFIED. Raises SceneFailed."""
    now = clock.now(company.stage.home)
    seen_there = {
        "deskId": DESK,
        "at": instant_text(now),
        "checklist": {"deskExists": True, "headPresent": True, "hoursKept": False, "peopleSentToUnits": 0},
        "note": FOUND,
        "officerId": INSPECTOR,
    }
    inspection = await company.post(company.registry, "/v1/inspections", seen_there)
    told = await _raised_by(company, inspection["inspectionId"])
    path = f"/v1/deficiencies/{told['deficiencyId']}"
    due = instant_text(now + DAYS_FOR_IT)
    by_agency, by_governorate = {"officerId": CLERK}, {"officerId": INSPECTOR}
    steps: tuple[tuple[str, Json], ...] = (
        ("acknowledge", by_agency),
        ("plan", {"what": REMEDY, "responsibleId": RESPONSIBLE, "dueAt": due} | by_agency),
        ("start", by_agency),
        ("fix", {"evidence": {"text": SHOWN}} | by_agency),
        ("verify", by_governorate),
    )
    states = [told["state"]]
    for verb, body in steps:
        states.append((await company.post(company.registry, f"{path}/{verb}", body))["state"])
    seen = await company.get(company.registry, path)
    if seen["state"] != "VERIFIED":
        raise SceneFailed(f"the deficiency is {seen['state']}")
    inspector = await company.name("officers", INSPECTOR)
    return Scene(
        NAME,
        story=(
            f"{inspector}: {await company.name('desks', DESK)}, {seen['kindLocal']}: {FOUND}",
            f"{await company.name('officers', RESPONSIBLE)}: {REMEDY}; evidence: {SHOWN}",
            f"{' → '.join(states)}, by {inspector}, {jalali_text(clock.now(company.stage.home))}",
        ),
        figures={"deficiencyId": told["deficiencyId"], "states": states},
    )


async def _raised_by(company: Company, inspection_id: str) -> Json:
    """The deficiency that the hours are. Raises SceneFailed."""
    raised = await company.get(company.registry, f"/v1/deficiencies?inspectionId={inspection_id}")
    found: Json | None = next((each for each in raised["items"] if each["kind"] == "HOURS_NOT_KEPT"), None)
    if found is None:
        raise SceneFailed("the inspection has raised no deficiency")
    return found
