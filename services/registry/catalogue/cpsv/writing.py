"""A catalogue as a CPSV-AP 3.2.0 document: plain dicts and lists, JSON-LD with an inline context (domain 10).

Each node stands once, before or after what refers to it; the same catalogue always gives the same document.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from services.contracts.service_sheet import Sheet
from services.contracts.wire import instant_text
from services.registry.catalogue.cpsv.parts import (
    Node,
    Parts,
    audiences,
    organization_address,
    organization_nodes,
    planned,
    processing_time,
    service_address,
    working_time,
)
from services.registry.catalogue.cpsv.vocabulary import (
    CONTEXT,
    Role,
    Scheme,
    en,
    fa,
    ref,
    typed,
)
from services.registry.catalogue.listed import Catalogue, Service, Surroundings

CATALOGUE = "urn:mizban:catalogue"
NOBODY = "urn:mizban:publisher"
"""Publishes while no agency is recorded: a catalogue always has a publisher."""


def document(catalogue: Catalogue) -> dict[str, Any]:
    """A catalogue, or one service of it, as a JSON-LD document with all that it refers to."""
    written = Written()
    nodes = [*written.nodes(catalogue.services, catalogue.surroundings), *written.last_nodes(catalogue.surroundings)]
    return {"@context": CONTEXT, "@graph": nodes}


class Written:
    """The same document in pieces, so that a large catalogue need not be held at once."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._parts: list[dict[str, str]] = []
        self._before = json.dumps({"@context": CONTEXT}, ensure_ascii=False)[:-1] + ', "@graph": ['

    def add(self, services: Iterable[Service], surroundings: Surroundings) -> bytes:
        return self._text(self.nodes(services, surroundings))

    def end(self, surroundings: Surroundings) -> bytes:
        return self._text(self.last_nodes(surroundings)) + b"]}\n"

    def nodes(self, services: Iterable[Service], surroundings: Surroundings) -> Iterator[Node]:
        for service in services:
            self._parts.append(ref(service_address(service.sheet.id)))
            yield from _once(_service(service, surroundings), self._seen)

    def last_nodes(self, surroundings: Surroundings) -> Iterator[Node]:
        """The dcat:Dataset, which names all services."""
        yield from _once(_dataset(self._parts, surroundings), self._seen)

    def _text(self, nodes: Iterable[Node]) -> bytes:
        pieces = []
        for node in nodes:
            pieces.append(self._before + json.dumps(node, ensure_ascii=False))
            self._before = ",\n"
        return "".join(pieces).encode()


def _once(found: Iterable[Node], seen: set[str]) -> Iterator[Node]:
    for node in found:
        if node["@id"] not in seen:
            seen.add(node["@id"])
            yield node


def _dataset(parts: list[dict[str, str]], surroundings: Surroundings) -> Iterator[Node]:
    publisher = NOBODY if surroundings.publisher is None else organization_address(surroundings.publisher)
    yield {
        "@id": CATALOGUE,
        "@type": "dcat:Dataset",
        "dct:identifier": "mizban-catalogue",
        "dct:title": [fa("فهرست خدمات میزبان"), en("Mizban catalogue of public services")],
        "dct:description": [
            fa("شناسنامهٔ خدمات دستگاه‌های اجرایی، با کانال‌های ارائهٔ هر خدمت"),
            en("The service sheets of public agencies, with the channels of each service"),
        ],
        "dct:publisher": ref(publisher),
        "dct:hasPart": parts,
    }
    if surroundings.publisher is None:
        yield {"@id": NOBODY, "@type": "foaf:Agent", "dct:identifier": "mizban", "dct:title": [fa("میزبان")]}
    else:
        yield from organization_nodes(surroundings.publisher, surroundings, surroundings.publisher)


def _service(service: Service, surroundings: Surroundings) -> Iterator[Node]:
    sheet, parts = service.sheet, Parts(service, surroundings)
    yield {
        "@id": service_address(sheet.id),
        "@type": "cpsv:PublicService",
        "dct:identifier": sheet.id,
        "dct:title": [fa(sheet.name), en(sheet.name_en)],
        "dct:description": [fa(sheet.description)],
        "dct:isPartOf": [ref(CATALOGUE)],
        "cv:hasCompetentAuthority": [parts.organization(sheet.org_id)],
        "adms:status": parts.concept(Scheme.STATUS, sheet.status),
        "dct:audience": [parts.concept(Scheme.AUDIENCE, code) for code in audiences(sheet)],
        "cv:sector": [parts.text_concept("sector", sheet.sector)],
        "dct:spatial": [parts.place(sheet.spatial)],
        "cv:isGroupedBy": parts.events(),
        "cv:isClassifiedBy": [
            parts.concept(Scheme.INITIATION, sheet.initiation),
            parts.concept(Scheme.MATURITY_DECLARED, sheet.maturity_declared),
            parts.concept(Scheme.MATURITY_VERIFIED, sheet.maturity_verified),
            parts.concept(Scheme.KIOSKABLE_URBAN, sheet.kioskable.urban),
            parts.concept(Scheme.KIOSKABLE_RURAL, sheet.kioskable.rural),
        ],
        **parts.requirements(),
        "cv:hasLegalResource": parts.laws(),
        "cpsv:follows": parts.rules(),
        "cv:processingTime": processing_time(sheet.processing_time.maximum),
        "cv:hasChannel": [parts.channel(offering) for offering in service.offerings],
        "cv:hasCost": parts.costs(),
        "cpsv:produces": [parts.output()],
        "cv:contactPoint": [parts.contact()],
        "cv:hasParticipation": [
            parts.participation(Role.RESPONSIBLE_UNIT, "unit", sheet.unit_id),
            parts.participation(Role.RESPONSIBLE_OFFICER, "officer", sheet.responsible_officer_id),
        ],
        "mz:version": sheet.version,
        "mz:stages": {"@list": [fa(stage) for stage in sheet.stages]},
        "mz:informationOnly": sheet.information_only,
        "mz:onSpot": sheet.on_spot,
        "mz:declaredVisits": sheet.declared_visits,
        "mz:kioskableReason": fa(sheet.kioskable.reason),
        "mz:averageTime": working_time(sheet.processing_time.average),
        "mz:maximumTime": working_time(sheet.processing_time.maximum),
        "mz:legalTime": working_time(sheet.processing_time.legal),
        **parts.channel_times(),
        **planned(sheet.planned),
        **_attestation(sheet),
        "mz:order": {"@list": parts.order},
    }
    yield from parts.nodes


def _attestation(sheet: Sheet) -> dict[str, Any]:
    verified_by, verified_at = sheet.maturity_verified_by, sheet.maturity_verified_at
    return {
        "mz:attestedBy": sheet.attested_by,
        "mz:attestedAt": typed(instant_text(sheet.attested_at), "xsd:dateTime"),
        "mz:attestationExpires": typed(sheet.attestation_expires.isoformat(), "xsd:date"),
        **({} if verified_by is None else {"mz:verifiedBy": verified_by}),
        **({} if verified_at is None else {"mz:verifiedAt": typed(instant_text(verified_at), "xsd:dateTime")}),
    }
