"""A catalogue as a CPSV-AP 3.2.0 document: plain dicts and lists, JSON-LD with an inline context (domain 10).

Each node stands once, before or after what refers to it; the same catalogue always gives the same document.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from services.contracts.entry import PlannedStatus
from services.contracts.service_sheet import Channel, Cost, DurationUnit, Offering, Sheet, WorkingTime
from services.contracts.wire import instant_text
from services.registry.catalogue.cpsv.vocabulary import (
    CONTEXT,
    CURRENCY,
    Role,
    RuleKind,
    Scheme,
    concept,
    en,
    fa,
    named,
    ref,
    typed,
)
from services.registry.catalogue.listed import Authority, Catalogue, Service, Surroundings

Node = dict[str, Any]

CATALOGUE = "urn:mizban:catalogue"
NOBODY = "urn:mizban:publisher"
"""Publishes while no agency is recorded: a catalogue always has a publisher."""

_RULES = {
    RuleKind.GUIDANCE: "راهنمای پیش از درخواست",
    RuleKind.OBJECTION: "شیوهٔ اعتراض به نتیجه",
    RuleKind.PRESENCE: "حضور به حکم قانون",
}
_ROLES = {
    Role.RESPONSIBLE_UNIT: "واحد مسئول",
    Role.RESPONSIBLE_OFFICER: "کارشناس مسئول",
}


def document(catalogue: Catalogue) -> dict[str, Any]:
    """A catalogue, or one service of it, as a JSON-LD document with all that it refers to."""
    written = Written()
    nodes = [*written.nodes(catalogue.services, catalogue.surroundings), *written.last_nodes(catalogue.surroundings)]
    return {"@context": CONTEXT, "@graph": nodes}


class Written:
    """The same document in pieces, so that a large catalogue need not be held at once."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._parts: list[dict[str, str]] = []
        self._before = json.dumps({"@context": CONTEXT}, ensure_ascii=False)[:-1] + ', "@graph": ['

    def add(self, services: Iterable[Service], surroundings: Surroundings) -> bytes:
        return self._text(self.nodes(services, surroundings))

    def end(self, surroundings: Surroundings) -> bytes:
        return self._text(self.last_nodes(surroundings)) + b"]}\n"

    def nodes(self, services: Iterable[Service], surroundings: Surroundings) -> Iterator[Node]:
        for service in services:
            self._parts.append(ref(service_address(service.sheet.id)))
            yield from _once(_service(service, surroundings), self._seen)

    def last_nodes(self, surroundings: Surroundings) -> Iterator[Node]:
        """The dcat:Dataset, which names all services."""
        yield from _once(_dataset(self._parts, surroundings), self._seen)

    def _text(self, nodes: Iterable[Node]) -> bytes:
        pieces = []
        for node in nodes:
            pieces.append(self._before + json.dumps(node, ensure_ascii=False))
            self._before = ",\n"
        return "".join(pieces).encode()


def service_address(id: str) -> str:
    return f"urn:mizban:service:{id}"


def _once(found: Iterable[Node], seen: set[str]) -> Iterator[Node]:
    for node in found:
        if node["@id"] not in seen:
            seen.add(node["@id"])
            yield node


def _dataset(parts: list[dict[str, str]], surroundings: Surroundings) -> Iterator[Node]:
    publisher = NOBODY if surroundings.publisher is None else _organization_address(surroundings.publisher)
    yield {
        "@id": CATALOGUE,
        "@type": "dcat:Dataset",
        "dct:identifier": "mizban-catalogue",
        "dct:title": [fa("فهرست خدمات میزبان"), en("Mizban catalogue of public services")],
        "dct:description": [
            fa("شناسنامهٔ خدمات دستگاه‌های اجرایی، با کانال‌های ارائهٔ هر خدمت"),
            en("The service sheets of public agencies, with the channels of each service"),
        ],
        "dct:publisher": ref(publisher),
        "dct:hasPart": parts,
    }
    if surroundings.publisher is None:
        yield {"@id": NOBODY, "@type": "foaf:Agent", "dct:identifier": "mizban", "dct:title": [fa("میزبان")]}
    else:
        yield from _organization(surroundings.publisher, surroundings, surroundings.publisher)


def _service(service: Service, surroundings: Surroundings) -> Iterator[Node]:
    sheet, parts = service.sheet, _Parts(service, surroundings)
    promised = sheet.processing_time.maximum
    yield {
        "@id": service_address(sheet.id),
        "@type": "cpsv:PublicService",
        "dct:identifier": sheet.id,
        "dct:title": [fa(sheet.name), en(sheet.name_en)],
        "dct:description": [fa(sheet.description)],
        "dct:isPartOf": [ref(CATALOGUE)],
        "cv:hasCompetentAuthority": [parts.organization(sheet.org_id)],
        "adms:status": parts.concept(Scheme.STATUS, sheet.status),
        "dct:audience": [parts.concept(Scheme.AUDIENCE, code) for code in _audiences(sheet)],
        "cv:sector": [parts.text_concept("sector", sheet.sector)],
        "dct:spatial": [parts.place(sheet.spatial)],
        "cv:isGroupedBy": parts.events(),
        "cv:isClassifiedBy": [
            parts.concept(Scheme.INITIATION, sheet.initiation),
            parts.concept(Scheme.MATURITY_DECLARED, sheet.maturity_declared),
            parts.concept(Scheme.MATURITY_VERIFIED, sheet.maturity_verified),
            parts.concept(Scheme.KIOSKABLE_URBAN, sheet.kioskable.urban),
            parts.concept(Scheme.KIOSKABLE_RURAL, sheet.kioskable.rural),
        ],
        **parts.requirements(),
        "cv:hasLegalResource": parts.laws(),
        "cpsv:follows": parts.rules(),
        "cv:processingTime": typed(duration(promised.value, promised.unit), "xsd:duration"),
        "cv:hasChannel": [parts.channel(offering) for offering in service.offerings],
        "cv:hasCost": parts.costs(),
        "cpsv:produces": [parts.output()],
        "cv:contactPoint": [parts.contact()],
        "cv:hasParticipation": [
            parts.participation(Role.RESPONSIBLE_UNIT, "unit", sheet.unit_id),
            parts.participation(Role.RESPONSIBLE_OFFICER, "officer", sheet.responsible_officer_id),
        ],
        "mz:version": sheet.version,
        "mz:stages": {"@list": [fa(stage) for stage in sheet.stages]},
        "mz:informationOnly": sheet.information_only,
        "mz:onSpot": sheet.on_spot,
        "mz:declaredVisits": sheet.declared_visits,
        "mz:kioskableReason": fa(sheet.kioskable.reason),
        "mz:averageTime": _working_time(sheet.processing_time.average),
        "mz:maximumTime": _working_time(sheet.processing_time.maximum),
        "mz:legalTime": _working_time(sheet.processing_time.legal),
        **_plans(sheet.planned),
        **_attestation(sheet),
        "mz:order": {"@list": parts.order},
    }
    yield from parts.nodes


class _Parts:
    """The nodes that one service refers to, gathered while their references are handed out."""

    def __init__(self, service: Service, surroundings: Surroundings) -> None:
        self._service, self._sheet, self._surroundings = service, service.sheet, surroundings
        self._base = service_address(service.sheet.id)
        self.nodes: list[Node] = []
        self.order: list[dict[str, str]] = []

    def _add(self, address: str, type: str | list[str], **properties: Any) -> dict[str, str]:
        self.nodes.append({"@id": address, "@type": type, **properties})
        return ref(address)

    def concept(self, scheme: Scheme, code: str) -> dict[str, str]:
        return self._add(concept(scheme, code), "skos:Concept", **{"skos:notation": code, "skos:prefLabel": en(code)})

    def text_concept(self, kind: str, text: str) -> dict[str, str]:
        return self._add(named(kind, text), "skos:Concept", **{"skos:prefLabel": fa(text)})

    def place(self, name: str) -> dict[str, str]:
        return self._add(named("place", name), "dct:Location", **{"locn:geographicName": fa(name)})

    def organization(self, id: str) -> dict[str, str]:
        self.nodes += _organization(id, self._surroundings, self._sheet.spatial)
        return ref(_organization_address(id))

    def events(self) -> list[dict[str, str]]:
        kind = "cv:BusinessEvent" if self._sheet.audience == "BUSINESS" else "cv:LifeEvent"
        found = []
        for name in self._sheet.life_events:
            address = named(kind.removeprefix("cv:"), name)
            found.append(
                self._add(
                    address,
                    [kind, "cv:Event"],
                    **{"dct:identifier": address.rpartition(":")[2], "dct:title": fa(name)},
                )
            )
        self.order += found
        return _distinct(found)

    def requirements(self) -> dict[str, list[dict[str, str]]]:
        requirements, evidences, types = [], [], []
        for number, needed in enumerate(self._sheet.requirements, start=1):
            address, evidence = f"{self._base}:requirement:{number}", f"{self._base}:evidence:{number}"
            kind = f"urn:mizban:evidence-type:{needed.evidence_type}"
            requirements.append(
                self._add(
                    address,
                    "cv:Requirement",
                    **{
                        "dct:identifier": f"{self._sheet.id}:requirement:{number}",
                        "dct:title": fa(needed.name),
                        "cv:hasSupportingEvidence": ref(evidence),
                    },
                )
            )
            evidences.append(
                self._add(
                    evidence,
                    "cv:Evidence",
                    **{
                        "dct:identifier": f"{self._sheet.id}:evidence:{number}",
                        "dct:title": fa(needed.name),
                        "dct:conformsTo": ref(kind),
                        "cv:supportsRequirement": ref(address),
                        "mz:originalNeeded": needed.original_needed,
                        "mz:mandatory": needed.mandatory,
                        **({} if needed.held_by is None else {"mz:heldBy": needed.held_by}),
                        **({} if needed.condition is None else {"mz:condition": fa(needed.condition)}),
                    },
                )
            )
            types.append(self._add(kind, "cv:EvidenceType", **{"dct:identifier": needed.evidence_type}))
        self.order += evidences
        return {
            "cv:holdsRequirement": requirements,
            "cpsv:hasInput": evidences,
            "cv:hasInputType": _distinct(types),
        }

    def laws(self) -> list[dict[str, str]]:
        found = [
            self._add(
                named("law", law.title, law.article),
                "eli:LegalResource",
                **{"dct:title": fa(law.title), "eli:number": law.article},
            )
            for law in self._sheet.legal_resources
        ]
        self.order += found
        return _distinct(found)

    def rules(self) -> list[dict[str, str]]:
        sheet = self._sheet
        found = [
            self._rule(RuleKind.GUIDANCE, sheet.information),
            self._rule(
                RuleKind.OBJECTION,
                sheet.objection.how,
                **{"mz:days": sheet.objection.days, "mz:body": fa(sheet.objection.body)},
            ),
        ]
        if sheet.presence is not None:
            ground, stage = sheet.presence.ground, sheet.presence.stage
            found.append(self._rule(RuleKind.PRESENCE, sheet.presence.law, **{"mz:ground": ground, "mz:stage": stage}))
        return found

    def _rule(self, kind: RuleKind, text: str, **more: Any) -> dict[str, str]:
        return self._add(
            f"{self._base}:rule:{kind.lower()}",
            "cpsv:Rule",
            **{
                "dct:identifier": f"{self._sheet.id}:rule:{kind.lower()}",
                "dct:title": fa(_RULES[kind]),
                "dct:description": fa(text),
                "dct:type": self.concept(Scheme.RULE, kind),
            },
            **more,
        )

    def channel(self, offering: Offering) -> dict[str, str]:
        hours = self._surroundings.hours.get(offering.org_id) if offering.channel is Channel.AGENCY_DESK else None
        return self._add(
            _channel_address(offering.id),
            "cv:Channel",
            **{
                "dct:identifier": offering.id,
                "dct:type": self.concept(Scheme.CHANNEL, offering.channel),
                "cv:ownedBy": [self.organization(offering.org_id)],
                **({} if hours is None else {"cv:openingHours": [self._hours(offering.org_id, hours)]}),
                "mz:version": offering.version,
                "mz:status": offering.status,
                **_plans(offering.planned),
                "mz:information": offering.information,
                "mz:request": offering.request,
                "mz:production": offering.production,
                "mz:delivery": offering.delivery,
                "mz:counties": {"@list": list(offering.counties)},
                "mz:validFrom": typed(offering.valid_from.isoformat(), "xsd:date"),
                **(
                    {}
                    if offering.valid_to is None
                    else {"mz:validTo": typed(offering.valid_to.isoformat(), "xsd:date")}
                ),
                **({} if offering.url is None else {"mz:url": offering.url}),
                **({} if offering.presence_reason is None else {"mz:presenceReason": offering.presence_reason}),
            },
        )

    def _hours(self, org_id: str, text: str) -> dict[str, str]:
        return self._add(
            f"{_organization_address(org_id)}:hours", "time:TemporalEntity", **{"dct:description": fa(text)}
        )

    def costs(self) -> list[dict[str, str]]:
        found = [self._cost(number, cost) for number, cost in enumerate(self._sheet.costs, start=1)]
        self.order += found
        return found

    def _cost(self, number: int, cost: Cost) -> dict[str, str]:
        currency = self._add(CURRENCY, "skos:Concept", **{"skos:notation": "IRR", "skos:prefLabel": en("Iranian rial")})
        return self._add(
            f"{self._base}:cost:{number}",
            "cv:Cost",
            **{
                "dct:identifier": f"{self._sheet.id}:cost:{number}",
                "cv:hasValue": typed(f"{cost.amount}.0", "xsd:double"),
                "cv:currency": currency,
                "cv:isDefinedBy": [self.organization(self._sheet.org_id)],
                **({} if cost.channel is None else {"cv:ifAccessedThrough": self._accessed_through(cost.channel)}),
                "mz:payAt": fa(cost.pay_at),
            },
        )

    def _accessed_through(self, channel: Channel) -> dict[str, str]:
        """The service's channel of that kind: that of an offering, or one that is named by its kind alone."""
        for offering in self._service.offerings:
            if offering.channel is channel:
                return ref(_channel_address(offering.id))
        return self._add(
            f"{self._base}:channel:{channel}",
            "cv:Channel",
            **{
                "dct:identifier": f"{self._sheet.id}:channel:{channel}",
                "dct:type": self.concept(Scheme.CHANNEL, channel),
            },
        )

    def output(self) -> dict[str, str]:
        output = self._sheet.output
        return self._add(
            f"{self._base}:output",
            "cv:Output",
            **{
                "dct:identifier": output.type,
                "dct:title": fa(output.name),
                "mz:collectable": output.collectable,
            },
        )

    def contact(self) -> dict[str, str]:
        contact = self._sheet.contact
        return self._add(
            f"{self._base}:contact",
            "cv:ContactPoint",
            **{"cv:telephone": contact.phone, "mz:name": fa(contact.name)},
        )

    def participation(self, role: Role, kind: str, id: str) -> dict[str, str]:
        agent = self._add(
            f"urn:mizban:{kind}:{id}",
            "foaf:Agent",
            **{"dct:identifier": id, "dct:title": fa(self._surroundings.parties.get(f"{kind}:{id}", id))},
        )
        return self._add(
            f"{self._base}:participation:{role.lower()}",
            "cv:Participation",
            **{
                "dct:identifier": f"{self._sheet.id}:participation:{role.lower()}",
                "dct:description": fa(_ROLES[role]),
                "cv:role": self.concept(Scheme.ROLE, role),
                "cv:hasParticipant": agent,
            },
        )


def _organization(id: str, surroundings: Surroundings, place: str) -> Iterator[Node]:
    """An agency; one that is not known is named by its id and covers `place`."""
    known = surroundings.authorities.get(id) or Authority(id=id, name=id, place=place)
    label = [fa(known.name), *([] if known.name_en is None else [en(known.name_en)])]
    spatial = named("place", known.place)
    yield {
        "@id": _organization_address(id),
        # a reader without the standard's ontology does not know that each of these is one of the next
        "@type": ["cv:PublicOrganisation", "org:Organization", "foaf:Agent"],
        "dct:identifier": id,
        "dct:title": label,
        "skos:prefLabel": label,
        "dct:spatial": [ref(spatial)],
    }
    yield {"@id": spatial, "@type": "dct:Location", "locn:geographicName": fa(known.place)}


def _organization_address(id: str) -> str:
    return f"urn:mizban:organization:{id}"


def _channel_address(offering_id: str) -> str:
    return f"urn:mizban:offering:{offering_id}"


def _audiences(sheet: Sheet) -> tuple[str, ...]:
    return ("CITIZEN", "BUSINESS") if sheet.audience == "BOTH" else (sheet.audience,)


def _plans(plans: Sequence[PlannedStatus]) -> dict[str, Any]:
    said = [
        {"mz:status": plan.status, "mz:since": typed(plan.since.isoformat(), "xsd:date"), "mz:reason": fa(plan.reason)}
        for plan in plans
    ]
    return {"mz:planned": {"@list": said}} if said else {}


def _attestation(sheet: Sheet) -> dict[str, Any]:
    verified_by, verified_at = sheet.maturity_verified_by, sheet.maturity_verified_at
    return {
        "mz:attestedBy": sheet.attested_by,
        "mz:attestedAt": typed(instant_text(sheet.attested_at), "xsd:dateTime"),
        "mz:attestationExpires": typed(sheet.attestation_expires.isoformat(), "xsd:date"),
        **({} if verified_by is None else {"mz:verifiedBy": verified_by}),
        **({} if verified_at is None else {"mz:verifiedAt": typed(instant_text(verified_at), "xsd:dateTime")}),
    }


def _working_time(time: WorkingTime) -> Node:
    return {"@type": "mz:WorkingTime", "mz:value": time.value, "mz:unit": time.unit}


def duration(value: int, unit: str) -> str:
    """As ISO 8601, which knows no working time: `mz:maximumTime` beside it says which days or hours are meant."""
    return f"PT{value}H" if unit == DurationUnit.WORKING_HOURS else f"P{value}D"


def _distinct(references: list[dict[str, str]]) -> list[dict[str, str]]:
    return list({reference["@id"]: reference for reference in references}.values())
