"""Where the servers are that tests run on."""

from dataclasses import dataclass

from services.ops.home import Home


@dataclass(frozen=True, slots=True)
class Stack:
    """Kafka and MongoDB for this run: empty at its start, shared by all tests, so every test uses names of its own."""

    bootstrap: str
    """The inside address: everything is allowed."""
    partners: str
    """The partners' address: SASL_PLAINTEXT with SCRAM-SHA-512."""
    passwords: dict[str, str]
    """Partner -> password of its Kafka account; the partner's name is the account's."""
    mongo: str
    """The administrator's address of MongoDB."""
    home: Home
    """The home of the tests, to start services in: `service_processes.start_one(...)`."""
