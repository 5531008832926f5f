"""What a pack tells: a closed list of figures and tables, with what each is called and how it is measured (domain 11).

How each is counted stands in `docs/reports.md`. A figure is `{"value": ..., "of": ..., "why": ...}`: `of` is how many
it was made from, `why` stands beside a value that is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

Figure = dict[str, Any]
Row = dict[str, Any]


class Measure(StrEnum):
    FLAG = "FLAG"
    ENTRIES = "ENTRIES"
    """A count of what the registry publishes anyway: sheets, desks."""
    PEOPLE = "PEOPLE"
    """A count of cases, visits, answers or reports: small ones are not for everybody."""
    PERCENT = "PERCENT"
    SCORE = "SCORE"
    MINUTES = "MINUTES"
    """Of working time."""
    DAYS = "DAYS"
    """Working days, in promises; civil days, in the age of deficiencies."""
    SPAN = "SPAN"
    """In the unit that its row names (`unit`)."""
    TEXT = "TEXT"
    MOMENT = "MOMENT"
    MONTH = "MONTH"


class Why(StrEnum):
    """Why a value is missing, or what stands behind it: a closed list."""

    NO_DESK = "NO_DESK"
    NOT_INSPECTED = "NOT_INSPECTED"
    NOTHING_TO_COUNT = "NOTHING_TO_COUNT"
    NOT_REPORTED = "NOT_REPORTED"
    NOT_RECEIVED = "NOT_RECEIVED"
    SMALL = "SMALL"
    """Below five, or it would tell a number that is: not for everybody."""


@dataclass(frozen=True, slots=True)
class Told:
    """`rests_on`: counts without which it may not be shown either; `channels.*` are all those of a table."""

    label: str
    measure: Measure
    rests_on: tuple[str, ...] = ()
    personal: bool = False
    """Names an officer: not for everybody."""


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` besides `id`. `personal`: its rows are officers, and not for everybody."""

    label: str
    row: str
    columns: Mapping[str, Told]
    personal: bool = False


_F, _E, _P, _PC = Measure.FLAG, Measure.ENTRIES, Measure.PEOPLE, Measure.PERCENT
_MIN, _D, _SP, _T, _S, _M = Measure.MINUTES, Measure.DAYS, Measure.SPAN, Measure.TEXT, Measure.SCORE, Measure.MOMENT

_ANSWERS: Mapping[str, Told] = MappingProxyType(
    {
        "answers": Told("پاسخ", _P),
        "granted": Told("پذیرفته", _P),
        "refused": Told("ردشده", _P),
        "partial": Told("بخشی پذیرفته", _P),
        "noCompetence": Told("عدم صلاحیت", _P),
        "measured": Told("پاسخ با زمان سنجیده", _P),
        "median": Told("میانهٔ زمان کاری", _MIN, ("measured",)),
        "p90": Told("صدک ۹۰ زمان کاری", _MIN, ("measured",)),
    }
)

SECTIONS: Mapping[str, tuple[str, Mapping[str, Told]]] = MappingProxyType(
    {
        "desk": (
            "میز خدمت",
            {
                "desk.exists": Told("میز خدمت دائمی دایر است", _F),
                "desk.groundFloor": Told("میز در همکف است", _F),
                "desk.headWithAuthority": Told("مسئول میز اختیار تصمیم دارد", _F),
                "desk.hoursKept": Told("ساعت‌های کار رعایت شده (بازرسی‌های ماه)", _F),
                "desk.inspections": Told("بازرسی‌های ماه", _E),
                "desk.seenSentToUnits": Told("مراجعان فرستاده‌شده به واحدها (مشاهدهٔ بازرسان)", _P),
            },
        ),
        "sheets": (
            "شناسنامهٔ خدمات",
            {
                "sheets.published": Told("شناسنامه‌های منتشرشده", _E),
                "sheets.attested": Told("با تأیید معتبر", _E),
                "sheets.attestationExpired": Told("با تأیید منقضی‌شده", _E),
                "sheets.kioskUrbanNotOffered": Told("قابل ارائه در پیشخوان شهری ولی ارائه‌نشده", _E),
                "sheets.kioskRuralNotOffered": Told("قابل ارائه در پیشخوان روستایی ولی ارائه‌نشده", _E),
            },
        ),
        "coverage": (
            "خدمات الکترونیکی",
            {
                "coverage.transactional": Told("درخواست و تحویل، تمام‌الکترونیکی", _PC),
                "coverage.full": Told("هر چهار مرحله، تمام‌الکترونیکی", _PC),
                "coverage.baselineMonth": Told("ماه مبنا", Measure.MONTH),
                "coverage.baseline": Told("تمام‌الکترونیکی در ماه مبنا", _PC),
            },
        ),
        "deficiencies": (
            "نقص‌ها",
            {
                "deficiencies.open": Told("باز در پایان ماه", _P),
                "deficiencies.overdue": Told("از آن‌ها با مهلت گذشته", _P),
                "deficiencies.reported": Told("گزارش‌شده در ماه", _P),
                "deficiencies.verified": Told("رفع و تأییدشده در ماه", _P),
                "deficiencies.escalated": Told("ارجاع به سطح بالاتر در ماه", _P),
                "deficiencies.ageMedian": Told("میانهٔ عمر نقص‌های باز", _D, ("deficiencies.open",)),
                "deficiencies.ageOldest": Told("عمر کهنه‌ترین نقص باز", _D, ("deficiencies.open",)),
            },
        ),
        "remediation": (
            "گزارش رفع نقص‌های دستگاه",
            {
                "remediation.submitted": Told("گزارش ماه داده شده", _F),
                "remediation.submittedAt": Told("زمان گزارش", _M),
                "remediation.submittedBy": Told("گزارش‌دهنده", _T, personal=True),
                "remediation.revision": Told("ویرایش گزارش", _E),
                "remediation.items": Told("نقص‌های گزارش‌شده", _P),
                "remediation.receiptNo": Told("شمارهٔ رسید", _T),
                "remediation.receivedAt": Told("زمان دریافت", _M),
            },
        ),
        "cases": (
            "درخواست‌ها",
            {
                "cases.filed": Told("ثبت‌شده در ماه", _P),
                "cases.electronic": Told("سهم الکترونیکی (بی اطلاع‌رسانی محض)", _PC, ("channels.*", "reasons.*")),
                "cases.kiosk": Told("سهم پیشخوان", _PC, ("channels.*", "reasons.*")),
                "cases.desk": Told("سهم میز خدمت", _PC, ("channels.*", "reasons.*")),
                "cases.electronicByPolicy": Told(
                    "سهم الکترونیکی در سیاست (الکترونیکی، سپس پیشخوان، سپس میز)", _PC, ("channels.*", "reasons.*")
                ),
                "cases.kioskByPolicy": Told("سهم پیشخوان در سیاست", _PC, ("channels.*", "reasons.*")),
                "cases.deskByPolicy": Told("سهم میز خدمت در سیاست", _PC, ("channels.*", "reasons.*")),
                "cases.deskElsewhere": Told("در میز پذیرفته‌شده، با آنکه سیاست راه دیگری را پیش می‌نهد", _P),
                "cases.withdrawn": Told("پس‌گرفته‌شده", _P),
                "cases.expired": Told("بسته‌شده بی پیگیری", _P),
                "cases.objected": Told("اعتراض", _P),
                "cases.reopened": Told("بازگشایی", _P),
                "cases.incomplete": Told("نوبت‌های کسری مدارک", _P),
            },
        ),
        "onSpot": (
            "انجام در جا",
            {
                "onSpot.possible": Told("درخواست‌هایی که میز می‌توانست در جا انجام دهد", _P),
                "onSpot.done": Told("از آن‌ها در همان مراجعه انجام‌شده", _P),
                "onSpot.share": Told("سهم آن", _PC, ("onSpot.possible", "onSpot.done")),
            },
        ),
        "redirects": (
            "ارجاع به پیشخوان",
            {
                "redirects.made": Told("ارجاع‌های ماه", _P),
                "redirects.ended": Told("ارجاع‌های پایان‌یافته در ماه", _P),
                "redirects.honoured": Told("انجام‌شده در پیشخوان", _P),
                "redirects.failed": Told("ناکام به سبب پیشخوان", _P),
                "redirects.takenBack": Told("پس‌گرفته به میز، بی تقصیر پیشخوان", _P),
                "redirects.closed": Told("بسته‌شده بی مراجعه", _P),
                "redirects.honouredShare": Told("سهم انجام‌شده", _PC, ("redirects.honoured", "redirects.ended")),
            },
        ),
        "promises": (
            "وعده‌ها",
            {
                "promises.ended": Told("وعده‌های سررسیدشده: وفاشده یا شکسته", _P),
                "promises.kept": Told("وفاشده", _P),
                "promises.broken": Told("شکسته", _P),
                "promises.released": Told("منتفی‌شده به سبب متقاضی", _P),
                "promises.keptShare": Told("سهم وفاشده", _PC, ("promises.kept", "promises.ended")),
                "promises.earlyMedian": Told(
                    "میانهٔ روزهای کاری زودتر از وعده", _D, ("promises.kept", "promises/FINAL_DELIVERY/kept")
                ),
                "promises.keptLate": Told("پاسخ دیرهنگام پس از شکستن", _P),
                "promises.lateMedian": Told("میانهٔ روزهای کاری دیرکرد", _D, ("promises.keptLate",)),
                "promises.latest": Told("بیشترین دیرکرد، روز کاری", _D, ("promises.keptLate",)),
            },
        ),
        "results": (
            "نتیجه‌ها و زمان کار",
            {
                "results.all": Told("نتیجه‌های ماه", _P),
                "results.granted": Told("پذیرفته", _P),
                "results.refused": Told("ردشده", _P),
                "results.partial": Told("بخشی پذیرفته", _P),
                "results.onSpot": Told("در جا انجام‌شده", _P),
                "results.overMaximum": Told("بیش از زمان شناسنامه", _P),
                "results.median": Told("میانهٔ زمان کاری از ثبت تا نتیجه", _MIN, ("results.all",)),
                "results.p90": Told("صدک ۹۰ زمان کاری از ثبت تا نتیجه", _MIN, ("results.all",)),
            },
        ),
        "announcements": (
            "اعلام نتیجه",
            {
                "announcements.all": Told("نتیجه‌های اعلام‌شده", _P),
                "announcements.withinDay": Told("تأییدشده در کمتر از یک روز کاری", _P),
                "announcements.share": Told("سهم آن", _PC, ("announcements.all", "announcements.withinDay")),
            },
        ),
        "visits": (
            "مراجعه‌ها",
            {
                "visits.completed": Told("درخواست‌های پایان‌یافته", _P),
                "visits.first": Told("از آن‌ها با نخستین مراجعه", _P),
                "visits.firstShare": Told("سهم آن", _PC, ("visits.completed", "visits.first")),
                "visits.perCase": Told("مراجعه برای هر درخواست", _S, ("visits.completed", "visits.first")),
                "visits.tickets": Told("نوبت‌های میز در ماه", _P),
                "visits.guidance": Told("از آن‌ها تنها راهنمایی", _P),
            },
        ),
        "referrals": (
            "فرستادن به واحدها",
            {
                "referrals.coordinated": Told("با هماهنگی پیشین", _P),
                "referrals.uncoordinated": Told("بدون هماهنگی (باید صفر باشد)", _P),
                "referrals.attended": Told("پایان‌یافته در ماه: حاضر شده", _P),
                "referrals.missed": Told("پایان‌یافته در ماه: حاضر نشده", _P),
                "referrals.cancelled": Told("پایان‌یافته در ماه: لغوشده", _P),
                "referrals.notApproved": Told("پایان‌یافته در ماه: به‌هنگام تأیید نشده", _P),
            },
        ),
        "work": (
            "کار درون دستگاه",
            {
                "work.answers": Told("پاسخ‌های واحدها در ماه", _P),
                "work.granted": Told("پاسخ‌های پذیرش", _P),
                "work.refused": Told("پاسخ‌های رد", _P),
                "work.partial": Told("پاسخ‌های پذیرش بخشی", _P),
                "work.noCompetence": Told("اعلام عدم صلاحیت", _P),
                "work.median": Told("میانهٔ زمان کاری تا پاسخ", _MIN, ("work.answers",)),
                "work.p90": Told("صدک ۹۰ زمان کاری تا پاسخ", _MIN, ("work.answers",)),
                "work.jumps": Told("آغاز خارج از نوبت", _P),
                "work.overrides": Told("واگذاری دستی به کارشناس", _P),
                "work.returns": Told("پس‌دادن کار", _P),
                "work.timedOut": Told("آغازنشده در مهلت", _P),
                "work.rungsOfficer": Told("هشدار مهلت به کارشناس", _P),
                "work.rungsUnitHead": Told("هشدار مهلت به رئیس واحد", _P),
                "work.rungsAgencyHead": Told("هشدار مهلت به رئیس دستگاه", _P),
                "work.nobodyMay": Told("کارشناس مجازی نبود", _P),
                "work.nobodyHasRoom": Told("کارشناسی ظرفیت نداشت", _P),
                "work.unitAway": Told("واحد از کار بیرون بود", _P),
            },
        ),
        "transfers": (
            "انتقال کار میان واحدها",
            {
                "transfers.offered": Told("پیشنهاد به دستگاه دیگر", _P),
                "transfers.acknowledged": Told("پذیرفته (در درون دستگاه: بی‌درنگ)", _P),
                "transfers.refused": Told("پذیرفته‌نشده", _P),
                "transfers.returned": Told("بی‌پاسخ در مهلت و بازگشته", _P),
            },
        ),
        "coordinations": (
            "هماهنگی میز با واحدها",
            {
                "coordinations.asked": Told("پرسش از واحد", _P),
                "coordinations.confirmed": Told("تأیید با وقت", _P),
                "coordinations.declined": Told("رد از سوی واحد", _P),
                "coordinations.proposed": Told("پیشنهاد وقت از سوی واحد", _P),
                "coordinations.lapsed": Told("بی‌پاسخ واحد در مهلت", _P),
                "coordinations.dropped": Told("رهاشده از سوی میز یا با پایان کار", _P),
            },
        ),
        "surveys": (
            "نظر مردم",
            {
                "surveys.answered": Told("پاسخ‌ها", _P),
                "surveys.treatment": Told("میانگین برخورد (۱ تا ۵)", _S, ("surveys.answered", "treatment.*")),
                "surveys.onTime": Told("در تاریخ وعده‌شده انجام شد: آری", _P),
                "surveys.onTimeShare": Told("سهم آن", _PC, ("surveys.answered", "surveys.onTime")),
                "surveys.sentToUnit": Told("به واحدی فرستاده شدید: آری", _P),
                "surveys.sentToUnitShare": Told("سهم آن", _PC, ("surveys.answered", "surveys.sentToUnit")),
            },
        ),
        "demands": ("مطالبات خلاف قانون", {"demands.reported": Told("گزارش‌های ماه (تنها شمار)", _P)}),
    }
)

FIGURES: Mapping[str, Told] = MappingProxyType(
    {code: told for _, figures in SECTIONS.values() for code, told in figures.items()}
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "desks": Table(
            "میزهای خدمت",
            "میز",
            {
                "name": Told("نام", _T),
                "kind": Told("گونه", _T),
                "inForce": Told("دایر", _F),
                "floor": Told("طبقه", _E),
                "headOfficerId": Told("شناسهٔ مسئول میز", _T, personal=True),
                "headOfficerName": Told("مسئول میز", _T, personal=True),
                "headWithAuthority": Told("با اختیار تصمیم", _F),
            },
        ),
        "maturity": Table(
            "بلوغ خدمات",
            "سطح",
            {
                "computed": Told("محاسبه‌شده", _E),
                "declared": Told("اظهارشدهٔ دستگاه", _E),
                "verified": Told("تأییدشدهٔ بالادست", _E),
            },
        ),
        "coverage": Table(
            "روند پوشش الکترونیکی",
            "ماه",
            {
                "services": Told("خدمات", _E),
                "transactional": Told("درخواست و تحویل الکترونیکی", _E),
                "full": Told("تمام‌الکترونیکی", _E),
            },
        ),
        "channels": Table("درخواست‌های ماه بر پایهٔ مجرا", "مجرا", {"cases": Told("درخواست", _P)}),
        "reasons": Table(
            "درخواست‌های ماه بر پایهٔ دلیل مجرا",
            "دلیل",
            {"cases": Told("درخواست", _P), "desk": Told("از آن‌ها در میز خدمت", _P)},
        ),
        "notOnSpot": Table("در جا انجام‌نشده، بر پایهٔ دلیل", "دلیل", {"cases": Told("درخواست", _P)}),
        "promises": Table(
            "وعده‌ها بر پایهٔ گونه",
            "گونه",
            {
                "kept": Told("وفاشده", _P),
                "broken": Told("شکسته", _P),
                "released": Told("منتفی‌شده", _P),
                "keptLate": Told("پاسخ دیرهنگام", _P),
            },
        ),
        "services": Table(
            "زمان کار بر پایهٔ خدمت",
            "خدمت",
            {
                "name": Told("نام", _T),
                "results": Told("نتیجه", _P),
                "unit": Told("یکا", _T),
                "measured": Told("نتیجه با زمان سنجیده", _P),
                "median": Told("میانه", _SP, ("measured",)),
                "p90": Told("صدک ۹۰", _SP, ("measured",)),
                "average": Told("میانگین شناسنامه", _SP),
                "maximum": Told("بیشینهٔ شناسنامه", _SP),
                "overMaximum": Told("بیش از بیشینه", _P),
                "computed": Told("بلوغ محاسبه‌شده", _T),
                "attested": Told("تأیید معتبر", _F),
            },
        ),
        "visits": Table("نوبت‌های میز بر پایهٔ پایان", "پایان", {"visits": Told("نوبت", _P)}),
        "treatment": Table("برخورد", "امتیاز", {"answers": Told("پاسخ", _P)}),
        "officers": Table(
            "پراکندگی زمان و نتیجه بر پایهٔ کارشناس",
            "کارشناس",
            {
                "name": Told("نام", _T),
                "results": Told("نتیجه", _P),
                "granted": Told("پذیرفته", _P),
                "refused": Told("ردشده", _P),
                "partial": Told("بخشی پذیرفته", _P),
                "median": Told("میانهٔ زمان کاری", _MIN, ("results",)),
            },
            personal=True,
        ),
        "unitAnswers": Table("پاسخ‌ها بر پایهٔ واحد", "واحد", {"name": Told("نام", _T), **_ANSWERS}),
        "channelAnswers": Table("پاسخ‌ها بر پایهٔ مجرا", "مجرا", _ANSWERS),
        "officerAnswers": Table(
            "پاسخ‌ها بر پایهٔ کارشناس", "کارشناس", {"name": Told("نام", _T), **_ANSWERS}, personal=True
        ),
        "unitOrder": Table(
            "نوبت و مهلت بر پایهٔ واحد",
            "واحد",
            {
                "name": Told("نام", _T),
                "jumps": Told("خارج از نوبت", _P),
                "overrides": Told("واگذاری دستی", _P),
                "returns": Told("پس‌داده", _P),
                "timedOut": Told("آغازنشده", _P),
                "rungsOfficer": Told("هشدار به کارشناس", _P),
                "rungsUnitHead": Told("هشدار به رئیس واحد", _P),
                "rungsAgencyHead": Told("هشدار به رئیس دستگاه", _P),
                "nobodyMay": Told("بی کارشناس مجاز", _P),
                "nobodyHasRoom": Told("بی ظرفیت", _P),
                "unitAway": Told("واحد بیرون از کار", _P),
            },
        ),
        "jumpReasons": Table("آغاز خارج از نوبت بر پایهٔ دلیل", "دلیل", {"jumps": Told("بار", _P)}),
        "overrideReasons": Table("واگذاری دستی بر پایهٔ دلیل", "دلیل", {"overrides": Told("بار", _P)}),
        "returnReasons": Table("پس‌دادن کار بر پایهٔ دلیل", "دلیل", {"returns": Told("بار", _P)}),
        "jumps": Table(
            "آغاز خارج از نوبت بر پایهٔ کارشناس",
            "ردیف",
            {
                "officerId": Told("شناسهٔ کارشناس", _T),
                "officerName": Told("کارشناس", _T),
                "reason": Told("دلیل", _T),
                "secondOfficerId": Told("شناسهٔ کارشناس دوم", _T),
                "jumps": Told("بار", _P),
            },
            personal=True,
        ),
        "overrides": Table(
            "واگذاری دستی بر پایهٔ کارشناس",
            "ردیف",
            {
                "byId": Told("شناسهٔ واگذارنده", _T),
                "byName": Told("واگذارنده", _T),
                "toId": Told("شناسهٔ گیرنده", _T),
                "toName": Told("گیرنده", _T),
                "reason": Told("دلیل", _T),
                "overrides": Told("بار", _P),
            },
            personal=True,
        ),
        "returns": Table(
            "پس‌دادن کار بر پایهٔ کارشناس",
            "ردیف",
            {
                "officerId": Told("شناسهٔ کارشناس", _T),
                "officerName": Told("کارشناس", _T),
                "reason": Told("دلیل", _T),
                "returns": Told("بار", _P),
            },
            personal=True,
        ),
        "unitTransfers": Table(
            "انتقال کار بر پایهٔ واحد",
            "واحد",
            {
                "name": Told("نام", _T),
                "offered": Told("پیشنهاد به دستگاه دیگر", _P),
                "acknowledged": Told("پذیرفته", _P),
                "refused": Told("پذیرفته‌نشده", _P),
                "returned": Told("بی‌پاسخ", _P),
                "taken": Told("گرفته از واحد دیگر", _P),
            },
        ),
        "unitCoordinations": Table(
            "هماهنگی بر پایهٔ واحد",
            "واحد",
            {
                "name": Told("نام", _T),
                "asked": Told("پرسش", _P),
                "confirmed": Told("تأیید", _P),
                "declined": Told("رد", _P),
                "proposed": Told("پیشنهاد وقت", _P),
                "lapsed": Told("بی‌پاسخ", _P),
                "dropped": Told("رهاشده", _P),
            },
        ),
        "unitReferrals": Table(
            "فرستادن به واحد بر پایهٔ واحد",
            "واحد",
            {
                "name": Told("نام", _T),
                "coordinated": Told("با هماهنگی", _P),
                "uncoordinated": Told("بدون هماهنگی", _P),
                "attended": Told("حاضر شده", _P),
                "missed": Told("حاضر نشده", _P),
                "cancelled": Told("لغوشده", _P),
                "notApproved": Told("تأییدنشده", _P),
            },
        ),
        "referralOutcomes": Table("پایان فرستادن‌ها بر پایهٔ نتیجه", "نتیجه", {"referrals": Told("بار", _P)}),
    }
)

WORK_SECTIONS = ("referrals", "work", "transfers", "coordinations")
WORK_TABLES = (
    "unitAnswers",
    "channelAnswers",
    "officerAnswers",
    "unitOrder",
    "jumpReasons",
    "overrideReasons",
    "returnReasons",
    "jumps",
    "overrides",
    "returns",
    "unitTransfers",
    "unitCoordinations",
    "unitReferrals",
    "referralOutcomes",
)
"""What the report of the work inside tells of a pack."""


def figure(value: Any, *, of: int | None = None, why: Why | None = None) -> Figure:
    told: Figure = {"value": value}
    if of is not None:
        told["of"] = of
    if why is not None:
        told["why"] = why.value
    return told
