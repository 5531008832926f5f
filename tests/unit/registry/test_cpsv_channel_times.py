"""How long a service takes through a channel, in CPSV-AP: ours without loss, another maker's as far as it goes."""

from typing import Any

import pytest

from services.contracts.service_sheet import Channel, Sheet
from services.registry.catalogue.cpsv.vocabulary import NAMESPACES
from services.registry.catalogue.cpsv.writing import document
from services.registry.catalogue.found import Found
from services.registry.catalogue.listed import Catalogue, Service
from tests.support.catalogues import sample_catalogue, service_of
from tests.unit.registry.documents_read import read, theirs

STANDARD = "https://semiceu.github.io/CPSV-AP/releases/3.2.0/context/cpsv-ap.jsonld"


def time(value: int, unit: str = "WORKING_DAYS") -> dict[str, Any]:
    return {"value": value, "unit": unit}


def own(channel: str, maximum: dict[str, Any], average: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"channel": channel, "average": average or maximum, "maximum": maximum}


OWN = [own("WEB", time(6, "WORKING_HOURS")), own("POST", time(9), time(8)), own("PHONE", time(2))]


def a_clearance() -> Service:
    """Offered through the web and others, and by post to nobody; a cost arises by phone."""
    found = next(service for service in sample_catalogue().services if service.sheet.id == "tax-clearance")
    told = found.sheet.to_wire()
    told["processingTime"]["byChannel"] = OWN
    told["costs"].append({"amount": 1, "channel": "PHONE", "payAt": "باجه"})
    return Service(Sheet.model_validate(told), found.offerings)


def told() -> dict[str, Any]:
    return document(Catalogue((a_clearance(),), sample_catalogue().surroundings))


def channels(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Those of the document, by their kind."""
    found = [node for node in content["@graph"] if node["@type"] == "cv:Channel"]
    return {node["dct:type"]["@id"].rpartition(":")[2]: node for node in found}


def test_a_channel_that_has_a_time_of_its_own_says_its_maximum_and_the_others_say_none() -> None:
    said = {kind: node.get("cv:processingTime") for kind, node in channels(told()).items()}
    assert said.pop("WEB") == {"@value": "PT6H", "@type": "xsd:duration"}
    assert said.pop("PHONE") == {"@value": "P2D", "@type": "xsd:duration"}, "the channel of a cost, too"
    assert said == {"AGENCY_DESK": None, "KIOSK_URBAN": None}


def test_no_time_is_lost_also_of_a_channel_through_which_nothing_is_offered() -> None:
    (found,) = read(told())
    assert service_of(found) == a_clearance()
    assert found.fields["processingTime"]["byChannel"] == OWN


def test_a_document_of_ours_from_before_says_nothing_of_channels() -> None:
    content = told()
    for node in content["@graph"]:
        node.pop("mz:channelTime", None)
        if node["@type"] == "cv:Channel":
            node.pop("cv:processingTime", None)
    assert service_of(read(content)[0]).sheet.processing_time.by_channel == ()


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("WEB", {"cv:processingTime": {"@value": "PT7H", "@type": "xsd:duration"}}),
        ("PHONE", {"cv:processingTime": {"@value": "P99D", "@type": "xsd:duration"}}),
        ("AGENCY_DESK", {"cv:processingTime": {"@value": "P1D", "@type": "xsd:duration"}}),
    ],
)
def test_a_channel_of_ours_that_says_otherwise_is_an_error(kind: str, says: dict[str, Any]) -> None:
    content = told()
    channels(content)[kind] |= says
    (found,) = read(content)
    assert {error.field for error in found.errors} == {"processingTime.byChannel"}
    assert says["cv:processingTime"]["@value"] in found.errors[0].en


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        ({"dct:type": []}, "processingTime.byChannel.1.channel"),
        ({"mz:averageTime": []}, "processingTime.byChannel.1.average"),
        ({"mz:maximumTime": {"mz:value": 0, "mz:unit": "WORKING_DAYS"}}, "processingTime.byChannel.1.maximum.value"),
        ({"mz:maximumTime": {"mz:value": 3}}, "processingTime.byChannel.1.maximum.unit"),
    ],
)
def test_a_time_of_ours_that_is_spoilt_is_told_at_its_place(spoil: dict[str, Any], field: str) -> None:
    content = told()
    service = next(node for node in content["@graph"] if "mz:channelTime" in node)
    service["mz:channelTime"]["@list"][1] |= spoil
    assert [error.field for error in read(content)[0].errors] == [field]


# --- of another maker -------------------------------------------------------------------------------------------------


def of_others(*said: tuple[str | None, str], **changes: Any) -> Found:
    """A service with channels of these kinds, which say how long it takes through them."""
    nodes = [
        {
            "@type": "cv:Channel",
            "dct:identifier": f"channel-{number}",
            **({} if kind is None else {"dct:type": {"@id": f"urn:mizban:channel:{kind}"}}),
            "cv:processingTime": {"@value": duration, "@type": "xsd:duration"},
        }
        for number, (kind, duration) in enumerate(said)
    ]
    (found,) = read(theirs(**{"cv:hasChannel": nodes}, **changes))
    assert found.errors == ()
    return found


def gaps(found: Found) -> list[str]:
    return [gap.en for gap in found.gaps if gap.field == "processingTime.byChannel"]


def test_what_another_makers_channel_says_becomes_its_time_and_is_to_be_looked_at() -> None:
    found = of_others(("WEB", "P3D"), ("KIOSK_URBAN", "PT4H"))
    by_channel = found.fields["processingTime"]["byChannel"]
    assert sorted(by_channel, key=lambda one: str(one["channel"])) == [
        own("KIOSK_URBAN", time(4, "WORKING_HOURS")),
        own("WEB", time(3, "CALENDAR_DAYS")),
    ]
    assert sorted(gaps(found)) == [
        f"one duration stands for average and maximum of {kind}; look at them" for kind in ("KIOSK_URBAN", "WEB")
    ]
    assert found.fields["processingTime"]["legal"] == time(14, "CALENDAR_DAYS")


@pytest.mark.parametrize("said", [("WEB", "P1M"), ("WEB", "P2DT4H"), ("POST", "soon"), ("FAX", "P3D"), (None, "P3D")])
def test_what_cannot_be_the_time_of_a_kind_of_channel_is_left_out_and_told(said: tuple[str | None, str]) -> None:
    found = of_others(said)
    assert "byChannel" not in found.fields["processingTime"]
    (told,) = gaps(found)
    assert told == f"left out: the duration {said[1]} of the channel “channel-0” cannot be that of its kind"


def test_of_two_channels_of_one_kind_that_differ_one_time_is_taken_and_the_other_told() -> None:
    alike = of_others(("WEB", "P3D"), ("WEB", "P3D"))
    assert alike.fields["processingTime"]["byChannel"] == [own("WEB", time(3, "CALENDAR_DAYS"))]
    assert len(gaps(alike)) == 1
    apart = of_others(("WEB", "P3D"), ("WEB", "P5D"))
    assert len(apart.fields["processingTime"]["byChannel"]) == 1
    assert sum(gap.startswith("left out") for gap in gaps(apart)) == 1


def test_where_the_service_itself_states_no_time_those_of_its_channels_are_left_out() -> None:
    found = of_others(("WEB", "P3D"), **{"cv:processingTime": []})
    assert "processingTime" not in found.fields
    assert "left out: the durations of channels: the service itself states none" in gaps(found)


def test_the_time_of_a_channel_is_known_by_the_name_that_the_standards_context_gives_it() -> None:
    content = {
        "@context": [STANDARD, NAMESPACES],
        "@id": "http://agency.example/42",
        "@type": "PublicService",
        "PublicService.identifier": "42",
        "PublicService.processingTime": "P9D",
        "PublicService.hasChannel": {
            "@type": "Channel",
            "Channel.type": "urn:mizban:channel:WEB",
            "Channel.processingTime": "P3D",
        },
    }
    found = read(content)[0]
    assert found.fields["processingTime"]["byChannel"] == [own("WEB", time(3, "CALENDAR_DAYS"))]


def test_every_kind_of_channel_is_known() -> None:
    found = of_others(*((kind.value, "P3D") for kind in Channel))
    assert {one["channel"] for one in found.fields["processingTime"]["byChannel"]} == set(Channel)
