"""The words of CPSV-AP 3.2.0 that we write and read, and those that we had to add (domain 10).

What the standard cannot say is said in `mz:`, the namespace `urn:mizban:ns#`. It is a name, not an address: nothing is
to be loaded from there.
"""

from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

NAMESPACES: Final = {
    "adms": "http://www.w3.org/ns/adms#",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "locn": "http://www.w3.org/ns/locn#",
    "mz": "urn:mizban:ns#",
    "org": "http://www.w3.org/ns/org#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "time": "http://www.w3.org/2006/time#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

CONTEXT: Final[dict[str, str]] = {prefix: iri for prefix, iri in NAMESPACES.items() if prefix not in ("rdf", "rdfs")}
"""Prefixes only, and inline: a reader needs no other document to understand ours."""


def iri(name: str) -> str:
    """The full address of a prefixed name: `dct:title`."""
    prefix, _, rest = name.partition(":")
    return NAMESPACES[prefix] + rest


def prefixed(address: str) -> str:
    """A full address by its prefix, where it has one: the reverse of `iri`."""
    known = ((prefix, start) for prefix, start in NAMESPACES.items() if address.startswith(start))
    return next((f"{prefix}:{address.removeprefix(start)}" for prefix, start in known), address)


class Scheme(StrEnum):
    """Our closed lists, as concepts `urn:mizban:<scheme>:<CODE>`."""

    AUDIENCE = "audience"
    CHANNEL = "channel"
    INITIATION = "initiation"
    KIOSKABLE_RURAL = "kioskable-rural"
    KIOSKABLE_URBAN = "kioskable-urban"
    MATURITY_DECLARED = "maturity-declared"
    MATURITY_VERIFIED = "maturity-verified"
    ROLE = "role"
    RULE = "rule"
    STATUS = "status"


class Role(StrEnum):
    """What a party has to do with a service (cv:Participation)."""

    RESPONSIBLE_UNIT = "RESPONSIBLE_UNIT"
    RESPONSIBLE_OFFICER = "RESPONSIBLE_OFFICER"


class RuleKind(StrEnum):
    """What a cpsv:Rule of ours tells."""

    GUIDANCE = "GUIDANCE"
    OBJECTION = "OBJECTION"
    PRESENCE = "PRESENCE"


CURRENCY: Final = "http://publications.europa.eu/resource/authority/currency/IRR"
"""The rial in the table of currencies that the standard names."""

EXTENSION: Final[dict[str, str]] = {
    "mz:version": "the version of the sheet or offering in the registry that wrote it",
    "mz:order": "list: the order of a service's requirements, laws, events and costs; RDF itself keeps none",
    "mz:stages": "list: the stages ahead, as the receipt names them",
    "mz:informationOnly": "nothing is filed, the desk answers",
    "mz:onSpot": "the desk may decide at once",
    "mz:declaredVisits": "how many visits the agency says it takes",
    "mz:kioskableReason": "why kiosks can do it, or cannot",
    "mz:averageTime": "the average duration, a mz:WorkingTime",
    "mz:maximumTime": "the maximum duration, a mz:WorkingTime: what is promised",
    "mz:legalTime": "the duration that the law allows, a mz:WorkingTime",
    "mz:channelTime": "list: the mz:ChannelTime of each channel that has a time of its own",
    "mz:ChannelTime": "class: the average and the maximum duration through a kind of channel, its dct:type",
    "mz:WorkingTime": "class: a number of working hours, working days or calendar days",
    "mz:value": "how many",
    "mz:unit": "WORKING_HOURS, WORKING_DAYS or CALENDAR_DAYS",
    "mz:attestedBy": "id of the officer who attested the sheet",
    "mz:attestedAt": "when it was attested",
    "mz:attestationExpires": "until when that holds",
    "mz:originalNeeded": "of an Evidence: the original must be shown",
    "mz:mandatory": "of an Evidence: nothing goes on without it",
    "mz:heldBy": "of an Evidence: id of the agency that already holds it; the citizen is not asked for it",
    "mz:condition": "of an Evidence: when it is needed",
    "mz:collectable": "of an Output: it is collected at the desk",
    "mz:days": "of the Rule on objections: how many days there are",
    "mz:body": "of the Rule on objections: who decides",
    "mz:ground": "of the Rule on presence: IDENTITY, ORIGINAL, BIOMETRIC or OATH",
    "mz:stage": "of the Rule on presence: request, production or delivery",
    "mz:payAt": "of a Cost: where it is paid",
    "mz:name": "of a ContactPoint: whom one reaches",
    "mz:information": "of a Channel: NONE, PARTIAL or FULL; so are the next three",
    "mz:request": "of a Channel",
    "mz:production": "of a Channel",
    "mz:delivery": "of a Channel",
    "mz:counties": "of a Channel, list: where it is open; empty is everywhere",
    "mz:validFrom": "of a Channel: from which day on",
    "mz:validTo": "of a Channel: to which day",
    "mz:url": "of a Channel: the page to use",
    "mz:presenceReason": "of a Channel: why it cannot spare the person the way",
    "mz:status": "of a Channel or a plan: PLANNED, ACTIVE, SUSPENDED or RETIRED",
    "mz:planned": "of a service or a Channel, list: what becomes of it on days ahead, each with mz:status",
    "mz:since": "of a plan: the day from which it holds",
    "mz:verifiedBy": "of a service: id of the officer who verified its maturity",
    "mz:verifiedAt": "of a service: when",
}
"""Every term of ours and what it says. A test holds the writer, the reader and the docs to this list."""


def concept(scheme: Scheme, code: str) -> str:
    return f"urn:mizban:{scheme}:{code}"


def named(kind: str, *texts: str) -> str:
    """The address of something that has no id but its text: the same text, the same address, in every catalogue."""
    return f"urn:mizban:{kind}:{sha256(chr(0).join(texts).encode()).hexdigest()[:24]}"


def fa(text: str) -> dict[str, Any]:
    return {"@value": text, "@language": "fa"}


def en(text: str) -> dict[str, Any]:
    return {"@value": text, "@language": "en"}


def ref(address: str) -> dict[str, str]:
    return {"@id": address}


def typed(value: str, datatype: str) -> dict[str, str]:
    return {"@value": value, "@type": datatype}
