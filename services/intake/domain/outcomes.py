"""What a kiosk office is told: one answer per content, then progress (contract: Kiosk outcome)."""

from datetime import datetime
from typing import Any, Final

from services.contracts.commitment import Commitment
from services.contracts.intake import RequestState
from services.contracts.kiosk import FIXABLE, Outcome, OutcomeStatus, Rejection
from services.intake.domain.case import Case
from services.intake.domain.parts_told import parts
from services.intake.domain.proving import UnprovenOutcome
from services.intake.domain.request import (
    CaseInBrief,
    Heard,
    KioskFiling,
    PartTold,
    Request,
)
from services.intake.domain.states import PROMISED, WITH_UNITS
from services.worktime.jalali import jalali_text

MESSAGES: dict[Rejection, str] = {
    Rejection.MALFORMED: "پیام با قالب توافق‌شده نمی‌خواند؛ برنامهٔ خود را درست کنید و دوباره بفرستید.",
    Rejection.INVALID_APPLICANT: "شناسه، نام یا تلفن همراه متقاضی درست نیست.",
    Rejection.MISSING_EVIDENCE: "مدرک لازم پیوست نشده یا اصل آن دیده نشده است.",
    Rejection.BAD_SIGNATURE: "امضای پیام درست نیست.",
    Rejection.STALE: "زمان ثبت درخواست بیرون از بازهٔ پذیرفتنی است.",
    Rejection.UNKNOWN_SERVICE: "چنین خدمتی در فهرست خدمات نیست.",
    Rejection.UNKNOWN_KIOSK: "چنین دفتری شناخته نیست.",
    Rejection.KIOSK_NOT_LICENSED: "پروانهٔ دفتر معتبر نیست.",
    Rejection.NOT_OFFERED_HERE: "این خدمت در این دفتر ارائه نمی‌شود.",
    Rejection.PRESENCE_REQUIRED: "قانون برای این خدمت حضور متقاضی در میز خدمت را لازم می‌داند.",
    Rejection.REDIRECT_UNKNOWN: "ارجاعی با این شناسه برای این متقاضی و این خدمت باز نیست.",
    Rejection.SOURCE_MISMATCH: "فرستندهٔ پیام با دفتر نام‌برده در آن یکی نیست.",
    Rejection.UNKNOWN_CASE: "پرونده‌ای با این شماره از این دفتر پذیرفته نشده است.",
    Rejection.NOT_POSSIBLE: "پرونده در وضعیتی نیست که این کار در آن شدنی باشد.",
    Rejection.CONFLICT: "با این شماره پیش‌تر پیام دیگری رسیده است.",
}
SANDBOX = "SANDBOX"
"""In place of a case's state."""
TRIED = "پیام درست بود. این دفتر آزمایشی است: پرونده‌ای باز نشد و به کسی خبری داده نمی‌شود."
HELD = "درخواست نزد ما نگه داشته شده است؛ دوباره نفرستید. پاسخ آن خواهد رسید."

WORTH_TELLING = frozenset(
    {
        RequestState.SUSPENDED,
        RequestState.RESULT_READY,
        RequestState.COLLECTION_DUE,
        RequestState.CLOSED,
        RequestState.OBJECTED,
        RequestState.REOPENED,
        RequestState.WITHDRAWN,
        RequestState.EXPIRED,
        RequestState.DUPLICATE,
    }
)
"""Later states that an office is told of."""


def in_brief(request_id: str, case: Case) -> CaseInBrief:
    """While units are asked, or its person is sent to one, an office knows it as the work that goes on."""
    first, promise = next(iter(case.answers()), None), case.promise()
    return CaseInBrief(
        request_id=request_id,
        org_id=case.org_id,
        tracking_code=case.tracking_code,
        state=case.work_state if case.state in WITH_UNITS else case.state,
        accepted_for=_at_first(first) if first else None,
        accepted_for_local=(jalali_text(_at_first(first)) if first.moves else first.promised_local) if first else None,
        promised_at=promise.promised_at if promise else None,
        promised_local=promise.promised_local if promise else None,
        responsible=case.responsible,
        cost=case.cost,
        stages_ahead=case.stages,
        needed=case.needed if case.awaited else (),
        until=case.awaited.until if case.awaited else None,
        duplicate_of=case.duplicate_of,
    )


def _at_first(promise: Commitment) -> datetime:
    return promise.moves[0].from_at if promise.moves else promise.promised_at


def accepted(filing: KioskFiling, heard: Heard, case: CaseInBrief) -> Outcome:
    return _told(
        filing,
        heard,
        "ACCEPTED",
        **_of(case, PROMISED),
        promised_at=case.accepted_for,
        promised_local=case.accepted_for_local,
        cost=case.cost,
        stages_ahead=case.stages_ahead,
        duplicate_of=case.duplicate_of,
    )


def taken_up(filing: KioskFiling, heard: Heard, case: CaseInBrief) -> Outcome:
    """What the office said later of its case was done: how the case stands now, and what is still missing."""
    return _told(
        filing, heard, "ACCEPTED", **_of(case, case.state), **_now(case), needed=case.needed, deadline=case.until
    )


def tried(filing: KioskFiling, heard: Heard) -> Outcome:
    """A sandbox kiosk's submission is good; there is no case, and so neither a code nor a promise."""
    return _told(filing, heard, "ACCEPTED", state=SANDBOX, message=TRIED, org_id=filing.org_id)


def rejected(filing: KioskFiling, heard: Heard, *, unproven: bool = False) -> Outcome:
    code = heard.code
    if code is None:
        raise ValueError("a rejection has a code")
    return _told(
        filing,
        heard,
        "REJECTED",
        UnprovenOutcome if unproven else Outcome,
        needed=heard.needed,
        code=code,
        message=MESSAGES[code],
        detail=heard.detail,
        fixable=code in FIXABLE,
        org_id=filing.org_id,
    )


def progressed(filing: KioskFiling, case: CaseInBrief) -> Outcome:
    heard = next(heard for heard in filing.heard if heard.status == "ACCEPTED")
    waits = case.state is RequestState.SUSPENDED
    return _told(
        filing,
        heard,
        "PROGRESS",
        **_of(case, case.state),
        **_now(case),
        needed=case.needed if waits else (),
        deadline=case.until if waits else None,
        duplicate_of=case.duplicate_of,
    )


_VERBS: Final[dict[OutcomeStatus, str]] = {"ACCEPTED": "accepted", "REJECTED": "rejected", "PROGRESS": "progressed"}


def _told(
    filing: KioskFiling, heard: Heard, status: OutcomeStatus, kind: type[Outcome] = Outcome, **said: Any
) -> Outcome:
    return kind(
        moves=(f"submission.{_VERBS[status]}",),
        external_ref=filing.external_ref,
        kiosk_id=filing.kiosk_id,
        revision=heard.revision,
        status=status,
        cause_id=heard.cause_id or None,
        partner=filing.partner,
        **said,
    )


def _of(case: CaseInBrief, state: RequestState) -> dict[str, Any]:
    return {
        "request_id": case.request_id,
        "tracking_code": case.tracking_code,
        "state": state,
        "responsible": case.responsible,
        "org_id": case.org_id,
    }


def _now(case: CaseInBrief) -> dict[str, Any]:
    """The promise that holds now."""
    return {"promised_at": case.promised_at, "promised_local": case.promised_local}


def case_of(request: Request) -> CaseInBrief | None:
    """The case of a filing: its own, or the redirected one that it completed."""
    if request.filing is not None and request.filing.honoured is not None:
        return request.filing.honoured
    return in_brief(request.id, request.case) if request.case else None


def all_told(request: Request, partner: str | None = None) -> list[Outcome]:
    """The outcomes of one externalRef, in order, of each content the last: for offices that ask instead of listening.

    `partner`: those alone that it was told.
    """
    filing = request.filing
    if filing is None:
        return []
    wanted = (part for part in parts(filing, case_of(request)) if partner in (None, part.partner))
    return [outcome for part in wanted for outcome in _part(filing, part)]


def _part(filing: KioskFiling, part: PartTold) -> list[Outcome]:
    filing, case, told = filing.model_copy(update={"partner": part.partner}), part.case, []
    for words, done in ((part.heard, accepted), (part.further, taken_up)):
        for heard in words:
            if heard.status == "REJECTED":
                told.append(rejected(filing, heard))
            elif heard.status == "ACCEPTED" and filing.sandbox:
                told.append(tried(filing, heard))
            elif heard.status == "ACCEPTED" and case is not None:
                told.append(done(filing, heard, case))
    if case is not None:
        told += [progressed(filing, case.model_copy(update={"state": state})) for state in part.progress]
    return told
