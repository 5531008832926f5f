"""The stack's own Kafka and MongoDB, or the ones that the environment names."""

from pathlib import Path

import pytest

from services.ops import mongo_server, servers
from services.ops.credentials import Credentials
from services.ops.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


def test_without_settings_the_stack_runs_both_servers(home: Home) -> None:
    chosen = servers.chosen(home, {})
    assert chosen.own_names == ("kafka", "mongo")
    assert (chosen.kafka, chosen.kafka_partners) == ("127.0.0.1:19092", "127.0.0.1:19094")


def test_servers_named_in_the_environment_are_used_and_not_run(home: Home) -> None:
    given = {"KAFKA_BOOTSTRAP": "broker.example:9092", "MONGO_URL": "mongodb://db.example/?replicaSet=r"}
    chosen = servers.chosen(home, given)
    assert chosen.own_names == ()
    assert chosen.kafka_partners == "broker.example:9092"
    assert chosen.mongo_url(home, "intake") == "mongodb://db.example/intake?replicaSet=r"


def test_our_own_addresses_exported_from_env_still_mean_our_own_servers(home: Home) -> None:
    ours = {
        "KAFKA_BOOTSTRAP": "127.0.0.1:19092",
        "MONGO_URL": mongo_server.admin_url(home, Credentials(home)),
    }
    assert servers.chosen(home, ours) == servers.chosen(home, {})


def test_each_service_signs_in_as_itself_to_its_own_database(home: Home) -> None:
    chosen = servers.chosen(home, {})
    urls = {name: chosen.mongo_url(home, name) for name in servers.DATABASES}
    for name, url in urls.items():
        assert url.startswith(f"mongodb://{name}:")
        assert f"/{name}?" in url
        assert f"authSource={name}" in url
    assert len(set(urls.values())) == len(urls)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("mongodb://h/?replicaSet=r", "mongodb://h/intake?replicaSet=r"),
        ("mongodb://h", "mongodb://h/intake"),
        ("mongodb://u:p@h/", "mongodb://u:p@h/intake?authSource=admin"),
        ("mongodb://u:p@h/accounts?w=1", "mongodb://u:p@h/intake?w=1&authSource=accounts"),
        ("mongodb://u:p@h/?authSource=x", "mongodb://u:p@h/intake?authSource=x"),
    ],
)
def test_a_given_account_still_signs_in_where_it_did(given: str, expected: str) -> None:
    assert mongo_server.with_database(given, "intake") == expected
