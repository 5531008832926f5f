"""What other programs need to know to use the running stack (contract: The local stack, for other programs)."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from services.contracts.topics import outcome_topic
from services.ops import kafka_server, mongo_server, processes, servers, service_processes
from services.ops.credentials import PARTNERS, Credentials
from services.ops.errors import NotUp
from services.ops.home import Home
from services.ops.kiosk_keys import SANDBOX, api_key, office_key

Description = dict[str, Any]


def describe(home: Home) -> Description:
    """Addresses, pids and partners' accounts of the running stack, in the contract's shape. Raises NotUp."""
    running = servers.known(home)
    if running is None or any(processes.find(home, name) is None for name in running.own_names):
        raise NotUp
    credentials, kiosks = Credentials(home), _kiosks_by_partner(home)
    return {
        "kafka": {
            "bootstrap": running.kafka,
            "partners": running.kafka_partners,
            "pid": _pid(home, kafka_server.NAME),
        },
        "mongo": {"url": running.mongo, "pid": _pid(home, mongo_server.NAME)},
        "services": {
            service.name: {"url": service.url(home), "pid": _pid(home, service.name)}
            for service in service_processes.SERVICES
        },
        "partners": {
            partner: {
                "username": partner,
                "password": password,
                "apiKey": key,
                "outcomeTopic": outcome_topic(partner).name,
                "kiosks": kiosks.get(partner, []),
            }
            for partner, password, key in _accounts(credentials)
        },
        "kiosks": {
            kiosk: {"partner": partner, "kid": key.kid, "privateKey": key.private}
            for partner, ids in kiosks.items()
            for kiosk, key in ((id, office_key(credentials, id)) for id in ids)
        },
        "smsSimulator": {"url": service_processes.SMS_SIMULATOR.url(home)},
    }


def _accounts(credentials: Credentials) -> Iterator[tuple[str, str, str]]:
    """Partner, password and API key: what the home was made with, and of the sandbox partner, once it has any."""
    for partner, password in credentials.partners(PARTNERS).items():
        yield partner, password, api_key(credentials, partner)
    issued = credentials.issued(SANDBOX)
    if issued is not None:
        yield SANDBOX, *issued


def as_lines(description: Mapping[str, Any]) -> Iterator[str]:
    """The same as KEY=VALUE lines that a shell can read: the path in capitals, lists joined by commas."""
    for path, value in _leaves(description, ()):
        name = "_".join(path).replace("-", "_").upper()
        yield f"{name}={shlex.quote(value)}"


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, _words(name)))
    elif isinstance(value, list):
        yield path, ",".join(value)
    else:
        yield path, "" if value is None else str(value)


def _words(name: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in name)


def _pid(home: Home, name: str) -> int | None:
    process = processes.find(home, name)
    return process.pid if process else None


def _kiosks_by_partner(home: Home) -> dict[str, list[str]]:
    """As the registry knows them; empty while it is not up (`./mizban up --only-servers`)."""
    kiosks: dict[str, list[str]] = {}
    page: dict[str, str | int] = {"limit": 100}
    with httpx.Client(base_url=service_processes.REGISTRY.url(home), timeout=5) as registry:
        while True:
            try:
                answer = registry.get("/v1/kiosks", params=page).raise_for_status().json()
            except httpx.HTTPError:
                return {}
            for kiosk in answer["items"]:
                kiosks.setdefault(kiosk["partner"], []).append(kiosk["id"])
            if answer["next"] is None:
                return kiosks
            page["cursor"] = answer["next"]
