"""What one service of a catalogue refers to, as nodes of a document; each has the same address wherever it stands."""

from collections.abc import Iterator, Sequence
from typing import Any

from services.contracts.entry import PlannedStatus
from services.contracts.service_sheet import Channel, Cost, DurationUnit, Offering, Sheet, WorkingTime
from services.registry.catalogue.cpsv.vocabulary import (
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
from services.registry.catalogue.listed import Authority, Service, Surroundings

Node = dict[str, Any]


_RULES = {
    RuleKind.GUIDANCE: "راهنمای پیش از درخواست",
    RuleKind.OBJECTION: "شیوهٔ اعتراض به نتیجه",
    RuleKind.PRESENCE: "حضور به حکم قانون",
}


_ROLES = {
    Role.RESPONSIBLE_UNIT: "واحد مسئول",
    Role.RESPONSIBLE_OFFICER: "کارشناس مسئول",
}


def service_address(id: str) -> str:
    return f"urn:mizban:service:{id}"


class Parts:
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
        self.nodes += organization_nodes(id, self._surroundings, self._sheet.spatial)
        return ref(organization_address(id))

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
        return distinct(found)

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
            "cv:hasInputType": distinct(types),
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
        return distinct(found)

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
                **self._own_time(offering.channel),
                "mz:version": offering.version,
                "mz:status": offering.status,
                **planned(offering.planned),
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
            f"{organization_address(org_id)}:hours", "time:TemporalEntity", **{"dct:description": fa(text)}
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
                **self._own_time(channel),
            },
        )

    def _own_time(self, channel: Channel) -> Node:
        times = self._sheet.processing_time
        if all(own.channel is not channel for own in times.by_channel):
            return {}
        return {"cv:processingTime": processing_time(times.maximum_through(channel))}

    def channel_times(self) -> Node:
        said = [
            {
                "@type": "mz:ChannelTime",
                "dct:type": self.concept(Scheme.CHANNEL, own.channel),
                "mz:averageTime": working_time(own.average),
                "mz:maximumTime": working_time(own.maximum),
            }
            for own in self._sheet.processing_time.by_channel
        ]
        return {"mz:channelTime": {"@list": said}} if said else {}

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


def organization_nodes(id: str, surroundings: Surroundings, place: str) -> Iterator[Node]:
    """An agency; one that is not known is named by its id and covers `place`."""
    known = surroundings.authorities.get(id) or Authority(id=id, name=id, place=place)
    label = [fa(known.name), *([] if known.name_en is None else [en(known.name_en)])]
    spatial = named("place", known.place)
    yield {
        "@id": organization_address(id),
        # a reader without the standard's ontology does not know that each of these is one of the next
        "@type": ["cv:PublicOrganisation", "org:Organization", "foaf:Agent"],
        "dct:identifier": id,
        "dct:title": label,
        "skos:prefLabel": label,
        "dct:spatial": [ref(spatial)],
    }
    yield {"@id": spatial, "@type": "dct:Location", "locn:geographicName": fa(known.place)}


def organization_address(id: str) -> str:
    return f"urn:mizban:organization:{id}"


def _channel_address(offering_id: str) -> str:
    return f"urn:mizban:offering:{offering_id}"


def audiences(sheet: Sheet) -> tuple[str, ...]:
    return ("CITIZEN", "BUSINESS") if sheet.audience == "BOTH" else (sheet.audience,)


def planned(plans: Sequence[PlannedStatus]) -> dict[str, Any]:
    said = [{"mz:status": plan.status, "mz:since": typed(plan.since.isoformat(), "xsd:date")} for plan in plans]
    return {"mz:planned": {"@list": said}} if said else {}


def working_time(time: WorkingTime) -> Node:
    return {"@type": "mz:WorkingTime", "mz:value": time.value, "mz:unit": time.unit}


def processing_time(promised: WorkingTime) -> Node:
    return typed(duration(promised.value, promised.unit), "xsd:duration")


def duration(value: int, unit: str) -> str:
    """As ISO 8601, which knows no working time: `mz:maximumTime` beside it says which days or hours are meant."""
    return f"PT{value}H" if unit == DurationUnit.WORKING_HOURS else f"P{value}D"


def distinct(references: list[dict[str, str]]) -> list[dict[str, str]]:
    return list({reference["@id"]: reference for reference in references}.values())
