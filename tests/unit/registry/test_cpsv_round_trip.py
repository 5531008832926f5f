"""Out as CPSV-AP and in again: nothing is lost, however the document was written down meanwhile (domain 10)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from rdflib import Graph as RdfGraph

from services.ops.chance import Chance
from services.registry.catalogue.cpsv.reading import read_catalogue
from services.registry.catalogue.cpsv.writing import Written, document
from services.registry.catalogue.listed import Catalogue
from tests.support.catalogues import catalogues, sample_catalogue, service_of


def read(told: Any) -> Catalogue:
    found, surroundings = read_catalogue(json.dumps(told, ensure_ascii=False).encode())
    return Catalogue(tuple(service_of(one) for one in found), surroundings)


def test_the_sample_province_comes_back_as_it_went() -> None:
    assert read(document(sample_catalogue())).services == sample_catalogue().services


def test_what_came_in_goes_out_as_the_same_document() -> None:
    told = document(sample_catalogue())
    assert document(read(told)) == told


def test_a_document_from_before_there_was_a_word_says_nothing_of_it() -> None:
    told = document(sample_catalogue())
    for node in told["@graph"]:
        node.pop("mz:onSpot", None)
    found, _ = read_catalogue(json.dumps(told).encode())
    assert {(one.errors, one.unsaid) for one in found} == {((), ("onSpot",))}


@settings(max_examples=25, deadline=None)
@given(catalogues())
def test_any_catalogue_comes_back_as_it_went(catalogue: Catalogue) -> None:
    told = document(catalogue)
    again = read(told)
    assert again.services == catalogue.services
    assert nodes_of(document(again)) == nodes_of(told)


def nodes_of(told: dict[str, Any]) -> dict[str, Any]:
    """A graph has no order: where agencies of one place are told of first depends on what is known of them."""
    nodes = {node["@id"]: node for node in told["@graph"]}
    assert len(nodes) == len(told["@graph"])
    return nodes


@pytest.mark.parametrize("form", ["expanded", "compacted", "shuffled", "turtle"])
def test_it_does_not_matter_how_the_same_graph_is_written_down(form: str) -> None:
    """Other programs take documents apart and write them anew: other order, other nesting, other blank nodes."""
    few = Catalogue(sample_catalogue().services[:4], sample_catalogue().surroundings)
    assert read(rewritten(document(few), form)).services == few.services


def rewritten(told: dict[str, Any], form: str) -> Any:
    if form == "shuffled":
        shuffled = Chance(1)
        nodes = [dict(shuffled.sample(sorted(node.items()), len(node))) for node in told["@graph"]]
        shuffled.shuffle(nodes)
        return {"@graph": nodes, "@context": told["@context"]}
    graph = RdfGraph().parse(data=json.dumps(told), format="json-ld")
    if form == "turtle":
        graph = RdfGraph().parse(data=graph.serialize(format="turtle"), format="turtle")
    context = {"p": "http://purl.org/dc/terms/", "v": "http://data.europa.eu/m8g/"} if form == "compacted" else None
    return json.loads(graph.serialize(format="json-ld", context=context, auto_compact=form == "compacted"))


def test_in_pieces_it_is_the_same_document() -> None:
    catalogue, written = sample_catalogue(), Written()
    pieces = [written.add([service], catalogue.surroundings) for service in catalogue.services]
    assert json.loads(b"".join([*pieces, written.end(catalogue.surroundings)])) == document(catalogue)


def test_a_catalogue_without_services_has_a_publisher_all_the_same() -> None:
    told = document(Catalogue())
    assert [node["@type"] for node in told["@graph"]] == ["dcat:Dataset", "foaf:Agent"]
    assert read(told) == Catalogue()
