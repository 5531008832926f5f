"""Intake, composed."""

from collections.abc import Sequence

from services.intake.access import ACCESS, INDEXED, Accesses
from services.intake.api import routes
from services.intake.copies import BUCKET, Copies, sweeping
from services.intake.copy_keys import CopyKeys
from services.intake.domain.duplicates import PlaceLeft
from services.intake.domain.messages import HeldDemanded, OnSpotNoted
from services.intake.erasures import Erasures, carrying_out
from services.intake.examiner import Examiner
from services.intake.handlers import CONSUMES, DESK_QUEUE, DESK_SLOTS, ILLEGAL_DEMAND, REQUEST, VISIT
from services.intake.settings import Settings
from services.intake.store import INDEXES
from services.intake.succession import succeed
from services.intake.visit_watch import VisitWatch, watching
from services.runtime.door import Perform
from services.runtime.journal import Journal
from services.runtime.message import Performed
from services.runtime.seal import Sealer
from services.runtime.service import Parts, Service


def create(settings: Settings) -> Service:
    sealer = Sealer(settings.seal_bytes())
    examiner = Examiner(settings.examined_at_once, settings.examine_seconds)
    return Service(
        name="intake",
        settings=settings,
        entities=[REQUEST, DESK_QUEUE, DESK_SLOTS, VISIT, ILLEGAL_DEMAND],
        consumes=CONSUMES,
        indexes=INDEXES,
        rules=settings.rules(),
        perform=performing,
        background=[_sweeping, _watching, _erasing],
        api=lambda parts: routes(
            parts.door,
            parts.store,
            snapshot=parts.snapshot,
            clock=parts.clock,
            log=parts.log,
            settings=settings,
            copies=Copies(parts.store.files(BUCKET), examiner, CopyKeys(parts.store.keyring, sealer), parts.log),
            accesses=_accesses(parts),
            erasures=_erasures(parts),
        ),
    )


def performing(parts: Parts) -> Perform:
    """What rules have put on record is counted; and of whoever was the first, the next one is told."""
    count = counting(parts)

    async def perform(effects: Sequence[Performed]) -> None:
        await count(effects)
        left = [performed.effect for performed in effects if isinstance(performed.effect, PlaceLeft)]
        await succeed(parts.store, parts.door, left)

    return perform


def counting(parts: Parts) -> Perform:
    """What rules put on record for operators to count."""

    async def perform(effects: Sequence[Performed]) -> None:
        for performed in effects:
            if isinstance(performed.effect, HeldDemanded):
                parts.metrics.held_demands.inc(performed.effect.count)
            elif isinstance(performed.effect, OnSpotNoted):
                parts.metrics.on_spot.labels("yes" if performed.effect.done else "no").inc()

    return perform


async def _watching(parts: Parts) -> None:
    await watching(VisitWatch(parts.store, parts.door, parts.snapshot, parts.clock, parts.settings.rules(), parts.log))


def _journal(parts: Parts) -> Journal:
    return parts.store.journal(ACCESS, INDEXED)


def _accesses(parts: Parts) -> Accesses:
    return Accesses(_journal(parts), parts.clock)


def _erasures(parts: Parts) -> Erasures:
    files = parts.store.files(BUCKET)
    return Erasures(parts.store, parts.door, files, _accesses(parts), parts.clock, parts.log)


async def _erasing(parts: Parts) -> None:
    await carrying_out(_erasures(parts), parts.log)


async def _sweeping(parts: Parts) -> None:
    files, journal = parts.store.files(BUCKET), _journal(parts)

    async def prepare() -> None:
        await files.prepare()
        await journal.prepare()

    await sweeping(parts.store, files, prepare, parts.log)
