"""The receipt as a real browser prints it: one sheet A5 in readable type, however much stands on it (domain 8)."""

from pathlib import Path
from typing import Any

import pytest

from services.contracts.entry import Entry
from services.contracts.kiosk import Evidence, Scheme
from services.contracts.service_sheet import Channel
from services.intake.domain.case import Case
from services.intake.domain.case_parts import OfferedKiosk
from services.intake.domain.people import Representation
from services.intake.domain.receipts import Edition
from services.intake.domain.request import Request
from services.intake.receipt import receipt
from services.intake.receipt_page import receipt_page
from tests.support.machine import needs
from tests.support.paper import Print, printed
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
    file_at_desk,
    person,
    province,
    state_of,
    submit,
)

A5 = (148, 210)
SMALLEST = 8
"""Points: below it print is hard to read."""
URL = "https://mizban.west-azerbaijan.example"

NAME = ("سیده فاطمه زهرا حسینی‌نژاد اصل طباطبایی قزوینی " * 3)[:120].strip().ljust(120, "ی")
SPEAKS = Representation(
    scheme=Scheme.NID,
    value="0499370899",
    name=NAME,
    mobile=None,
    mandate="COURT",
    mandate_number="1",
    mandate_until=None,
)
ADDRESS = (
    "ارومیه، خیابان شهید باکری، بین چهارراه مخابرات و میدان انقلاب، کوچهٔ شهید رضایی، پلاک ۱۲۴، ساختمان پارسیان، "
    "طبقهٔ همکف، واحد ۲"
)
PAPERS = (
    "شناسنامهٔ همهٔ اعضای خانوار",
    "گواهی پایان کار ساختمان",
    "نقشهٔ معماری و سازهٔ تأییدشدهٔ نظام مهندسی",
    "برگ تعهد مهندس ناظر",
    "وکالت‌نامهٔ رسمی دفترخانه",
    "گواهی حصر وراثت",
    "مفاصاحساب مالیاتی نقل و انتقال",
    "سند مالکیت تک‌برگ",
    "گواهی عدم بدهی شهرداری",
    "فیش واریز عوارض نوسازی",
    "گواهی امضای محضری",
    "استعلام کاداستر ثبت اسناد",
)
WAYS = (Channel.WEB, Channel.MOBILE, Channel.KIOSK_URBAN)


@pytest.fixture
def browser() -> str:
    (path,) = needs("chromium")
    return path


def a_permit(**fields: Any) -> Request:
    return state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, **fields))


def a_redirect(**fields: Any) -> Request:
    return state_of(file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER, **fields))


def long(
    request: Request,
    *,
    papers: int = 12,
    stages: int = 8,
    address: str = ADDRESS,
    speaks: Representation | None = SPEAKS,
) -> tuple[Request, list[Entry]]:
    """The case with the longest that may come, and the registry's entries that give it such names."""
    case, registry = request.case, province()
    assert case is not None
    sheet, desk, agency = (
        registry.sheet(case.service_id),
        registry.desk(case.desk_id),
        registry.organization(case.org_id),
    )
    assert sheet
    assert desk
    assert agency
    demanded = [
        sheet.requirements[0].model_copy(update={"evidence_type": f"paper-{number}", "name": name})
        for number, name in enumerate(PAPERS)
    ]
    (offering, *_) = registry.offerings("tax-clearance")
    url = "https://e-services.organization-of-west-azerbaijan.example/services"
    ways: list[Entry] = [
        offering.model_copy(update={"id": f"way-{way}", "service_id": case.service_id, "channel": way, "url": url})
        for way in WAYS
    ]
    entries: list[Entry] = [
        sheet.model_copy(update={"requirements": tuple(demanded)}),
        desk.model_copy(update={"address": address}),
        agency.model_copy(update={"name": "سازمان مدیریت و برنامه‌ریزی و امور شهری و روستایی استان آذربایجان غربی"}),
        *ways,
    ]
    responsible = {"name": "سید محمدرضا حسینی‌نژاد اصل", "post": "رئیس ادارهٔ صدور پروانه و معاون مدیرکل نظارت فنی"}
    changes: dict[str, Any] = {
        "service_version": 2,
        "service_name": "صدور پروانهٔ ساختمانی و تفکیک اراضی و املاک در محدودهٔ شهر و حریم آن",
        "evidence": tuple(a_paper(number) for number in range(papers)),
        "needed": PAPERS[:3],
        "stages": ("بررسی پرونده و کنترل نقشه و مدارک در واحد فنی",) * stages,
        "pay_at": "بانک ملی (۵۰۰٬۰۰۰ ریال)؛ حسابداری یا درگاه پرداخت شهرداری (۲٬۰۰۰٬۰۰۰ ریال)",
        "responsible": case.responsible.model_copy(update=responsible),
        "objection": "اعتراض کتبی در میز خدمت یا درگاه سازمان تا ۳۰ روز پس از اعلام نتیجه، بر پایهٔ مادهٔ ۲۳۸ قانون "
        "مالیات‌های مستقیم؛ شمارهٔ رسید لازم است",
        "representative": speaks,
        "receipts": (Edition(edition=1, at=MORNING, hash="0" * 64),),
        **long_redirect(case, address),
    }
    return request.model_copy(update={"case": case.model_copy(update=changes)}), entries


def a_paper(number: int) -> Evidence:
    return Evidence(type=f"paper-{number}", sha256="a" * 64, original_seen=number % 2 == 0)


def long_redirect(case: Case, address: str) -> dict[str, Any]:
    if case.redirect is None:
        return {}
    (kiosk, *_) = case.redirect.kiosks
    name = {"name": "دفتر پیشخوان خدمات دولت شهید باکری ارومیه ۷۲۳۴", "address": address}
    kiosks: tuple[OfferedKiosk, ...] = (kiosk.model_copy(update=name),) * 5
    return {"redirect": case.redirect.model_copy(update={"kiosks": kiosks})}


def on_paper(request: Request, entries: list[Entry], browser: str, folder: Path) -> Print:
    return printed(browser, receipt_page(request, province(*entries), MORNING, URL), folder)


def test_the_longest_receipts_are_as_long_as_they_should_be() -> None:
    """Twelve papers, eight stages, three ways, five kiosk offices, the longest name: or the rest proves little."""
    for request in (a_permit(applicant=person(name=NAME)), a_redirect(applicant=person(name=NAME))):
        long_one, entries = long(request)
        told = receipt(long_one, province(*entries), MORNING, URL)
        assert (len(told["applicant"]["name"]), len(told["documents"]), len(told["stagesAhead"])) == (120, 12, 8)
        assert {paper["name"] for paper in told["documents"]} == set(PAPERS)
        assert len(told["redirect"]["kiosks"] if told["redirect"] else told["alternatives"]) >= 3


@pytest.mark.parametrize("filed", [a_permit, a_redirect])
def test_the_longest_receipt_fits_one_sheet_a5(filed: Any, browser: str, tmp_path: Path) -> None:
    request, entries = long(filed(applicant=person(name=NAME)))
    paper = on_paper(request, entries, browser, tmp_path)
    assert paper.sheets == [A5]
    assert min(paper.letters) >= SMALLEST


@pytest.mark.parametrize("filed", [a_permit, a_redirect])
def test_it_fits_in_wide_type_too(filed: Any, browser: str, tmp_path: Path) -> None:
    """Where none of the fonts that the page would have is there."""
    request, entries = long(filed(applicant=person(name=NAME)), address=ADDRESS[:90], speaks=None)
    page = receipt_page(request, province(*entries), MORNING, URL)
    paper = printed(browser, page.replace("DejaVu Sans Condensed", "DejaVu Sans"), tmp_path)
    assert paper.sheets == [A5]


def test_an_address_that_is_longer_than_a_line_is_broken_and_does_not_make_all_smaller(
    browser: str, tmp_path: Path
) -> None:
    request = state_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER))
    (offering,) = [way for way in province().offerings("tax-clearance") if way.channel is Channel.WEB]
    far = offering.model_copy(update={"url": f"https://tax.example/{'tax-clearance-' * 12}"})
    paper = on_paper(request, [far], browser, tmp_path)
    assert paper.sheets == [A5]
    assert min(paper.letters) >= 9.5


@pytest.mark.parametrize("papers", [0, 4, 8])
def test_a_receipt_of_any_length_between_fits_too(papers: int, browser: str, tmp_path: Path) -> None:
    request, entries = long(a_permit(), papers=papers, stages=3 + papers // 2)
    paper = on_paper(request, entries, browser, tmp_path)
    assert paper.sheets == [A5]
    assert min(paper.letters) >= SMALLEST


def a_kiosk_case() -> Request:
    return state_of(submit())


def an_electronic_case() -> Request:
    return state_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER))


@pytest.mark.parametrize("filed", [a_permit, a_redirect, a_kiosk_case, an_electronic_case])
def test_an_everyday_receipt_is_set_large(filed: Any, browser: str, tmp_path: Path) -> None:
    paper = on_paper(filed(), [], browser, tmp_path)
    assert paper.sheets == [A5]
    assert min(paper.letters) >= 9.5
