"""What may come to a request, in whatever order: word of others, commands of a desk, and time (domain 3).

Each happening makes its message by chance, or none; what becomes of it, `test_lives.py` says.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from services.contracts.commitment import CommitmentKind
from services.contracts.coordination import NotConfirmed
from services.contracts.decision import Decision, TimerFired
from services.contracts.entry import Entry
from services.contracts.intake import RequestState
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
    WorkMoved,
)
from services.contracts.wire import instant_text
from services.intake.domain.case import Case
from services.intake.domain.due import timers
from services.intake.domain.duplicates import EndsAsDuplicate, Other
from services.intake.domain.extending import ExtensionOf
from services.intake.domain.messages import EvidenceBrought
from services.intake.domain.request import Request
from services.intake.domain.states import AT_WORK
from services.ops.chance import Chance
from tests.support.sample import sample_snapshot
from tests.unit.intake.asked_units import AskedUnits, slot_at
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

SERVICE = "building-permit"


def able_to_decide() -> tuple[Entry, ...]:
    sheet = sample_snapshot().sheet(SERVICE)
    assert sheet is not None
    return with_authority(PERMITS_OFFICER, SERVICE), sheet.model_copy(update={"on_spot": True})


PROVINCE = able_to_decide()


class Chances:
    """One request, and by chance what comes next; `delivered`: the rounds of which a message has told the result."""

    known: Request | None
    suspensions: tuple[Suspension, ...] = ()
    delivered: frozenset[int] = frozenset()
    units: AskedUnits | None = None

    def __init__(self, seed: int) -> None:
        self.chance, self.now = Chance(seed), MORNING

    @property
    def request(self) -> Request:
        assert self.known is not None
        return self.known

    @property
    def case(self) -> Case:
        assert self.request.case is not None
        return self.request.case

    def world(self) -> Any:
        return world(self.now, *PROVINCE)

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
        return self.routing(verb, result=decided).model_copy(update={"round": self.some_round()})

    def routing(self, *verbs: str, result: CaseResult | None = None) -> WorkMoved:
        """Its word, with the units that were asked."""
        event = work(self.request, *verbs, result=result, now=self.now)
        return self.units.seen_with(event) if self.units and self.units.round == self.case.round else event

    def of_units(self) -> Any:
        """A desk asks a unit, or what was asked goes on by one legal move, as routing says it."""
        at_work = self.case.state in AT_WORK | {RequestState.SUSPENDED}
        if not self.case.answers() or not (at_work or (self.units and self.units.round == self.case.round)):
            return None
        if self.units is None or self.units.round != self.case.round:
            self.units = AskedUnits(self.case.round)
        word = self._of_a_referral(self.units) or self._of_a_coordination(self.units)
        return word or (self.units.ask(self.request, self.now) if at_work else None)

    def _of_a_referral(self, units: AskedUnits) -> WorkMoved | None:
        newest = units.referrals[-1] if units.referrals else None
        if newest is None or newest.outcome is not None:
            return None
        if newest.state == "PROPOSED":
            if self.chance.random() < 0.8:
                return units.issue(self.request, self.now)
            return units.end(self.request, "LAPSED", "NOT_APPROVED", self.now)
        missed = any(one.state == "MISSED" for one in units.referrals)
        ends = [("ATTENDED", "SEEN"), ("MISSED", "NO_MORE" if missed else "MAY_REBOOK")]
        ends += [("CANCELLED", outcome) for outcome in ("BY_DESK", "BY_UNIT", "UNIT_SHUT", "WORK_ENDED")]
        return units.end(self.request, *self.chance.choice(ends), self.now)

    def _of_a_coordination(self, units: AskedUnits) -> WorkMoved | None:
        newest = units.coordinations[-1] if units.coordinations else None
        slot = slot_at(self.now + timedelta(days=self.chance.choice([1, 3])))
        if newest is None:
            return None
        if newest.state == "ASKED":
            said: list[Callable[[], WorkMoved]] = [
                lambda: units.confirm(self.request, slot, self.now),
                lambda: units.propose(self.request, slot, self.now),
                lambda: units.decline(self.request, NotConfirmed.NO_ROOM, self.now),
                lambda: units.lapse(self.request, self.now),
            ]
            return self.chance.choice(said)()
        if newest.state == "PROPOSED":
            return units.accept(self.request, self.now)
        used = any(one.coordination_id == newest.id for one in units.referrals)
        if newest.state == "CONFIRMED" and newest.slot and self.now < newest.slot.since and not used:
            return units.refer(self.request, self.now)
        return None

    def due_time_moves(self) -> Any:
        """Routing's word, sometimes of a Clock that has not heard of the last extension."""
        promise = next((c for c in self.case.commitments if c.kind is CommitmentKind.FINAL_DELIVERY), None)
        if promise is None:
            return None
        event = self.routing("clock.due-moved")
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

    def word_of_a_referral(self) -> Any:
        name = self.chance.choice(["REFERRED", "REFERRAL_CANCELLED"])
        return notice(self.request, self.chance.choice(["message.delivered", "message.failed"]), self.now, name=name)

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
        event = self.routing(*moves)
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
        other = Other.of("another", self.case, turns=0).model_copy(update={"state": RequestState.PROMISED})
        return self.command(EndsAsDuplicate, of="another", other=other)


SEEN = {"identitySeen": True}


def by_two(case: Case) -> dict[str, str]:
    """Another officer of the desk, and its head."""
    return {"officerId": f"{case.desk_id}-02", "secondOfficerId": f"{case.desk_id}-01"}


FILINGS: Sequence[Callable[[Chances], Decision[Request]]] = (
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
HAPPENINGS: Sequence[Callable[[Chances], Any]] = (
    Chances.unit,
    Chances.unit,
    Chances.due_time_moves,
    Chances.extension,
    Chances.word_of_a_message,
    Chances.word_of_a_message,
    Chances.time_passes,
    Chances.time_passes,
    Chances.something_is_brought,
    Chances.stands_still_or_goes_on,
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
OF_UNITS: Sequence[Callable[[Chances], Any]] = (Chances.of_units, Chances.of_units, Chances.word_of_a_referral)
"""Where its desk asks units besides."""
