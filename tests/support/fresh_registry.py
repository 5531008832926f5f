"""A province of its own for the running services: what other tests published under the same ids is gone."""

import time
from typing import Any

from pymongo import MongoClient

from services.contracts.catalogue import SERVICES
from services.contracts.topics import REGISTRY_TOPICS
from services.runtime import broker_admin

GONE_WITHIN = 30.0


def begin_anew(bootstrap: str, mongo: MongoClient[dict[str, Any]]) -> None:
    """Empty registry topics, and services that remember nothing. No service may be running.

    A registry in a test's own process counts versions in a database of its own and publishes them on the topics that
    all tests share: the highest version would win over the sample's.
    """
    names = [topic.name for topic in REGISTRY_TOPICS]
    there = set(broker_admin.topic_names(bootstrap)).intersection(names)
    admin = broker_admin.administrator(bootstrap)  # what it has asked for ends with it
    for deleted in admin.delete_topics(sorted(there)).values() if there else ():
        deleted.result()
    deadline = time.monotonic() + GONE_WITHIN
    while set(broker_admin.topic_names(bootstrap)).intersection(names):
        assert time.monotonic() < deadline, "the registry's topics do not go away"
        time.sleep(0.1)
    broker_admin.bring_in_step(bootstrap, REGISTRY_TOPICS)
    for service in SERVICES:
        mongo.drop_database(service)
