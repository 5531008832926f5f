"""The generated secrets of one local stack: made once, kept in one file that only its owner can read."""

import base64
import json
import secrets
from collections.abc import Callable, Iterable
from threading import Lock

from services.ops.home import Home, write_private

PARTNERS = ("pishkhan-a", "pishkhan-b")
"""The aggregators of kiosk offices in the sample province, with Kafka accounts of their own."""

_ONE_AT_A_TIME = Lock()


class Credentials:
    """Secrets by name (`partner.pishkhan-a`, `mongo.admin`, `seal.intake`, ...); an unknown name gets a new secret.

    With `only_look` a new one is not kept: a command that only looks writes nothing.
    """

    def __init__(self, home: Home, *, only_look: bool = False) -> None:
        self._file, self._only_look = home.credentials, only_look

    def password(self, name: str) -> str:
        return self._secret(name, lambda: secrets.token_urlsafe(24))

    def key(self, name: str) -> str:
        """32 random bytes in base64."""
        return self._secret(name, lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    def seed(self, name: str) -> str:
        """32 random bytes in base64url without padding: a private key of Ed25519."""
        return self._secret(name, lambda: secrets.token_urlsafe(32))

    def partners(self, names: Iterable[str] = PARTNERS) -> dict[str, str]:
        """Partner -> password of its Kafka account."""
        return {name: self.password(f"partner.{name}") for name in names}

    def issued(self, partner: str) -> tuple[str, str] | None:
        """The password and the API key that the registry has issued to a partner of this home, if they are kept."""
        password, api_key = self.known(f"issued.{partner}"), self.known(f"issued-api-key.{partner}")
        return (password, api_key) if password and api_key else None

    def known(self, name: str) -> str | None:
        """What is kept under a name, if anything is."""
        return self._kept().get(name)

    def remember(self, name: str, secret: str) -> None:
        """Keeps what somebody else has made."""
        with _ONE_AT_A_TIME:
            write_private(self._file, json.dumps(self._kept() | {name: secret}, indent=2))

    def _kept(self) -> dict[str, str]:
        known: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}
        return known

    def _secret(self, name: str, make: Callable[[], str]) -> str:
        with _ONE_AT_A_TIME:  # Kafka and MongoDB start in parallel and each asks for its own
            known = self._kept()
            if name not in known:
                known[name] = make()
                if not self._only_look:
                    write_private(self._file, json.dumps(known, indent=2))
            return known[name]
