"""Scene: a deficiency of an agency's desk, from an inspector's report to the verification (domain 1.6, 3)."""

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
    report = {
        "orgId": AGENCY,
        "subject": {"type": "DESK", "id": DESK},
        "mode": "IN_PERSON",
        "kind": "HOURS_NOT_KEPT",
        "text": FOUND,
        "reporter": {"role": "INSPECTOR", "officerId": INSPECTOR},
    }
    told = await company.post(company.registry, "/v1/deficiencies", report)
    path = f"/v1/deficiencies/{told['deficiencyId']}"
    due = instant_text(clock.now(company.stage.home) + DAYS_FOR_IT)
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
