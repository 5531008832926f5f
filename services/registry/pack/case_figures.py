"""What the cases of an agency and month come to: the counts, and the figures and tables made of them (domain 11)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from services.contracts.commitment import CommitmentKind, CommitmentState
from services.contracts.intake import ChannelReason, NotOnSpotReason
from services.contracts.routing import ResultKind
from services.contracts.service_sheet import ELECTRONIC, Channel, DurationUnit
from services.registry.pack.figures import Figure, Row, Why, figure
from services.registry.pack.sums import mean, rank, ranked, share, tenths

KIOSKS = (Channel.KIOSK_URBAN, Channel.KIOSK_RURAL)
WAYS = ("electronic", "kiosk", "desk")
"""In the order of the law (domain 5)."""
WAY_OF: Mapping[str, str] = MappingProxyType(
    {**dict.fromkeys(ELECTRONIC, "electronic"), **dict.fromkeys(KIOSKS, "kiosk"), Channel.AGENCY_DESK: "desk"}
)
BY_POLICY: Mapping[str, str] = MappingProxyType(
    {
        ChannelReason.E_FIRST: "electronic",
        ChannelReason.ASSISTED: "kiosk",
        ChannelReason.KIOSK: "kiosk",
        ChannelReason.KIOSK_FAILED: "kiosk",
        ChannelReason.PRESENCE: "desk",
        ChannelReason.DESK_ONLY: "desk",
    }
)
"""Which way that order puts first, by the reason of a case's channel. With any other reason it is where it is: what is
partly electronic is filed electronically as far as it goes."""
NO_REASON = "BY_KIOSK"
"""Of what a kiosk office filed by itself nobody had to decide the channel."""
REASONS = (*(each.value for each in ChannelReason), NO_REASON)
NOT_SAID = "NOT_SAID"
"""A desk that takes a case back from a kiosk may leave open why it does not decide it at once."""
LATE = "LATE"
REDIRECT_ENDS = ("honoured", "failed", "takenBack", "closed")
MINUTES = 60


@dataclass
class Officer:
    kinds: Counter[ResultKind] = field(default_factory=Counter)
    hours: list[Fraction] = field(default_factory=list)


@dataclass
class Service:
    results: int = 0
    over: int = 0
    worked: dict[DurationUnit, list[Fraction]] = field(default_factory=dict)
    """By the unit in which its sheet counts: how long each result took."""


@dataclass
class Counts:
    """Of one agency and month."""

    verbs: Counter[str] = field(default_factory=Counter)
    documents_awaited: int = 0
    """How often the work stood still for documents of the applicant."""
    filed: Counter[tuple[str, Channel]] = field(default_factory=Counter)
    """By the reason of their channel, and by channel."""
    at_once: int = 0
    not_at_once: Counter[str] = field(default_factory=Counter)
    redirects: Counter[str] = field(default_factory=Counter)
    promises: dict[str, Counter[str]] = field(default_factory=dict)
    early: list[Fraction] = field(default_factory=list)
    late: list[Fraction] = field(default_factory=list)
    kinds: Counter[ResultKind] = field(default_factory=Counter)
    hours: list[Fraction] = field(default_factory=list)
    on_spot: int = 0
    over: int = 0
    told: int = 0
    telling_measured: int = 0
    told_in_time: int = 0
    completed: int = 0
    first: int = 0
    visits: int = 0
    treatment: Counter[int] = field(default_factory=Counter)
    on_time: int = 0
    sent: int = 0
    services: dict[str, Service] = field(default_factory=dict)
    officers: dict[str, Officer] = field(default_factory=dict)

    def figures(self) -> dict[str, Figure]:
        return {
            **self._of_filing(),
            **self._of_deciding_at_once(),
            **self._of_redirects(),
            **self._of_promises(),
            **self._of_results(),
            "visits.completed": figure(self.completed),
            "visits.first": figure(self.first),
            "visits.firstShare": share(self.first, self.completed),
            "visits.perCase": mean(self.visits, self.completed),
            **self._of_surveys(),
        }

    def tables(self) -> dict[str, list[Row]]:
        return {
            "channels": [
                {"id": channel.value, "cases": sum(self.filed[reason, channel] for reason in REASONS)}
                for channel in Channel
            ],
            "reasons": [
                {
                    "id": reason,
                    "cases": sum(self.filed[reason, channel] for channel in Channel),
                    "desk": self.filed[reason, Channel.AGENCY_DESK],
                }
                for reason in REASONS
            ],
            "notOnSpot": [
                {"id": reason, "cases": self.not_at_once[reason]}
                for reason in (*(each.value for each in NotOnSpotReason), NOT_SAID)
            ],
            "promises": [
                {
                    "id": kind,
                    "kept": counts[CommitmentState.KEPT],
                    "broken": counts[CommitmentState.BROKEN],
                    "released": counts[CommitmentState.RELEASED],
                    "keptLate": counts[LATE],
                }
                for kind, counts in sorted(self.promises.items())
            ],
            "treatment": [{"id": str(mark), "answers": self.treatment[mark]} for mark in range(1, 6)],
            "officers": [
                {
                    "id": id,
                    "results": officer.kinds.total(),
                    "granted": officer.kinds[ResultKind.GRANTED],
                    "refused": officer.kinds[ResultKind.REFUSED],
                    "partial": officer.kinds[ResultKind.PARTIAL],
                    "median": ranked(_minutes(officer.hours), 50, whole=True)["value"],
                }
                for id, officer in sorted(self.officers.items())
            ],
        }

    def _of_filing(self) -> dict[str, Figure]:
        came: Counter[str | None] = Counter()
        by_policy: Counter[str | None] = Counter()
        elsewhere = 0
        for (reason, channel), number in self.filed.items():
            if reason != ChannelReason.INFO:
                way = WAY_OF.get(channel)
                first = BY_POLICY.get(reason, way)
                came[way] += number
                by_policy[first] += number
                elsewhere += number if way == "desk" != first else 0
        return {
            "cases.filed": figure(self.filed.total()),
            **{f"cases.{way}": share(came[way], came.total()) for way in WAYS},
            **{f"cases.{way}ByPolicy": share(by_policy[way], came.total()) for way in WAYS},
            "cases.deskElsewhere": figure(elsewhere),
            "cases.withdrawn": figure(self.verbs["request.withdrawn"]),
            "cases.expired": figure(self.verbs["request.expired"]),
            "cases.objected": figure(self.verbs["request.objected"]),
            "cases.reopened": figure(self.verbs["request.reopened"]),
            "cases.incomplete": figure(self.verbs["request.incomplete"] + self.documents_awaited),
        }

    def _of_deciding_at_once(self) -> dict[str, Figure]:
        could = self.at_once + self.not_at_once.total()
        return {
            "onSpot.possible": figure(could),
            "onSpot.done": figure(self.at_once),
            "onSpot.share": share(self.at_once, could),
        }

    def _of_redirects(self) -> dict[str, Figure]:
        ended = self.redirects.total()
        return {
            "redirects.made": figure(self.verbs["request.redirected"]),
            "redirects.ended": figure(ended),
            **{f"redirects.{outcome}": figure(self.redirects[outcome]) for outcome in REDIRECT_ENDS},
            "redirects.honouredShare": share(self.redirects["honoured"], ended),
        }

    def _of_promises(self) -> dict[str, Figure]:
        sums: Counter[str] = Counter()
        for counts in self.promises.values():
            sums.update(counts)
        kept, broken = sums[CommitmentState.KEPT], sums[CommitmentState.BROKEN]
        answers = self.promises.get(CommitmentKind.FINAL_DELIVERY, Counter())
        latest = max(self.late, default=None)
        return {
            "promises.ended": figure(kept + broken),
            "promises.kept": figure(kept),
            "promises.broken": figure(broken),
            "promises.released": figure(sums[CommitmentState.RELEASED]),
            "promises.keptShare": share(kept, kept + broken),
            "promises.earlyMedian": ranked(self.early, 50),
            "promises.keptLate": figure(answers[LATE]),
            "promises.lateMedian": ranked(self.late, 50),
            "promises.latest": figure(None, of=0, why=Why.NOTHING_TO_COUNT)
            if latest is None
            else figure(tenths(latest), of=len(self.late)),
        }

    def _of_results(self) -> dict[str, Figure]:
        minutes = _minutes(self.hours)
        return {
            "results.all": figure(self.kinds.total()),
            "results.granted": figure(self.kinds[ResultKind.GRANTED]),
            "results.refused": figure(self.kinds[ResultKind.REFUSED]),
            "results.partial": figure(self.kinds[ResultKind.PARTIAL]),
            "results.onSpot": figure(self.on_spot),
            "results.overMaximum": figure(self.over),
            "results.median": ranked(minutes, 50, whole=True),
            "results.p90": ranked(minutes, 90, whole=True),
            "announcements.all": figure(self.told),
            "announcements.withinDay": figure(self.told_in_time),
            "announcements.share": share(self.told_in_time, self.telling_measured),
        }

    def _of_surveys(self) -> dict[str, Figure]:
        answers = self.treatment.total()
        marks = sum(mark * count for mark, count in self.treatment.items())
        return {
            "surveys.answered": figure(answers),
            "surveys.treatment": mean(marks, answers),
            "surveys.onTime": figure(self.on_time),
            "surveys.onTimeShare": share(self.on_time, answers),
            "surveys.sentToUnit": figure(self.sent),
            "surveys.sentToUnitShare": share(self.sent, answers),
        }


def _minutes(hours: Iterable[Fraction]) -> list[Fraction]:
    return [each * MINUTES for each in hours]


def in_unit(service: Service, unit: DurationUnit | None) -> dict[str, int | float | None]:
    """How many of a service's results were measured in the unit of its sheet, and their median and p90."""
    worked = service.worked.get(unit, []) if unit else []
    found = {"median": rank(worked, 50), "p90": rank(worked, 90)}
    return {"measured": len(worked), **{n: None if value is None else tenths(value) for n, value in found.items()}}
