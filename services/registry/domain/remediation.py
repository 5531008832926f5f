"""What an agency's head reports to the office above about its deficiencies of a month (domain 1.6, 3, 11)."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from services.contracts.decision import Decision, Refused, Send, World
from services.contracts.envelope import derived_id
from services.contracts.persian import display
from services.contracts.wire import Command, Flag, Id, Instant, TypedId, Wire
from services.registry.domain.late import to_pack
from services.registry.domain.month import Month, span
from services.registry.domain.officers import answers_for, second_look
from services.registry.domain.recording import Asked
from services.registry.domain.rules import Rules
from services.worktime.jalali import civil_day, jalali_date

Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), AfterValidator(display)
]

REVISIONS_KEPT = 100


class SubmitReport(Command):
    """POST /v1/remediation-reports. Either `items`, every deficiency that was open in the period, or `noneFound`."""

    org_id: TypedId
    period: Month
    items: tuple[TypedId, ...] = Field(default=(), max_length=10_000)
    none_found: Flag = False
    text: Words
    officer_id: TypedId


class ReceiveReport(Command):
    """POST /v1/remediation-reports/{id}/receive: by an officer of an agency above."""

    officer_id: TypedId


class SubmitWish(Asked):
    """`open_in_period`: the agency's deficiencies that were open at some time of the period."""

    command: SubmitReport
    open_in_period: tuple[Id, ...] = Field(exclude=True)


class ReceiveWish(Asked):
    command: ReceiveReport


class Receipt(Wire):
    """`number` None: the office's register is about to give it."""

    office: Id
    officer_id: Id
    at: Instant
    number: str | None = None


class Revision(Wire):
    """A report as it was submitted; a correction is another revision."""

    items: tuple[Id, ...]
    none_found: bool
    text: str
    submitted_by: Id
    submitted_at: Instant
    receipt: Receipt | None = None


class RemediationReport(Wire):
    """One for each agency and period."""

    id: Id
    org_id: Id
    period: str
    revisions: tuple[Revision, ...]

    @property
    def newest(self) -> Revision:
        return self.revisions[-1]


class NumberWanted(Wire):
    """To the register of an office and Jalali year: this revision was received."""

    office: Id
    year: int
    report_id: Id
    revision: int


class Numbered(Wire):
    """From the register."""

    revision: int
    number: str


def report_id(org_id: str, period: str) -> str:
    return derived_id("remediation-report", org_id, period)


def submit(known: RemediationReport | None, wish: SubmitWish, world: World[Rules]) -> Decision[RemediationReport]:
    """A report, or the correction of one: by the head; of an agency that is retired by an officer above.

    Refused: NO_HEAD, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403), PERIOD_NOT_OVER (422: what was open in it is not
    certain yet), ITEMS_OR_NONE, ITEMS_MISSING and UNKNOWN_ITEMS (422, each with the `items`), NOTHING_CHANGED.
    """
    command = wish.command
    author = answers_for(wish.around.entries, command.officer_id, command.org_id, civil_day(world.now))
    if span(command.period)[1] > world.now:
        raise Refused("PERIOD_NOT_OVER", "a month is reported when it is over", status=422)
    items = tuple(dict.fromkeys(command.items))
    if bool(items) is command.none_found:
        raise Refused("ITEMS_OR_NONE", "either items, or noneFound", status=422)
    _complete(items, wish.open_in_period)
    revision = Revision(
        items=items, none_found=command.none_found, text=command.text, submitted_by=author.id, submitted_at=world.now
    )
    before = known.revisions if known else ()
    if before and (before[-1].items, before[-1].text) == (revision.items, revision.text):
        raise Refused("NOTHING_CHANGED", "the report says this already")
    if len(before) >= REVISIONS_KEPT:
        raise Refused("TOO_MANY_REVISIONS", "the report was corrected too often")
    id = report_id(command.org_id, command.period)
    report = RemediationReport(id=id, org_id=command.org_id, period=command.period, revisions=(*before, revision))
    answer = {"reportId": id, "revision": len(report.revisions)}
    return Decision(report, sends=(to_pack(command.org_id, command.period),), answer=answer)


def receive(known: RemediationReport | None, wish: ReceiveWish, world: World[Rules]) -> Decision[RemediationReport]:
    """The office above has it; its register gives the number.

    Refused: NOT_FOUND, ALREADY_RECEIVED, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403).
    """
    if known is None:
        raise Refused("NOT_FOUND", "there is no such report", status=404)
    author = known.newest.submitted_by
    officer = second_look(wish.around.entries, wish.command.officer_id, known.org_id, (author,))
    if known.newest.receipt is not None:
        raise Refused("ALREADY_RECEIVED", "the newest revision is received", receiptNo=known.newest.receipt.number)
    receipt = Receipt(office=officer.org_id, officer_id=officer.id, at=world.now)
    number, year = len(known.revisions), int(jalali_date(world.now)[:4])
    wanted = NumberWanted(office=officer.org_id, year=year, report_id=known.id, revision=number)
    register = Send("receipt-register", f"{officer.org_id}:{year}", wanted)
    answer: dict[str, Any] = {"reportId": known.id, "revision": number}
    return Decision(_with_receipt(known, number, receipt), sends=(register,), answer=answer)


def numbered(known: RemediationReport | None, message: Numbered, world: World[Rules]) -> Decision[RemediationReport]:
    """The number stands on the revision that was received."""
    if known is None:
        return Decision(None)
    receipt = known.revisions[message.revision - 1].receipt
    if receipt is None or receipt.number is not None:
        return Decision(known)
    told = _with_receipt(known, message.revision, receipt.model_copy(update={"number": message.number}))
    return Decision(told, sends=(to_pack(known.org_id, known.period),))


def _with_receipt(report: RemediationReport, number: int, receipt: Receipt) -> RemediationReport:
    revised = [*report.revisions]
    revised[number - 1] = revised[number - 1].model_copy(update={"receipt": receipt})
    return report.model_copy(update={"revisions": tuple(revised)})


def _complete(items: Iterable[str], open_in_period: Iterable[str]) -> None:
    told, there = set(items), set(open_in_period)
    missing, unknown = sorted(there - told), sorted(told - there)
    if missing:
        detail = "deficiencies that were open in the period are not reported"
        raise Refused("ITEMS_MISSING", detail, status=422, items=missing)
    if unknown:
        raise Refused(
            "UNKNOWN_ITEMS", "no deficiency of the agency that was open in the period", status=422, items=unknown
        )
