"""The columns of the table of services: what stands where, and how (domain 10)."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, get_args

from services.contracts.entry import Status
from services.contracts.service_sheet import Channel, Extent, Maturity, PresenceGround
from services.registry.catalogue.remarks import Remark
from services.registry.catalogue.table.cells import (
    Commas,
    Day,
    Form,
    Lines,
    Number,
    Part,
    Plain,
    Record,
    Span,
    Word,
    YesNo,
)


@dataclass(frozen=True, slots=True)
class Column:
    """`key`: the place of the value in the sheet's JSON. `kept`: the registry gives it; shown, never taken.

    A column that is optional may be left out, and its cell be empty.
    """

    key: str
    fa: str
    form: Form
    optional: bool = False
    kept: bool = False

    @property
    def heading(self) -> str:
        return f"{self.fa} ({self.key})"

    @property
    def empty(self) -> Any:
        """What an empty cell says, where it says anything."""
        return [] if isinstance(self.form, Lines) else False if isinstance(self.form, YesNo) else None

    def of(self, sheet: Mapping[str, Any]) -> Any:
        """The value in a sheet's JSON, None if there is none."""
        value: Any = sheet
        for part in self.key.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def put(self, sheet: dict[str, Any], value: Any) -> None:
        *way, last = self.key.split(".")
        for part in way:
            sheet = sheet.setdefault(part, {})
        sheet[last] = value


_TEXT, _NUMBER, _YES_NO, _DAY = Plain(), Number(), YesNo(), Day()
_ID = Plain("شناسه، لاتین", "an id")
_MOMENT = Plain("زمان: 2026-11-23T08:30:00Z", "an instant: 2026-11-23T08:30:00Z")
_CHANNEL = Word(tuple(Channel))
_EXTENT = Word(tuple(Extent))
_MATURITY = Word(tuple(Maturity))
_STATUS = Word(tuple(Status))
_DECIDED = Word(("YES", "NO", "UNDECIDED"))
_GROUND = Word(get_args(PresenceGround))

_REQUIREMENT = Record(
    (
        Part("evidenceType", "شناسهٔ مدرک", _ID),
        Part("name", "نام مدرک"),
        Part("originalNeeded", "اصل لازم است؟", _YES_NO),
        Part("mandatory", "الزامی است؟", _YES_NO),
        Part("heldBy", "دستگاه دارندهٔ مدرک", _ID, optional=True),
        Part("condition", "در چه حالتی", optional=True),
    )
)
_LAW = Record((Part("title", "عنوان قانون"), Part("article", "ماده")))
_COST = Record(
    (
        Part("amount", "مبلغ به ریال", _NUMBER),
        Part("payAt", "محل پرداخت"),
        Part("channel", "کانال", _CHANNEL, optional=True),
    )
)
_CHANNEL_TIME = Record(
    (
        Part("channel", "کانال: " + "، ".join(_CHANNEL.words), _CHANNEL),
        Part("average", "مدت میانگین", Span()),
        Part("maximum", "حداکثر مدت", Span()),
    )
)
_PRESENCE = Record(
    (
        Part("ground", "دلیل: " + "، ".join(_GROUND.words), _GROUND),
        Part("stage", "مرحله: request، production، delivery"),
        Part("law", "قانون"),
    )
)
OFFERING: Final = Record(
    (
        Part("id", "شناسهٔ کانال", _ID),
        Part("channel", "نوع: " + "، ".join(_CHANNEL.words), _CHANNEL),
        Part("information", "اطلاع‌رسانی: NONE، PARTIAL، FULL", _EXTENT),
        Part("request", "درخواست", _EXTENT),
        Part("production", "انجام کار", _EXTENT),
        Part("delivery", "تحویل", _EXTENT),
        Part("validFrom", "از تاریخ", _DAY),
        Part("validTo", "تا تاریخ", _DAY, optional=True),
        Part("counties", "شهرستان‌ها", Commas(), optional=True),
        Part("url", "نشانی اینترنتی", optional=True),
        Part("orgId", "دستگاه، اگر دیگری است", _ID, optional=True),
        Part("presenceReason", "دلیل حضور", _GROUND, optional=True),
        Part("status", "وضعیت، اگر ACTIVE نیست", _STATUS, optional=True),
        Part("version", "نسخه‌ای که این ردیف از روی آن است", _NUMBER, optional=True),
    )
)
_PLAN = Record((Part("status", "وضعیت", _STATUS), Part("since", "از تاریخ", _DAY)))

COLUMNS: Final[tuple[Column, ...]] = (
    Column("id", "شناسهٔ خدمت", _ID),
    Column("orgId", "شناسهٔ دستگاه", _ID),
    Column("name", "نام خدمت", _TEXT),
    Column("nameEn", "نام انگلیسی", _TEXT),
    Column("description", "شرح", _TEXT),
    Column("audience", "مخاطب", Word(("CITIZEN", "BUSINESS", "BOTH"))),
    Column("sector", "حوزه", _TEXT),
    Column("spatial", "محدودهٔ جغرافیایی", _TEXT),
    Column("lifeEvents", "رویدادهای زندگی", Lines(_TEXT)),
    Column("initiation", "آغاز با", Word(("REQUEST", "DATE", "EVENT", "AGENCY", "OTHER"))),
    Column("informationOnly", "فقط اطلاع‌رسانی", _YES_NO, optional=True),
    Column("information", "راهنمای پیش از درخواست", _TEXT),
    Column("requirements", "مدارک", Lines(_REQUIREMENT)),
    Column("legalResources", "مستندات قانونی", Lines(_LAW)),
    Column("processingTime.average", "مدت میانگین", Span()),
    Column("processingTime.maximum", "حداکثر مدت", Span()),
    Column("processingTime.legal", "مدت قانونی", Span()),
    Column("processingTime.byChannel", "مدت در هر کانال", Lines(_CHANNEL_TIME), optional=True),
    Column("costs", "هزینه‌ها", Lines(_COST)),
    Column("output.type", "شناسهٔ خروجی", _ID),
    Column("output.name", "نام خروجی", _TEXT),
    Column("output.collectable", "تحویل حضوری خروجی", _YES_NO),
    Column("declaredVisits", "تعداد مراجعهٔ اعلام‌شده", _NUMBER),
    Column("stages", "مراحل پیش رو", Lines(_TEXT)),
    Column("unitId", "شناسهٔ واحد مسئول", _ID),
    Column("responsibleOfficerId", "شناسهٔ کارشناس مسئول", _ID),
    Column("contact.name", "نام محل تماس", _TEXT),
    Column("contact.phone", "تلفن تماس", _TEXT),
    Column("presence", "حضور به حکم قانون", _PRESENCE, optional=True),
    Column("kioskable.urban", "پیشخوان شهری", _DECIDED),
    Column("kioskable.rural", "پیشخوان روستایی", _DECIDED),
    Column("kioskable.reason", "دلیل دربارهٔ پیشخوان", _TEXT),
    Column("objection.days", "مهلت اعتراض به روز", _NUMBER),
    Column("objection.body", "مرجع اعتراض", _TEXT),
    Column("objection.how", "شیوهٔ اعتراض", _TEXT),
    Column("maturityDeclared", "بلوغ اعلام‌شده", _MATURITY),
    Column("onSpot", "تصمیم در همان میز", _YES_NO, optional=True),
    Column("offerings", "کانال‌های ارائه", Lines(OFFERING), optional=True),
    Column("version", "نسخه", _NUMBER, optional=True, kept=True),
    Column("status", "وضعیت", _STATUS, optional=True, kept=True),
    Column("planned", "برنامهٔ وضعیت", Lines(_PLAN), optional=True, kept=True),
    Column("maturityVerified", "بلوغ تأییدشده", _MATURITY, optional=True, kept=True),
    Column("maturityVerifiedBy", "تأییدکنندهٔ بلوغ", _ID, optional=True, kept=True),
    Column("maturityVerifiedAt", "زمان تأیید بلوغ", _MOMENT, optional=True, kept=True),
    Column("attestedBy", "گواهی‌کننده", _ID, optional=True, kept=True),
    Column("attestedAt", "زمان گواهی", _MOMENT, optional=True, kept=True),
    Column("attestationExpires", "پایان گواهی", _DAY, optional=True, kept=True),
)

BY_KEY: Final = {column.key: column for column in COLUMNS}


def filled(sheet: Mapping[str, Any], unsaid: Iterable[str], there: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of a sheet, with that of another where a file had no column for it."""
    whole = deepcopy(dict(sheet))
    for key in unsaid:
        value = BY_KEY[key].of(there)
        if value is not None:
            BY_KEY[key].put(whole, value)
    return whole


def column_of(field: str) -> Column | None:
    """The column in which a field of the sheet's JSON stands: `costs.0.amount` in that of `costs`."""
    while field:
        if field in BY_KEY:
            return BY_KEY[field]
        field = field.rpartition(".")[0]
    return None


def said(remark: Remark) -> dict[str, str]:
    """A remark as it is told, with the heading of its column."""
    column = column_of(remark.field)
    return {"field": remark.field, "column": column.fa if column else "", "fa": remark.fa, "en": remark.en}
