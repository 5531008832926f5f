"""Why a sheet cannot be published, in Persian, for those who read the reasons (domain 10)."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from services.contracts.decision import Refused
from services.registry.catalogue.remarks import from_flaws
from services.worktime.jalali import jalali_date

_WORDS: Final[Mapping[str, str]] = {
    "request": "درخواست",
    "production": "انجام کار",
    "delivery": "تحویل",
    "URBAN": "شهری",
    "RURAL": "روستایی",
    "any county": "هیچ شهرستانی",
}
_OFFERING: Final = r"offering (?P<offering>\S+)"
_AT_KIOSKS: Final = rf"{_OFFERING} is of (?P<kind>\w+) kiosks, and "

REASONS: Final[tuple[tuple[str, str], ...]] = (
    (r"is offered through no channel", "از هیچ راهی ارائه نمی‌شود"),
    (r"can be requested through no channel", "از هیچ راهی قابل درخواست نیست"),
    (r"no desk of (?P<agencies>.+) is in force", "هیچ میز خدمتی از {agencies} دایر نیست"),
    (
        rf"{_AT_KIOSKS}kioskable\.\w+ says NO",
        "راه {offering} از آنِ پیشخوان {kind} است، ولی شناسنامه می‌گوید پیشخوان {kind} نمی‌تواند",
    ),
    (
        rf"{_AT_KIOSKS}none in (?P<where>.+) is in force",
        "راه {offering} از آنِ پیشخوان {kind} است، ولی در {where} دفتر دایری نیست",
    ),
    (
        rf"{_OFFERING} makes people come, and the sheet names no law for it",
        "راه {offering} مردم را به حضور وامی‌دارد، ولی شناسنامه قانونی برای آن نمی‌گوید",
    ),
    (
        rf"{_OFFERING} makes people come for another reason than the law's",
        "راه {offering} مردم را به دلیلی جز دلیل قانون به حضور وامی‌دارد",
    ),
    (
        rf"wants presence for the (?P<stage>\w+), but {_OFFERING} is not the desk's",
        "برای {stage} حضور می‌خواهد، ولی راه {offering} از آنِ میز خدمت نیست",
    ),
    (
        r"unit (?P<unit>\S+) has fewer than (?P<number>[0-9]+) officers who may process it",
        "واحد {unit} کمتر از {number} کارمند با اختیار رسیدگی دارد",
    ),
    (r"(?P<field>\S+) names \w+ (?P<id>\S+), wh\w+ is of another agency", "{field}: {id} از دستگاه دیگری است"),
    (r"(?P<field>\S+) names \w+ (?P<id>\S+), which is not in force", "{field}: {id} دایر نیست"),
    (
        r"(?P<field>\S+) names \w+ (?P<id>\S+), which is retired from (?P<day>\S+) on",
        "{field}: {id} از {day} برچیده می‌شود",
    ),
    (
        r"agency (?P<agency>\S+) of unit (?P<unit>\S+) is not in force",
        "دستگاه {agency}، که واحد {unit} از آن است، دایر نیست",
    ),
    (
        r"the agency of unit (?P<unit>\S+) has no permanent desk with a calendar",
        "دستگاهِ واحد {unit} میز دائمی با تقویم ندارد",
    ),
    (
        r"counties: no desk, unit or kiosk office stands in (?P<county>\S+)",
        "در شهرستان {county} هیچ میز، واحد یا دفتری نیست",
    ),
    (r"no officer has attested it", "هیچ مسئولی آن را گواهی نکرده است"),
    (r"its attestation ended on (?P<day>\S+)", "گواهی آن در {day} پایان یافته است"),
    (r"(?P<field>\S+) is missing", "{field}: گفته نشده است"),
)
"""Each reason as the rules say it, and how it is told in Persian."""


def in_persian_too(refused: Refused) -> Refused:
    """CANNOT_BE_SERVED with its reasons in Persian, in the same order: `reasonsLocal`."""
    facts = dict(refused.facts)
    if "reasons" in facts:
        facts["reasonsLocal"] = [in_persian(reason) for reason in facts["reasons"]]
    return Refused(refused.code, refused.detail, status=refused.status, **facts)


def in_persian(reason: str) -> str:
    """One reason; what is wrong with a sheet by itself is told as an import tells it."""
    for pattern, fa in REASONS:
        if match := re.fullmatch(pattern, reason):
            return fa.format(**{name: _word(said) for name, said in match.groupdict().items()})
    (remark,) = from_flaws([reason])
    field = remark.field or reason.partition(":")[0] * bool(re.match(r"[\w.]+: ", reason))
    return f"{field}: {remark.fa if remark.field else 'درست نیست'}" if field else remark.fa


def _word(said: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", said, re.ASCII):
        return jalali_date(date.fromisoformat(said))
    return _WORDS.get(said, said.replace(" or ", " یا ").replace(", ", "، "))
