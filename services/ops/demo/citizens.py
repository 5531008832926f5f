"""Who comes to the counters of one partner's kiosk offices in a run, and what the contract promises each of them.

Most have all that is wanted; some are mistyped, lack a paper, or come to an office whose licence has ended. What a
citizen is to the office's program is one line: `Visitor.line`.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx

from services.contracts.identifiers import InvalidIdentifier, national_id
from services.ops.chance import Chance
from services.ops.demo.stage import Json, Stage

KINDS = (
    "good", "repeated", "wrong-id", "no-mobile", "expired-licence", "not-offered", "no-paper", "presence",
    "spoiled", "made-up-redirect", "unreachable", "good", "good", "good", "repeated", "good", "good", "good",
)  # fmt: skip
UNREACHABLE = "09140000001"
NAMES = ("ژاله احمدی", "حامد قادری", "پری‌ناز شریفی", "جلیل اکبرزاده", "گلنار یوسفی", "مهدی خلیلی")


def a_person(chance: Chance, *, with_mobile: bool = True, county: str = "urmia") -> Json:
    """Somebody who does not exist, with a national id that is well typed."""
    first_nine = f"{chance.randrange(10**9):09d}"
    return {
        "scheme": "NID",
        "value": next(filter(_is_valid, (f"{first_nine}{check}" for check in range(10)))),
        "name": chance.choice(NAMES),
        "mobile": f"0912{chance.randrange(100_000, 1_000_000)}3" if with_mobile else None,
        "county": county,
    }


@dataclass(frozen=True)
class Sheet:
    """What is needed of a service: where kiosks offer it, and which papers the citizen brings."""

    service_id: str
    evidence: tuple[str, ...]
    offered: frozenset[tuple[str, str]]
    """(kiosk class, county); county "" = everywhere."""

    def is_offered_at(self, kiosk: Json) -> bool:
        return bool(self.offered & {(kiosk["kioskClass"], kiosk["county"]), (kiosk["kioskClass"], "")})


@dataclass(frozen=True)
class Visitor:
    """One citizen at the counter, what is submitted for them, and the answer that the contract promises."""

    kiosk_id: str
    external_ref: str
    service_id: str
    applicant: Json
    evidence: tuple[str, ...]
    expected: str = "ACCEPTED"
    """Or the code of the rejection."""
    revision: int = 1
    redirect_ref: str | None = None
    spoiled: bool = False
    """The counter's program cuts the record in half: it is no JSON."""
    correction: "Visitor | None" = None
    """What is sent after a fixable rejection."""
    repeated: bool = False
    """The office sends the same bytes once more, under a new id."""

    @property
    def line(self) -> Json:
        return {
            "kioskId": self.kiosk_id,
            "externalRef": self.external_ref,
            "serviceId": self.service_id,
            "applicant": self.applicant,
            "evidence": self.evidence,
            "expected": self.expected,
            "revision": self.revision,
            "redirectRef": self.redirect_ref,
            "spoiled": self.spoiled,
            "correction": self.correction.line if self.correction else None,
            "repeated": self.repeated,
        }


class Citizens:
    """Those of one run at one partner's kiosks: seeded, so that they can be had again."""

    def __init__(self, kiosks: list[Json], sheets: list[Sheet], run: str, chance: Chance, today: str) -> None:
        self._chance = chance
        self._open = [k for k in kiosks if k["status"] == "ACTIVE" and k["validTo"] >= today]
        self._shut = [k for k in kiosks if k not in self._open]
        self._sheets, self._run = sheets, run
        self._numbers = itertools.count(1)

    def coming(self, count: int) -> Iterator[Visitor]:
        for kind in itertools.islice(itertools.cycle(KINDS), count):
            yield self._visitor(kind)

    def redirected(self, redirect_ref: str, kiosk_id: str, service_id: str, person: Json) -> Visitor:
        """With a desk's reference: the same person and service, with the papers of the sheet."""
        sheet = next(s for s in self._sheets if s.service_id == service_id)
        reference = self._reference(kiosk_id)
        return Visitor(kiosk_id, reference, service_id, person, sheet.evidence, redirect_ref=redirect_ref)

    def _visitor(self, kind: str) -> Visitor:
        kiosk = self._chance.choice(self._open)
        sheet = self._chance.choice([s for s in self._sheets if s.is_offered_at(kiosk)])
        person = a_person(self._chance, county=kiosk["county"])
        good = Visitor(kiosk["id"], self._reference(kiosk["id"]), sheet.service_id, person, sheet.evidence)
        corrected = replace(good, revision=2)
        match kind:
            case "repeated":
                return replace(good, repeated=True)
            case "no-mobile":
                return replace(good, applicant={**person, "mobile": None})
            case "unreachable":
                return replace(good, applicant={**person, "mobile": UNREACHABLE})
            case "wrong-id":
                wrong = {**person, "value": mistyped(person["value"])}
                return replace(good, applicant=wrong, expected="INVALID_APPLICANT", correction=corrected)
            case "no-paper":
                return replace(good, evidence=(), expected="MISSING_EVIDENCE", correction=corrected)
            case "spoiled":
                return replace(good, spoiled=True, expected="MALFORMED", correction=corrected)
            case "expired-licence" if self._shut:
                shut = self._chance.choice(self._shut)["id"]
                return replace(good, kiosk_id=shut, external_ref=self._reference(shut), expected="KIOSK_NOT_LICENSED")
            case "not-offered":
                return replace(good, service_id="building-permit", expected="NOT_OFFERED_HERE")
            case "presence":
                return replace(good, service_id="land-deed-original", expected="PRESENCE_REQUIRED")
            case "made-up-redirect":
                return replace(good, redirect_ref="R-made-up-0123456789ab", expected="REDIRECT_UNKNOWN")
        return good

    def _reference(self, kiosk_id: str) -> str:
        return f"{kiosk_id.rpartition('-')[2]}-{self._run}-{next(self._numbers):04d}"


def citizens_of(stage: Stage, partner: str) -> Citizens:
    """Of this run, at the kiosks that the public registry has of the partner. Raises httpx.HTTPError."""
    with httpx.Client(base_url=stage.url("registry"), timeout=10) as registry:

        def items(kind: str, **query: str) -> list[Json]:
            answer = registry.get(f"/v1/{kind}", params={"limit": "500", **query}).raise_for_status()
            found: list[Json] = answer.json()["items"]
            return found

        kiosks, sheets = items("kiosks", partner=partner), _sheets(items("offerings"), items("services"))
    chance = Chance(f"{stage.seed}:{partner}")
    return Citizens(kiosks, sheets, stage.run, chance, stage.now.date().isoformat())


def _sheets(offerings: list[Json], services: list[Json]) -> list[Sheet]:
    """The services that some kiosk may offer, and for which something is brought."""
    offered: dict[str, set[tuple[str, str]]] = {}
    for offering in offerings:
        if offering["channel"].startswith("KIOSK_"):
            kiosk_class = offering["channel"].removeprefix("KIOSK_")
            places = offered.setdefault(offering["serviceId"], set())
            places.update((kiosk_class, county) for county in offering["counties"] or [""])
    return [
        Sheet(service["id"], tuple(_demanded(service)), frozenset(offered[service["id"]]))
        for service in services
        if service["id"] in offered and any(_demanded(service))
    ]


def _demanded(service: Json) -> Iterator[str]:
    """What the citizen brings: nothing that an agency holds, nothing for special cases."""
    for requirement in service["requirements"]:
        if requirement["mandatory"] and requirement["heldBy"] is None and requirement["condition"] is None:
            yield requirement["evidenceType"]


def mistyped(value: str) -> str:
    return value[:-1] + str((int(value[-1]) + 1) % 10)


def _is_valid(value: str) -> bool:
    try:
        national_id(value)
    except InvalidIdentifier:
        return False
    return True
