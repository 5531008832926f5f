"""What a document tells of others than its services: agencies, units, officers, opening hours."""

from services.registry.catalogue.cpsv.described import Described
from services.registry.catalogue.cpsv.graph import Graph
from services.registry.catalogue.cpsv.writing import CATALOGUE
from services.registry.catalogue.listed import Authority, Surroundings


def surroundings_of(graph: Graph) -> Surroundings:
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
