"""A CPSV-AP document as drafts of sheets with their offerings: ours without loss, another maker's as far as it goes.

What a document of ours says wrongly is an error, and the service is not taken. Of another maker's, what we cannot take
is left out and told as a gap of the draft, as is what it does not say. Of each service all reasons are told at once.
"""

from typing import Any

from pydantic import ValidationError

from services.registry.catalogue.cpsv.channels import offerings_of
from services.registry.catalogue.cpsv.demands import costs_of, laws_of, requirements_of
from services.registry.catalogue.cpsv.described import as_id, plans_of
from services.registry.catalogue.cpsv.graph import Graph, is_blank, read_graph
from services.registry.catalogue.cpsv.remarked import Remarked
from services.registry.catalogue.cpsv.surroundings import surroundings_of
from services.registry.catalogue.cpsv.times import times_of
from services.registry.catalogue.cpsv.vocabulary import Role, RuleKind, Scheme
from services.registry.catalogue.found import Found
from services.registry.catalogue.listed import Surroundings
from services.registry.catalogue.remarks import Remark, from_validation, missing
from services.registry.domain.draft import SheetDraft

_MAY_BE_UNSAID = ("informationOnly", "onSpot")
_EXPECTED = tuple(
    name
    for field_name, field in SheetDraft.model_fields.items()
    if (name := field.alias or field_name) not in ("id", "orgId", "presence", *_MAY_BE_UNSAID)
)
"""What a complete draft says. Whether presence is needed is said by silence, too."""


def read_catalogue(document: bytes) -> tuple[list[Found], Surroundings]:
    """The services of a JSON-LD document in the order of their ids, and what it tells of others.

    Raises Malformed when it is no JSON-LD, or names a context that we do not hold (`graph.read_graph`).
    """
    graph = read_graph(document)
    found = [_Service(graph, address).read() for address in graph.all("cpsv:PublicService")]
    return sorted(found, key=lambda one: (one.id or "", one.where)), surroundings_of(graph)


class _Service(Remarked):
    """A cpsv:PublicService, on its way to a draft."""

    def __init__(self, graph: Graph, address: str) -> None:
        super().__init__(graph, address)
        self._fields: dict[str, Any] = {}

    def read(self) -> Found:
        id = None if self.identifier is None else as_id(self.identifier)
        authority = self.node("cv:hasCompetentAuthority")
        self._say("id", id)
        self._say("orgId", authority and authority.name and as_id(authority.name))
        self._words()
        self._say("requirements", requirements_of(self))
        self._say("legalResources", laws_of(self))
        self._say("lifeEvents", self._events())
        self._say("processingTime", times_of(self))
        self._say("costs", costs_of(self))
        self._say("output", self._output())
        self._say("stages", self._list("mz:stages"))
        self._say("contact", self._contact())
        self._rules()
        self._parties()
        self._say("kioskable", self._kioskable())
        offerings = tuple(offerings_of(self, id or "", self._fields.get("orgId")))
        self.unread()
        self._check()
        return Found(
            where=(self.name or "-") if is_blank(self.address) else self.address,
            id=id,
            fields=self._fields,
            given=self._given(),
            unsaid=tuple(name for name in _MAY_BE_UNSAID if name not in self._fields),
            offerings=offerings,
            errors=tuple(self.errors),
            gaps=tuple(self.gaps),
        )

    def _say(self, field: str, value: Any) -> None:
        if value is not None:
            self._fields[field] = value

    def _check(self) -> None:
        try:
            SheetDraft.model_validate(self._fields)
        except ValidationError as error:
            self.errors += from_validation(error.errors(include_url=False, include_input=False))
        (self.errors if self.ours else self.gaps).extend(
            missing(field) for field in _EXPECTED if field not in self._fields
        )

    def _words(self) -> None:
        name = self.text("dct:title")
        if name is None and (name := self.any_text("dct:title")) is not None:
            self.gaps.append(Remark("name", "نام فارسی ندارد", "has no name in Persian"))
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
            self.errors.append(Remark(field, "بیش از یک مقدار دارد", "has more than one value"))
        return next(iter(codes), None)

    def _list(self, name: str) -> list[str] | None:
        members = self.members(name)
        return None if members is None else [member.value for member in members]

    def _events(self) -> list[str] | None:
        events = self.in_order("cv:isGroupedBy")
        if events is None:
            return None
        return [(event.name or "") if event.label is None else event.label for event in events]

    def _output(self) -> dict[str, Any] | None:
        outputs = self.nodes("cpsv:produces")
        if not outputs:
            return None
        for other in outputs[1:]:
            what = other.label or other.name
            self.strange("output", f"خروجی دیگر «{what}»", f"the further output “{what}”")
        output = outputs[0]
        found = {
            "type": output.name and as_id(output.name),
            "name": output.any_text("dct:title"),
            "collectable": self.assumed("output.collectable", output, "mz:collectable", False),
        }
        return {name: value for name, value in found.items() if value is not None}

    def _contact(self) -> dict[str, Any] | None:
        point = self.node("cv:contactPoint")
        phone = point.any_text("cv:telephone") if point else None
        if point is None or phone is None:
            return None
        name = point.text("mz:name")
        if name is None and not self.ours:
            self.gaps.append(missing("contact.name"))
            name = point.label or ""
        return {"name": name, "phone": phone} if name is not None else {"phone": phone}

    def _rules(self) -> None:
        rules = {kind: rule for rule in self.nodes("cpsv:follows") for kind in rule.codes("dct:type", Scheme.RULE)}
        guidance = rules.get(RuleKind.GUIDANCE)
        if guidance is not None:
            self._say("information", guidance.any_text("dct:description"))
        elif not self.ours:
            texts = [rule.any_text("dct:description", "dct:title") for rule in self.nodes("cpsv:follows")]
            self._say("information", "\n".join(text for text in texts if text) or None)
        if (objection := rules.get(RuleKind.OBJECTION)) is not None:
            how, body = objection.any_text("dct:description"), objection.text("mz:body")
            found = {**objection.said(days="mz:days"), "body": body, "how": how}
            self._say("objection", {name: value for name, value in found.items() if value is not None})
        if (presence := rules.get(RuleKind.PRESENCE)) is not None:
            law = presence.any_text("dct:description")
            self._say("presence", {**presence.said(ground="mz:ground", stage="mz:stage"), "law": law})
        elif self.ours:
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
