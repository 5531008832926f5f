"""A sheet that nobody could use is refused over HTTP too, in Persian and English (domain 10)."""

import re
from collections.abc import AsyncIterator

import pytest

from services.contracts.registry import Kiosk, KioskClass
from services.registry.sheet_words import in_persian
from tests.support.sample import sample_entries
from tests.unit.registry.over_http import Registry, registry_of_the_province

BY = {"officerId": "wa-social-security-desk-01"}
SERVICE = "services/social-insurance-record"


@pytest.fixture
async def registry() -> AsyncIterator[Registry]:
    async with registry_of_the_province() as running:
        yield running


async def attested(registry: Registry) -> None:
    answer = await registry.post(f"{SERVICE}/attest", BY | {"expires": "2027-11-23"}, **{"If-Match": "*"})
    assert answer.status_code == 200, answer.text


async def suspended(registry: Registry, path: str, officer: str) -> None:
    answer = await registry.post(f"{path}/suspend", {"officerId": officer, "reason": "تعمیر"})
    assert answer.status_code == 200, answer.text


async def test_a_sheet_with_desk_and_offices_is_published(registry: Registry) -> None:
    await attested(registry)
    published = await registry.post(f"{SERVICE}/publish", BY)
    assert published.status_code == 200, published.text


async def test_one_without_a_desk_and_without_offices_is_not_and_says_so_at_once(registry: Registry) -> None:
    await attested(registry)
    for desk in ("wa-social-security-desk", "wa-social-security-khoy-desk"):
        await suspended(registry, f"desks/{desk}", "wa-governorate-desk-01")
    rural = (e for e in sample_entries() if isinstance(e, Kiosk) and e.kiosk_class is KioskClass.RURAL)
    for office in rural:
        if office.status == "ACTIVE":
            await suspended(registry, f"kiosks/{office.id}", "wa-governorate-desk-01")
    refused = await registry.post(f"{SERVICE}/publish", BY)
    assert (refused.status_code, refused.json()["code"]) == (422, "CANNOT_BE_SERVED")
    assert refused.json()["reasons"] == [
        "no desk of wa-social-security is in force",
        "offering social-insurance-record-rural is of RURAL kiosks, and none in any county is in force",
    ]
    assert refused.json()["reasonsLocal"] == [
        "هیچ میز خدمتی از wa-social-security دایر نیست",
        "راه social-insurance-record-rural از آنِ پیشخوان روستایی است، ولی در هیچ شهرستانی دفتر دایری نیست",
    ]


@pytest.mark.parametrize(
    "reason",
    [
        "is offered through no channel",
        "can be requested through no channel",
        "no desk of wa-tax or wa-deeds is in force",
        "offering x is of URBAN kiosks, and kioskable.urban says NO",
        "offering x is of URBAN kiosks, and none in khoy, urmia is in force",
        "offering x makes people come, and the sheet names no law for it",
        "offering x makes people come for another reason than the law's",
        "wants presence for the request, but offering x is not the desk's",
        "unit x has fewer than 2 officers who may process it",
        "unitId names unit x, which is of another agency",
        "responsibleOfficerId names officer x, who is of another agency",
        "unitId names unit x, which is not in force",
        "unitId names unit x, which is retired from 2027-01-01 on",
        "the agency of unit x has no permanent desk with a calendar",
        "agency wa-tax of unit x is not in force",
        "no officer has attested it",
        "its attestation ended on 2026-11-22",
        "unitId is missing",
        "costs.0.amount: Input should be a valid integer",
        "requirements.0.evidenceType: bears somebody's national id or mobile, and stands in events",
        "output.type: bears somebody's national id or mobile, and stands in events",
        "names no law",
        "description is blank",
    ],
)
def test_every_reason_has_its_persian_words(reason: str) -> None:
    said = in_persian(reason)
    assert re.search("[\u0600-\u06ff]", said)
    assert said != "شناسنامه کامل نیست", "which tells nothing"
    assert "{" not in said
