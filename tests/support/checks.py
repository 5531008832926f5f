"""What must hold after every fault: the ledger of what was acknowledged against what exists.

C1 each acknowledged input has exactly one case or one recorded rejection; C2 no message reaches the provider twice;
C3 versions rise by 1, moves are legal, each entity's events are contiguous and in order; C4 open cases have their live
deadline, each fires once; C5 the sums agree; C8 canaries stay where they belong. Pure: `Seen` is gathered elsewhere.
The tables are written from domain 3, not taken from the services: a wrong table there must be found here.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.contracts.registry import Kiosk, Sheet
from services.contracts.topics import (
    GROUPS,
    INTAKE_REQUEST,
    KIOSK_SUBMISSION,
    NOTIFY_STATUS,
    ROUTING_WORK,
    dead_letter_topic,
)
from services.runtime.message import Record
from tests.support.canaries import leaks
from tests.support.run_ledger import ACCEPTED, Json, Ledger, Submitted

OUTCOMES = "sd.kiosk.outcome."
RECORDED = {kind.TOPIC.name: kind.KIND for kind in (Kiosk, Sheet)}
"""The topics of registry entries that change while work goes on; they are compacted, so numbers may be missing."""
ENDED = frozenset({"GUIDED", "CLOSED"})
VERB_LEADS_TO = {
    "request.guided": "GUIDED",
    "request.redirected": "REDIRECTED",
    "request.registered": "REGISTERED",
    "commitment.added": "PROMISED",
    "request.done-on-spot": "DONE_ON_SPOT",
    "request.started": "IN_PROGRESS",
    "request.result-ready": "RESULT_READY",
    "request.announced": "ANNOUNCED",
    "request.collection-due": "COLLECTION_DUE",
    "request.delivered": "DELIVERED",
    "request.closed": "CLOSED",
}
STANDING_STILL = frozenset({"request.redirect-lapsed", "commitment.kept", "commitment.kept-late", "commitment.broken"})
REQUEST_MOVES = {
    "": {"GUIDED", "REDIRECTED", "REGISTERED"},
    "REDIRECTED": {"REGISTERED"},
    "REGISTERED": {"PROMISED", "DONE_ON_SPOT"},
    "PROMISED": {"DONE_ON_SPOT", "IN_PROGRESS"},
    "DONE_ON_SPOT": {"CLOSED"},
    "IN_PROGRESS": {"RESULT_READY"},
    "RESULT_READY": {"ANNOUNCED"},
    "ANNOUNCED": {"COLLECTION_DUE", "CLOSED"},
    "COLLECTION_DUE": {"DELIVERED"},
    "DELIVERED": {"CLOSED"},
}
TASK_MOVES = {
    "": {"OFFERED", "ASSIGNED"},
    "OFFERED": {"ASSIGNED", "CANCELLED"},
    "ASSIGNED": {"STARTED", "CANCELLED"},
    "STARTED": {"ANSWERED", "CANCELLED"},
}
MESSAGE_MOVES = {
    "": {"CREATED"},
    "CREATED": {"SENT", "DELIVERED", "FILTERED", "UNKNOWN", "PERM_FAILED", "SUPPRESSED", "EXPIRED"},
    "UNKNOWN": {"SENT", "DELIVERED", "FILTERED", "UNKNOWN", "PERM_FAILED", "SUPPRESSED", "EXPIRED"},
    "SENT": {"DELIVERED", "PERM_FAILED", "FILTERED", "EXPIRED"},
}
"""As notify tells it: SENDING and TEMP_FAILED are its own affair, so a state may be reached past them."""
FIRES_WITHIN = timedelta(seconds=60)


@dataclass
class Seen:
    """What exists: `records` of every topic of ours since the run began; intake's raw `documents` of the run by id
    and how they are `served` over HTTP; the provider's `acceptances`; `texts` (logs, metrics).
    """

    now: datetime
    records: Sequence[Record] = ()
    documents: Mapping[str, Json] = field(default_factory=dict)
    served: Mapping[str, Json | None] = field(default_factory=dict)
    acceptances: Sequence[Json] = ()
    editions: Mapping[tuple[str, str], set[int]] = field(default_factory=dict)
    """Which versions the registry still serves, of kinds whose versions it keeps: by kind and id."""
    texts: Mapping[str, str] = field(default_factory=dict)


def violations(ledger: Ledger, seen: Seen) -> list[str]:
    """Every broken promise as one line that begins with its check; empty when all holds."""
    reading = _Reading(seen)
    return [
        *(f"C1 never answered: {input}" for input in ledger.unanswered),
        *(f"C1 contradiction: {what}" for what in ledger.contradictions),
        *every_input_has_one_end(ledger, seen, reading),
        *no_message_twice(seen, reading),
        *order_is_kept(ledger, reading),
        *moves_are_legal(ledger, reading),
        *told_in_full(seen, reading),
        *deadlines_live(ledger, seen, reading),
        *sums_agree(ledger, seen, reading),
        *leaks(seen.records, seen.texts, ledger.canaries),
    ]


@dataclass(frozen=True, slots=True)
class Told:
    """An event where it first stands on its topic."""

    id: str
    stream: str
    subject: str
    sequence: int
    data: Json

    @property
    def moves(self) -> tuple[str, ...]:
        return tuple(self.data.get("moves", ()))


Place = tuple[str, int, int]


class _Reading:
    """The records as events: by topic, and by topic and stream; repeats set apart. Dead letters by record."""

    def __init__(self, seen: Seen) -> None:
        self.events: dict[str, list[Told]] = defaultdict(list)
        self.streams: dict[tuple[str, str], list[Told]] = defaultdict(list)
        self.dead: dict[Place, dict[str, str]] = defaultdict(dict)
        """Where the record stood -> letter id -> code."""
        self.published_versions: dict[tuple[str, str], set[int]] = defaultdict(set)
        """Of registry entries, by kind and id."""
        self.changed_repeats: list[str] = []
        self._known: dict[tuple[str, str], tuple[int, bytes | None]] = {}
        letters = {dead_letter_topic(group).name for group in GROUPS}
        for record in sorted(seen.records, key=lambda r: (r.topic, r.partition, r.offset)):
            headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
            if record.topic in letters:
                place = (headers["dl_topic"], int(headers["dl_partition"]), int(headers["dl_offset"]))
                self.dead[place][headers["dl_id"]] = headers["dl_code"]
            elif record.topic in RECORDED:
                id, _, version = (record.key or b"").decode().partition(":")[2].partition("@")
                self.published_versions[RECORDED[record.topic], id].add(int(version))
            elif record.topic != KIOSK_SUBMISSION.name and "ce_id" in headers:
                self._take(record, headers)

    def _take(self, record: Record, headers: Mapping[str, str]) -> None:
        id, sequence = headers["ce_id"], int(headers.get("ce_sequence", "0"))
        before = self._known.get((record.topic, id))
        if before is None:
            self._known[record.topic, id] = (sequence, record.value)
            stream = f"{headers['ce_source']}#{headers['ce_subject']}"
            told = Told(id, stream, headers["ce_subject"], sequence, json.loads(record.value or b"{}"))
            self.events[record.topic].append(told)
            self.streams[record.topic, stream].append(told)
        elif before != (sequence, record.value):
            self.changed_repeats.append(f"C3 {record.topic}: event {id} came again with another content")

    def outcomes(self) -> Iterable[Told]:
        for topic, events in self.events.items():
            if topic.startswith(OUTCOMES):
                yield from events


def every_input_has_one_end(ledger: Ledger, seen: Seen, reading: _Reading) -> list[str]:
    """C1: exactly one case or one recorded rejection, the one that the rules promise; nothing from nowhere."""
    wrong: list[str] = []
    answers: dict[tuple[str, int], list[Json]] = defaultdict(list)
    for told in reading.outcomes():
        if told.data["status"] != "PROGRESS":
            answers[told.subject, told.data["revision"]].append(told.data)
    contents: dict[tuple[str, int], dict[str, list[Submitted]]] = defaultdict(lambda: defaultdict(list))
    for submitted in ledger.submitted:
        contents[submitted.key, submitted.revision][submitted.content].append(submitted)
    for (key, revision), sent in contents.items():
        wrong += _answered_once(key, revision, sent, answers[key, revision], seen)
    for submitted in ledger.submitted:
        wrong += _dead_letter_if_due(submitted, reading)
    for filed in ledger.filed:
        wrong += _is_a_case(f"desk request {filed.request_id}", filed.request_id, seen)
    asked_for = ledger.request_ids()
    wrong += [
        f"C1 case {id} was asked for by nobody"
        for id, document in seen.documents.items()
        if _case(document) and id not in asked_for
    ]
    wrong += _worked_once(ledger, reading)
    for entry, versions in ledger.recorded.items():
        ending = f"of {'/'.join(entry)} were acknowledged, not"
        if missing := versions - reading.published_versions[entry]:
            wrong.append(f"C1 registry: versions {sorted(missing)} {ending} published")
        if missing := versions - seen.editions.get(entry, versions):
            wrong.append(f"C1 registry: versions {sorted(missing)} {ending} kept")
    return wrong


def _answered_once(
    key: str, revision: int, sent: Mapping[str, list[Submitted]], answers: list[Json], seen: Seen
) -> list[str]:
    """The distinct contents of one identity against the answers to it."""
    wrong = []
    expected = Counter(copies[0].expected for copies in sent.values() if copies[0].expected != "NO_ANSWER")
    found = Counter(answer["code"] or answer["status"] for answer in answers)
    if expected != found:
        wrong.append(f"C1 {key} r{revision}: expected {dict(expected)}, was answered {dict(found)}")
    for copies in sent.values():
        one = copies[0]
        if one.expected == ACCEPTED:
            wrong += _is_a_case(f"{key} r{revision}", one.redirect_of or one.request_id, seen)
            named = {answer["requestId"] for answer in answers if answer["status"] == ACCEPTED}
            if named and named != {one.redirect_of or one.request_id}:
                wrong.append(f"C1 {key} r{revision}: ACCEPTED names another request")
            own = seen.documents.get(one.request_id, {})
            if one.redirect_of and _case(own):
                wrong.append(f"C1 {key} r{revision}: opened a second case beside the redirected one")
    return wrong


def _is_a_case(what: str, request_id: str, seen: Seen) -> list[str]:
    if not _case(seen.documents.get(request_id, {})):
        return [f"C1 {what}: acknowledged, but there is no case {request_id}"]
    shown = seen.served.get(request_id)
    if shown is None or shown["requestId"] != request_id:
        return [f"C1 {what}: the case {request_id} is stored, but not served over HTTP"]
    return []


def _dead_letter_if_due(submitted: Submitted, reading: _Reading) -> list[str]:
    letters = reading.dead.get((KIOSK_SUBMISSION.name, submitted.partition, submitted.offset), {})
    what = f"{submitted.key} at {submitted.partition}@{submitted.offset}"
    if submitted.dead_letter is None:
        return [f"C1 {what}: a good record became a dead letter {sorted(letters.values())}"] if letters else []
    if list(letters.values()) != [submitted.dead_letter]:
        return [f"C1 {what}: expected one dead letter {submitted.dead_letter}, found {sorted(letters.values())}"]
    return []


def _worked_once(ledger: Ledger, reading: _Reading) -> list[str]:
    done = Counter((told.subject, move) for told in reading.events[ROUTING_WORK.name] for move in told.moves)
    return [
        f"C1 {worked.move} of {worked.request_id} was acknowledged, and told {times} times"
        for worked in set(ledger.worked)
        if (times := done[worked.request_id, worked.move]) != 1
    ]


def no_message_twice(seen: Seen, reading: _Reading) -> list[str]:
    """C2: the provider has a message at most once, and if it is told as sent; one notice of a kind per request."""
    taken = Counter(acceptance["ref"] for acceptance in seen.acceptances)
    wrong = [f"C2 message {ref} was accepted {count} times" for ref, count in taken.items() if count > 1]
    sent, made = set(), defaultdict(set)
    for told in reading.events[NOTIFY_STATUS.name]:
        made[told.subject, told.data["notice"]].add(told.data["messageId"])
        if {"message.sent", "message.delivered"} & set(told.moves):
            sent.add(told.data["messageId"])
    wrong += [f"C2 message {id} is told as sent; the provider never had it" for id in sorted(sent - taken.keys())]
    wrong += [
        f"C2 request {request}: {len(ids)} messages of kind {notice}"
        for (request, notice), ids in made.items()
        if len(ids) > 1
    ]
    return wrong


def order_is_kept(ledger: Ledger, reading: _Reading) -> list[str]:
    """C3: the first occurrences of an entity's events are 1, 2, 3, ...; a repeat repeats the same content."""
    ours = ledger.request_ids() | {submitted.key for submitted in ledger.submitted}
    wrong = list(reading.changed_repeats)
    for (topic, stream), events in reading.streams.items():
        numbers = [told.sequence for told in events]
        first = 1 if events[0].subject in ours else numbers[0]
        if numbers != list(range(first, first + len(numbers))):
            wrong.append(f"C3 {topic} {stream}: sequences {numbers}")
    return wrong


def moves_are_legal(ledger: Ledger, reading: _Reading) -> list[str]:
    """C3: versions of a case rise by 1, and every step of every event stands in the tables of domain 3."""
    ours, wrong = ledger.request_ids(), []
    for (topic, _), events in reading.streams.items():
        born_here = events[0].subject in ours
        if topic == INTAKE_REQUEST.name:
            wrong += _versions(events, born_here) + _request_path(events, born_here)
        elif topic == ROUTING_WORK.name:
            wrong += _versions(events, born_here) + _task_path(events, born_here)
        elif topic == NOTIFY_STATUS.name:
            wrong += _message_paths(events, born_here)
    return wrong


def told_in_full(seen: Seen, reading: _Reading) -> list[str]:
    """C3: the newest version of every case has been published."""
    told: dict[str, int] = {}
    for event in reading.events[INTAKE_REQUEST.name]:
        told[event.subject] = max(event.data["version"], told.get(event.subject, 0))
    return [
        f"C3 case {id} is at version {case['version']}, its topic at {told.get(id, 0)}"
        for id, document in seen.documents.items()
        if (case := _case(document)) and case["version"] != told.get(id, 0)
    ]


def _versions(events: Sequence[Told], born_here: bool) -> list[str]:
    numbers = [told.data["version"] for told in events]
    first = 1 if born_here else numbers[0]
    if numbers == list(range(first, first + len(numbers))):
        return []
    return [f"C3 {events[0].stream}: versions {numbers}"]


def _request_path(events: Sequence[Told], born_here: bool) -> list[str]:
    state = "" if born_here else None
    for told in events:
        for verb in told.moves:
            target = VERB_LEADS_TO.get(verb)
            if target is None:
                if verb not in STANDING_STILL:
                    return [f"C3 request {told.subject}: unknown move {verb}"]
                continue
            if state is not None and target not in REQUEST_MOVES.get(state, set()):
                return [f"C3 request {told.subject}: {state or 'nothing'} does not move to {target}"]
            state = target
        if state is not None and state != told.data["state"]:
            return [f"C3 request {told.subject}: moves lead to {state}, the event says {told.data['state']}"]
        state = told.data["state"]
    return []


def _task_path(events: Sequence[Told], born_here: bool) -> list[str]:
    state = "" if born_here else None
    for told in events:
        target = told.data["task"]["state"]
        if state is not None and target not in TASK_MOVES.get(state, set()):
            return [f"C3 task of {told.subject}: {state or 'nothing'} does not move to {target}"]
        state = target
    return []


def _message_paths(events: Sequence[Told], born_here: bool) -> list[str]:
    states: dict[str, str] = {}
    for told in events:
        id = told.data["messageId"]
        for verb in told.moves:
            target = {"failed": "PERM_FAILED"}.get(name := verb.partition(".")[2], name.upper())
            state = states.get(id, "" if born_here else None)
            if state is not None and target not in MESSAGE_MOVES.get(state, set()):
                return [f"C3 message {id}: {state or 'nothing'} does not move to {target}"]
            states[id] = target
    return []


def deadlines_live(ledger: Ledger, seen: Seen, reading: _Reading) -> list[str]:
    """C4: an open promise, redirect or announcement has its timer and is found by it; what is past due fired, once."""
    wrong = []
    for id, document in seen.documents.items():
        case = _case(document)
        if case is None or case["state"] in ENDED:
            continue
        timers = {datetime.fromisoformat(due) for _, due in document.get("timers", ())}
        wake = document.get("wake")
        for what, due in _awaited(case):
            if due + FIRES_WITHIN < seen.now:
                wrong.append(f"C4 {id}: {what} was due at {due:%Y-%m-%d %H:%M} and has not fired")
            elif not any(timedelta() <= timer - due <= FIRES_WITHIN for timer in timers):
                wrong.append(f"C4 {id}: {what} has no timer")
            elif wake is None or wake > due + FIRES_WITHIN:
                wrong.append(f"C4 {id}: the scanner would not find {what}")
        if case["state"] != "REDIRECTED" and not case.get("commitments"):
            wrong.append(f"C4 {id}: {case['state']} without a promise")
    fired: Counter[tuple[str, str]] = Counter()
    for told in reading.events[INTAKE_REQUEST.name]:
        for move in told.moves:
            if move in ("commitment.broken", "request.redirect-lapsed"):
                fired[told.subject, move] += 1
    wrong += [f"C4 {id}: {move} fired {count} times" for (id, move), count in fired.items() if count > 1]
    return wrong


def _awaited(case: Json) -> Iterable[tuple[str, datetime]]:
    for promise in case.get("commitments", ()):
        if promise["state"] == "OPEN":
            yield f"promise {promise['id']}", datetime.fromisoformat(promise["promisedAt"])
    redirect = case.get("redirect")
    if case["state"] == "REDIRECTED" and redirect and not redirect.get("lapsedAt"):
        yield "the redirect", datetime.fromisoformat(redirect["lapsesAt"])
    if case["state"] == "RESULT_READY" and case.get("confirmBy") and "TELL_CITIZEN" not in case.get("attention", ()):
        yield "the announcement", datetime.fromisoformat(case["confirmBy"])


def sums_agree(ledger: Ledger, seen: Seen, reading: _Reading) -> list[str]:
    """C5: accepted = open + closed + rejected + dead letters. One that completes a redirect is part of its case."""
    readable = {(s.key, s.revision, s.content) for s in ledger.submitted if s.dead_letter is None}
    unreadable = {(s.partition, s.offset) for s in ledger.submitted if s.dead_letter is not None}
    accepted = len(readable) + len(unreadable) + len({filed.request_id for filed in ledger.filed})
    keys = {submitted.key: submitted.request_id for submitted in ledger.submitted}
    ours = [told for told in reading.outcomes() if told.subject in keys]
    joined = sum(told.data["status"] == ACCEPTED and told.data["requestId"] != keys[told.subject] for told in ours)
    states = [case["state"] for document in seen.documents.values() if (case := _case(document))]
    closed = sum(state in ENDED for state in states)
    rejected = sum(told.data["status"] == "REJECTED" and told.data["code"] != "MALFORMED" for told in ours)
    dead = sum(place[0] == KIOSK_SUBMISSION.name and place[1:] in unreadable for place in reading.dead)
    if accepted == len(states) + joined + rejected + dead:
        return []
    return [
        f"C5 accepted {accepted} != open {len(states) - closed} + closed {closed} + joined to redirected cases {joined}"
        f" + rejected {rejected} + dead letters {dead}"
    ]


def _case(document: Mapping[str, Json]) -> Json | None:
    state: Json = document.get("state") or {}
    return state.get("case")
