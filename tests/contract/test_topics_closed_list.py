"""The list of topics is closed: whoever is named as a reader reads, and every event has its one topic (design 3)."""

import importlib
from typing import Any

import pytest

from services.contracts import intake, kiosk, notify, registry, routing
from services.contracts.asyncapi import asyncapi
from services.contracts.catalogue import CATALOGUE, PARTNER, SERVICES, group_of
from services.contracts.envelope import Envelope, Malformed
from services.contracts.event import Event
from services.contracts.topics import (
    GROUPS,
    REGISTRY_TOPICS,
    TOPICS,
    TYPE_PREFIX,
    Classification,
    Topic,
    all_topics,
    outcome_topic,
)
from services.runtime.entity import Entity, Inbound

OUTSIDE = {"kiosk-office", "partner", "operator"}
EVERY = all_topics(["pishkhan-a", "pishkhan-b"])


def _name(topic: Topic) -> str:
    return topic.name


@pytest.mark.parametrize("topic", EVERY, ids=_name)
def test_every_topic_has_a_producer_and_a_consumer_that_exist(topic: Topic) -> None:
    assert topic.producers
    assert topic.consumers
    assert {*topic.producers, *topic.consumers} <= {*SERVICES, *OUTSIDE}


def test_no_topic_stands_twice() -> None:
    names = [topic.name for topic in EVERY]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("topic", EVERY, ids=_name)
def test_a_topic_keeps_records_for_a_time_or_the_last_of_each_key(topic: Topic) -> None:
    assert topic.compacted == (topic.retention_ms is None)


def test_personal_data_travels_in_one_topic_only_read_by_intake_only() -> None:
    personal = [topic for topic in EVERY if topic.classification is Classification.PERSONAL]
    assert [topic.name for topic in personal] == ["sd.kiosk.submission.v1"]
    assert personal[0].consumers == ("intake",)
    assert personal[0].retention_ms == 7 * 24 * 3600 * 1000


def test_groups_share_out_exactly_the_topics_that_name_the_service_as_a_consumer() -> None:
    """Registry topics are the exception: every process reads them whole."""
    for service in SERVICES:
        read = {topic.name for topic in TOPICS if service in topic.consumers and topic not in REGISTRY_TOPICS}
        assert {topic.name for topic in GROUPS.get(group_of(service), ())} == read


def test_every_group_belongs_to_a_service_and_has_a_dead_letter_topic() -> None:
    assert set(GROUPS) <= {group_of(service) for service in SERVICES}
    names = {topic.name for topic in EVERY}
    assert {f"{group}.dlq" for group in GROUPS} <= names


@pytest.mark.parametrize("group", GROUPS)
def test_each_service_reads_exactly_what_its_group_is_given(group: str) -> None:
    handlers = importlib.import_module(f"services.{group.removeprefix('mizban.')}.handlers")
    read = [inbound.topic.name for inbound in handlers.CONSUMES]
    assert sorted(read) == sorted(topic.name for topic in GROUPS[group])


@pytest.mark.parametrize("group", GROUPS)
def test_a_reader_knows_every_type_of_its_topics_also_those_it_passes_by(group: str) -> None:
    """An unknown type would be parked, and hold up what comes after it."""
    handlers = importlib.import_module(f"services.{group.removeprefix('mizban.')}.handlers")
    for inbound in handlers.CONSUMES:
        for type_ in (type_ for each in CATALOGUE if each.topic == inbound.topic for type_ in each.types):
            assert _meaning(inbound, type_) in ("SCHEMA", None), type_


def _meaning(inbound: Inbound, type_: str) -> Any:
    """What a reader makes of an empty event: SCHEMA = it knows which shape it should have; None = it passes it by."""
    try:
        return inbound.read(Envelope(id="event", source="/org/one/any", type=type_, time=None), "key", b"{}", None)
    except Malformed as malformed:
        return malformed.code


@pytest.mark.parametrize("service", SERVICES)
def test_each_entity_with_rules_is_known_to_its_services_door(service: str) -> None:
    handlers = importlib.import_module(f"services.{service}.handlers")
    found = [each for value in vars(handlers).values() for each in (value.values() if type(value) is dict else [value])]
    settings = importlib.import_module(f"services.{service}.settings").Settings()
    composed = importlib.import_module(f"services.{service}.app").create(settings)
    assert {each.name for each in composed.entities} == {each.name for each in found if isinstance(each, Entity)}


def test_the_events_of_an_entity_that_are_numbered_together_go_on_one_topic() -> None:
    """The door numbers them by context: on a second topic, each of the two would show gaps to its readers."""
    topics_of: dict[tuple[str, str], set[str]] = {}
    for each in CATALOGUE:
        if issubclass(each.model, Event):  # each kind of registry entry is an entity of its own
            numbered = (each.model.CONTEXT, getattr(each.model, "KIND", ""))
            topics_of.setdefault(numbered, set()).add(each.topic.name)
    assert [names for names in topics_of.values() if len(names) > 1] == []


def test_entities_that_tell_on_one_topic_are_numbered_apart() -> None:
    """An event's id follows from source, subject and number: under one subject two of them would share an id."""
    ids: dict[str, Any] = {"request_id": "request", "demand_id": "demand"}
    reported = intake.IllegalDemandReported.model_construct(**ids)
    moved = intake.RequestMoved.model_construct(**ids)
    assert (reported.topic(), reported.key()) == (moved.topic(), moved.key())
    assert reported.subject() != moved.subject()


def test_only_records_from_programs_that_are_not_ours_count_as_outside() -> None:
    for group in GROUPS:
        handlers = importlib.import_module(f"services.{group.removeprefix('mizban.')}.handlers")
        for inbound in handlers.CONSUMES:
            assert inbound.outside == bool(OUTSIDE.intersection(inbound.topic.producers)), inbound.topic.name


def test_every_topic_for_services_and_partners_has_its_shape_and_its_types() -> None:
    described = {each.topic.name for each in CATALOGUE}
    assert described == {topic.name for topic in TOPICS} | {outcome_topic(PARTNER).name}
    assert all(each.types for each in CATALOGUE)


def test_an_event_type_belongs_to_one_topic() -> None:
    types = [type_ for each in CATALOGUE for type_ in each.types]
    assert len(set(types)) == len(types)


@pytest.mark.parametrize(
    ("model", "verbs"),
    [
        (intake.RequestMoved, intake.REQUEST_VERBS),
        (intake.IllegalDemandReported, intake.DEMAND_VERBS),
        (routing.WorkMoved, routing.WORK_VERBS),
        (notify.NoticeMoved, notify.NOTICE_VERBS),
        (kiosk.Outcome, kiosk.OUTCOME_VERBS),
        *((entry, registry.VERBS[entry.TOPIC.name]) for entry in registry.ENTRIES),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_an_event_finds_the_topic_that_the_catalogue_promises(model: type[Event], verbs: tuple[str, ...]) -> None:
    promised = next(each for each in CATALOGUE if each.model is model)
    for verb, type_ in zip(verbs, promised.types, strict=True):
        fields: dict[str, Any] = {"moves": (verb,), "partner": PARTNER}
        event = model.model_construct(**fields)
        assert event.type() == type_ == f"{TYPE_PREFIX}.{model.CONTEXT}.{verb}.v1"
        assert event.topic().name == promised.topic.name


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_of_a_service_shows_all_its_topics_and_no_other(service: str) -> None:
    addresses = {channel["address"] for channel in asyncapi(service)["channels"].values()}
    mine = {topic.name for topic in all_topics([PARTNER]) if service in (*topic.producers, *topic.consumers)}
    assert addresses == mine
