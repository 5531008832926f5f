"""A CPSV-AP document as drafts of sheets with their offerings: ours without loss, another maker's as far as it goes.

What a document of ours says wrongly is an error, and the service is not taken. Of another maker's, what we cannot take
is left out and told as a gap of the draft, as is what it does not say. Of each service all reasons are told at once.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from services.contracts.service_sheet import Offering
from services.registry.catalogue.cpsv.described import Described, as_id, hours_of, plans_of, whole
from services.registry.catalogue.cpsv.graph import Graph, is_blank, read_graph
from services.registry.catalogue.cpsv.parts import duration
from services.registry.catalogue.cpsv.vocabulary import CURRENCY, Role, RuleKind, Scheme
from services.registry.catalogue.cpsv.writing import CATALOGUE
from services.registry.catalogue.found import Found
from services.registry.catalogue.listed import Authority, Surroundings
from services.registry.catalogue.remarks import Remark, from_validation, left_out, missing, stands_twice
from services.registry.domain.draft import SheetDraft

_EXPECTED = tuple(
    field.alias or name
    for name, field in SheetDraft.model_fields.items()
    if name not in ("id", "org_id", "presence", "information_only", "on_spot")
)
"""What a complete draft says. Whether presence is needed is said by silence, too."""


def read_catalogue(document: bytes) -> tuple[list[Found], Surroundings]:
    """The services of a JSON-LD document in the order of their ids, and what it tells of others.

    Raises Malformed when it is no JSON-LD, or names a context that we do not hold (`graph.read_graph`).
    """
    graph = read_graph(document)
    found = [_Service(graph, address).read() for address in graph.all("cpsv:PublicService")]
    return list(_each_once(sorted(found, key=lambda one: (one.id or "", one.where)))), _surroundings(graph)


def _each_once(services: list[Found]) -> Iterator[Found]:
    seen: dict[str, str] = {}
    for one in services:
        if one.id in seen:
            yield Found(
                one.where, one.id, errors=(*one.errors, stands_twice(seen[one.id], seen[one.id])), gaps=one.gaps
            )
        else:
            yield one
        if one.id is not None:
            seen.setdefault(one.id, one.where)


class _Service(Described):
    """A cpsv:PublicService, on its way to a draft."""

    def __init__(self, graph: Graph, address: str) -> None:
        super().__init__(graph, address)
        self._ours = self.has("mz:version")
        self._order = [member.value for member in self.members("mz:order") or ()]
        self._fields: dict[str, Any] = {}
        self._errors: list[Remark] = []
        self._gaps: list[Remark] = []

    def read(self) -> Found:
        id = None if self.identifier is None else as_id(self.identifier)
        authority = self.node("cv:hasCompetentAuthority")
        self._say("id", id)
        self._say("orgId", authority and authority.name and as_id(authority.name))
        self._words()
        self._say("requirements", self._requirements())
        self._say("legalResources", self._laws())
        self._say("lifeEvents", self._events())
        self._say("processingTime", self._times())
        self._say("costs", self._costs())
        self._say("output", self._output())
        self._say("stages", self._list("mz:stages"))
        self._say("contact", self._contact())
        self._rules()
        self._parties()
        self._say("kioskable", self._kioskable())
        offerings = tuple(self._offerings(id or ""))
        self._check()
        return Found(
            where=(self.name or "-") if is_blank(self.address) else self.address,
            id=id,
            fields=self._fields,
            given=self._given(),
            offerings=offerings,
            errors=tuple(self._errors),
            gaps=tuple(self._gaps),
        )

    def _say(self, field: str, value: Any) -> None:
        if value is not None:
            self._fields[field] = value

    def _strange(self, field: str, fa: str, en: str) -> None:
        """What does not fit: of ours an error, of another maker's left out."""
        if self._ours:
            self._errors.append(Remark(field, fa, en))
        else:
            self._gaps.append(left_out(field, fa, en))

    def _assumed(self, field: str, node: Described, name: str, value: Any) -> Any:
        """What a property says; where another maker's document cannot say it, a value to be looked at."""
        said = node.plain(name)
        if said is None and not self._ours:
            self._gaps.append(missing(field))
            return value
        return said

    def _check(self) -> None:
        try:
            SheetDraft.model_validate(self._fields)
        except ValidationError as error:
            self._errors += from_validation(error.errors(include_url=False, include_input=False))
        (self._errors if self._ours else self._gaps).extend(
            missing(field) for field in _EXPECTED if field not in self._fields
        )

    def _words(self) -> None:
        name = self.text("dct:title")
        if name is None and (name := self.any_text("dct:title")) is not None:
            self._gaps.append(Remark("name", "نام فارسی ندارد", "has no name in Persian"))
        self._say("name", name)
        self._say("nameEn", self.text_in("dct:title", "en"))
        self._say("description", self.any_text("dct:description"))
        audience = self.codes("dct:audience", Scheme.AUDIENCE)
        self._say("audience", "BOTH" if audience == ["BUSINESS", "CITIZEN"] else next(iter(audience), None))
        self._say("sector", self._labels("cv:sector"))
        self._say("spatial", self._labels("dct:spatial"))
        self._say("initiation", self._class(Scheme.INITIATION))
        self._say("maturityDeclared", self._class(Scheme.MATURITY_DECLARED))
        self._fields |= self.said(
            informationOnly="mz:informationOnly", onSpot="mz:onSpot", declaredVisits="mz:declaredVisits"
        )

    def _labels(self, name: str) -> str | None:
        labels = [label for node in self.nodes(name) if (label := node.label) is not None]
        return "، ".join(labels) if labels else None

    def _class(self, scheme: Scheme) -> str | None:
        codes = self.codes("cv:isClassifiedBy", scheme)
        if len(codes) > 1:
            field = "maturityDeclared" if scheme is Scheme.MATURITY_DECLARED else scheme.value
            self._errors.append(Remark(field, "بیش از یک مقدار دارد", "has more than one value"))
        return next(iter(codes), None)

    def _list(self, name: str) -> list[str] | None:
        members = self.members(name)
        return None if members is None else [member.value for member in members]

    def _in_order(self, name: str) -> list[Described] | None:
        """The nodes of a property as `mz:order` has them, then the others; None when there may be some unsaid."""
        nodes = {node.address: node for node in self.nodes(name)}
        if not nodes and not self._ours:
            return None
        placed = [nodes[address] for address in self._order if address in nodes]
        return placed + [node for address, node in nodes.items() if address not in self._order]

    def _requirements(self) -> list[dict[str, Any]] | None:
        evidences = self._in_order("cpsv:hasInput")
        if not self._ours:
            evidences = evidences or []
            seen = {evidence.address for evidence in evidences}
            for requirement in self.nodes("cv:holdsRequirement"):
                proofs = requirement.nodes("cv:hasSupportingEvidence")
                evidences += [proof for proof in proofs if proof.address not in seen]
                seen |= {proof.address for proof in proofs}
                if not proofs:
                    what = requirement.label or requirement.name
                    self._gaps.append(
                        left_out(
                            "requirements", f"شرط بی‌مدرک «{what}»", f"the condition “{what}”, which no evidence proves"
                        )
                    )
        if not evidences and not self._ours:
            return None
        return [self._requirement(number, evidence) for number, evidence in enumerate(evidences or ())]

    def _requirement(self, number: int, evidence: Described) -> dict[str, Any]:
        field = f"requirements.{number}"
        kind = evidence.node("dct:conformsTo")
        id = (kind and kind.identifier) or evidence.name
        found = {
            "evidenceType": id and as_id(id),
            "name": evidence.any_text("dct:title"),
            "originalNeeded": self._assumed(f"{field}.originalNeeded", evidence, "mz:originalNeeded", False),
            "mandatory": self._assumed(f"{field}.mandatory", evidence, "mz:mandatory", True),
            "heldBy": evidence.plain("mz:heldBy"),
            "condition": evidence.text("mz:condition"),
        }
        return {name: value for name, value in found.items() if value is not None}

    def _laws(self) -> list[dict[str, Any]] | None:
        laws = self._in_order("cv:hasLegalResource")
        return None if laws is None else [self._law(number, law) for number, law in enumerate(laws)]

    def _law(self, number: int, law: Described) -> dict[str, Any]:
        article = law.any_text("eli:number")
        if article is None and not self._ours:
            self._gaps.append(missing(f"legalResources.{number}.article"))
            article = ""
        title = law.any_text("dct:title", "eli:title", "skos:prefLabel", "rdfs:label")
        return {"title": law.name or "" if title is None else title, "article": article}

    def _events(self) -> list[str] | None:
        events = self._in_order("cv:isGroupedBy")
        if events is None:
            return None
        return [(event.name or "") if event.label is None else event.label for event in events]

    def _times(self) -> dict[str, Any] | None:
        said = self.any_text("cv:processingTime")
        names = {"average": "mz:averageTime", "maximum": "mz:maximumTime", "legal": "mz:legalTime"}
        times = {
            field: node.said(value="mz:value", unit="mz:unit")
            for field, name in names.items()
            if (node := self.node(name)) is not None
        }
        if times:
            promised = times.get("maximum", {})
            if said is not None and len(promised) == 2 and hours_of(said) != hours_of(duration(**promised)):
                fa = f"cv:processingTime {said} با mz:maximumTime یکی نیست"
                self._errors.append(Remark("processingTime.maximum", fa, f"cv:processingTime {said} says otherwise"))
            return times
        return None if said is None else self._time_from(said)

    def _time_from(self, said: str) -> dict[str, Any] | None:
        """ISO 8601 knows no working time: days are calendar days, and hours alone working hours."""
        days, hours = divmod(hours_of(said) or 0, 24)
        if bool(days) == bool(hours):
            self._strange("processingTime", f"مدت {said}", f"the duration {said}: neither days alone nor hours alone")
            return None
        time = {"value": days or hours, "unit": "CALENDAR_DAYS" if days else "WORKING_HOURS"}
        fa = "یک مدت به جای هر سه مدت (میانگین، حداکثر، قانونی) نشست؛ بررسی شود"
        self._gaps.append(Remark("processingTime", fa, "one duration stands for all three; look at them"))
        return {"average": time, "maximum": time, "legal": time}

    def _costs(self) -> list[dict[str, Any]] | None:
        costs = self._in_order("cv:hasCost")
        if costs is None:
            return None
        read = [self._cost(number, cost) for number, cost in enumerate(costs)]
        return [cost for cost in read if cost is not None]

    def _cost(self, number: int, cost: Described) -> dict[str, Any] | None:
        field = f"costs.{number}"
        currency = cost.node("cv:currency")
        if currency is not None and currency.address != CURRENCY and currency.any_text("skos:notation") != "IRR":
            self._strange(f"{field}.amount", f"ارز {currency.address}", f"the currency {currency.address} is not IRR")
            return None
        amount = whole(cost.any_text("cv:hasValue"))
        if amount is None:
            self._strange(f"{field}.amount", "مبلغ ریالی صحیح نیست", "no whole amount in rials")
            return None
        through = cost.node("cv:ifAccessedThrough")
        channel = next(iter(through.codes("dct:type", Scheme.CHANNEL)), None) if through else None
        if through is not None and channel is None:
            self._strange(f"{field}.channel", "کانال هزینه شناخته نشد", "its channel is of no kind of ours")
        pay_at = cost.text("mz:payAt")
        if pay_at is None and not self._ours:
            self._gaps.append(missing(f"{field}.payAt"))
            pay_at = ""
        found = {"amount": amount, "channel": channel, "payAt": pay_at}
        return {name: value for name, value in found.items() if value is not None}

    def _output(self) -> dict[str, Any] | None:
        outputs = self.nodes("cpsv:produces")
        if not outputs:
            return None
        for other in outputs[1:]:
            what = other.label or other.name
            self._strange("output", f"خروجی دیگر «{what}»", f"the further output “{what}”")
        output = outputs[0]
        found = {
            "type": output.name and as_id(output.name),
            "name": output.any_text("dct:title"),
            "collectable": self._assumed("output.collectable", output, "mz:collectable", False),
        }
        return {name: value for name, value in found.items() if value is not None}

    def _contact(self) -> dict[str, Any] | None:
        point = self.node("cv:contactPoint")
        phone = point.any_text("cv:telephone") if point else None
        if point is None or phone is None:
            return None
        name = point.text("mz:name")
        if name is None and not self._ours:
            self._gaps.append(missing("contact.name"))
            name = point.label or ""
        return {"name": name, "phone": phone} if name is not None else {"phone": phone}

    def _rules(self) -> None:
        rules = {kind: rule for rule in self.nodes("cpsv:follows") for kind in rule.codes("dct:type", Scheme.RULE)}
        guidance = rules.get(RuleKind.GUIDANCE)
        if guidance is not None:
            self._say("information", guidance.any_text("dct:description"))
        elif not self._ours:
            texts = [rule.any_text("dct:description", "dct:title") for rule in self.nodes("cpsv:follows")]
            self._say("information", "\n".join(text for text in texts if text) or None)
        if (objection := rules.get(RuleKind.OBJECTION)) is not None:
            how, body = objection.any_text("dct:description"), objection.text("mz:body")
            found = {**objection.said(days="mz:days"), "body": body, "how": how}
            self._say("objection", {name: value for name, value in found.items() if value is not None})
        if (presence := rules.get(RuleKind.PRESENCE)) is not None:
            law = presence.any_text("dct:description")
            self._say("presence", {**presence.said(ground="mz:ground", stage="mz:stage"), "law": law})
        elif self._ours:
            self._fields["presence"] = None

    def _parties(self) -> None:
        for participation in self.nodes("cv:hasParticipation"):
            party = participation.node("cv:hasParticipant")
            id = party.identifier if party else None
            for role in participation.codes("cv:role", Scheme.ROLE):
                self._say("unitId" if role == Role.RESPONSIBLE_UNIT else "responsibleOfficerId", id)

    def _kioskable(self) -> dict[str, Any] | None:
        urban, rural = self._class(Scheme.KIOSKABLE_URBAN), self._class(Scheme.KIOSKABLE_RURAL)
        reason = self.text("mz:kioskableReason")
        found = {"urban": urban, "rural": rural, "reason": reason}
        return {name: value for name, value in found.items() if value is not None} or None

    def _given(self) -> dict[str, Any]:
        status = self.codes("adms:status", Scheme.STATUS)
        verified = self._class(Scheme.MATURITY_VERIFIED)
        return {
            **self.said(
                version="mz:version",
                attestedBy="mz:attestedBy",
                attestedAt="mz:attestedAt",
                attestationExpires="mz:attestationExpires",
                maturityVerifiedBy="mz:verifiedBy",
                maturityVerifiedAt="mz:verifiedAt",
            ),
            **({"status": status[0]} if status else {}),
            **({"planned": plans} if (plans := plans_of(self)) else {}),
            **({"maturityVerified": verified} if verified else {}),
        }

    def _offerings(self, service_id: str) -> Iterator[Offering]:
        for channel in self.nodes("cv:hasChannel"):
            id = channel.name or "channel"
            if not channel.has("mz:information"):
                what = channel.label or id
                self._strange(
                    f"offerings.{as_id(id)}",
                    f"کانال «{what}»: نمی‌گوید کدام مرحله‌ها را پوشش می‌دهد",
                    f"the channel “{what}”: which stages it serves is not said",
                )
                continue
            try:
                yield Offering.model_validate(self._offering(as_id(id), service_id, channel))
            except ValidationError as error:
                reasons = error.errors(include_url=False, include_input=False)
                self._errors += from_validation(reasons, under=f"offerings.{as_id(id)}")

    def _offering(self, id: str, service_id: str, channel: Described) -> dict[str, Any]:
        owner = channel.node("cv:ownedBy")
        return {
            "id": id,
            "serviceId": service_id,
            "orgId": (owner and owner.identifier) or self._fields.get("orgId"),
            "channel": next(iter(channel.codes("dct:type", Scheme.CHANNEL)), None),
            "counties": [member.value for member in channel.members("mz:counties") or ()],
            **channel.said(
                version="mz:version",
                status="mz:status",
                information="mz:information",
                request="mz:request",
                production="mz:production",
                delivery="mz:delivery",
                validFrom="mz:validFrom",
                validTo="mz:validTo",
                url="mz:url",
                presenceReason="mz:presenceReason",
            ),
            **({"planned": plans} if (plans := plans_of(channel)) else {}),
        }


def _surroundings(graph: Graph) -> Surroundings:
    authorities, parties, hours = {}, {}, {}
    for address in graph.all("cv:PublicOrganisation"):
        organization = Described(graph, address)
        place = organization.node("dct:spatial")
        id, name = organization.identifier, organization.text("skos:prefLabel")
        if id is not None and name is not None:
            authorities[id] = Authority(
                id=id,
                name=name,
                name_en=organization.text_in("skos:prefLabel", "en"),
                place=(place.label if place else None) or "",
            )
    for address in graph.all("foaf:Agent"):
        kind, _, id = address.removeprefix("urn:mizban:").partition(":")
        if kind in ("unit", "officer"):
            parties[f"{kind}:{id}"] = Described(graph, address).text("dct:title") or id
    for address in graph.all("cv:Channel"):
        channel = Described(graph, address)
        owner, open_ = channel.node("cv:ownedBy"), channel.node("cv:openingHours")
        text = open_.text("dct:description") if open_ else None
        if owner is not None and owner.identifier is not None and text is not None:
            hours[owner.identifier] = text
    publisher = Described(graph, CATALOGUE).node("dct:publisher")
    known = publisher.identifier if publisher else None
    return Surroundings(authorities, parties, hours, known if known in authorities else None)
