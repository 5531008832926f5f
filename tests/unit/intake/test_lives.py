"""Whatever comes in whatever order: no life of a request leaves the table of domain 3, and none gets stuck in it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.contracts.commitment import Commitment, CommitmentKind
from services.contracts.decision import Decision, Refused, TimerFired
from services.contracts.entry import Entry
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.intake_commands import (
    Announce,
    DecideOnSpot,
    Expire,
    ExtendPromise,
    FileObjection,
    HandOver,
    Remind,
    Reopen,
    ReturnFromKiosk,
    Withdraw,
)
from services.contracts.routing import (
    REASONS,
    CaseResult,
    DueCause,
    DueMoved,
    ResultKind,
    Suspension,
    SuspensionCause,
)
from services.contracts.service_sheet import Channel
from services.contracts.wire import instant_text
from services.intake.domain.answering import AT_WORK
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, Awaited, Role
from services.intake.domain.due import timers
from services.intake.domain.duplicates import EndsAsDuplicate, Other
from services.intake.domain.extending import ExtensionOf
from services.intake.domain.granted_before import GRANTED_BEFORE
from services.intake.domain.messages import EvidenceBrought
from services.intake.domain.request import Request
from services.intake.domain.states import ENDED
from services.intake.handlers import REQUEST
from services.ops.chance import Chance
from tests.support.order import REQUEST_MOVES, RESUMED, STANDING_STILL, VERB_LEADS_TO
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    HOURS_DESK,
    HOURS_OFFICER,
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    file_at_desk,
    notice,
    person,
    submit,
    with_authority,
    work,
    world,
)

STEPS = 30
SERVICE = "building-permit"


def able_to_decide() -> tuple[Entry, ...]:
    sheet = sample_snapshot().sheet(SERVICE)
    assert sheet is not None
    return with_authority(PERMITS_OFFICER, SERVICE), sheet.model_copy(update={"on_spot": True})


PROVINCE = able_to_decide()


class Life:
    """One request, whatever happens to it; `seen` are the states it has been in."""

    def __init__(self, seed: int, seen: set[str]) -> None:
        self.chance, self.now, self.seen = Chance(seed), MORNING, seen
        self.state, self.kinds_of_move = "", set[str]()
        self.take(self.chance.choice(FILINGS)(self))

    @property
    def request(self) -> Request:
        assert self.known is not None
        return self.known

    @property
    def case(self) -> Case:
        assert self.request.case is not None
        return self.request.case

    def go_on(self) -> None:
        before = self.case
        message = self.chance.choice(self.happenings())(self)
        if message is None:
            return
        try:
            decision: Decision[Request] = REQUEST.decide[type(message)](self.request, message, self.world())
        except Refused:
            return
        self.take(decision)
        self.nothing_was_undone(before)

    def happenings(self) -> "Sequence[Callable[[Any], Any]]":
        return HAPPENINGS

    def world(self) -> Any:
        return world(self.now, *PROVINCE)

    def take(self, decision: Decision[Request]) -> None:
        self.known = decision.state
        self.told = [verb for event in decision.events for verb in event.moves]
        for event in decision.events:
            if isinstance(event, RequestMoved):
                self.follow(event)
        self.nothing_is_stuck()

    def follow(self, event: RequestMoved) -> None:
        """The table is the one that the checks after a fault use: written from domain 3, apart from the services'."""
        for verb in event.moves:
            if verb in STANDING_STILL or (verb == "commitment.added" and self.state != "REGISTERED"):
                continue
            target = self.left if verb == RESUMED else VERB_LEADS_TO[verb]
            if target == "SUSPENDED":
                self.left = self.state
            assert target in REQUEST_MOVES.get(self.state, set()), f"{self.state or 'nothing'} -> {target}"
            self.state = target
            self.seen.add(target)
        assert event.state == self.state == self.case.state

    def nothing_was_undone(self, before: Case) -> None:
        """I6: a promise that has ended keeps its end and its hour, and what was decided stays decided.

        Of a round that is over only what becomes of its output is still noted: told of, handed over, or given up.
        """
        for was, is_ in zip(before.commitments, self.case.commitments, strict=False):
            assert is_.id == was.id
            assert was.state == "OPEN" or (is_.state, is_.ended_at) == (was.state, was.ended_at)
            self.dates_move_on_record_only(was, is_)
        assert len(self.case.earlier) >= len(before.earlier)
        for over, now in zip(before.earlier, self.case.earlier, strict=False):
            of_output = {"handover": now.handover, "collection": now.collection}
            assert now == (over.model_copy(update=of_output) if over.waits() else over)
            assert not (now.collection and now.collection.uncollected_at) or now.collection.noticed_at, (
                "over their head"
            )
        assert len(self.case.commitments) >= len(before.commitments)

    def dates_move_on_record_only(self, was: Commitment, is_: Commitment) -> None:
        """12.4: only EXTENDED and RE_PROJECTED change a date, with what it was before; and the citizen is told."""
        new = is_.moves[len(was.moves) :]
        assert is_.moves[: len(was.moves)] == was.moves
        assert len(new) == (is_.promised_at != was.promised_at)
        for move in new:
            assert (move.from_at, move.to_at, was.state) == (was.promised_at, is_.promised_at, "OPEN")
            assert {"EXTENDED": "commitment.extended", "RE_PROJECTED": "commitment.re-projected"}[
                move.kind
            ] in self.told
            assert is_.promised_at <= is_.legal_latest_at or is_.legal_risk, "I3"
            self.kinds_of_move.add(move.kind)
        assert sum(move.kind == "EXTENDED" for move in is_.moves) <= 2
        assert is_.legal_latest_at == was.legal_latest_at

    def nothing_is_stuck(self) -> None:
        case, waits = self.case, timers(self.request)
        assert case.channel_reason or case.channel is not Channel.AGENCY_DESK, "I4"
        opened = [c for c in case.open_promises() if c.kind is CommitmentKind.FINAL_DELIVERY]
        assert len(opened) <= (case.state not in ENDED)
        if case.state in ENDED:
            left = any(over.waits() for over in case.earlier)  # what was granted is theirs, whatever became of the rest
            assert waits.keys() <= ({GRANTED_BEFORE} if left else set())
            calls = {Attention.REMIND_TO_COLLECT} if left else set()
            assert set(case.attention) <= {Attention.NO_COMPETENCE} | calls
        elif case.state in AT_WORK:
            assert opened or Attention.PROMISE_BROKEN in case.attention, "I2"
        elif case.state is not RequestState.SUSPENDED or (case.awaited and case.awaited.missing):
            assert waits or case.attention, f"{case.state} waits for nothing and nobody sees it"
        if case.state == "EXPIRED":
            assert self.was is None or self.was.noticed_at is not None, "expired over somebody's head"
        self.was = case.awaited
        if case.collected() is False:
            assert case.collection is not None
            assert case.collection.noticed_at is not None, "closed over somebody's head"
        if case.announced is not None and case.announced.by is Role.NOTICE:
            assert case.round in self.delivered, "I9"
        for round_ in (*case.earlier, case.over()):
            assert round_.result is None or round_.result.kind is not ResultKind.REFUSED or round_.result.laws, "I5"

    # -- what may come --------------------------------------------------------------------------------------------

    left = ""
    was: Awaited | None = None
    suspensions: tuple[Suspension, ...] = ()
    delivered: frozenset[int] = frozenset()

    def some_round(self) -> int:
        """Mostly of now; a late word is about an earlier one."""
        return self.case.round if self.chance.random() < 0.8 else self.chance.randint(1, self.case.round)

    def unit(self) -> Any:
        kind = self.chance.choice([ResultKind.GRANTED, ResultKind.REFUSED, ResultKind.PARTIAL])
        result = CaseResult(kind=kind, laws=(0,), decided_by="wa-officer-1", decided_at=self.now)
        verb = self.chance.choice(["task.assigned", "task.started", "result.decided", "result.decided"])
        decided = result if verb == "result.decided" else None
        if not self.case.answers():
            return None  # no unit has heard of it
        event = work(self.request, verb, result=decided, now=self.now)
        return event.model_copy(update={"round": self.some_round()})

    def due_time_moves(self) -> Any:
        """Routing's word, sometimes of a Clock that has not heard of the last extension."""
        promise = next((c for c in self.case.commitments if c.kind is CommitmentKind.FINAL_DELIVERY), None)
        if promise is None:
            return None
        event = work(self.request, "clock.due-moved", now=self.now)
        word = DueMoved(
            from_at=promise.promised_at,
            calendar=promise.calendar,
            cause=self.chance.choice(list(DueCause)),
        )
        due = promise.promised_at + timedelta(days=self.chance.choice([-3, 0, 2, 20]))
        clock = event.clock.model_copy(update={"due": due, "extensions": self.chance.randint(0, 2)})
        return event.model_copy(update={"round": self.some_round(), "clock": clock, "due_moved": word})

    def extension(self) -> Any:
        if not self.case.answers():
            return None
        promise = self.chance.choice(self.case.commitments)
        to = promise.promised_at + timedelta(days=self.chance.choice([-1, 1, 2, 3, 60]))
        asked = {"to": instant_text(to), "reason": "COMPLEX_CASE", **by_two(self.case)}
        return ExtensionOf(promise_id=promise.id, asked=ExtendPromise.model_validate(asked))

    def word_of_a_message(self) -> Any:
        name = self.chance.choice(
            [
                "RESULT_READY",
                "COLLECTION_REMINDER",
                "REDIRECT_LAPSED",
                "REGISTERED",
                "INCOMPLETE",
                "SUSPENDED",
                "DOCUMENTS_REMINDER",
            ]
        )
        verb = self.chance.choice(["message.delivered", "message.delivered", "message.failed", "message.sent"])
        word = notice(self.request, verb, self.now, name=name).model_copy(update={"round": self.some_round()})
        if (name, verb) == ("RESULT_READY", "message.delivered"):
            self.delivered |= {word.round}
        return word

    def something_is_brought(self) -> Any:
        wanted = self.case.awaited.missing if self.case.awaited else ()
        type_ = self.chance.choice([*wanted, "ownership-deed"])
        officer = {PERMITS_DESK: PERMITS_OFFICER, SOCIAL_DESK: SOCIAL_OFFICER}.get(self.case.desk_id, HOURS_OFFICER)
        return EvidenceBrought(type=type_, original_seen=True, officer_id=officer)

    def stands_still_or_goes_on(self) -> Any:
        """As routing says it: the Clock's ledger, and where the due time is when it goes on."""
        if not self.case.answers() or self.case.state not in AT_WORK | {RequestState.SUSPENDED}:
            return None
        ledger, due = self.suspensions, self.case.answers()[-1].promised_at
        if ledger and ledger[-1].to_at is None:
            ledger = (*ledger[:-1], ledger[-1].model_copy(update={"to_at": self.now}))
            moves = ["clock.resumed"]
            if self.chance.random() < 0.7:
                moves, due = [*moves, "clock.due-moved"], max(due, self.now) + timedelta(days=1)
        else:
            cause = self.chance.choice([SuspensionCause.APPLICANT, SuspensionCause.APPLICANT, SuspensionCause.LEGAL])
            types = ("architectural-plan", "identity-card") if cause is SuspensionCause.APPLICANT else ()
            new = Suspension(
                number=len(ledger) + 1,
                cause=cause,
                reason=REASONS[cause][0],
                evidence_types=types,
                from_at=self.now,
                by="wa-officer-1",
            )
            ledger, moves = (*ledger, new), ["clock.suspended"]
        self.suspensions = ledger
        event = work(self.request, *moves, now=self.now)
        clock = event.clock.model_copy(update={"suspensions": ledger, "due": due})
        return event.model_copy(update={"clock": clock, "round": self.case.round})

    def time_passes(self) -> Any:
        due = timers(self.request)
        if not due or self.chance.random() < 0.3:
            self.now += timedelta(days=self.chance.choice([0, 1, 5]))
            return None
        name, at = self.chance.choice(sorted(due.items()))
        self.now = max(self.now, at)
        return TimerFired(name=name, due=at)

    def command(self, model: type[Any], **body: Any) -> Any:
        officer = {PERMITS_DESK: PERMITS_OFFICER, SOCIAL_DESK: SOCIAL_OFFICER}.get(self.case.desk_id, HOURS_OFFICER)
        return model.model_validate({"officerId": officer} | body)

    def ends_as_a_duplicate(self) -> Any:
        other = Other(
            id="another",
            tracking_code="0" * 14,
            applicant_ref=self.case.applicant_ref,
            service_id=self.case.service_id,
            state=RequestState.PROMISED,
        )
        return self.command(EndsAsDuplicate, of="another", other=other)


SEEN = {"identitySeen": True}


def by_two(case: Case) -> dict[str, str]:
    """Another officer of the desk, and its head."""
    return {"officerId": f"{case.desk_id}-02", "secondOfficerId": f"{case.desk_id}-01"}


FILINGS: Sequence[Callable[[Life], Decision[Request]]] = (
    lambda life: file_at_desk(SERVICE, PERMITS_DESK, PERMITS_OFFICER, life.world(), notOnSpotReason="NEEDS_UNIT"),
    lambda life: file_at_desk(
        SERVICE,
        PERMITS_DESK,
        PERMITS_OFFICER,
        life.world(),
        notOnSpotReason="NEEDS_UNIT",
        applicant=person(mobile=None),
    ),
    lambda life: file_at_desk(
        SERVICE, PERMITS_DESK, PERMITS_OFFICER, life.world(), decide={"result": "REFUSED", "ground": "بند ۳"}
    ),
    lambda life: file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER, life.world()),
    lambda life: file_at_desk("opening-hours", HOURS_DESK, HOURS_OFFICER, life.world(), informationOnly=True),
    lambda life: submit(now=life.world()),
    lambda life: file_at_desk(
        SERVICE,
        PERMITS_DESK,
        PERMITS_OFFICER,
        life.world(),
        notOnSpotReason="MISSING_DOCUMENT",
        awaitDocuments=True,
        applicant=person(mobile=life.chance.choice([None, "09121234567"])),
    ),
)
HAPPENINGS: Sequence[Callable[[Life], Any]] = (
    Life.unit,
    Life.unit,
    Life.due_time_moves,
    Life.extension,
    Life.word_of_a_message,
    Life.word_of_a_message,
    Life.time_passes,
    Life.time_passes,
    Life.something_is_brought,
    Life.stands_still_or_goes_on,
    lambda life: life.command(Announce, toldTo="APPLICANT", **SEEN),
    lambda life: life.command(HandOver, collectedBy="APPLICANT", **SEEN) if life.chance.random() < 0.5 else None,
    lambda life: life.command(Remind, toldTo="APPLICANT"),
    lambda life: life.command(DecideOnSpot, result="PARTIAL", ground="بند ۳") if life.chance.random() < 0.2 else None,
    lambda life: life.command(FileObjection, reason="نه", **SEEN),
    lambda life: life.command(Reopen, reason="OUR_ERROR", **by_two(life.case)),
    lambda life: life.command(ReturnFromKiosk, cause="LAPSED") if life.chance.random() < 0.3 else None,
    lambda life: life.command(Expire),
    lambda life: life.command(Withdraw, reason="NOT_SAID", **SEEN) if life.chance.random() < 0.1 else None,
    lambda life: life.ends_as_a_duplicate() if life.chance.random() < 0.02 else None,
)


@pytest.mark.parametrize("first", range(0, 600, 300))
def test_no_life_leaves_the_table_or_gets_stuck_and_together_they_see_all_of_it(first: int) -> None:
    seen: set[str] = set()
    uncollected = rounds = 0
    moves: set[str] = set()
    for seed in range(first, first + 300):
        life = Life(seed, seen)
        for _ in range(STEPS):
            life.go_on()
        uncollected += life.case.collected() is False
        rounds = max(rounds, life.case.round)
        moves |= life.kinds_of_move
    assert seen == set(RequestState) - {RequestState.RECEIVED}, "every other state is reached by the rules themselves"
    assert uncollected
    assert rounds > 2
    assert moves == {"EXTENDED", "RE_PROJECTED"}
