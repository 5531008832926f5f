"""What exists after a fault, and the events of every topic as they first stand there. Pure: gathered elsewhere."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.contracts.intake import DEMAND_REPORTED
from services.contracts.registry import Kiosk
from services.contracts.service_sheet import Sheet
from services.contracts.topics import GROUPS, KIOSK_SUBMISSION, dead_letter_topic
from services.runtime.message import Record
from tests.support.run_ledger import Json

OUTCOMES = "sd.kiosk.outcome."
RECORDED = {kind.TOPIC.name: kind.KIND for kind in (Kiosk, Sheet)}
"""The topics of registry entries that change while work goes on; they are compacted, so numbers may be missing."""


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


class Reading:
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
            elif headers.get("ce_type") == DEMAND_REPORTED:
                continue  # of an entity that is none of a run's
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


def case_in(document: Mapping[str, Json]) -> Json | None:
    state: Json = document.get("state") or {}
    return state.get("case")
