"""Is anything lost, doubled or left over? Judged only by what topics, HTTP and the offices' own ledgers tell.

contents that Kafka acknowledged + requests that a desk was answered 201
    = cases + redirects honoured (a desk and a kiosk share one case) + recorded rejections + dead letters
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.ops.demo.desks import Filed
from services.ops.demo.kiosks import Ledger
from services.ops.demo.stage import Json
from services.ops.demo.topics_read import Cases, is_settled

MALFORMED = "MALFORMED"
ENDED = frozenset({"CLOSED", "GUIDED", "WITHDRAWN", "DUPLICATE"})
HANDED_OVER = frozenset({"SENT", "DELIVERED"})


@dataclass(frozen=True)
class Evidence:
    """What each side says about one run."""

    ledgers: Sequence[Ledger]
    filed: Sequence[Filed]
    left_open: frozenset[str]
    taken_back: frozenset[str]
    """Redirected, and the desk was answered that it has the case again."""
    topics: Cases
    shown: Mapping[str, Json]
    """Request id -> the answer of GET /v1/requests/{id}; a request that is not found is left out."""
    sms: Sequence[Json]
    """What the gateway accepted for these requests."""

    @property
    def contents(self) -> list[Json]:
        return [record for ledger in self.ledgers for record in ledger.contents()]

    def answers_to(self, record: Json) -> list[Json]:
        return [answer for ledger in self.ledgers for answer in ledger.answer_to(record["causeId"])]


@dataclass(frozen=True)
class Reconciliation:
    """The sums, and everything that does not add up."""

    records: int
    contents: int
    filed: int
    asked: int
    cases: int
    honoured: int
    taken_back: int
    rejected: int
    dead_letters: int
    sms: int
    messages: int
    states: Mapping[str, int]
    missing: tuple[str, ...]

    @property
    def balanced(self) -> bool:
        return not self.missing and self.contents + self.filed == (
            self.cases + self.honoured + self.rejected + self.dead_letters
        )


def reconcile(evidence: Evidence) -> Reconciliation:
    """Every acknowledgement against what became of it."""
    codes = Counter(_final(evidence, record) for record in evidence.contents)
    ours = evidence.topics.ours()
    letters = _letters(evidence)
    honoured = sum(1 for r in evidence.contents if r["redirectRef"] and _final(evidence, r) == "ACCEPTED")
    missing = [
        *_answers(evidence),
        *_dead_letters(evidence, letters),
        *_cases(evidence, ours),
        *_returns(evidence, ours),
        *_ends(evidence),
        *_messages(evidence),
        *evidence.topics.gaps,
        *(complaint for ledger in evidence.ledgers for complaint in ledger.complaints),
    ]
    return Reconciliation(
        records=sum(len(ledger.acknowledged) for ledger in evidence.ledgers),
        contents=len(evidence.contents),
        filed=len(evidence.filed),
        asked=sum(filed.asked for filed in evidence.filed),
        cases=len(ours),
        honoured=honoured,
        taken_back=len(evidence.taken_back),
        rejected=sum(count for code, count in codes.items() if code not in ("ACCEPTED", MALFORMED, None)),
        dead_letters=len(letters),
        sms=len(evidence.sms),
        messages=len(evidence.topics.our_messages()),
        states=Counter(case["state"] for case in evidence.shown.values()),
        missing=tuple(missing),
    )


def _final(evidence: Evidence, record: Json) -> str | None:
    answers = evidence.answers_to(record)
    return (answers[0]["code"] or answers[0]["status"]) if answers else None


def _answers(evidence: Evidence) -> Iterator[str]:
    """Every content is answered exactly once, as the contract says; a repeated record is not answered again."""
    first = {record["causeId"] for record in evidence.contents}
    for record in evidence.contents:
        name, answers = _name(record), evidence.answers_to(record)
        if len(answers) != 1:
            yield f"{name}: {len(answers)} answers where one was due"
        elif _final(evidence, record) != record["expected"]:
            yield f"{name}: answered {_final(evidence, record)} where {record['expected']} was due"
    for ledger in evidence.ledgers:
        for record in ledger.acknowledged:
            if record["causeId"] not in first and ledger.answer_to(record["causeId"]):
                yield f"{_name(record)}: a repeated record was answered a second time"


def _dead_letters(evidence: Evidence, letters: Mapping[tuple[int, int], Json]) -> Iterator[str]:
    """Every malformed record is one dead letter; nothing else is."""
    due = {
        (r["partition"], r["offset"]): r
        for ledger in evidence.ledgers
        for r in ledger.acknowledged
        if r["expected"] == MALFORMED
    }
    for place in due.keys() - letters.keys():
        yield f"{_name(due[place])}: malformed, but no dead letter"
    for place in letters.keys() - due.keys():
        code = letters[place]["dl_code"]
        yield f"a good record (partition {place[0]}, offset {place[1]}) became a dead letter: {code}"


def _letters(evidence: Evidence) -> dict[tuple[int, int], Json]:
    """The dead letters of records that this run's offices sent, by the place of the record."""
    sent = {(r["partition"], r["offset"]) for ledger in evidence.ledgers for r in ledger.acknowledged}
    found: dict[tuple[int, int], Json] = {}
    for letter in evidence.topics.dead_letters:
        place = (int(letter["dl_partition"]), int(letter["dl_offset"]))
        if letter["dl_topic"] == "sd.kiosk.submission.v1" and place in sent:
            found[place] = letter
    return found


def _cases(evidence: Evidence, ours: Mapping[str, Sequence[Json]]) -> Iterator[str]:
    """Every acknowledgement has its case, every case its acknowledgement, and topic and HTTP tell the same of it."""
    due = {filed.request_id: f"201 for {filed.errand.service_id}" for filed in evidence.filed}
    for record in evidence.contents:
        for answer in evidence.answers_to(record):
            if answer["status"] == "ACCEPTED":
                due.setdefault(answer["requestId"], _name(record))
    for id in due.keys() - ours.keys():
        yield f"{due[id]}: no event tells of case {id}"
    for id in ours.keys() - due.keys():
        yield f"case {id} was acknowledged to nobody"
    for id in due.keys() - evidence.shown.keys():
        yield f"{due[id]}: GET /v1/requests/{id} does not find it"
    for id, events in ours.items():
        versions = [event["version"] for event in events]
        if versions != list(range(1, len(versions) + 1)):
            yield f"case {id}: its events carry the versions {versions}"
        if sum("request.registered" in event["moves"] for event in events) > 1:
            yield f"case {id} was registered twice"
        shown = evidence.shown.get(id)
        if shown is not None and shown["state"] != events[-1]["state"]:
            yield f"case {id} is {shown['state']} by HTTP and {events[-1]['state']} by its last event"


def _returns(evidence: Evidence, ours: Mapping[str, Sequence[Json]]) -> Iterator[str]:
    """What a desk has taken back is told once, with its promise, and no kiosk has honoured it as well."""
    for id in evidence.taken_back:
        told = [event for event in ours.get(id, ()) if "request.redirect-failed" in event["moves"]]
        if len(told) != 1 or "request.registered" not in told[0]["moves"]:
            yield f"case {id} was taken back from a kiosk, and its topic tells it {len(told)} times"
        if any(event["kiosk"] for event in ours.get(id, ())):
            yield f"case {id} was taken back from a kiosk, and a kiosk honoured it"


def _ends(evidence: Evidence) -> Iterator[str]:
    for id, case in evidence.shown.items():
        if id in evidence.left_open:
            if case["state"] != "REDIRECTED":
                yield f"case {id} was left REDIRECTED and is {case['state']}"
        elif case["state"] not in ENDED:
            yield f"case {id} ({case['serviceId']}) stopped at {case['state']}"


def _messages(evidence: Evidence) -> Iterator[str]:
    """Every message has come to its end or is a survey that waits; the gateway accepted each once, and none unknown."""
    accepted = Counter(row["ref"] for row in evidence.sms)
    messages = evidence.topics.our_messages()
    for ref, times in accepted.items():
        if times > 1:
            yield f"message {ref} was accepted {times} times by the gateway"
        if ref not in messages:
            yield f"the gateway accepted {ref}, of which no event tells"
    for id, status in messages.items():
        if not is_settled(status):
            yield f"message {id} ({status['notice']}) is still {status['state']}"
        if status["state"] in HANDED_OVER and status.get("channel", "SMS") == "SMS" and id not in accepted:
            yield f"message {id} is {status['state']}, but the gateway never accepted it"


def _name(record: Json) -> str:
    return f"{record['kioskId']}:{record['externalRef']} revision {record['revision']}"
