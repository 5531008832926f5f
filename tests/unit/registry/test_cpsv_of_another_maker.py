"""Another maker's catalogue is taken as far as it goes, and what it lacks is told (domain 10)."""

from typing import Any

import pytest

from services.registry.catalogue.cpsv.vocabulary import NAMESPACES
from services.registry.catalogue.found import Found
from tests.unit.registry.documents_read import read, theirs


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


def test_a_cost_through_a_channel_of_no_kind_of_ours_is_taken_without_it() -> None:
    """Also where its code looks like one of ours."""
    fax = {"dct:identifier": "fax", "dct:type": {"@id": "urn:mizban:channel:FAX"}}
    found = read(theirs(**{"cv:hasCost": [{"cv:hasValue": 5.0, "cv:ifAccessedThrough": fax}]}))[0]
    assert not found.errors
    assert found.fields["costs"] == [{"amount": 5, "payAt": ""}]
    assert "costs.0.channel" in gaps(found)


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
