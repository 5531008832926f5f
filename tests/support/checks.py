"""What must hold after every fault: the ledger of what was acknowledged against what exists.

C1 each acknowledged input has exactly one case or one recorded rejection; C2 no message reaches the provider twice;
C3 versions rise by 1, moves are legal, each entity's events are contiguous and in order; C4 open cases have their live
deadline, each fires once; C5 the sums agree; C8 canaries stay where they belong. C3 is told in `order`, C8 in
`canaries`; what is looked at, in `reading`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from services.contracts.topics import (
    INTAKE_REQUEST,
    INTAKE_VISIT,
    KIOSK_SUBMISSION,
    NOTIFY_STATUS,
    ROUTING_WORK,
)
from services.intake.domain.promising import HEARD_WITHIN
from tests.support.canaries import leaks
from tests.support.order import moves_are_legal, order_is_kept, told_in_full
from tests.support.reading import Reading, Seen, Told, case_in
from tests.support.run_ledger import ACCEPTED, Json, Ledger, Submitted

ENDED = frozenset({"GUIDED", "EXPIRED", "CLOSED", "WITHDRAWN", "DUPLICATE"})
FIRES_WITHIN = timedelta(seconds=60)


def violations(ledger: Ledger, seen: Seen) -> list[str]:
    """Every broken promise as one line that begins with its check; empty when all holds."""
    reading = Reading(seen)
    return [
        *(f"C1 never answered: {input}" for input in ledger.unanswered),
        *(f"C1 contradiction: {what}" for what in ledger.contradictions),
        *every_input_has_one_end(ledger, seen, reading),
        *every_visit_is_told(ledger, reading),
        *no_message_twice(seen, reading),
        *order_is_kept(ledger, reading),
        *moves_are_legal(ledger, reading),
        *told_in_full(seen, reading),
        *deadlines_live(ledger, seen, reading),
        *sums_agree(ledger, seen, reading),
        *leaks(seen.records, seen.texts, ledger.canaries),
    ]


def every_input_has_one_end(ledger: Ledger, seen: Seen, reading: Reading) -> list[str]:
    """C1: exactly one case or one recorded rejection, the one that the rules promise; nothing from nowhere."""
    wrong: list[str] = []
    answers: dict[tuple[str, int], list[Json]] = defaultdict(list)
    for told in reading.outcomes():
        if told.data["status"] != "PROGRESS":
            answers[_office_key(told), told.data["revision"]].append(told.data)
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
        if case_in(document) and id not in asked_for
    ]
    wrong += _worked_once(ledger, reading)
    for entry, versions in ledger.recorded.items():
        ending = f"of {'/'.join(entry)} were acknowledged, not"
        if missing := versions - reading.published_versions[entry]:
            wrong.append(f"C1 registry: versions {sorted(missing)} {ending} published")
        if missing := versions - seen.editions.get(entry, set()):
            wrong.append(f"C1 registry: versions {sorted(missing)} {ending} kept")
    return wrong


def _office_key(told: Told) -> str:
    """An outcome's record key; what no signature proves has a subject of its own."""
    return told.subject.rpartition("/")[2]


def every_visit_is_told(ledger: Ledger, reading: Reading) -> list[str]:
    """C1: each visit that was acknowledged to its end took each step once, with a ticket of its own."""
    steps: dict[str, list[str]] = defaultdict(list)
    tickets: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for told in reading.events[INTAKE_VISIT.name]:
        steps[told.subject] += told.moves
        tickets[told.data["deskId"], told.data["day"], told.data["ticketNo"]].add(told.subject)
    due = ["visit.opened", "visit.called", "visit.served", "visit.ended"]
    wrong = [f"C1 visit {id}: told as {steps[id]}" for id in ledger.visited if steps[id] != due]
    return wrong + [f"C1 ticket {place} was given {len(ids)} times" for place, ids in tickets.items() if len(ids) > 1]


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
            if one.redirect_of and case_in(own):
                wrong.append(f"C1 {key} r{revision}: opened a second case beside the redirected one")
    return wrong


def _is_a_case(what: str, request_id: str, seen: Seen) -> list[str]:
    if not case_in(seen.documents.get(request_id, {})):
        return [f"C1 {what}: acknowledged, but there is no case {request_id}"]
    shown = seen.served.get(request_id)
    if shown is None or shown["requestId"] != request_id:
        return [f"C1 {what}: the case {request_id} is stored, but not served over HTTP"]
    return []


def _dead_letter_if_due(submitted: Submitted, reading: Reading) -> list[str]:
    letters = reading.dead.get((KIOSK_SUBMISSION.name, submitted.partition, submitted.offset), {})
    what = f"{submitted.key} at {submitted.partition}@{submitted.offset}"
    if submitted.dead_letter is None:
        return [f"C1 {what}: a good record became a dead letter {sorted(letters.values())}"] if letters else []
    if list(letters.values()) != [submitted.dead_letter]:
        return [f"C1 {what}: expected one dead letter {submitted.dead_letter}, found {sorted(letters.values())}"]
    return []


def _worked_once(ledger: Ledger, reading: Reading) -> list[str]:
    done = Counter((told.subject, move) for told in reading.events[ROUTING_WORK.name] for move in told.moves)
    return [
        f"C1 {worked.move} of {worked.request_id} was acknowledged, and told {times} times"
        for worked in set(ledger.worked)
        if (times := done[worked.request_id, worked.move]) != 1
    ]


def no_message_twice(seen: Seen, reading: Reading) -> list[str]:
    """C2: the provider has a message at most once, and if it is told as sent; one notice of a kind per round of it.

    Another of the kind goes by another channel, in the stead of one that came to nothing. Paper and page are ours.
    """
    taken = Counter(acceptance["ref"] for acceptance in seen.acceptances)
    wrong = [f"C2 message {ref} was accepted {count} times" for ref, count in taken.items() if count > 1]
    sent, made = set(), defaultdict(set)
    for told in reading.events[NOTIFY_STATUS.name]:
        channel = told.data.get("channel", "SMS")
        made[told.subject, told.data["notice"], told.data.get("round", 1), channel].add(told.data["messageId"])
        if channel == "SMS" and {"message.sent", "message.delivered"} & set(told.moves):
            sent.add(told.data["messageId"])
    wrong += [f"C2 message {id} is told as sent; the provider never had it" for id in sorted(sent - taken.keys())]
    wrong += [
        f"C2 request {request}: {len(ids)} messages of kind {notice}"
        for (request, notice, _, _), ids in made.items()
        if len(ids) > 1
    ]
    return wrong


def deadlines_live(ledger: Ledger, seen: Seen, reading: Reading) -> list[str]:
    """C4: an open promise, redirect or announcement has its timer and is found by it; what is past due fired, once."""
    wrong = []
    for id, document in seen.documents.items():
        case = case_in(document)
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
        if case["state"] not in ("REDIRECTED", "INCOMPLETE") and not case.get("commitments"):
            wrong.append(f"C4 {id}: {case['state']} without a promise")
    fired: Counter[tuple[str, str, int]] = Counter()
    for told in reading.events[INTAKE_REQUEST.name]:
        for move in told.moves:
            if move in ("commitment.broken", "request.redirect-lapsed"):
                fired[told.subject, move, told.data.get("round", 1)] += 1
    wrong += [f"C4 {id}: {move} fired {count} times" for (id, move, _), count in fired.items() if count > 1]
    return wrong


def _awaited(case: Json) -> Iterable[tuple[str, datetime]]:
    for promise in case.get("commitments", ()):
        if promise["state"] == "OPEN":
            heard_by = datetime.fromisoformat(promise["promisedAt"]) + HEARD_WITHIN
            yield f"promise {promise['id']}", heard_by
    redirect = case.get("redirect")
    if case["state"] == "REDIRECTED" and redirect and not redirect.get("lapsedAt"):
        yield "the redirect", datetime.fromisoformat(redirect["lapsesAt"])
    attention = case.get("attention", ())
    if case["state"] == "RESULT_READY" and case.get("confirmBy") and "TELL_CITIZEN" not in attention:
        yield "the announcement", datetime.fromisoformat(case["confirmBy"])
    if case["state"] == "RESULT_READY" and "TELL_CITIZEN" in attention and "TELL_OVERDUE" not in attention:
        yield "the desk's word", datetime.fromisoformat(case["tellBy"])
    documents = case.get("awaited")
    if documents and documents.get("missing") and (documents.get("closesAt") or "REMIND_OF_DOCUMENTS" not in attention):
        next_ = _ends_at(documents) or documents["until"]
        yield "the documents", datetime.fromisoformat(next_ if documents.get("remindedAt") else documents["remindAt"])
    waits = case.get("collection")
    if case["state"] == "COLLECTION_DUE" and waits and (waits.get("closesAt") or "REMIND_TO_COLLECT" not in attention):
        next_ = _ends_at(waits) or (waits["due"] if waits.get("remindedAt") else waits["remindAt"])
        yield "the collection", datetime.fromisoformat(next_)


def _ends_at(waits: Json) -> str | None:
    """The end of the grace; where word of a kiosk office may come still, until when."""
    closes_at: str | None = waits.get("closesAt")
    return max(closes_at, waits.get("heardBy") or closes_at) if closes_at else None


def sums_agree(ledger: Ledger, seen: Seen, reading: Reading) -> list[str]:
    """C5: accepted = open + closed + rejected + dead letters. One that completes a redirect is part of its case."""
    readable = {(s.key, s.revision, s.content) for s in ledger.submitted if s.dead_letter is None}
    unreadable = {(s.partition, s.offset) for s in ledger.submitted if s.dead_letter is not None}
    accepted = len(readable) + len(unreadable) + len({filed.request_id for filed in ledger.filed})
    keys = {submitted.key: submitted.request_id for submitted in ledger.submitted}
    ours = [told for told in reading.outcomes() if _office_key(told) in keys]
    joined = sum(told.data["status"] == ACCEPTED and told.data["requestId"] != keys[_office_key(told)] for told in ours)
    states = [case["state"] for document in seen.documents.values() if (case := case_in(document))]
    closed = sum(state in ENDED for state in states)
    rejected = sum(told.data["status"] == "REJECTED" and told.data["code"] != "MALFORMED" for told in ours)
    dead = sum(place[0] == KIOSK_SUBMISSION.name and place[1:] in unreadable for place in reading.dead)
    if accepted == len(states) + joined + rejected + dead:
        return []
    return [
        f"C5 accepted {accepted} != open {len(states) - closed} + closed {closed} + joined to redirected cases {joined}"
        f" + rejected {rejected} + dead letters {dead}"
    ]
