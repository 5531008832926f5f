"""A document of a catalogue as it is read."""

import json
from typing import Any

from services.registry.catalogue.cpsv.reading import read_catalogue
from services.registry.catalogue.cpsv.vocabulary import NAMESPACES
from services.registry.catalogue.found import Found


def read(told: Any) -> list[Found]:
    return read_catalogue(json.dumps(told, ensure_ascii=False).encode())[0]


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
