"""Look-ups by code: with the last four of whoever filed, or the hash of a receipt; not too often (domain 8)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Any, Self

from fastapi import Request as Call

from services.contracts.identifiers import InvalidIdentifier, normalise_tracking_code
from services.contracts.intake_commands import CheckReceipt, Track
from services.contracts.persian import persian_digits
from services.intake.addresses import Network, counted_address
from services.intake.attempts import Attempts
from services.intake.domain.case import Case
from services.intake.domain.receipts import read_number
from services.intake.domain.request import Request
from services.intake.receipt import checked
from services.intake.settings import Settings
from services.intake.store import by_code
from services.intake.tracking_view import proves
from services.runtime.clock import Clock
from services.runtime.http import Problem
from services.runtime.lookups import Stored
from services.runtime.store import Store

OF_THE_CODE = ("چهار نویسهٔ پایانی برای این کد چند بار نادرست وارد شد", "too many wrong answers for this code")
OF_THE_NUMBER = ("چکیدهٔ این رسید چند بار نادرست وارد شد", "too many wrong hashes for this number")
OF_THE_ADDRESS = ("از این نشانی بیش از اندازه پرسیده شد", "too many look-ups from this address")
"""Why a look-up has to wait, in Persian and in English."""


class LookUps:
    """By what callers are let see something of a request; each call counts as a look-up."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        misses: Attempts,
        calls: Attempts,
        trusted_proxies: Sequence[Network],
        secret: bytes,
    ) -> None:
        self._store, self._clock, self._secret = store, clock, secret
        self._misses, self._calls, self._trusted = misses, calls, trusted_proxies

    @classmethod
    def by(cls, settings: Settings, store: Store, clock: Clock) -> Self:
        return cls(
            store,
            clock,
            misses=Attempts(settings.track_misses, settings.track_misses_seconds),
            calls=Attempts(settings.track_calls, settings.track_calls_seconds),
            trusted_proxies=settings.trusted_proxies,
            secret=settings.rules().secret,
        )

    async def proven(self, asked: Track, call: Call) -> tuple[Stored[Request], Case]:
        """The request with this code, if these are the last four of the id or mobile of its applicant, or of who speaks
        for them.

        Raises Problem NOT_FOUND (404): a wrong last four reads like a code that is not there. TOO_MANY_ATTEMPTS (429)
        after too many misses of one code, whether it exists or not and also with the right last four, or too many
        calls from one address.
        """
        self._count(call)
        try:
            code = normalise_tracking_code(asked.code)
        except InvalidIdentifier:
            raise _no_such_code() from None
        with self._attempt(code, OF_THE_CODE) as attempt:
            stored = await by_code(self._store, code)
            case = stored.state.case if stored else None
            attempt.missed = not proves(case, asked.last4, self._clock.now())
        if stored is None or case is None or attempt.missed:
            raise _no_such_code()
        return stored, case

    async def receipt(self, asked: CheckReceipt, call: Call) -> dict[str, Any]:
        """Whether a print is genuine and the newest. Raises Problem TOO_MANY_ATTEMPTS (429) as `proven` does."""
        self._count(call)
        try:
            number, code = read_number(asked.number)
        except InvalidIdentifier:
            return checked(None, asked.number, asked.hash, self._secret)
        with self._attempt(f"receipt {code}", OF_THE_NUMBER) as attempt:
            stored = await by_code(self._store, code)
            answer = checked(stored.state.case if stored else None, number, asked.hash, self._secret)
            attempt.missed = not answer["genuine"]
        return answer

    def _count(self, call: Call) -> None:
        now, peer = self._clock.now(), call.client.host if call.client else None
        address = counted_address(peer, call.headers.getlist("x-forwarded-for"), self._trusted)
        _allow(self._calls.wait(address, now), OF_THE_ADDRESS)
        self._calls.count(address, now)

    @contextmanager
    def _attempt(self, name: str, why: tuple[str, str]) -> Iterator["_Attempt"]:
        """Counted before it is looked up: of many at once no more get through than one by one.

        Taken back when it was no miss, also when the store did not answer: the caller has learnt nothing.
        """
        now, attempt = self._clock.now(), _Attempt()
        _allow(self._misses.wait(name, now), why)
        self._misses.count(name, now)
        try:
            yield attempt
        finally:
            if not attempt.missed:
                self._misses.take_back(name, now)


@dataclass
class _Attempt:
    missed: bool = False


def _allow(seconds: int, why: tuple[str, str]) -> None:
    """Raises Problem TOO_MANY_ATTEMPTS, which says when to try again."""
    if not seconds:
        return
    minutes = ceil(seconds / 60)
    persian = f"{why[0]}؛ تا {persian_digits(str(minutes))} دقیقهٔ دیگر پاسخی داده نمی‌شود، پس از آن دوباره امتحان کنید"
    english = f"{why[1]}; try again in {minutes} minute{'s' if minutes > 1 else ''}"
    raise Problem("TOO_MANY_ATTEMPTS", 429, f"{persian} — {english}", headers={"Retry-After": str(seconds)})


def _no_such_code() -> Problem:
    detail = "درخواستی با این کد و این چهار نویسه نیست — no request with this code and these characters"
    return Problem("NOT_FOUND", 404, detail)
