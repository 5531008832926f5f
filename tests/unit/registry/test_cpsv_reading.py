"""Documents of others: nothing is loaded on their word, and what they say goes as far as it goes (domain 10)."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from services.contracts.envelope import Malformed
from services.registry.catalogue.cpsv.contexts import HELD
from services.registry.catalogue.cpsv.reading import read_catalogue
from services.registry.catalogue.cpsv.vocabulary import NAMESPACES
from services.registry.catalogue.cpsv.writing import document
from services.registry.catalogue.listed import Catalogue
from tests.support.catalogues import sample_catalogue
from tests.unit.registry.documents_read import read, theirs

STANDARD = "https://semiceu.github.io/CPSV-AP/releases/3.2.0/context/cpsv-ap.jsonld"


class Listening(HTTPServer):
    calls = 0


@pytest.fixture
def listening() -> Iterator[Listening]:
    """A server on this machine that would be called by whoever follows an address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert isinstance(self.server, Listening)
            self.server.calls += 1
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = Listening(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


WAYS: dict[str, Any] = {
    "alone": lambda address: {"@context": address},
    "beside ours": lambda address: {"@context": [NAMESPACES, address]},
    "in a node": lambda address: {"@graph": [{"@context": address, "@id": "urn:x"}]},
    "imported": lambda address: {"@context": {"@import": address, "@version": 1.1}},
    "in a term": lambda address: {"@context": {"p": {"@id": "urn:p", "@context": address}}, "p": {"@id": "urn:x"}},
    "in a type": lambda address: {"@context": {"T": {"@id": "urn:T", "@context": [address]}}, "@type": "T"},
    "in a list of lists": lambda address: [[{"@context": [[address]]}]],
}


@pytest.mark.parametrize("way", WAYS)
def test_no_address_in_a_document_is_ever_called(way: str, listening: Listening) -> None:
    """It might be a machine inside that nobody else can reach."""
    for address in (f"http://127.0.0.1:{listening.server_port}/c.jsonld", "file:///etc/passwd", "c.jsonld"):
        with pytest.raises(Malformed, match="REMOTE_CONTEXT"):
            read(WAYS[way](address))
    assert listening.calls == 0


def test_other_addresses_in_a_document_are_names_and_nothing_more(listening: Listening) -> None:
    here = f"http://127.0.0.1:{listening.server_port}/"
    told = {
        "@context": NAMESPACES | {"@base": here, "@vocab": here},
        "@id": "service",
        "@type": ["cpsv:PublicService", here + "type"],
        "cv:hasChannel": {"@id": here},
        "seeAlso": {"@id": here},
    }
    assert read(told)[0].id is None
    assert listening.calls == 0


def test_the_context_of_the_standard_is_held_here_and_need_not_be_loaded(listening: Listening) -> None:
    told = {
        "@context": [STANDARD, NAMESPACES],
        "@id": "http://agency.example/42",
        "@type": "PublicService",
        "PublicService.identifier": "42",
        "PublicService.name": {"@value": "گواهی سکونت", "@language": "fa"},
        "PublicService.hasChannel": "http://agency.example/desk",
        "dct:description": {"@value": "شرح", "@language": "fa"},
    }
    found = read(told)[0]
    assert STANDARD in HELD
    assert (found.id, found.fields["name"], found.fields["description"]) == ("42", "گواهی سکونت", "شرح")
    assert "offerings" in {gap.field.partition(".")[0] for gap in found.gaps}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "NOT_JSON"),
        (b"{", "NOT_JSON"),
        (b'{"a": 1, "a": 2}', "DUPLICATE_KEY"),
        (b"[" * 100 + b"]" * 100, "TOO_DEEP"),
        (b"7", "NOT_JSON_LD"),
        (b'{"@context": 7}', "REMOTE_CONTEXT"),
        (b'{"@context": {"a": {"@id": 7}}, "a": "x"}', "NOT_JSON_LD"),
        (b'{"@context": {"@base": 7}, "@id": "x", "@type": "y"}', "NOT_JSON_LD"),
    ],
)
def test_what_is_no_json_ld_is_refused_with_a_reason(content: bytes, code: str) -> None:
    with pytest.raises(Malformed, match=code):
        read_catalogue(content)


def test_a_document_without_services_has_none() -> None:
    assert read({"@id": "urn:x", "urn:p": "a text"}) == []
    assert read([]) == []


# --- ours, spoilt ----------------------------------------------------------------------------------------------------


def spoilt(kind: str, **changes: Any) -> list[tuple[str, str]]:
    """The errors of a document of ours in which the nodes of a class say something else."""
    told = document(Catalogue(sample_catalogue().services[:1], sample_catalogue().surroundings))
    for node in told["@graph"]:
        if kind in node["@type"]:
            node |= changes
    return [(error.field, error.en) for error in read(told)[0].errors]


@pytest.mark.parametrize(
    ("kind", "changes", "error"),
    [
        ("cpsv:PublicService", {"mz:stages": []}, ("stages", "is not given")),
        ("cpsv:PublicService", {"cv:hasParticipation": []}, ("unitId", "is not given")),
        (
            "cpsv:PublicService",
            {"cv:processingTime": {"@value": "P99D", "@type": "xsd:duration"}},
            ("processingTime.maximum", "cv:processingTime P99D says otherwise"),
        ),
        (
            "cv:Cost",
            {"cv:hasValue": {"@value": "1.5", "@type": "xsd:double"}},
            ("costs.0.amount", "no whole amount in rials"),
        ),
        ("cv:Output", {"mz:collectable": "perhaps"}, ("output.collectable", "is neither yes nor no")),
        ("cv:Channel", {"mz:delivery": "MUCH"}, ("delivery", "is none of 'NONE', 'PARTIAL' or 'FULL'")),
        ("mz:WorkingTime", {}, None),
    ],
)
def test_what_a_document_of_ours_says_wrongly_is_an_error(kind: str, changes: Any, error: Any) -> None:
    """Somebody has changed it by hand: nothing of it is guessed."""
    errors = spoilt(kind, **changes)
    if error is None:
        assert errors == []
    else:
        assert any(field.endswith(error[0]) and said == error[1] for field, said in errors), errors


BAD_LANGUAGES = ["fa_IR", "fa IR", 7]


@pytest.mark.parametrize("language", BAD_LANGUAGES)
@pytest.mark.parametrize("kind", ["cpsv:PublicService", "cv:Output"])
def test_a_language_that_is_none_is_told_with_its_service_and_the_others_are_taken(kind: str, language: Any) -> None:
    told = document(sample_catalogue())
    services = [node for node in told["@graph"] if node["@type"] == "cpsv:PublicService"]
    node = next(node for node in told["@graph"] if kind in node["@type"])
    node["dct:title"] = {"@value": "نام", "@language": language}
    found = read(told)
    (bad,) = (one for one in found if one.errors)
    assert len(found) == len(services)
    assert bad.where.startswith("urn:mizban:service:")
    assert ("", "dct:title: a value, or its language, cannot be read") in [(one.field, one.en) for one in bad.errors]


@pytest.mark.parametrize("language", BAD_LANGUAGES)
def test_of_another_makers_service_a_text_in_no_language_is_left_out_and_told(language: Any) -> None:
    names = [{"@value": "گواهی", "@language": language}, {"@value": "Residence", "@language": "en"}]
    (found,) = read(theirs(**{"dct:title": names}))
    assert (found.errors, found.fields["nameEn"]) == ((), "Residence")
    assert "left out: dct:title: a value, or its language, cannot be read" in [gap.en for gap in found.gaps]


@pytest.mark.parametrize(
    "kind", ["cv:PublicOrganisation", "http://www.w3.org/ns/org#Organization", "foaf:Organization"]
)
def test_a_language_of_an_agency_that_is_none_is_no_fault_of_its_services(kind: str) -> None:
    """Whatever its class: an agency that a service names is not the service's own."""
    told = theirs()
    authority = told["cv:hasCompetentAuthority"]
    authority["@type"] = kind
    before = read(told)[0].gaps
    authority["skos:prefLabel"]["@language"] = "fa_IR"
    assert read(told)[0].gaps == before


@pytest.mark.parametrize("kinds", [{}, {"@type": "skos:Concept"}])
def test_a_label_of_a_concept_is_told_with_the_services_that_name_it_alone(kinds: dict[str, str]) -> None:
    """Whichever way it leads to others: through its scheme every concept of a list leads to all of them."""

    def label(language: str) -> dict[str, Any]:
        return {"skos:prefLabel": {"@value": "نام", "@language": language}}

    way = "skos:inScheme" if not kinds else "dct:isPartOf"
    scheme = {"@id": "urn:s", "skos:hasTopConcept": {"@id": "urn:d", **kinds, **label("fa_IR")}}

    def told(language: str) -> list[str]:
        sector = {"@id": "urn:c", **kinds, **label(language), way: scheme}
        (found,) = read(theirs(**{"cv:sector": sector}))
        return [gap.en for gap in found.gaps if "cannot be read" in gap.en]

    assert told("fa") == []
    assert told("fa_IR") == ["left out: skos:prefLabel: a value, or its language, cannot be read"]


def test_what_has_no_name_keeps_its_order_however_often_it_is_read() -> None:
    """Else the same file would be another draft each time it is imported."""
    costs = [{"cv:hasValue": amount, "cv:description": f"{amount}"} for amount in (30, 10, 20, 40)]
    read_often = [read(theirs(**{"cv:hasCost": costs}))[0].fields["costs"] for _ in range(5)]
    assert len(read_often[0]) == 4
    assert all(found == read_often[0] for found in read_often)
