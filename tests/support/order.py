"""C3: each entity's events are contiguous and in order, versions rise by 1, moves are legal, the newest is told.

The tables are written from domain 3, not taken from the services: a wrong table there must be found here.
"""

from collections.abc import Sequence

from services.contracts.topics import INTAKE_REQUEST, NOTIFY_STATUS, ROUTING_WORK
from tests.support.reading import Reading, Seen, Told, case_in
from tests.support.run_ledger import Ledger

VERB_LEADS_TO = {
    "request.guided": "GUIDED",
    "request.redirected": "REDIRECTED",
    "request.incomplete": "INCOMPLETE",
    "request.suspended": "SUSPENDED",
    "request.expired": "EXPIRED",
    "request.registered": "REGISTERED",
    "commitment.added": "PROMISED",
    "request.done-on-spot": "DONE_ON_SPOT",
    "request.started": "IN_PROGRESS",
    "request.coordinating": "COORDINATING",
    "request.referred": "REFERRED",
    "request.result-ready": "RESULT_READY",
    "request.announced": "ANNOUNCED",
    "request.collection-due": "COLLECTION_DUE",
    "request.delivered": "DELIVERED",
    "request.closed": "CLOSED",
    "request.objected": "OBJECTED",
    "request.reopened": "REOPENED",
    "request.withdrawn": "WITHDRAWN",
    "request.duplicate": "DUPLICATE",
}
RESUMED = "request.resumed"
"""Leads back to the state that was left when the work came to stand still, or to where units have it by then."""
RETURNED = "request.returned"
"""Leads back to the state that was left when a unit was asked; nowhere of what stands still or is decided, nor where
somebody is to go to another unit still."""
WITH_UNITS = ("COORDINATING", "REFERRED")
STANDING_STILL = frozenset(
    {
        "request.rerouted",
        "request.redirect-failed",
        "request.redirect-lapsed",
        "request.evidence-added",
        "request.documents-reminded",
        "request.collection-reminded",
        "commitment.extended",
        "commitment.re-projected",
        "commitment.upheld",
        "commitment.legal-risk",
        "commitment.kept",
        "commitment.kept-late",
        "commitment.broken",
        "survey.answered",
        "commitment.released",
        "commitment.warned",
        "commitment.reinstated",
        "commitment.shortened",
        "commitment.lengthened",
        "request.documents-postponed",
    }
)
REQUEST_MOVES = {
    "": {"GUIDED", "REDIRECTED", "INCOMPLETE", "REGISTERED"},
    "INCOMPLETE": {"REGISTERED", "EXPIRED"},
    "REDIRECTED": {"REGISTERED", "REDIRECTED", "EXPIRED"},
    "REGISTERED": {"PROMISED", "DONE_ON_SPOT"},
    "PROMISED": {"DONE_ON_SPOT", "IN_PROGRESS", "SUSPENDED", "COORDINATING"},
    "SUSPENDED": {"PROMISED", "IN_PROGRESS", "COORDINATING", "REFERRED", "EXPIRED"},
    "DONE_ON_SPOT": {"CLOSED"},
    "IN_PROGRESS": {"RESULT_READY", "SUSPENDED", "COORDINATING"},
    "COORDINATING": {"PROMISED", "IN_PROGRESS", "REFERRED", "SUSPENDED"},
    "REFERRED": {"PROMISED", "IN_PROGRESS", "SUSPENDED"},
    "RESULT_READY": {"ANNOUNCED"},
    "ANNOUNCED": {"COLLECTION_DUE", "CLOSED", "OBJECTED"},
    "COLLECTION_DUE": {"DELIVERED", "CLOSED", "OBJECTED"},
    "DELIVERED": {"CLOSED", "OBJECTED"},
    "OBJECTED": {"IN_PROGRESS"},
    "REOPENED": {"IN_PROGRESS"},
}
for _open in REQUEST_MOVES.keys() - {""}:
    REQUEST_MOVES[_open] = REQUEST_MOVES[_open] | {"WITHDRAWN", "DUPLICATE"}
REQUEST_MOVES["CLOSED"] = {"OBJECTED", "REOPENED"}
TASK_MOVES = {
    "": {"OFFERED", "ASSIGNED"},
    "OFFERED": {"ASSIGNED", "TIMED_OUT", "CANCELLED"},
    "ASSIGNED": {"STARTED", "RETURNED", "TIMED_OUT", "CANCELLED"},
    "STARTED": {"ANSWERED", "RETURNED", "TIMED_OUT", "CANCELLED"},
}
TAKEN = ("ASSIGNED", "STARTED")
MESSAGE_MOVES = {
    "": {"CREATED"},
    "CREATED": {"SENT", "DELIVERED", "FILTERED", "UNKNOWN", "PERM_FAILED", "SUPPRESSED", "EXPIRED"},
    "UNKNOWN": {"SENT", "DELIVERED", "FILTERED", "UNKNOWN", "PERM_FAILED", "SUPPRESSED", "EXPIRED"},
    "SENT": {"DELIVERED", "PERM_FAILED", "FILTERED", "EXPIRED"},
}
"""As notify tells it: SENDING and TEMP_FAILED are its own affair, so a state may be reached past them."""


def order_is_kept(ledger: Ledger, reading: Reading) -> list[str]:
    """C3: the first occurrences of an entity's events are 1, 2, 3, ...; a repeat repeats the same content."""
    ours = ledger.request_ids() | {submitted.key for submitted in ledger.submitted}
    wrong = list(reading.changed_repeats)
    for (topic, stream), events in reading.streams.items():
        numbers = [told.sequence for told in events]
        first = 1 if events[0].subject in ours else numbers[0]
        if numbers != list(range(first, first + len(numbers))):
            wrong.append(f"C3 {topic} {stream}: sequences {numbers}")
    return wrong


def moves_are_legal(ledger: Ledger, reading: Reading) -> list[str]:
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


def told_in_full(seen: Seen, reading: Reading) -> list[str]:
    """C3: the newest version of every case has been published."""
    told: dict[str, int] = {}
    for event in reading.events[INTAKE_REQUEST.name]:
        told[event.subject] = max(event.data["version"], told.get(event.subject, 0))
    return [
        f"C3 case {id} is at version {case['version']}, its topic at {told.get(id, 0)}"
        for id, document in seen.documents.items()
        if (case := case_in(document)) and case["version"] != told.get(id, 0)
    ]


def _versions(events: Sequence[Told], born_here: bool) -> list[str]:
    numbers = [told.data["version"] for told in events]
    first = 1 if born_here else numbers[0]
    if numbers == list(range(first, first + len(numbers))):
        return []
    return [f"C3 {events[0].stream}: versions {numbers}"]


def _request_path(events: Sequence[Told], born_here: bool) -> list[str]:
    """Who joins late takes the first event at its word, and does not know what state was left before it."""
    where = {("", "")} if born_here else None
    for told in events:
        state = told.data["state"]
        if where is not None:
            try:
                where = {at for at in led_by(told.moves, where) if at[0] == state}
            except LookupError as wrong:
                return [f"C3 request {told.subject}: {wrong}"]
        if where == set():
            return [f"C3 request {told.subject}: its moves do not lead to {state}, as the event says"]
        where = where or {(state, left) for left in ("PROMISED", "IN_PROGRESS")}
    return []


def led_by(verbs: Sequence[str], where: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Where a request may be after these verbs, each place with the state that was left.

    Raises LookupError where they lead nowhere by the table.
    """
    for verb in verbs:
        after = {at for state, left in where for at in _led(verb, state, left)}
        if not after:
            states = ", ".join(sorted(state or "nothing" for state, _ in where))
            raise LookupError(f"{states}: no move by {verb}")
        where = after
    return where


def _led(verb: str, state: str, left: str) -> set[tuple[str, str]]:
    if verb in STANDING_STILL or (verb == "commitment.added" and state != "REGISTERED"):
        return {(state, left)}
    if verb == RESUMED:
        return _legal(state, left, left, *WITH_UNITS)
    if verb == RETURNED:
        back = _legal(state, left, left) if state in WITH_UNITS else set()
        return back | ({(state, left)} if state != "COORDINATING" else set())
    target = VERB_LEADS_TO.get(verb, "")
    if target in WITH_UNITS and state in ("SUSPENDED", target):
        return {(state, left)}
    if verb == "request.started" and state in WITH_UNITS:
        return {(state, "IN_PROGRESS")}
    leaves = target in ("SUSPENDED", *WITH_UNITS) and state in ("PROMISED", "IN_PROGRESS")
    return _legal(state, state if leaves else left, target)


def _legal(state: str, left: str, *targets: str) -> set[tuple[str, str]]:
    return {(target, left) for target in targets if target in REQUEST_MOVES.get(state, set())}


def _task_path(events: Sequence[Told], born_here: bool) -> list[str]:
    states: dict[str, str] = {}
    for told in events:
        id, target = told.data["task"]["id"], told.data["task"]["state"]
        state = states.get(id, "" if born_here or states else None)
        if state == target and not any(move.startswith("task.") for move in told.moves):
            continue  # of its Clock alone
        by_hand = "task.reassigned" in told.moves and target == "ASSIGNED" and state in ("OFFERED", *TAKEN)
        waits_on = "task.offered" in told.moves and state == target == "OFFERED"
        if by_hand or waits_on:
            states[id] = target
            continue
        if state is not None and target not in TASK_MOVES.get(state, set()):
            return [f"C3 task {id}: {state or 'nothing'} does not move to {target}"]
        states[id] = target
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
