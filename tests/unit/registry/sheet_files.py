"""The file of a sheet, from its draft to its publication."""

from datetime import UTC, date, datetime
from typing import Any

from services.contracts.decision import Decision, World
from services.contracts.service_sheet import Sheet
from services.contracts.snapshot import Snapshot
from services.registry.domain.draft import SheetDraft
from services.registry.domain.recording import Around
from services.registry.domain.sheets import (
    Attest,
    AttestWish,
    Publish,
    PublishWish,
    SheetFile,
    WriteDraft,
    attest,
    drafted,
    publish,
    write_draft,
)
from tests.support.sample import sample_entries, sample_snapshot

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
WORLD: World[None] = World(now=NOW, registry=Snapshot(), rules=None)
OFFICER = "wa-municipality-urmia-desk-01"
PERMIT = next(e for e in sample_entries() if isinstance(e, Sheet) and e.id == "building-permit")
YEAR = date(2027, 11, 23)


def permit(**changes: Any) -> SheetDraft:
    return SheetDraft.model_validate(drafted(PERMIT).model_dump() | changes)


def wrote(content: SheetDraft, file: SheetFile | None = None, *, sure: bool = True) -> Decision[SheetFile]:
    around = Around(entries=sample_snapshot())
    return write_draft(file, WriteDraft(content=content, by=OFFICER, sure=sure, around=around), WORLD)


def attested(file: SheetFile, *, expires: date = YEAR, now: datetime = NOW, officer: str = OFFICER) -> SheetFile:
    command, around = Attest(officer_id=officer, expires=expires), Around(entries=sample_snapshot())
    wish = AttestWish(command=command, around=around, sure=True)
    return file_of(attest(file, wish, World(now=now, registry=Snapshot(), rules=None)))


def publication(file: SheetFile, around: Snapshot | None = None, now: datetime = NOW) -> Decision[SheetFile]:
    around = around or sample_snapshot()
    wish = PublishWish(command=Publish(officer_id=OFFICER), around=Around(entries=around))
    return publish(file, wish, World(now=now, registry=Snapshot(), rules=None))


def file_of(decision: Decision[SheetFile]) -> SheetFile:
    assert decision.state is not None
    return decision.state


def a_published(**changes: Any) -> SheetFile:
    return file_of(publication(attested(file_of(wrote(permit(**changes))))))
