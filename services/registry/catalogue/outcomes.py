"""What became of a service of a file, as people are told of it: each reason at its field and column."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.contracts.counties import nothing_in
from services.contracts.decision import Refused
from services.contracts.entry import Entry
from services.contracts.registry import Officer, Organization, Unit
from services.registry.catalogue.remarks import Remark
from services.registry.catalogue.table.columns import said
from services.registry.domain.importing import Fate, Outcome, Reason
from services.runtime.message import Broken, Held

MOST_REASONS, LONGEST = 50, 300

_REFUSALS = {
    "OWNER_FIXED": "از آنِ دستگاه دیگری است",
    "SERVICE_FIXED": "کانال خدمت دیگری است",
    "STALE_VERSION": "هم‌زمان تغییر کرد؛ دوباره بفرستید",
    "IF_MATCH_REQUIRED": "پس از این پرونده تغییر کرده است؛ با replace جایگزین می‌شود",
    "INCOMPLETE": "کامل نیست",
    "CONTRADICTS_SHEET": "خلاف شناسنامهٔ خدمت است",
    "NAMES_RETIRED": "خدمت آن پایان یافته است",
    "UNKNOWN_OFFICER": "این کارمند بر سر کار نیست",
    "NOT_AUTHORISED": "این کارمند از دستگاه دیگری است",
}


def refusal(error: Refused | Held | Broken, field: str = "") -> Remark:
    if isinstance(error, Refused) and error.code == "IF_MATCH_REQUIRED":
        # whoever reads it has a file and no header to give
        return Remark(field, _REFUSALS[error.code], "was changed since this file; replace says to overwrite that")
    if isinstance(error, Refused):
        said = "; ".join([error.detail, *map(str, error.facts.get("flaws", ()))])
        return Remark(field, _REFUSALS.get(error.code, "پذیرفته نشد"), f"{error.code}: {said}")
    return Remark(
        field, "اکنون نوشتنی نیست؛ بعد دوباره بفرستید", "cannot be written at the moment; send it again later"
    )


_UNRECORDED: dict[type[Entry], tuple[str, str]] = {
    Organization: ("این دستگاه ثبت نشده است", "no such agency is recorded"),
    Unit: ("این واحد ثبت نشده است", "no such unit is recorded"),
    Officer: ("این کارمند ثبت نشده است", "no such officer is recorded"),
}


def unrecorded(field: str, kind: type[Entry] = Organization, id: str = "") -> Remark:
    fa, en = _UNRECORDED[kind]
    return Remark(field, fa, f"{en}: {id}" if id else en)


def empty(county: str) -> Remark:
    return Remark("offerings.counties", f"در شهرستان {county} هیچ میز، واحد یا دفتری ثبت نشده است", nothing_in(county))


def failed(service: Mapping[str, Any], reason: Remark) -> Outcome:
    return outcome(service, Fate.FAILED, [reason])


def outcome(service: Mapping[str, Any], fate: Fate, reasons: Sequence[Remark] = (), offerings: int = 0) -> Outcome:
    errors = [*service["errors"], *map(said, reasons)]
    told = [_reason("ERROR", one) for one in errors] + [_reason("GAP", one) for one in service["gaps"]]
    return Outcome(
        row=service["row"],
        where=service["where"][:LONGEST],
        id=service["id"] and service["id"][:LONGEST],
        fate=fate,
        reasons=tuple(told) if len(told) <= MOST_REASONS else _shortened(told),
        offerings=offerings,
    )


def _shortened(told: Sequence[Reason]) -> tuple[Reason, ...]:
    """The first, and how many more there are: else somebody mends those and meets the others in the next import."""
    shown, rest = told[: MOST_REASONS - 1], told[MOST_REASONS - 1 :]
    more = Remark("", f"و {len(rest)} مورد دیگر", f"and {len(rest)} more")
    return (*shown, _reason(rest[0].kind, said(more)))  # what was not taken for stands before what is lacking


def _reason(kind: str, remark: Mapping[str, str]) -> Reason:
    return Reason.model_validate({"kind": kind} | {name: text[:LONGEST] for name, text in remark.items()})
