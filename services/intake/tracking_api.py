"""What citizens ask and say by a code: how far a case is, how it went, whether a receipt is genuine (domain 8)."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request

from services.contracts.intake_commands import AnswerSurvey, CheckReceipt, Track
from services.contracts.snapshot import Snapshot
from services.intake.confidence import Confidence
from services.intake.domain.rules import Rules
from services.intake.domain.surveying import open_until
from services.intake.handlers import REQUEST
from services.intake.look_ups import LookUps
from services.intake.tracking_view import track_view
from services.runtime.clock import Clock
from services.runtime.door import Door
from services.runtime.http import UnguessableKey

CITIZEN = "citizen"
"""The caller of a survey: whoever holds the code, of whom nothing else is known."""


def tracking_routes(
    door: Door,
    look_ups: LookUps,
    confidence: Confidence,
    *,
    rules: Rules,
    snapshot: Callable[[], Snapshot],
    clock: Clock,
) -> APIRouter:
    router = APIRouter()

    @router.post("/track")
    async def track(body: Track, call: Request) -> dict[str, Any]:
        """How far a request is. A wrong `last4` is answered exactly like a code that does not exist."""
        _, case = await look_ups.proven(body, call)
        now = clock.now()
        return track_view(case, snapshot(), now, open_until(case, rules, now))

    @router.post("/track/survey", status_code=201)
    async def survey(body: AnswerSurvey, call: Request, key: UnguessableKey) -> dict[str, Any]:
        """How it went, once for each end of a case; an illegal demand goes to the inspectorate. Counts as a look-up.

        The same content under the same key is answered as before, until the case has been opened again; under another
        key it is 409, as any other is. The key is a random one (16 characters at least, as a UUID has): by a key that
        can be guessed others could find out what was said.
        """
        stored, case = await look_ups.proven(body, call)
        given = confidence.survey(stored.id, case.round, body)
        done = await door.submit(REQUEST, stored.id, given, key=key, caller=CITIZEN)
        return dict(done.answer or {})

    @router.post("/receipts/check")
    async def check_receipt(body: CheckReceipt, call: Request) -> dict[str, Any]:
        """Whether a print is ours, and the newest. A wrong hash is answered like a number that does not exist."""
        return await look_ups.receipt(body, call)

    return router
