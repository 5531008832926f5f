"""An import of a catalogue: how far it is, and how it ended (domain 10).

The file is read and its drafts are written outside; here stands what is known of it. Whoever works on it is heard of
at short intervals: after a silence it is INTERRUPTED, and the file may be sent again, since a draft that is written
twice is written once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import Field

from services.contracts.decision import Decision, Moves, Refused, Send, TimerFired, World
from services.contracts.wire import Id, Instant, Wire

SILENCE = timedelta(seconds=60)
SILENT = "silent"
PAGE = "catalogue-import-page"


class ImportState(StrEnum):
    RUNNING = "RUNNING"
    INTERRUPTED = "INTERRUPTED"
    """Nobody works on it any more. Drafts that were written stay."""
    DONE = "DONE"
    FAILED = "FAILED"
    """Nothing of the file could be read; `code` and `detail` say why."""


class Fate(StrEnum):
    """What became of a service of the file."""

    DRAFTED = "DRAFTED"
    UNCHANGED = "UNCHANGED"
    FAILED = "FAILED"


RUNNING, INTERRUPTED, DONE, FAILED = ImportState

MOVES: Moves[ImportState] = Moves(
    {
        RUNNING: frozenset({RUNNING, INTERRUPTED, DONE, FAILED}),
        INTERRUPTED: frozenset({RUNNING, DONE, FAILED}),
    }
)
"""An interrupted import of which something is heard after all goes on."""


class Reason(Wire):
    """One thing about a service. `kind` GAP: the draft was written, and still lacks this or went without it."""

    kind: Literal["ERROR", "GAP"]
    field: str
    column: str
    fa: str
    en: str


class Outcome(Wire):
    """A service of the file, by its row in a table, or its address in a document."""

    row: int | None
    where: str
    id: str | None
    fate: Fate
    reasons: tuple[Reason, ...] = ()
    offerings: int = 0
    """Channels that were recorded, or had changed."""


class CatalogueImport(Wire):
    id: Id
    format: str
    size: int
    sha256: str
    officer_id: Id | None
    org_id: Id | None
    replace: bool
    state: ImportState
    started_at: Instant
    heard_at: Instant
    ended_at: Instant | None = None
    total: int | None = None
    """None until the file is read."""
    done: int = 0
    fates: dict[Fate, int] = Field(default_factory=dict)
    incomplete: int = 0
    """Drafts with gaps."""
    offerings: int = 0
    pages: int = 0
    code: str | None = None
    detail: str | None = None


class ReportPage(Wire):
    """Services of the file about which there is something to say, in its order."""

    import_id: Id
    outcomes: tuple[Outcome, ...]


class StartImport(Wire):
    """POST /v1/catalogue/imports.

    `org_id`: whose the services are whose agency is not recorded here. `replace`: drafts that somebody else wrote are
    overwritten.
    """

    id: Id
    format: str
    size: int
    sha256: str
    officer_id: Id | None = None
    org_id: Id | None = None
    replace: bool = False


class Heard(Wire):
    """Whoever works on it is still there, and so far."""

    total: int | None = None
    outcomes: tuple[Outcome, ...] = ()


class Ended(Wire):
    """All is done; or, with a code, nothing could be."""

    code: str | None = None
    detail: str | None = None


def start(known: CatalogueImport | None, wish: StartImport, world: World[None]) -> Decision[CatalogueImport]:
    """A repeat of the call finds the import that is there."""
    if known is None:
        known = CatalogueImport(**wish.model_dump(), state=RUNNING, started_at=world.now, heard_at=world.now)
    return Decision(known, answer={"importId": known.id})


def hear(known: CatalogueImport | None, news: Heard, world: World[None]) -> Decision[CatalogueImport]:
    """Counts what was done, and keeps what is to be told about it. An interrupted import goes on."""
    known = _moved(known, RUNNING)
    told = tuple(outcome for outcome in news.outcomes if outcome.reasons)
    fates = dict(known.fates)
    for outcome in news.outcomes:
        fates[outcome.fate] = fates.get(outcome.fate, 0) + 1
    now = known.model_copy(
        update={
            "heard_at": world.now,
            "total": known.total if news.total is None else news.total,
            "done": known.done + len(news.outcomes),
            "fates": fates,
            "incomplete": known.incomplete
            + sum(outcome.fate is not Fate.FAILED and bool(outcome.reasons) for outcome in told),
            "offerings": known.offerings + sum(outcome.offerings for outcome in news.outcomes),
            "pages": known.pages + bool(told),
        }
    )
    page = (Send(PAGE, page_id(known.id, known.pages), ReportPage(import_id=known.id, outcomes=told)),) if told else ()
    return Decision(now, sends=page)


def end(known: CatalogueImport | None, news: Ended, world: World[None]) -> Decision[CatalogueImport]:
    known = _moved(known, DONE if news.code is None else FAILED)
    update = {"heard_at": world.now, "ended_at": world.now, "code": news.code, "detail": news.detail}
    return Decision(known.model_copy(update=update))


def fall_silent(known: CatalogueImport | None, message: TimerFired, world: World[None]) -> Decision[CatalogueImport]:
    """INTERRUPTED: the process that worked on it has gone."""
    if known is None or known.state is not RUNNING or world.now < known.heard_at + SILENCE:
        return Decision(known)
    return Decision(_moved(known, INTERRUPTED))


def keep_page(kept: ReportPage | None, page: ReportPage, world: World[None]) -> Decision[ReportPage]:
    return Decision(kept or page)


def due_times(known: CatalogueImport) -> Mapping[str, datetime]:
    return {SILENT: known.heard_at + SILENCE} if known.state is RUNNING else {}


def page_id(import_id: str, number: int) -> str:
    return f"{import_id}:{number:04}"


def _moved(known: CatalogueImport | None, state: ImportState) -> CatalogueImport:
    """Raises Refused: NOT_FOUND, ILLEGAL_MOVE."""
    if known is None:
        raise Refused("NOT_FOUND", "there is no such import", status=404)
    MOVES.check(known.state, state)
    return known.model_copy(update={"state": state})
