"""An agency's deficiencies, inspections and report of remedies, as a month left them (domain 1.6, 11)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction

from services.contracts.wire import instant_text
from services.registry.domain.deficiency import ESCALATED, VERBS, VERIFIED, Deficiency, Happened
from services.registry.domain.inspections import Inspection
from services.registry.domain.remediation import RemediationReport
from services.registry.pack.figures import Figure, Why, figure
from services.registry.pack.sums import ranked

DAY = timedelta(days=1)


class Deficiencies:
    """Each is looked at once; what has happened to it after the month does not count."""

    def __init__(self, begins: datetime, ends: datetime) -> None:
        self._begins, self._ends = begins, ends
        self._overdue = self._reported = self._verified = self._escalated = 0
        self._ages: list[Fraction] = []

    def add(self, deficiency: Deficiency) -> None:
        lines = [line for line in deficiency.history if line.at < self._ends]
        if not lines:
            return
        in_month = [line.verb for line in lines if line.at >= self._begins]
        self._escalated += in_month.count(ESCALATED)
        self._reported += deficiency.reported_at >= self._begins
        if any(line.verb == VERBS[VERIFIED] for line in lines):
            self._verified += VERBS[VERIFIED] in in_month
            return
        self._ages.append(Fraction((self._ends - deficiency.reported_at) // DAY))
        self._overdue += _late(lines[-1], self._ends)

    def figures(self) -> dict[str, Figure]:
        oldest = max(self._ages, default=None)
        return {
            "deficiencies.open": figure(len(self._ages)),
            "deficiencies.overdue": figure(self._overdue),
            "deficiencies.reported": figure(self._reported),
            "deficiencies.verified": figure(self._verified),
            "deficiencies.escalated": figure(self._escalated),
            "deficiencies.ageMedian": ranked(self._ages, 50, whole=True),
            "deficiencies.ageOldest": figure(None, of=0, why=Why.NOTHING_TO_COUNT)
            if oldest is None
            else figure(int(oldest), of=len(self._ages)),
        }


def inspected(
    inspections: Iterable[Inspection], permanent_desk: str | None, begins: datetime, ends: datetime
) -> dict[str, Figure]:
    """What inspectors saw in the month at all desks: at the permanent one hours are kept when nobody saw otherwise.

    Where no desk was found no hours were kept, and nobody counted who was sent to units.
    """
    in_month = [each for each in inspections if begins <= each.at < ends]
    made = [each.checklist for each in in_month]
    permanent = [each.checklist for each in in_month if each.desk_id == permanent_desk]
    kept = [kept for each in permanent if (kept := each.desk_exists and each.hours_kept) is not None]
    sent = [sent for each in made if (sent := each.people_sent_to_units) is not None]
    nobody_counted = Why.NOTHING_TO_COUNT if made else Why.NOT_INSPECTED
    return {
        "desk.inspections": figure(len(made)),
        "desk.hoursKept": figure(all(kept), of=len(kept)) if kept else figure(None, why=Why.NOT_INSPECTED),
        "desk.seenSentToUnits": figure(sum(sent)) if sent else figure(None, why=nobody_counted),
    }


def remedied(report: RemediationReport | None) -> dict[str, Figure]:
    """The agency's own report on the month: it can only come after the month, and belongs to it all the same."""
    if report is None:
        missing = figure(None, why=Why.NOT_REPORTED)
        fields = ("submittedAt", "submittedBy", "revision", "items", "receiptNo", "receivedAt")
        return {"remediation.submitted": figure(False), **{f"remediation.{name}": missing for name in fields}}
    newest = report.newest
    receipt = newest.receipt if newest.receipt and newest.receipt.number else None
    not_received = figure(None, why=Why.NOT_RECEIVED)
    return {
        "remediation.submitted": figure(True),
        "remediation.submittedAt": figure(instant_text(newest.submitted_at)),
        "remediation.submittedBy": figure(newest.submitted_by),
        "remediation.revision": figure(len(report.revisions)),
        "remediation.items": figure(len(newest.items)),
        "remediation.receiptNo": figure(receipt.number) if receipt else not_received,
        "remediation.receivedAt": figure(instant_text(receipt.at)) if receipt else not_received,
    }


def _late(line: Happened, ends: datetime) -> bool:
    return line.due_at is not None and line.due_at < ends
