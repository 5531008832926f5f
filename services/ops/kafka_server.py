"""The local Kafka: one KRaft node with an inside listener for the services and a SCRAM listener for partners.

Whoever reaches the inside listener (loopback) is the super user; partners have what their ACLs give, nothing else.
"""

import os
import subprocess
from pathlib import Path

from services.ops import downloads, processes
from services.ops.credentials import Credentials
from services.ops.errors import StackError
from services.ops.home import Home, Port, write_private
from services.ops.processes import Process
from services.runtime import broker_admin

NAME = "kafka"
CLUSTER_ID = "bWl6YmFuLWxvY2FsLTAwMQ"
START_SECONDS = 60


def start(home: Home, credentials: Credentials, class_path: str) -> Process:
    """Formats the storage the first time, starts the broker and returns when it answers.

    Raises PortTaken, ProcessDied, NotReady, StackError.
    """
    running = processes.find(home, NAME)
    if running is None:
        for port in (Port.KAFKA_CONTROLLER, Port.KAFKA_PARTNERS):
            processes.refuse_taken_port(home, home.port(port), "Kafka")
        settings = _write_settings(home)
        if not (home.data / NAME / "meta.properties").exists():
            _format(settings, credentials, class_path)
        command = [*_java(class_path), "kafka.Kafka", settings]
        running = processes.start(home, NAME, home.port(Port.KAFKA), command, os.environ)
    bootstrap = home.address(Port.KAFKA)
    processes.wait_until(lambda: broker_admin.answers(bootstrap), running, home, START_SECONDS)
    return running


def _format(settings: Path, credentials: Credentials, class_path: str) -> None:
    accounts = [
        part
        for partner, password in credentials.partners().items()
        for part in ("--add-scram", f"SCRAM-SHA-512=[name={partner},password={password}]")
    ]
    command = [*_java(class_path), "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", settings, *accounts]
    outcome = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=START_SECONDS)
    if outcome.returncode:
        last_lines = (outcome.stderr + outcome.stdout).strip()[-1500:]
        raise StackError(f"Kafka's storage could not be formatted:\n{last_lines}")


def _java(class_path: str) -> list[str | Path]:
    return [
        downloads.JAVA,
        *("-Xms256m", "-Xmx512m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:+ExitOnOutOfMemoryError"),
        *("-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
        *(
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
            "-Dorg.slf4j.simpleLogger.log.kafka.server=info",
        ),
        *("-cp", class_path),
    ]


def _write_settings(home: Home) -> Path:
    inside, controller = home.address(Port.KAFKA), home.address(Port.KAFKA_CONTROLLER)
    partners = home.address(Port.KAFKA_PARTNERS)
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    settings = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"INSIDE://{inside},PARTNERS://{partners},CONTROLLER://{controller}",
        "advertised.listeners": f"INSIDE://{inside},PARTNERS://{partners}",
        "listener.security.protocol.map": "INSIDE:PLAINTEXT,PARTNERS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "INSIDE",
        "controller.listener.names": "CONTROLLER",
        "listener.name.partners.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.partners.scram-sha-512.sasl.jaas.config": scram,
        # an account that is gone ends its connections within a minute; its rights end at once
        "listener.name.partners.scram-sha-512.connections.max.reauth.ms": 60_000,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "allow.everyone.if.no.acl.found": "false",
        "auto.create.topics.enable": "false",
        "log.dirs": home.data / NAME,
        # one node has one copy of everything
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        # small enough to start fast and to leave the machine to the services
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
        "num.network.threads": 3,
        "num.io.threads": 4,
        "log.cleaner.dedupe.buffer.size": 16 * 1024**2,
        "group.initial.rebalance.delay.ms": 0,
        # after a kill the broker may come back only when the controller has given its former self up
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
    }
    file = home.config / "kafka.properties"
    write_private(file, "".join(f"{name}={value}\n" for name, value in settings.items()))
    return file
