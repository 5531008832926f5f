"""The life of a service sheet: drafted, attested by a named officer, published, superseded by the next (domain 10).

Only what is published leaves the registry. A case keeps the version it was filed under.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.contracts.counties import nothing_in
from services.contracts.decision import Decision, Refused, Send, TimerFired, World
from services.contracts.entry import Status
from services.contracts.flaws import NUMBERED, flaws, numbered_types
from services.contracts.identifiers import bears_number
from services.contracts.service_sheet import Maturity, Sheet
from services.contracts.wire import Command, Day, Id, TypedId, Wire
from services.registry.domain import ending, recording, serving
from services.registry.domain.draft import (
    DRAFT_EDITION,
    Draft,
    DraftEdition,
    DraftStep,
    SheetDraft,
    draft_edition_id,
)
from services.registry.domain.ending import EndWish
from services.registry.domain.officers import of_agency, of_agency_or_above
from services.registry.domain.recording import Asked, StatusWish
from services.worktime.jalali import civil_day

LONGEST_ATTESTATION = timedelta(days=3 * 366)

GIVEN = frozenset(
    {
        *("moves", "version", "status", "planned", "attested_by", "attested_at", "attestation_expires"),
        *("maturity_verified", "maturity_verified_by", "maturity_verified_at"),
    }
)
"""What a sheet gets in its life, and no draft says."""


NOT_VERIFIED = {"maturity_verified": Maturity.NONE, "maturity_verified_by": None, "maturity_verified_at": None}
"""Whoever verified a sheet has seen it as it was: another one is still to be looked at."""


class Stage(StrEnum):
    DRAFT = "DRAFT"
    ATTESTED = "ATTESTED"
    PUBLISHED = "PUBLISHED"
    SUPERSEDED = "SUPERSEDED"


class SheetFile(Wire):
    """All there is of one service: the sheet in force, and the draft of the next one."""

    id: Id
    org_id: Id
    published: Sheet | None = None
    draft: Draft | None = None
    drafts: int = 0
    """How often a draft of it was written, attested or dropped."""

    @property
    def stage(self) -> Stage:
        """Of what was written last."""
        if self.draft is None:
            return Stage.PUBLISHED
        return Stage.DRAFT if self.draft.attested_by is None else Stage.ATTESTED

    @property
    def next_version(self) -> int:
        return self.published.version + 1 if self.published else 1


class WriteDraft(Asked):
    """The whole draft as somebody wants it. `by`: an officer; none for an import."""

    content: SheetDraft
    by: Id | None = None
    sure: bool = False


class Attest(Command):
    """POST /v1/services/{id}/attest: a named officer stands for what the draft says, until a day."""

    officer_id: TypedId
    expires: Day


class Publish(Command):
    """POST /v1/services/{id}/publish."""

    officer_id: TypedId


class AttestWish(Asked):
    """`sure`: they named the version they have read, or said that any will do."""

    command: Attest
    sure: bool = False


class PublishWish(Asked):
    command: Publish


def write_draft(file: SheetFile | None, wish: WriteDraft, world: World[None]) -> Decision[SheetFile]:
    """The draft as written. Whoever changes what was attested has it attested anew.

    Refused: INCOMPLETE (422: its id, or a type that it names, bears a number of somebody's), OWNER_FIXED,
    UNKNOWN_OFFICER (422), NOT_AUTHORISED (403: `by` is of neither the agency nor one above), IF_MATCH_REQUIRED (428:
    somebody else's draft would be lost).
    """
    content = wish.content
    if file is None:
        if bears_number(content.id):
            raise Refused("INCOMPLETE", "the entry is not complete", status=422, flaws=(NUMBERED,))
        file = SheetFile(id=content.id, org_id=content.org_id)
    elif file.org_id != content.org_id:
        raise Refused("OWNER_FIXED", f"it belongs to {file.org_id}; retire it there and record a new one")
    if wish.by is not None:
        of_agency_or_above(wish.around.entries, wish.by, file.org_id)
    in_force = drafted(file.published) if file.published is not None else None
    if content == (file.draft.content if file.draft is not None else in_force):
        return Decision(file, answer=_answer(file, recorded=False))
    if numbered := tuple(numbered_types(content)):
        raise Refused("INCOMPLETE", "types are words, and stand in events", status=422, flaws=numbered)
    if (file.draft is not None or in_force is not None) and not wish.sure:
        raise recording.unsure()
    draft = Draft(content=content, drafted_at=world.now, drafted_by=wish.by)
    if content == in_force:
        return _told(file.model_copy(update={"draft": None}), DraftStep.DROPPED, draft, wish.by, world, recorded=False)
    return _told(file.model_copy(update={"draft": draft}), DraftStep.WRITTEN, draft, wish.by, world)


def attest(file: SheetFile | None, wish: AttestWish, world: World[None]) -> Decision[SheetFile]:
    """ATTESTED: complete by itself, and an officer of the agency has put their name to it.

    A published sheet whose attestation ends is attested again without a change. Refused: NOT_FOUND, INCOMPLETE (422,
    with every reason), BAD_EXPIRY and UNKNOWN_OFFICER (422), NOT_AUTHORISED (403), IF_MATCH_REQUIRED (428: it may not
    say what they have read).
    """
    file, command, today = _known(file), wish.command, civil_day(world.now)
    of_agency(wish.around.entries, command.officer_id, file.org_id)
    if not wish.sure:
        raise recording.unsure()
    if not today < command.expires <= today + LONGEST_ATTESTATION:
        raise Refused("BAD_EXPIRY", "an attestation ends after today, and within three years", status=422)
    draft = file.draft
    if draft is None:
        assert file.published is not None, "a sheet is drafted, published, or both"
        draft = Draft(content=drafted(file.published), drafted_at=world.now, drafted_by=command.officer_id)
    attested = draft.model_copy(
        update={
            "attested_by": command.officer_id,
            "attested_at": world.now,
            "attestation_expires": command.expires,
        }
    )
    _, reasons = completed(file, attested)
    if reasons:
        raise Refused("INCOMPLETE", "the draft is not complete", status=422, flaws=reasons)
    told = file.model_copy(update={"draft": attested})
    return _told(told, DraftStep.ATTESTED, attested, command.officer_id, world)


def publish(file: SheetFile | None, wish: PublishWish, world: World[None]) -> Decision[SheetFile]:
    """PUBLISHED in the next version; the one before is superseded, and stays for the cases that hold on to it.

    A service that is suspended or retired stays so: it is resumed afterwards.
    Refused: NOT_FOUND, NO_DRAFT, UNKNOWN_OFFICER, NOT_AUTHORISED, and CANNOT_BE_SERVED (422) with all `reasons`: what
    the draft lacks, what it names that is not there, and what stands in the way of serving it.
    """
    file, today = _known(file), civil_day(world.now)
    if file.draft is None:
        raise Refused("NO_DRAFT", "nothing was drafted since it was last published")
    of_agency(wish.around.entries, wish.command.officer_id, file.org_id)
    sheet, reasons = completed(file, file.draft)
    if file.stage is not Stage.ATTESTED:
        reasons.append("no officer has attested it")
    elif file.draft.attestation_expires is not None and file.draft.attestation_expires < today:
        reasons.append(f"its attestation ended on {file.draft.attestation_expires}")
    attested = file.draft.attested_by is not None
    retired = file.published is not None and file.published.status is Status.RETIRED
    reasons += serving.against(
        file.draft.content, sheet, wish.around.entries, today, attested=attested, retired=retired
    )
    reasons += map(nothing_in, wish.around.nowhere)
    if reasons or sheet is None:
        raise serving.refused(reasons)
    done = recording.published(file.published, sheet, world, by=wish.command.officer_id)
    assert done.state is not None
    told = file.model_copy(update={"published": done.state, "draft": None})
    return Decision(told, events=done.events, sends=done.sends, answer=_answer(told, recorded=True))


def keep_draft(kept: DraftEdition | None, edition: DraftEdition, world: World[None]) -> Decision[DraftEdition]:
    return Decision(kept or edition)


def _told(
    file: SheetFile, step: DraftStep, draft: Draft, by: str | None, world: World[None], *, recorded: bool = True
) -> Decision[SheetFile]:
    """The file, and its draft kept as it is now."""
    file = file.model_copy(update={"drafts": file.drafts + 1})
    edition = DraftEdition(service_id=file.id, number=file.drafts, step=step, draft=draft, at=world.now, by=by)
    keep = Send(DRAFT_EDITION, draft_edition_id(file.id, file.drafts), edition)
    return Decision(file, sends=(keep,), answer=_answer(file, recorded=recorded))


def change_status(file: SheetFile | None, wish: StatusWish, world: World[None]) -> Decision[SheetFile]:
    """As of any entry, and it comes back only as it would be published (CANNOT_BE_SERVED, 422 with all `reasons`).

    A service that was never published has no life yet (NOT_FOUND).
    """
    return _lived(file, recording.change_status(file.published if file else None, wish, world))


def day_came(file: SheetFile | None, message: TimerFired, world: World[None]) -> Decision[SheetFile]:
    return _lived(file, recording.day_came(file.published if file else None, message, world))


def end(file: SheetFile | None, wish: EndWish, world: World[None]) -> Decision[SheetFile]:
    return _lived(file, ending.end(file.published if file else None, wish, world))


def drafted(sheet: Sheet) -> SheetDraft:
    """What a draft would say to become this sheet."""
    return SheetDraft.model_validate(sheet.to_wire())


def _lived(file: SheetFile | None, done: Decision[Sheet]) -> Decision[SheetFile]:
    if file is None:
        return Decision(None)
    told = file.model_copy(update={"published": done.state})
    return Decision(told, events=done.events, sends=done.sends, answer=done.answer)


def _known(file: SheetFile | None) -> SheetFile:
    if file is None:
        raise Refused("NOT_FOUND", "there is no such service", status=404)
    return file


def completed(file: SheetFile, draft: Draft) -> tuple[Sheet | None, list[str]]:
    """The sheet that the draft would be, or every reason why it is none."""
    before = file.published
    kept = {name: getattr(before, name) for name in GIVEN - {"moves"}} if before else {}
    if before is not None and drafted(before) != draft.content:
        kept |= NOT_VERIFIED
    attestation = {
        "attested_by": draft.attested_by or "nobody",
        "attested_at": draft.attested_at or draft.drafted_at,
        "attestation_expires": draft.attestation_expires or draft.drafted_at.date(),
    }
    written = kept | draft.content.model_dump(by_alias=False, exclude_none=True) | attestation
    written.setdefault("presence", None)
    try:
        sheet = Sheet.model_validate(written)
    except ValidationError as error:
        return None, [_gap(item) for item in error.errors(include_url=False, include_input=False)]
    return sheet, list(flaws(sheet))


def _gap(error: ErrorDetails) -> str:
    path = ".".join(str(part) for part in error["loc"])
    return f"{path} is missing" if error["type"] == "missing" else f"{path}: {error['msg']}"


def _answer(file: SheetFile, *, recorded: bool) -> dict[str, Any]:
    published, draft = file.published, file.draft
    version = file.next_version if draft else published.version if published else 0
    return {
        "id": file.id,
        "version": version,
        "stage": file.stage,
        "recorded": recorded,
    }
