"""Who calls the kiosk offices' HTTP gateway: the partner whose API key it is, for its own kiosks alone."""

from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Self

from fastapi import Header

from services.contracts.kiosk import Rejection
from services.contracts.registry import ApiKey, Kiosk, Partner
from services.contracts.snapshot import Snapshot
from services.intake.attempts import Attempts
from services.intake.domain.outcomes import MESSAGES
from services.intake.settings import Settings
from services.runtime.clock import Clock
from services.runtime.http import Problem
from services.worktime.jalali import civil_day

Authorization = Annotated[str | None, Header(description="`Bearer <API key>`", max_length=300)]
BEARER = "bearer "


class KioskCallers:
    """Knows partners by the digests of their API keys, as the registry publishes them."""

    def __init__(self, snapshot: Callable[[], Snapshot], clock: Clock, calls: Attempts, *, required: bool) -> None:
        self._snapshot, self._clock, self._calls, self._required = snapshot, clock, calls, required

    @classmethod
    def by(cls, settings: Settings, snapshot: Callable[[], Snapshot], clock: Clock) -> Self:
        calls = Attempts(settings.kiosk_calls, settings.kiosk_seconds)
        return cls(snapshot, clock, calls, required=settings.signatures == "required")

    def partner(self, authorization: str | None) -> Partner | None:
        """The caller; None when it shows no key and need not.

        Raises Problem UNAUTHENTICATED (401), KIOSK_NOT_LICENSED (403), TOO_MANY_CALLS (429).
        """
        now = self._clock.now()
        if authorization is None:
            if self._required:
                raise _unknown("an API key is needed: Authorization: Bearer <key>")
            return None
        if not authorization.lower().startswith(BEARER):
            raise _unknown("the API key stands behind the word Bearer")
        digest = sha256(authorization[len(BEARER) :].strip().encode(errors="replace")).hexdigest()
        registry = self._snapshot()
        partner, key = registry.once(("api-keys",), lambda: _keys(registry)).get(digest, (None, None))
        if partner is None or key is None or (key.valid_to is not None and key.valid_to <= now):
            raise _unknown("this API key is not known, or not any more")
        wait = self._calls.wait(partner.id, now)
        if wait:
            raise Problem("TOO_MANY_CALLS", 429, "this partner calls too often", headers={"Retry-After": str(wait)})
        self._calls.count(partner.id, now)
        if not partner.in_force(civil_day(now)):
            raise Problem(Rejection.KIOSK_NOT_LICENSED, 403, MESSAGES[Rejection.KIOSK_NOT_LICENSED])
        return partner

    def known(self, kiosk_id: str) -> Kiosk | None:
        return self._snapshot().kiosk(kiosk_id)

    def kiosk_of(self, partner: Partner | None, kiosk_id: str) -> Kiosk | None:
        """The kiosk that the caller speaks of, if it is known. Raises Problem SOURCE_MISMATCH (403)."""
        kiosk = self.known(kiosk_id)
        if partner is not None and kiosk is not None and kiosk.partner != partner.id:
            raise Problem(Rejection.SOURCE_MISMATCH, 403, f"{kiosk_id} is no kiosk of {partner.id}")
        return kiosk


def _keys(registry: Snapshot) -> dict[str, tuple[Partner, ApiKey]]:
    return {key.sha256: (partner, key) for partner in registry.partners() for key in partner.api_keys}


def _unknown(detail: str) -> Problem:
    return Problem("UNAUTHENTICATED", 401, detail, headers={"WWW-Authenticate": "Bearer"})
