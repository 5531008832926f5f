"""Which `@context` a document may name: an inline one, or the standard's own, of which we hold the meaning.

Nothing is ever loaded: an address in a document that somebody sends us must not make this machine call it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.contracts.envelope import Malformed
from services.registry.catalogue.cpsv.vocabulary import NAMESPACES, iri

_CLASSES: Final[Mapping[str, str]] = {
    "Agent": "foaf:Agent",
    "BusinessEvent": "cv:BusinessEvent",
    "Channel": "cv:Channel",
    "Code": "skos:Concept",
    "Concept": "skos:Concept",
    "ContactPoint": "cv:ContactPoint",
    "Cost": "cv:Cost",
    "Dataset": "dcat:Dataset",
    "Event": "cv:Event",
    "Evidence": "cv:Evidence",
    "EvidenceType": "cv:EvidenceType",
    "LegalResource": "eli:LegalResource",
    "LifeEvent": "cv:LifeEvent",
    "Location": "dct:Location",
    "Organization": "org:Organization",
    "Output": "cv:Output",
    "Participation": "cv:Participation",
    "PublicOrganization": "cv:PublicOrganisation",
    "PublicService": "cpsv:PublicService",
    "Requirement": "cv:Requirement",
    "Rule": "cpsv:Rule",
    "TemporalEntity": "time:TemporalEntity",
}

_LINKS: Final[Mapping[str, str]] = {
    "Channel.openingHours": "cv:openingHours",
    "Channel.ownedBy": "cv:ownedBy",
    "Channel.type": "dct:type",
    "Cost.currency": "cv:currency",
    "Cost.ifAccessedThrough": "cv:ifAccessedThrough",
    "Cost.isDefinedBy": "cv:isDefinedBy",
    "Dataset.hasPart": "dct:hasPart",
    "Dataset.publisher": "dct:publisher",
    "Evidence.isConformantTo": "dct:conformsTo",
    "Evidence.supportsRequirement": "cv:supportsRequirement",
    "Output.type": "dct:type",
    "Participation.hasParticipant": "cv:hasParticipant",
    "Participation.role": "cv:role",
    "PublicOrganization.spatial": "dct:spatial",
    "PublicService.addressee": "dct:audience",
    "PublicService.contactPoint": "cv:contactPoint",
    "PublicService.follows": "cpsv:follows",
    "PublicService.hasChannel": "cv:hasChannel",
    "PublicService.hasCompetentAuthority": "cv:hasCompetentAuthority",
    "PublicService.hasCost": "cv:hasCost",
    "PublicService.hasInput": "cpsv:hasInput",
    "PublicService.hasInputType": "cv:hasInputType",
    "PublicService.hasLegalResource": "cv:hasLegalResource",
    "PublicService.hasParticipation": "cv:hasParticipation",
    "PublicService.holdsRequirement": "cv:holdsRequirement",
    "PublicService.isClassifiedBy": "cv:isClassifiedBy",
    "PublicService.isGroupedBy": "cv:isGroupedBy",
    "PublicService.isPartOf": "dct:isPartOf",
    "PublicService.produces": "cpsv:produces",
    "PublicService.sector": "cv:sector",
    "PublicService.spatial": "dct:spatial",
    "PublicService.status": "adms:status",
    "PublicService.thematicArea": "cv:thematicArea",
    "Requirement.hasSupportingEvidence": "cv:hasSupportingEvidence",
    "Rule.implements": "cpsv:implements",
    "Rule.type": "dct:type",
}

_TEXTS: Final[Mapping[str, str]] = {
    **{f"{owner}.identifier": "dct:identifier" for owner in _CLASSES},
    **{f"{owner}.description": "dct:description" for owner in _CLASSES},
    **{f"{owner}.name": "dct:title" for owner in ("Agent", "Event", "Evidence", "Output", "Requirement", "Rule")},
    "Channel.processingTime": "cv:processingTime",
    "ContactPoint.hasTelephone": "cv:telephone",
    "Cost.hasValue": "cv:hasValue",
    "Dataset.title": "dct:title",
    "PublicOrganization.preferredLabel": "skos:prefLabel",
    "PublicService.name": "dct:title",
    "PublicService.processingTime": "cv:processingTime",
}

_STANDARD: Final[Mapping[str, Any]] = {
    **{term: iri(name) for term, name in _CLASSES.items()},
    **{term: {"@id": iri(name), "@type": "@id"} for term, name in _LINKS.items()},
    **{term: iri(name) for term, name in _TEXTS.items()},
}
"""The terms of the standard's context that we read."""

HELD: Final[Mapping[str, Mapping[str, Any]]] = {
    f"https://semiceu.github.io/{where}releases/3.2.0/{there}context/cpsv-ap.jsonld": _STANDARD
    for where in ("CPSV-AP/", "uri.semic.eu-generated/CPSV-AP/")
    for there in ("", "/")
}
"""The addresses under which the standard's context is published. They are names here, and are not called."""


def hold_contexts(document: Any) -> None:
    """Puts the meaning of every address that we hold in its place, in the document itself: it may be large.

    Raises Malformed REMOTE_CONTEXT, which names up to five of the addresses that we do not hold.
    """
    strange = list(dict.fromkeys(_strange(document)))
    if strange:
        raise Malformed("REMOTE_CONTEXT", "contexts are not loaded; write out: " + ", ".join(strange[:5]))
    _hold(document)


def _strange(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "@import":
                yield str(value)[:200]
            elif key == "@context":
                for one in value if isinstance(value, list) else [value]:
                    if isinstance(one, str) and one not in HELD:
                        yield one[:200]
                    elif not isinstance(one, str | dict | None):
                        yield str(one)[:200]
            yield from _strange(value)
    elif isinstance(part, list):
        for item in part:
            yield from _strange(item)


def _hold(part: Any) -> None:
    if isinstance(part, dict):
        if "@context" in part:
            part["@context"] = _held(part["@context"])
        for value in part.values():
            _hold(value)
    elif isinstance(part, list):
        for item in part:
            _hold(item)


def _held(context: Any) -> Any:
    if isinstance(context, list):
        return [_held(one) for one in context]
    return HELD[context] if isinstance(context, str) else context


assert all(name.partition(":")[0] in NAMESPACES for name in (*_CLASSES.values(), *_LINKS.values(), *_TEXTS.values()))
