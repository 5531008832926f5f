"""Scene: the month is over. The agency's head reports on its deficiencies, and its pack is frozen (domain 3, 11).

The clock goes on to the first working morning after the month in which the day began: only what is over is reported or
frozen. Where the scenes before have led into another month, it goes on only as far as the redirects take to lapse.
"""

import asyncio
import time
from datetime import datetime, timedelta
from hashlib import sha256

import httpx

from services.ops import clock
from services.ops.demo.deficiency import AGENCY, INSPECTOR
from services.ops.demo.morning import first_morning, sample_hours
from services.ops.demo.scene import LOOK_EVERY, PATIENCE, Company, Scene, SceneFailed
from services.ops.demo.stage import Json
from services.worktime.jalali import civil_day, jalali_date, jalali_text, parse_jalali

NAME = "the month is over"
FORMS = ("json", "csv", "xlsx", "html")
LAPSED = "request.redirect-lapsed"
NOT_YET = "PERIOD_NOT_OVER"
"""What the registry answers until it has seen the new time, too."""


async def play(company: Company) -> Scene:
    """The report gets its number; the pack has a SHA-256 in every form, the same when it is asked for again.

    What a desk left with a kiosk lapses on the way, and its citizens are told. Raises SceneFailed.
    """
    home = company.stage.home
    month = jalali_date(company.stage.now)[:7].replace("/", "-")
    if (morning := _over(company, month)) > clock.now(home):
        clock.set_to(home, morning.isoformat())
    await company.until(
        "the lapse of each redirect that nobody followed",
        lambda: all(company.has_moved(id, LAPSED) for id in company.desks.left_open) or None,
    )
    head = (await company.get(company.registry, f"/v1/organizations/{AGENCY}"))["headOfficerId"]
    number, items = await _reported(company, month, head)
    frozen, digests = await _frozen(company, month, head)
    agency = await company.name("organizations", AGENCY)
    return Scene(
        NAME,
        story=(
            f"the clock shows {jalali_text(clock.now(home))}; redirects that lapsed: {len(company.desks.left_open)}",
            f"{await company.name('officers', head)}: {agency}, report on {month}, deficiencies: {items};"
            f" received by {await company.name('officers', INSPECTOR)} under {number}",
            f"the pack of {AGENCY}, {month}, revision {frozen['revision']}; asked for twice, the same:",
            *(f"SHA-256 {digest}  {form}" for form, digest in digests.items()),
        ),
        figures={"month": month, "receiptNo": number, "sha256": digests, "revision": frozen["revision"]},
    )


def _over(company: Company, month: str) -> datetime:
    """When the month is over, and what a desk left with a kiosk has lapsed: on a working morning."""
    lapses = [company.cases.last()[id]["redirectLapsesAt"] for id in company.desks.left_open]
    days = [civil_day(datetime.fromisoformat(lapse)) + timedelta(days=1) for lapse in lapses]
    return max([_next_month(month), *(first_morning(day, sample_hours()) for day in days)])


def _next_month(month: str) -> datetime:
    first = parse_jalali(f"{month}-01")
    later = jalali_date(first + timedelta(days=32))
    return first_morning(parse_jalali(f"{later[:7]}/01"), sample_hours())


async def _reported(company: Company, month: str, head: str) -> tuple[str, int]:
    """The head reports every deficiency of the month: its number in the register above, and how many they are."""
    listed = await company.get(company.registry, "/v1/deficiencies", orgId=AGENCY, limit=500)
    items = [each["deficiencyId"] for each in listed["items"] if _was_open(each, month)]
    body = {"orgId": AGENCY, "period": month, "items": items, "text": "همهٔ موارد ماه", "officerId": head}
    told = await _once_over(company, "/v1/remediation-reports", body)
    path = f"/v1/remediation-reports/{told['reportId']}"
    received = await company.post(company.registry, f"{path}/receive", {"officerId": INSPECTOR})
    if not received["receiptNo"]:
        raise SceneFailed("the report on the month got no number")
    return received["receiptNo"], len(items)


async def _once_over(company: Company, path: str, body: Json) -> Json:
    """Taken as soon as the registry's clock, too, shows the next month. Raises SceneFailed."""
    deadline, number = time.monotonic() + PATIENCE, 0
    while True:
        number += 1
        answer = await company.asked(company.registry, path, body, f"month-{number}")
        if answer.is_success:
            done: Json = answer.json()
            return done
        if answer.json().get("code") != NOT_YET or time.monotonic() > deadline:
            raise SceneFailed(f"POST {path}: {answer.status_code} {answer.text[:300]}")
        await asyncio.sleep(LOOK_EVERY)


async def _frozen(company: Company, month: str, head: str) -> tuple[Json, dict[str, str]]:
    """The pack as it is frozen, and the SHA-256 of each form: as the registry says it, and as its bytes have it."""
    body = {"orgId": AGENCY, "month": month, "officerId": head}
    frozen = await company.post(company.registry, "/v1/reports/packs", body | {"revise": True}, "freeze")
    digests = await _digests(company.registry, month)
    again = await company.post(company.registry, "/v1/reports/packs", body, "freeze-again")
    same = {each: again[each] == frozen[each] for each in ("revision", "sha256")}
    if not all(same.values()) or await _digests(company.registry, month) != digests:
        raise SceneFailed(f"the pack of {month} is another when it is asked for again: {frozen} {again}")
    return frozen, digests


async def _digests(registry: httpx.AsyncClient, month: str) -> dict[str, str]:
    digests = {}
    for form in FORMS:
        answer = await registry.get(f"/v1/reports/packs/{AGENCY}/{month}", params={"format": form})
        digest = sha256(answer.raise_for_status().content).hexdigest()
        if answer.headers["etag"] != f'"{digest}"':
            raise SceneFailed(f"the pack as {form} is not what its ETag says")
        digests[form] = digest
    return digests


def _was_open(deficiency: Json, month: str) -> bool:
    """Whether it was open in the month; one that is verified was reported in it, as the demo's are."""
    reported = jalali_date(datetime.fromisoformat(deficiency["reportedAt"]))[:7]
    month = month.replace("-", "/")
    return reported == month or (reported < month and deficiency["state"] != "VERIFIED")
