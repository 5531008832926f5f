"""What a public pack shows, as equations.

Every count is a sum of *atoms*: people who are alike in all that a pack tells. Whoever reads it knows which atoms are
in which count. So what is shown are equations, and a count is had from them where it is a combination of them.
"""

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

from services.registry.pack.figures import FIGURES, TABLES, Measure

FILED = (
    *("INFO@AGENCY_DESK", "PRESENCE@AGENCY_DESK", "KIOSK_FAILED@AGENCY_DESK", "DESK_ONLY@AGENCY_DESK"),
    *(f"DESK_ONLY@{how}@AGENCY_DESK" for how in ("done", "NEEDS_UNIT", "NOT_SAID")),
    *("ASSISTED@AGENCY_DESK", "ASSISTED@KIOSK_URBAN", "KIOSK@AGENCY_DESK", "KIOSK@KIOSK_URBAN", "KIOSK@KIOSK_RURAL"),
    *(
        "E_FIRST@WEB",
        "E_FIRST@MOBILE",
        "E_PARTIAL@WEB",
        "E_PARTIAL@AGENCY_DESK",
        "BY_KIOSK@KIOSK_URBAN",
        "BY_KIOSK@KIOSK_RURAL",
    ),
)
SERVICES = ("tax-clearance", "tax-registration", "tax-objection")
KINDS = ("granted", "refused", "partial")
ATOMS = (
    *FILED,
    *("failed-before", "honoured", "taken-back", "closed-expired", "closed-withdrawn"),
    *("closed-duplicate", "expired", "withdrawn"),
    *(
        "kept-measured",
        "kept-unmeasured",
        "kept-visit",
        "broken-answer",
        "broken-visit",
        "late-measured",
        "late-unmeasured",
        "late-visit",
    ),
    *(f"{service}/{kind}/{how}" for service in SERVICES for kind in KINDS for how in ("spot", "in-time", "over", "?")),
    *("told-at-once", "told-later", "told-unmeasured", "completed-first", "completed-later"),
    *("guided", "served-guided", "served", "guided-with-case", "left"),
    *(f"mark-{mark}/{on_time}" for mark in range(1, 6) for on_time in ("in time", "late")),
    *("open-new", "open-old", "open-overdue", "verified-new", "verified-old"),
)
Count = dict[str, int]
"""How often each atom is in it."""


def every(*parts: str) -> Count:
    """The atoms whose name has one of these parts."""
    return {atom: 1 for atom in ATOMS if any(part == atom or part in atom.split("/") for part in parts)}


def filed(*, reason: str = "", channel: str = "") -> Count:
    return {atom: 1 for atom in FILED if atom.startswith(f"{reason}@" if reason else "") and atom.endswith(channel)}


def less(whole: Count, *parts: Count) -> Count:
    left = Counter(whole)
    for part in parts:
        left.subtract(part)
    return dict(left)


def plus(*parts: Count) -> Count:
    all_: Counter[str] = Counter()
    for part in parts:
        all_.update(part)
    return dict(all_)


RESULTS = plus(*(every(service) for service in SERVICES))
SPOT, OVER, IN_TIME = every("spot"), every("over"), every("in-time")
POSSIBLE = every(*(f"DESK_ONLY@{how}@AGENCY_DESK" for how in ("done", "NEEDS_UNIT", "NOT_SAID")))
SERVED = less(filed(), filed(reason="INFO"))
COUNTS: Mapping[str, Count] = {
    "cases.filed": filed(),
    **{f"channels/{c}/cases": filed(channel=c) for c in ("WEB", "MOBILE", "KIOSK_URBAN", "KIOSK_RURAL", "AGENCY_DESK")},
    **{
        f"reasons/{reason}/cases": filed(reason=reason)
        for reason in dict.fromkeys(atom.partition("@")[0] for atom in FILED)
    },
    **{
        f"reasons/{reason}/desk": filed(reason=reason, channel="AGENCY_DESK")
        for reason in dict.fromkeys(atom.partition("@")[0] for atom in FILED)
    },
    **{f"cases.{share}{by}/of": SERVED for share in ("electronic", "kiosk", "desk") for by in ("", "ByPolicy")},
    "cases.deskElsewhere": plus(
        *(filed(reason=reason, channel="AGENCY_DESK") for reason in ("ASSISTED", "KIOSK", "KIOSK_FAILED"))
    ),
    "onSpot.possible": POSSIBLE,
    "onSpot.share/of": POSSIBLE,
    "onSpot.done": every("DESK_ONLY@done@AGENCY_DESK"),
    **{f"notOnSpot/{why}/cases": every(f"DESK_ONLY@{why}@AGENCY_DESK") for why in ("NEEDS_UNIT", "NOT_SAID")},
    "redirects.ended": plus(
        every("failed-before", "honoured", "taken-back", "closed-expired", "closed-withdrawn", "closed-duplicate"),
        filed(reason="KIOSK_FAILED"),
    ),
    "redirects.honoured": every("honoured"),
    "redirects.failed": plus(every("failed-before"), filed(reason="KIOSK_FAILED")),
    "redirects.takenBack": every("taken-back"),
    "redirects.closed": every("closed-expired", "closed-withdrawn", "closed-duplicate"),
    "cases.expired": every("closed-expired", "expired"),
    "cases.withdrawn": every("closed-withdrawn", "withdrawn"),
    "promises.ended": every("kept-measured", "kept-unmeasured", "kept-visit", "broken-answer", "broken-visit"),
    "promises.kept": every("kept-measured", "kept-unmeasured", "kept-visit"),
    "promises.broken": every("broken-answer", "broken-visit"),
    "promises.keptShare/of": every("kept-measured", "kept-unmeasured", "kept-visit", "broken-answer", "broken-visit"),
    "promises.earlyMedian/of": every("kept-measured"),
    "promises.keptLate": every("late-measured", "late-unmeasured"),
    "promises.lateMedian/of": every("late-measured"),
    "promises.latest/of": every("late-measured"),
    "promises/FINAL_DELIVERY/kept": every("kept-measured", "kept-unmeasured"),
    "promises/FINAL_DELIVERY/broken": every("broken-answer"),
    "promises/FINAL_DELIVERY/keptLate": every("late-measured", "late-unmeasured"),
    "promises/NEXT_VISIT/kept": every("kept-visit"),
    "promises/NEXT_VISIT/broken": every("broken-visit"),
    "promises/NEXT_VISIT/keptLate": every("late-visit"),
    "results.all": RESULTS,
    **{f"results.{kind}": every(kind) for kind in KINDS},
    "results.onSpot": SPOT,
    "results.overMaximum": OVER,
    "results.median/of": plus(SPOT, OVER, IN_TIME),
    "results.p90/of": plus(SPOT, OVER, IN_TIME),
    **{
        f"services/{service}/{column}": {atom: 1 for atom in of if atom.startswith(service)}
        for service in SERVICES
        for column, of in (("results", RESULTS), ("measured", plus(OVER, IN_TIME)), ("overMaximum", OVER))
    },
    "announcements.all": every("told-at-once", "told-later", "told-unmeasured"),
    "announcements.share/of": every("told-at-once", "told-later"),
    "announcements.withinDay": every("told-at-once"),
    "visits.completed": plus(SPOT, every("completed-first", "completed-later")),
    "visits.first": plus(SPOT, every("completed-first")),
    "visits.firstShare/of": plus(SPOT, every("completed-first", "completed-later")),
    "visits.tickets": every("guided", "served-guided", "served", "guided-with-case", "left"),
    "visits.guidance": every("guided", "served-guided"),
    "visits/GUIDED/visits": every("guided", "guided-with-case"),
    "visits/SERVED/visits": every("served", "served-guided"),
    "visits/LEFT/visits": every("left"),
    "surveys.answered": every("in time", "late", *(f"mark-{mark}" for mark in range(1, 6))),
    "surveys.onTime": every("in time"),
    "surveys.onTimeShare/of": every("in time", "late", *(f"mark-{mark}" for mark in range(1, 6))),
    **{f"treatment/{mark}/answers": every(f"mark-{mark}") for mark in range(1, 6)},
    "deficiencies.open": every("open-new", "open-old", "open-overdue"),
    "deficiencies.overdue": every("open-overdue"),
    "deficiencies.reported": every("open-new", "verified-new"),
    "deficiencies.verified": every("verified-new", "verified-old"),
    "remediation.items": every("open-new", "open-old", "open-overdue", "verified-new", "verified-old"),
}
PAIRS: Mapping[str, Count] = {
    "kept answers whose time is not known": less(
        COUNTS["promises/FINAL_DELIVERY/kept"], COUNTS["promises.earlyMedian/of"]
    ),
    "late answers whose time is not known": less(COUNTS["promises.keptLate"], COUNTS["promises.lateMedian/of"]),
    "kept promises other than measured answers": less(COUNTS["promises.kept"], COUNTS["promises.earlyMedian/of"]),
    "at the desk for a reason that leads elsewhere too": less(
        COUNTS["channels/AGENCY_DESK/cases"],
        *(COUNTS[f"reasons/{r}/cases"] for r in ("INFO", "PRESENCE", "KIOSK_FAILED", "DESK_ONLY")),
    ),
    "served at the desk and not to be done at once": less(
        COUNTS["channels/AGENCY_DESK/cases"], COUNTS["reasons/INFO/cases"], POSSIBLE
    ),
    "sent to a kiosk by a desk": less(
        plus(COUNTS["channels/KIOSK_URBAN/cases"], COUNTS["channels/KIOSK_RURAL/cases"]),
        COUNTS["reasons/BY_KIOSK/cases"],
    ),
    "partly electronic, on the portal": less(
        plus(COUNTS["channels/WEB/cases"], COUNTS["channels/MOBILE/cases"]), COUNTS["reasons/E_FIRST/cases"]
    ),
    **{
        f"elsewhere than at the desk for {reason}": less(
            COUNTS[f"reasons/{reason}/cases"], COUNTS[f"reasons/{reason}/desk"]
        )
        for reason in ("ASSISTED", "KIOSK", "E_PARTIAL")
    },
    "at the desk as policy has it, or to ask": less(
        COUNTS["channels/AGENCY_DESK/cases"], COUNTS["cases.deskElsewhere"]
    ),
    "served at the desk as policy has it": less(
        COUNTS["channels/AGENCY_DESK/cases"], COUNTS["reasons/INFO/cases"], COUNTS["cases.deskElsewhere"]
    ),
    "served at the desk": less(COUNTS["channels/AGENCY_DESK/cases"], COUNTS["reasons/INFO/cases"]),
    "guided though served": less(COUNTS["visits.guidance"], COUNTS["visits/GUIDED/visits"]),
    "guided with a case": less(COUNTS["visits/GUIDED/visits"], COUNTS["visits.guidance"]),
    "reported before the month": less(COUNTS["remediation.items"], COUNTS["deficiencies.reported"]),
    "redirects that failed of earlier cases": less(COUNTS["redirects.failed"], COUNTS["reasons/KIOSK_FAILED/cases"]),
    "without a measured time": less(COUNTS["results.all"], COUNTS["results.median/of"]),
    "measured and in time": less(COUNTS["results.median/of"], COUNTS["results.overMaximum"]),
    "announced, time not known": less(COUNTS["announcements.all"], COUNTS["announcements.share/of"]),
    "announced later than a day": less(COUNTS["announcements.share/of"], COUNTS["announcements.withinDay"]),
    "more than one visit": less(COUNTS["visits.completed"], COUNTS["visits.first"]),
    "completed elsewhere than on the spot": less(COUNTS["visits.completed"], COUNTS["results.onSpot"]),
    "not in time, by their word": less(COUNTS["surveys.answered"], COUNTS["surveys.onTime"]),
    "not overdue": less(COUNTS["deficiencies.open"], COUNTS["deficiencies.overdue"]),
}


def a_month(rng: Random) -> Count:
    return {atom: rng.choice((0, 0, 1, 2, 3, 5, 6, 8, 11, 17, 40)) for atom in ATOMS}


def number(count: Count, month: Count) -> int:
    return sum(times * month[atom] for atom, times in count.items())


def content(month: Count) -> dict[str, Any]:
    """A pack with these counts; whatever else it tells is left out."""
    told: dict[str, Any] = {"figures": {}, "tables": {name: [] for name in TABLES}}
    for code, known in FIGURES.items():
        told["figures"][code] = {"value": 0 if known.measure is Measure.PEOPLE else 50.0}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for place, count in COUNTS.items():
        many = number(count, month)
        if place.endswith("/of"):
            told["figures"][place.removesuffix("/of")]["of"] = many
        elif "/" in place:
            table, id, column = place.split("/")
            rows.setdefault((table, id), {"id": id})[column] = many
        else:
            told["figures"][place]["value"] = many
    for (name, _), row in rows.items():
        blank: dict[str, Any] = dict.fromkeys(TABLES[name].columns)
        told["tables"][name].append({**blank, **row})
    return told


def shown(public: Mapping[str, Any]) -> dict[str, int]:
    """The counts that everybody sees."""
    seen = {}
    for place in COUNTS:
        if place.endswith("/of"):
            value = public["figures"][place.removesuffix("/of")].get("of")
        elif "/" in place:
            table, id, column = place.split("/")
            value = next(row for row in public["tables"][table] if row["id"] == id)[column]
        else:
            value = public["figures"][place]["value"]
        if value is not None:
            seen[place] = value
    return seen


def a_large_month() -> Count:
    """Nothing has to be hidden."""
    return dict.fromkeys(ATOMS, 40)
