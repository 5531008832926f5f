"""Documents of others: nothing is loaded on their word, and what they say goes as far as it goes (domain 10)."""

import json
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
from services.registry.catalogue.found import Found
from services.registry.catalogue.listed import Catalogue
from tests.support.catalogues import sample_catalogue

STANDARD = "https://semiceu.github.io/CPSV-AP/releases/3.2.0/context/cpsv-ap.jsonld"


def read(told: Any) -> list[Found]:
    return read_catalogue(json.dumps(told, ensure_ascii=False).encode())[0]


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


# --- another maker's catalogue ---------------------------------------------------------------------------------------


def theirs(**changes: Any) -> dict[str, Any]:
    """A service as a catalogue without our extension tells it."""
    node = {
        "@id": "http://agency.example/service/residence",
        "@type": "cpsv:PublicService",
        "dct:identifier": "residence",
        "dct:title": [{"@value": "گواهی سکونت", "@language": "fa"}, {"@value": "Residence", "@language": "en"}],
        "dct:description": {"@value": "گواهی نشانی خانه", "@language": "fa"},
        "cv:hasCompetentAuthority": {
            "@type": "cv:PublicOrganisation",
            "dct:identifier": "wa-civil-registration",
            "skos:prefLabel": {"@value": "ثبت احوال", "@language": "fa"},
        },
        "cv:sector": {"@type": "skos:Concept", "skos:prefLabel": {"@value": "هویت", "@language": "fa"}},
        "cv:isGroupedBy": {
            "@type": ["cv:LifeEvent", "cv:Event"],
            "dct:title": {"@value": "نقل مکان", "@language": "fa"},
        },
        "cv:holdsRequirement": [
            {
                "dct:title": {"@value": "سکونت", "@language": "fa"},
                "cv:hasSupportingEvidence": {
                    "@type": "cv:Evidence",
                    "dct:identifier": "lease",
                    "dct:title": {"@value": "اجاره‌نامه", "@language": "fa"},
                },
            },
            {"dct:title": {"@value": "هجده سال تمام", "@language": "fa"}},
        ],
        "cv:hasCost": [
            {
                "cv:hasValue": 50000.0,
                "cv:currency": {"@id": "http://publications.europa.eu/resource/authority/currency/IRR"},
            },
            {
                "cv:hasValue": 12.0,
                "cv:currency": {"@id": "http://publications.europa.eu/resource/authority/currency/EUR"},
            },
        ],
        "cv:processingTime": {"@value": "P2W", "@type": "xsd:duration"},
        "cpsv:produces": {"dct:identifier": "گواهی", "dct:title": {"@value": "گواهی سکونت", "@language": "fa"}},
        "cpsv:follows": {"dct:title": "قاعده", "dct:description": {"@value": "حضوری نیست", "@language": "fa"}},
        "cv:contactPoint": {"cv:telephone": "044-3333"},
        "cv:hasChannel": {"@type": "cv:Channel", "dct:identifier": "counter"},
    }
    return {"@context": NAMESPACES, **node, **changes}


def gaps(found: Found) -> set[str]:
    return {gap.field for gap in found.gaps}


def test_of_another_makers_catalogue_what_can_be_taken_is_taken() -> None:
    found = read(theirs())[0]
    assert found.errors == ()
    assert found.fields["orgId"] == "wa-civil-registration"
    assert found.fields["lifeEvents"] == ["نقل مکان"]
    assert found.fields["requirements"] == [
        {"evidenceType": "lease", "name": "اجاره‌نامه", "originalNeeded": False, "mandatory": True}
    ]
    assert found.fields["costs"] == [{"amount": 50_000, "payAt": ""}]
    assert found.fields["processingTime"]["legal"] == {"value": 14, "unit": "CALENDAR_DAYS"}
    assert found.fields["information"] == "حضوری نیست"
    assert found.fields["output"]["type"].startswith("x-"), "an id of ours for a name that is none"
    assert found.offerings == ()


def test_what_it_lacks_is_told_all_at_once() -> None:
    """Also what was left out, and what was assumed and wants to be looked at."""
    assert gaps(read(theirs())[0]) == {
        *("audience", "spatial", "initiation", "legalResources", "declaredVisits", "stages", "unitId"),
        *("responsibleOfficerId", "kioskable", "objection", "maturityDeclared"),
        *("requirements", "requirements.0.originalNeeded", "requirements.0.mandatory", "output.collectable"),
        *("costs.0.payAt", "costs.1.amount", "contact.name", "offerings.counter", "processingTime"),
    }


def test_nodes_without_names_are_read_alike_every_time() -> None:
    """They get other names at each reading; a document that is sent again must not look changed."""
    several = theirs(
        **{
            "@id": "_:a",
            "dct:title": "بی‌نشان",
            "cv:hasCost": [{"cv:hasValue": amount} for amount in (5.0, 1.0, 3.0, 2.0, 4.0)],
            "cv:isGroupedBy": [{"dct:title": text} for text in "بتاثپ"],
            "cpsv:hasInput": [{"dct:title": text, "dct:conformsTo": {"dct:identifier": text}} for text in "xyz"],
        }
    )
    several["cv:hasCompetentAuthority"] = {"skos:prefLabel": "شهرداری"}
    first = read(several)[0]
    assert len(first.fields["costs"]) == 5
    assert all(read(several) == [first] for _ in range(5))


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("P3D", {"value": 3, "unit": "CALENDAR_DAYS"}),
        ("PT4H", {"value": 4, "unit": "WORKING_HOURS"}),
        ("P1M", None),
        ("P2DT4H", None),
        ("soon", None),
        (f"P{'9' * 5_000}D", None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_duration_that_is_neither_days_nor_hours_is_left_out(said: str, time: Any) -> None:
    found = read(theirs(**{"cv:processingTime": {"@value": said, "@type": "xsd:duration"}}))[0]
    assert found.fields.get("processingTime", {}).get("maximum") == time
    assert "processingTime" in gaps(found)


def test_a_service_without_an_authority_or_an_identifier_cannot_be_taken() -> None:
    found = read({"@context": NAMESPACES, "@id": "urn:s", "@type": "cpsv:PublicService"})[0]
    assert [(error.field, error.en) for error in found.errors] == [("id", "is not given"), ("orgId", "is not given")]


def test_a_name_in_another_language_stands_in_and_is_told() -> None:
    found = read(theirs(**{"dct:title": {"@value": "Wohnsitz", "@language": "de"}}))[0]
    assert found.fields["name"] == "Wohnsitz"
    assert {"name", "nameEn"} <= gaps(found)


def test_two_services_of_one_identifier_are_not_both_taken() -> None:
    other = theirs(**{"@id": "http://agency.example/service/other"})
    first, second = read([theirs(), other])
    assert first.where.endswith("other")
    assert not first.errors
    assert [error.en for error in second.errors] == [
        "the same id stands in http://agency.example/service/other already"
    ]


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


def test_what_has_no_name_keeps_its_order_however_often_it_is_read() -> None:
    """Else the same file would be another draft each time it is imported."""
    costs = [{"cv:hasValue": amount, "cv:description": f"{amount}"} for amount in (30, 10, 20, 40)]
    read_often = [read(theirs(**{"cv:hasCost": costs}))[0].fields["costs"] for _ in range(5)]
    assert len(read_often[0]) == 4
    assert all(found == read_often[0] for found in read_often)
