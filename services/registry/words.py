"""What people read of deficiencies, in Persian."""

from collections.abc import Mapping

from services.contracts.deficiency import DeficiencyState, FinderRole, Kind, Mode, SubjectType
from services.registry.domain.deficiency import Step

KINDS: Mapping[Kind, str] = {
    Kind.OFFERING_MISSING: "خدمت از راهی که اعلام شده در دسترس نیست",
    Kind.SHEET_EXPIRED: "اعتبار تأیید شناسنامهٔ خدمت گذشته است",
    Kind.DESK_MISSING: "دستگاه میز خدمت دایر ندارد",
    Kind.HEAD_WITHOUT_AUTHORITY: "میز خدمت مسئولی با اختیار تصمیم‌گیری ندارد",
    Kind.KIOSK_FAILED: "دفتر پیشخوان کار ارجاع‌شده را انجام نداد",
    Kind.PROMISES_BROKEN: "وعده‌های این خدمت پی‌درپی شکسته شده است",
    Kind.DIRECTIVE_UNACKNOWLEDGED: "دریافت بخشنامه در مهلت اعلام نشده است",
    Kind.CANNOT_BE_SERVED: "واحد، کارمندان یا مسئول این خدمت بر سر کار نیستند",
    Kind.NOT_ON_GROUND_FLOOR: "میز خدمت در طبقهٔ همکف نیست",
    Kind.HEAD_ABSENT: "مسئول میز خدمت حضور ندارد",
    Kind.HOURS_NOT_KEPT: "ساعت کار میز خدمت رعایت نمی‌شود",
    Kind.SENT_TO_UNITS: "مراجعان به واحدهای داخلی فرستاده می‌شوند",
    Kind.NOT_ELECTRONIC: "خدمت الکترونیکی نیست یا ناقص است",
    Kind.OUT_OF_ORDER: "کار نمی‌کند",
    Kind.INFORMATION_WRONG: "اطلاعات نادرست یا ناقص است",
    Kind.DOCUMENT_DEMANDED: "مدرکی خواسته می‌شود که نزد دستگاه‌هاست",
    Kind.NO_RECEIPT: "رسید داده نمی‌شود",
    Kind.OTHER: "نقص دیگر",
}

STATES: Mapping[DeficiencyState, str] = {
    DeficiencyState.REPORTED: "گزارش شده",
    DeficiencyState.ACKNOWLEDGED: "دستگاه از آن آگاه است",
    DeficiencyState.PLANNED: "برنامهٔ رفع دارد",
    DeficiencyState.IN_REMEDY: "در دست رفع",
    DeficiencyState.FIXED: "دستگاه آن را رفع‌شده می‌داند",
    DeficiencyState.VERIFIED: "رفع آن تأیید شد",
    DeficiencyState.REJECTED: "رفع آن پذیرفته نشد",
}

HISTORY: Mapping[str, str] = {
    "deficiency.reported": "نقص گزارش شد",
    "deficiency.acknowledged": "دستگاه دریافت آن را اعلام کرد",
    "deficiency.planned": "برنامهٔ رفع و مسئول آن تعیین شد",
    "deficiency.remedy-started": "رفع آغاز شد",
    "deficiency.fixed": "دستگاه رفع آن را با مستندات اعلام کرد",
    "deficiency.verified": "دستگاه بالادست رفع آن را تأیید کرد",
    "deficiency.rejected": "دستگاه بالادست رفع آن را نپذیرفت",
    "deficiency.escalated": "مهلت گذشت و موضوع به سطح بالاتر رفت",
}

MODES: Mapping[Mode, str] = {Mode.ELECTRONIC: "الکترونیکی", Mode.IN_PERSON: "حضوری"}

SUBJECTS: Mapping[SubjectType, str] = {
    SubjectType.DESK: "میز خدمت",
    SubjectType.SERVICE: "خدمت",
    SubjectType.OFFERING: "راه ارائهٔ خدمت",
    SubjectType.DIRECTIVE: "بخشنامه",
}

FINDERS: Mapping[FinderRole, str] = {
    FinderRole.INSPECTOR: "بازرس",
    FinderRole.STAFF: "کارکنان دستگاه",
    FinderRole.KIOSK: "دفتر پیشخوان",
    FinderRole.SYSTEM: "سامانه",
}

STEPS: Mapping[Step, str] = {
    Step.ACKNOWLEDGE: "اعلام دریافت",
    Step.PLAN: "برنامهٔ رفع",
    Step.REMEDY: "رفع",
}
