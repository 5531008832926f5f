"""What our CPSV-AP document looks like: classes, what each must say how often, and that nothing dangles (domain 10).

These tables are ours, written from the standard's release 3.2.0; they are no copy of its SHACL shapes.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.contracts.service_sheet import Offering, Sheet
from services.registry.catalogue.cpsv.vocabulary import CONTEXT, CURRENCY, EXTENSION, iri
from services.registry.catalogue.cpsv.writing import document
from services.registry.catalogue.listed import Catalogue, Surroundings
from tests.support.catalogues import sample_catalogue

Node = dict[str, Any]
MANY = 10**6

MUST_SAY: dict[str, dict[str, tuple[int, int]]] = {
    "cpsv:PublicService": {
        "dct:identifier": (1, 1),
        "dct:title": (1, MANY),
        "dct:description": (1, MANY),
        "cv:hasCompetentAuthority": (1, MANY),
        "cv:processingTime": (0, 1),
        "adms:status": (0, 1),
    },
    "cv:PublicOrganisation": {"skos:prefLabel": (1, MANY), "dct:spatial": (1, MANY)},
    "foaf:Agent": {"dct:identifier": (1, 1), "dct:title": (1, MANY)},
    "dcat:Dataset": {"dct:title": (1, MANY), "dct:description": (1, MANY), "dct:publisher": (1, 1)},
    "cv:Requirement": {"dct:identifier": (1, 1), "dct:title": (1, MANY)},
    "cv:Evidence": {"dct:identifier": (1, 1), "dct:title": (1, MANY)},
    "cv:EvidenceType": {"dct:identifier": (1, 1)},
    "cv:Output": {"dct:identifier": (1, 1), "dct:title": (1, MANY)},
    "cv:Channel": {"dct:identifier": (1, 1), "dct:type": (0, 1), "cv:processingTime": (0, 1)},
    "cv:Cost": {
        "dct:identifier": (1, 1),
        "cv:hasValue": (0, 1),
        "cv:currency": (0, 1),
        "cv:ifAccessedThrough": (0, 1),
    },
    "cv:Event": {"dct:identifier": (1, 1), "dct:title": (1, MANY)},
    "cv:Participation": {
        "dct:identifier": (1, 1),
        "dct:description": (1, MANY),
        "cv:hasParticipant": (1, 1),
        "cv:role": (1, MANY),
    },
    "cpsv:Rule": {"dct:identifier": (1, 1), "dct:title": (1, MANY), "dct:description": (1, MANY), "dct:type": (0, 1)},
}

LEADS_TO: dict[str, str] = {
    "cpsv:follows": "cpsv:Rule",
    "cpsv:hasInput": "cv:Evidence",
    "cpsv:produces": "cv:Output",
    "cv:contactPoint": "cv:ContactPoint",
    "cv:currency": "skos:Concept",
    "cv:hasChannel": "cv:Channel",
    "cv:hasCompetentAuthority": "cv:PublicOrganisation",
    "cv:hasCost": "cv:Cost",
    "cv:hasInputType": "cv:EvidenceType",
    "cv:hasLegalResource": "eli:LegalResource",
    "cv:hasParticipant": "foaf:Agent",
    "cv:hasParticipation": "cv:Participation",
    "cv:hasSupportingEvidence": "cv:Evidence",
    "cv:holdsRequirement": "cv:Requirement",
    "cv:ifAccessedThrough": "cv:Channel",
    "cv:isClassifiedBy": "skos:Concept",
    "cv:isDefinedBy": "org:Organization",
    "cv:isGroupedBy": "cv:Event",
    "cv:openingHours": "time:TemporalEntity",
    "cv:ownedBy": "org:Organization",
    "cv:role": "skos:Concept",
    "cv:sector": "skos:Concept",
    "cv:supportsRequirement": "cv:Requirement",
    "adms:status": "skos:Concept",
    "dct:audience": "skos:Concept",
    "dct:conformsTo": "cv:EvidenceType",
    "dct:hasPart": "cpsv:PublicService",
    "dct:isPartOf": "dcat:Dataset",
    "dct:publisher": "foaf:Agent",
    "dct:spatial": "dct:Location",
    "dct:type": "skos:Concept",
}

A_DAY = {"value": 1, "unit": "WORKING_DAYS"}
A_TIME_OF_ITS_OWN = dict.fromkeys(("average", "maximum", "legal"), A_DAY) | {
    "byChannel": [{"channel": "POST", "average": A_DAY, "maximum": A_DAY}]
}
IN_A_LANGUAGE = ("dct:title", "dct:description", "skos:prefLabel")
DATATYPES = {"cv:processingTime": "xsd:duration", "cv:hasValue": "xsd:double"}
PLAIN = {"dct:identifier", "cv:telephone", "skos:notation", "eli:number", "locn:geographicName"}


@cache
def nodes() -> dict[str, Node]:
    told = document(sample_catalogue())["@graph"]
    found = {node["@id"]: node for node in told}
    assert len(found) == len(told), "each node stands once"
    return found


def each(value: Any) -> list[Any]:
    if isinstance(value, dict) and "@list" in value:
        return list(value["@list"])
    return value if isinstance(value, list) else [value]


def types(node: Node) -> list[str]:
    return each(node["@type"])


def properties() -> Iterator[tuple[Node, str, list[Any]]]:
    for node in nodes().values():
        for name, value in node.items():
            if not name.startswith("@"):
                yield node, name, each(value)


@pytest.mark.parametrize("kind", MUST_SAY)
def test_every_node_says_what_its_class_must_and_no_more_than_it_may(kind: str) -> None:
    found = [node for node in nodes().values() if kind in types(node)]
    assert found, "the sample province has one"
    for node in found:
        for name, (least, most) in MUST_SAY[kind].items():
            assert least <= len(each(node.get(name, []))) <= most, (node["@id"], name)


def test_every_reference_leads_to_a_node_of_the_right_class() -> None:
    followed = Counter[str]()
    for node, name, values in properties():
        for value in values:
            if isinstance(value, dict) and "@id" in value and not name.startswith("mz:"):
                assert LEADS_TO[name] in types(nodes()[value["@id"]]), (node["@id"], name)
                followed[name] += 1
    assert followed.keys() == LEADS_TO.keys()


def test_texts_say_their_language_and_numbers_their_kind() -> None:
    for node, name, values in properties():
        for value in values:
            if name in IN_A_LANGUAGE:
                assert value["@language"] in ("fa", "en"), (node["@id"], name)
            elif name in DATATYPES:
                assert value["@type"] == DATATYPES[name]
            elif name not in LEADS_TO and not name.startswith("mz:"):
                assert name in PLAIN, f"{name} has a place in these tables"


def test_every_service_is_part_of_the_catalogue_and_has_a_persian_and_an_english_name() -> None:
    services = [node for node in nodes().values() if "cpsv:PublicService" in types(node)]
    assert len(services) == len(sample_catalogue().services) >= 30
    catalogue = nodes()["urn:mizban:catalogue"]
    assert [part["@id"] for part in catalogue["dct:hasPart"]] == [node["@id"] for node in services]
    assert all([title["@language"] for title in node["dct:title"]] == ["fa", "en"] for node in services)


def test_costs_are_in_rials_and_events_of_businesses_are_business_events() -> None:
    costs = [node for node in nodes().values() if "cv:Cost" in types(node)]
    assert {cost["cv:currency"]["@id"] for cost in costs} == {CURRENCY}
    for service in sample_catalogue().services:
        told = nodes()[f"urn:mizban:service:{service.sheet.id}"]
        kind = "cv:BusinessEvent" if service.sheet.audience == "BUSINESS" else "cv:LifeEvent"
        assert all(kind in types(nodes()[event["@id"]]) for event in told["cv:isGroupedBy"])


def test_a_cost_names_the_channel_through_which_it_arises() -> None:
    service = next(one for one in sample_catalogue().services if one.offerings)
    cost = service.sheet.costs[0].model_copy(update={"channel": service.offerings[0].channel})
    other = cost.model_copy(update={"channel": "POST"})
    sheet = service.sheet.model_copy(update={"costs": (cost, other)})
    told = document(Catalogue((type(service)(sheet, service.offerings),), Surroundings()))
    found = {node["@id"]: node for node in told["@graph"]}
    through = [found[node["cv:ifAccessedThrough"]["@id"]] for node in found.values() if node["@type"] == "cv:Cost"]
    assert [channel["dct:identifier"] for channel in through] == [
        service.offerings[0].id,
        f"{sheet.id}:channel:POST",
    ]
    assert all(channel["@type"] == "cv:Channel" for channel in through)


def test_the_context_is_inline_and_holds_prefixes_only() -> None:
    context = document(sample_catalogue())["@context"]
    assert context == CONTEXT
    assert all(name.partition(":")[0] in context for _, name, _ in properties())


def used_terms() -> set[str]:
    found: set[str] = set()

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            found.update(key for key in part if key.startswith("mz:"))
            found.update(kind for kind in each(part.get("@type", [])) if kind.startswith("mz:"))
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for item in part:
                walk(item)

    full = next(one for one in sample_catalogue().services if one.sheet.presence and one.offerings)
    plan = {"status": "RETIRED", "since": "2030-03-21", "reason": "ادغام"}
    sheet = Sheet.model_validate(
        full.sheet.to_wire()
        | {
            "planned": [plan],
            "processingTime": A_TIME_OF_ITS_OWN,
            "maturityVerifiedBy": "x",
            "maturityVerifiedAt": "2026-11-23T08:30:00Z",
            "requirements": [
                {"evidenceType": "x", "name": "x", "originalNeeded": True, "heldBy": "wa-tax", "condition": "x"}
            ],
        }
    )
    offering = Offering.model_validate(
        full.offerings[0].to_wire() | {"validTo": "2030-03-21", "url": "x", "presenceReason": "OATH"}
    )
    walk(document(Catalogue((type(full)(sheet, (offering,)),))))
    return found


def test_what_the_standard_cannot_say_is_said_in_a_closed_list_of_our_own_words() -> None:
    assert used_terms() == EXTENSION.keys()


def test_our_own_words_are_documented_and_their_namespace_is_nobodys_address() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "catalogue.md").read_text(encoding="utf-8")
    assert [term for term in EXTENSION if f"`{term}`" not in page] == []
    assert iri("mz:version") == "urn:mizban:ns#version"
