"""What may be shown to everybody: no officer's name, and no count below five, nor one that gives such a count away."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from types import MappingProxyType
from typing import Any

from services.contracts.commitment import CommitmentKind
from services.contracts.coordination import ReferralOutcome, ReferralState
from services.contracts.intake import ChannelReason as Reason
from services.contracts.routing import ResultKind
from services.contracts.service_sheet import ELECTRONIC, Channel
from services.contracts.visit import VisitEnd
from services.registry.pack.case_figures import BY_POLICY, KIOSKS, NO_REASON, REASONS, WAYS
from services.registry.pack.figures import FIGURES, TABLES, Measure, Told, Why
from services.registry.pack.hiding import FEWEST, Sum, hide
from services.registry.pack.work import COORDINATIONS, ENDS, KINDS, ORDER, REFERRALS, TRANSFERS

AT_THE_DESK = (Reason.INFO, Reason.PRESENCE, Reason.KIOSK_FAILED, Reason.DESK_ONLY)
"""Reasons for which a case is at the desk; the others lead to a kiosk or a portal too (domain 5)."""

OUTCOMES: Mapping[ReferralState, tuple[ReferralOutcome, ...]] = MappingProxyType(
    {
        ReferralState.ATTENDED: (ReferralOutcome.SEEN,),
        ReferralState.MISSED: (ReferralOutcome.MAY_REBOOK, ReferralOutcome.NO_MORE),
        ReferralState.LAPSED: (ReferralOutcome.NOT_APPROVED,),
        ReferralState.CANCELLED: (
            ReferralOutcome.BY_DESK,
            ReferralOutcome.BY_UNIT,
            ReferralOutcome.UNIT_SHUT,
            ReferralOutcome.WORK_ENDED,
        ),
    }
)
"""How a referral ends in each state."""


def for_everybody(content: Mapping[str, Any], before: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The content without what is not for everybody. `before`: what former revisions showed to everybody."""
    counts = dict(_counts(content))
    known = [sum_ for sum_ in _sums(content) if all(place in counts for place in sum_.places)]
    hidden = hide(counts, known, [dict(_counts(each)) for each in before])
    shown = deepcopy(dict(content))
    figures, tables = shown["figures"], shown["tables"]
    for code, told in FIGURES.items():
        value = figures[code]
        if told.personal:
            del figures[code]
        elif {code, _of(code)} & hidden or _gives_away(value, told, hidden):
            figures[code] = {"value": None, "why": Why.SMALL.value}
    for name, table in TABLES.items():
        if table.personal:
            del tables[name]
            continue
        for row in tables[name]:
            for column, told in table.columns.items():
                place = f"{name}/{row['id']}/{column}"
                rests_on = (f"{name}/{row['id']}/{each}" for each in told.rests_on)
                small = any(each in hidden or 0 < counts.get(each, FEWEST) < FEWEST for each in rests_on)
                if told.personal:
                    del row[column]
                elif place in hidden or (small and row[column] is not None):
                    row[column] = None
                    row["why"] = Why.SMALL.value
    return shown


def _gives_away(value: Mapping[str, Any], told: Told, hidden: frozenset[str]) -> bool:
    if value["value"] is None:
        return False
    tables = {place.partition("/")[0] for place in hidden if "/" in place}
    return any(each in hidden or each.removesuffix(".*") in tables for each in told.rests_on)


def _of(code: str) -> str:
    """The place of how many people a figure was made from: that is a count, too."""
    return f"{code}/of"


def _counts(content: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Every count of people that a content shows."""
    for code, told in FIGURES.items():
        figure = content["figures"].get(code, {})
        if told.measure is Measure.PEOPLE and figure.get("value") is not None:
            yield code, figure["value"]
        if told.rests_on and "of" in figure:
            yield _of(code), figure["of"]
    for name, table in TABLES.items():
        for row in content["tables"].get(name, ()):
            for column, told in table.columns.items():
                if told.measure is Measure.PEOPLE and row.get(column) is not None:
                    yield f"{name}/{row['id']}/{column}", row[column]


def _sums(content: Mapping[str, Any]) -> Iterator[Sum]:
    """What is a part of what, in the figures and between them and the tables: whoever knows the rules can subtract."""

    def column(name: str, of: str) -> tuple[str, ...]:
        return tuple(f"{name}/{row['id']}/{of}" for row in content["tables"][name])

    def whole(place: str, *parts: str) -> Sum:
        return Sum((place,), parts)

    yield whole("cases.filed", *column("channels", "cases"))
    yield whole("cases.filed", *column("reasons", "cases"))
    for way in WAYS:
        for code in (f"cases.{way}", f"cases.{way}ByPolicy"):
            yield whole("cases.filed", *_reasons(Reason.INFO), _of(code))
    yield whole("cases.deskElsewhere", *_at_desk(*(reason for reason, way in BY_POLICY.items() if way != "desk")))
    yield from _channels_and_reasons()
    yield whole("onSpot.possible", "onSpot.done", *column("notOnSpot", "cases"))
    yield whole("results.onSpot", "onSpot.done")
    at_desk = _channels(Channel.AGENCY_DESK)
    yield Sum(at_desk, _reasons(Reason.INFO))
    yield Sum(at_desk, ("cases.deskElsewhere",))
    yield Sum(at_desk, (*_reasons(Reason.INFO), "cases.deskElsewhere"))
    yield Sum(at_desk, ("onSpot.possible",))
    yield Sum(at_desk, (*_reasons(Reason.INFO), "onSpot.possible"))
    yield whole("redirects.ended", "redirects.honoured", "redirects.failed", "redirects.takenBack", "redirects.closed")
    yield whole("redirects.failed", *_reasons(Reason.KIOSK_FAILED))
    yield Sum(("cases.withdrawn", "cases.expired"), ("redirects.closed",))
    yield whole("promises.ended", "promises.kept", "promises.broken")
    for of in ("kept", "broken", "released"):
        yield whole(f"promises.{of}", *column("promises", of))
    answers = f"promises/{CommitmentKind.FINAL_DELIVERY.value}"
    yield whole("promises.keptLate", f"{answers}/keptLate")
    yield whole(f"{answers}/kept", _of("promises.earlyMedian"))
    for code in ("promises.lateMedian", "promises.latest"):
        yield whole(f"{answers}/keptLate", _of(code))
    yield whole("results.all", "results.granted", "results.refused", "results.partial")
    yield whole("results.all", *column("services", "results"))
    yield whole("results.overMaximum", *column("services", "overMaximum"))
    yield whole("results.all", "results.onSpot")
    yield whole("results.all", *column("services", "measured"), "results.onSpot")
    yield whole("visits.completed", "results.onSpot")
    yield whole(_of("results.median"), _of("results.p90"))
    yield whole(_of("promises.lateMedian"), _of("promises.latest"))
    for code in ("results.median", "results.p90"):
        yield whole("results.all", _of(code))
        yield whole(_of(code), "results.overMaximum")
        yield whole(_of(code), *column("services", "measured"))
        yield whole(_of(code), *column("services", "measured"), "results.onSpot")
    for row in content["tables"]["services"]:
        for part in ("measured", "overMaximum"):
            yield whole(f"services/{row['id']}/results", f"services/{row['id']}/{part}")
    yield whole("announcements.all", _of("announcements.share"))
    yield whole(_of("announcements.share"), "announcements.withinDay")
    yield whole("visits.completed", "visits.first")
    yield whole("visits.tickets", *column("visits", "visits"))
    yield whole("visits.tickets", "visits.guidance")
    guided, served = (f"visits/{end.value}/visits" for end in (VisitEnd.GUIDED, VisitEnd.SERVED))
    yield whole("visits.guidance", guided)
    yield Sum((guided, served), ("visits.guidance",))
    yield whole("surveys.answered", *column("treatment", "answers"))
    for part in ("surveys.onTime", "surveys.sentToUnit"):
        yield whole("surveys.answered", part)
    yield whole("deficiencies.open", "deficiencies.overdue")
    in_month = ("deficiencies.open", "deficiencies.verified")
    yield Sum(in_month, ("deficiencies.reported",))
    yield whole("remediation.items", *in_month)
    yield whole("remediation.items", "deficiencies.reported")
    yield from _of_work(content)


def _of_work(content: Mapping[str, Any]) -> Iterator[Sum]:
    """What units, channels and reasons add up to; and what the desk has decided beside the units."""

    def column(name: str, of: str) -> tuple[str, ...]:
        return tuple(f"{name}/{row['id']}/{of}" for row in content["tables"][name])

    def whole(place: str, *parts: str) -> Sum:
        return Sum((place,), parts)

    yield whole("work.answers", *(f"work.{kind}" for kind in KINDS.values()))
    yield whole(_of("work.median"), _of("work.p90"))
    for code in ("work.median", "work.p90"):
        yield whole("work.answers", _of(code))
    for name in ("unitAnswers", "channelAnswers"):
        for of in ("answers", *KINDS.values()):
            yield whole(f"work.{of}", *column(name, of))
        for code in ("work.median", "work.p90"):
            yield whole(_of(code), *column(name, "measured"))
        for row in content["tables"][name]:
            answers = f"{name}/{row['id']}/answers"
            yield whole(answers, *(f"{name}/{row['id']}/{kind}" for kind in KINDS.values()))
            yield whole(answers, f"{name}/{row['id']}/measured")
    decided = [kind for result, kind in KINDS.items() if result is not ResultKind.NO_COMPETENCE]
    for kind in decided:
        yield whole(f"results.{kind}", f"work.{kind}")
    yield whole("results.all", *(f"work.{kind}" for kind in decided))
    yield whole("results.all", *(f"work.{kind}" for kind in decided), "results.onSpot")
    for section, name, names in (
        ("work", "unitOrder", ORDER),
        ("transfers", "unitTransfers", TRANSFERS.values()),
        ("coordinations", "unitCoordinations", COORDINATIONS),
        ("referrals", "unitReferrals", REFERRALS),
    ):
        for of in names:
            yield whole(f"{section}.{of}", *column(name, of))
    for name, of in (("jumpReasons", "jumps"), ("overrideReasons", "overrides"), ("returnReasons", "returns")):
        yield whole(f"work.{of}", *column(name, of))
    yield whole("transfers.acknowledged", *column("unitTransfers", "taken"))
    yield whole("transfers.offered", *(f"transfers.{of}" for of in ("acknowledged", "refused", "returned")))
    answered = ("confirmed", "declined", "lapsed", "dropped")
    yield whole("coordinations.asked", *(f"coordinations.{of}" for of in answered))
    for row in content["tables"]["unitCoordinations"]:
        place = f"unitCoordinations/{row['id']}"
        yield whole(f"{place}/asked", *(f"{place}/{of}" for of in answered))
        yield whole(f"{place}/confirmed", f"unitReferrals/{row['id']}/coordinated")
    for row in content["tables"]["unitTransfers"]:
        place = f"unitTransfers/{row['id']}"
        yield whole(f"{place}/offered", *(f"{place}/{of}" for of in ("acknowledged", "refused", "returned")))
    yield whole("coordinations.confirmed", "referrals.coordinated")
    for state, outcomes in OUTCOMES.items():
        yield whole(f"referrals.{ENDS[state]}", *(f"referralOutcomes/{each.value}/referrals" for each in outcomes))


def _channels_and_reasons() -> Iterator[Sum]:
    """A reason says in part which channel it was: what one table has more than the other is of a few reasons."""
    kiosks, electronic, desk = _channels(*KIOSKS), _channels(*ELECTRONIC), _channels(Channel.AGENCY_DESK)
    yield Sum(desk, _reasons(*AT_THE_DESK))
    yield Sum(_reasons(*AT_THE_DESK, Reason.ASSISTED, Reason.KIOSK, Reason.E_PARTIAL), desk)
    yield Sum(electronic, _reasons(Reason.E_FIRST))
    yield Sum(_reasons(Reason.E_FIRST, Reason.E_PARTIAL), electronic)
    yield Sum(kiosks, _reasons(NO_REASON))
    yield Sum(_reasons(NO_REASON, Reason.KIOSK, Reason.ASSISTED), kiosks)
    # and each row says how many of it are at the desk
    yield Sum(desk, _at_desk(*REASONS))
    yield Sum((*electronic, *_at_desk(Reason.E_PARTIAL)), _reasons(Reason.E_FIRST, Reason.E_PARTIAL))
    to_kiosks = (Reason.KIOSK, Reason.ASSISTED)
    yield Sum((*kiosks, *_at_desk(*to_kiosks)), _reasons(NO_REASON, *to_kiosks))
    for reason in REASONS:
        yield Sum(_reasons(reason), _at_desk(reason))


def _channels(*channels: Channel) -> tuple[str, ...]:
    return tuple(f"channels/{channel.value}/cases" for channel in channels)


def _reasons(*reasons: str) -> tuple[str, ...]:
    return tuple(f"reasons/{reason!s}/cases" for reason in reasons)


def _at_desk(*reasons: str) -> tuple[str, ...]:
    return tuple(f"reasons/{reason!s}/desk" for reason in reasons)
