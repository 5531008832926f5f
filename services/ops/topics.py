"""`./mizban topics`: what flows through each topic, how far each group is behind, and what it has given up."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live

from services.contracts.topics import GROUPS
from services.contracts.wire import instant_text
from services.ops import looking
from services.ops.home import Home
from services.ops.letters import group_of, letters_in
from services.ops.tables import Column, table
from services.runtime import broker_admin, broker_records
from services.runtime.broker_admin import Extent
from services.runtime.broker_records import Place
from services.runtime.message import Record

SAMPLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Reader:
    """One group on one topic. `lag_seconds` = age of the oldest record that it has not read; 0 without lag."""

    group: str
    state: str
    lag_records: int
    lag_seconds: float
    per_second: float


@dataclass(frozen=True, slots=True)
class Flow:
    """One topic: records it holds (a compacted one: at most), records written a second, and who reads it."""

    topic: str
    records: int
    per_second: float
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """One group's dead letters, each counted once; `open` = not sent again."""

    group: str
    dead_letters: int
    open: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What Kafka said at one moment; `at` in seconds of a clock that only runs forward."""

    at: float
    extents: Sequence[Extent]
    committed: Mapping[str, Mapping[Place, int]]
    states: Mapping[str, str]

    def readers(self, topic: str) -> list[str]:
        """The groups that share a topic: by the closed list, and by what they have committed."""
        listed = {group for group, topics in GROUPS.items() if topic in {t.name for t in topics}}
        seen = {group for group, places in self.committed.items() if any(name == topic for name, _ in places)}
        return sorted(listed | seen)

    def next_offset(self, group: str, extent: Extent) -> int:
        """Where the group goes on reading; where it has never committed it begins with the oldest record."""
        return max(extent.begin, self.committed.get(group, {}).get((extent.topic, extent.partition), 0))

    def unread(self, group: str) -> dict[Place, int]:
        """Where records wait for the group: the offset of the oldest of them."""
        read = [extent for extent in self.extents if group in self.readers(extent.topic)]
        oldest = {(extent.topic, extent.partition): self.next_offset(group, extent) for extent in read}
        return {
            place: oldest[place] for extent in read if oldest[place := (extent.topic, extent.partition)] < extent.end
        }


Ages = Mapping[tuple[str, str], float]
"""(group, topic) -> seconds since the oldest unread record was written."""


def flows(before: Sample, after: Sample, ages: Ages) -> list[Flow]:
    """What happened between two samples, by topic. Pure."""
    elapsed = max(after.at - before.at, 0.001)
    written = {(extent.topic, extent.partition): extent.end for extent in before.extents}
    by_topic: dict[str, list[Extent]] = {}
    for extent in after.extents:
        by_topic.setdefault(extent.topic, []).append(extent)

    def reader(group: str, extents: list[Extent]) -> Reader:
        topic = extents[0].topic
        read = sum(after.next_offset(group, e) - before.next_offset(group, e) for e in extents)
        return Reader(
            group=group,
            state=after.states.get(group, "ABSENT"),
            lag_records=sum(e.end - after.next_offset(group, e) for e in extents),
            lag_seconds=round(ages.get((group, topic), 0.0), 1),
            per_second=round(max(0, read) / elapsed, 1),
        )

    return [
        Flow(
            topic=topic,
            records=sum(e.end - e.begin for e in extents),
            per_second=round(sum(e.end - written.get((topic, e.partition), e.begin) for e in extents) / elapsed, 1),
            readers=tuple(reader(group, extents) for group in after.readers(topic)),
        )
        for topic, extents in by_topic.items()
    ]


@dataclass(frozen=True, slots=True)
class Report:
    """What the command shows at one moment; rates are over `seconds`."""

    at: datetime
    seconds: float
    flows: Sequence[Flow]
    given_up: Sequence[GivenUp]


class Survey:
    """Looks at the stack's Kafka again and again, each time only at what may have changed."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._counted: dict[str, tuple[int, GivenUp]] = {}

    def reports(self, seconds: float) -> Iterator[Report]:
        """One report after another, for ever, each over the time since the one before. Raises AdministrationFailed."""
        before = self.sample()
        while True:
            time.sleep(seconds)
            after = self.sample()
            found = flows(before, after, self.ages(after))
            yield Report(datetime.now(UTC), round(after.at - before.at, 2), found, self.given_up(after))
            before = after

    def sample(self) -> Sample:
        """One look at offsets."""
        states = broker_admin.groups(self._bootstrap)
        committed = broker_admin.committed(self._bootstrap, {*states, *GROUPS})  # before the ends: never a lag below 0
        names = broker_admin.topic_names(self._bootstrap)
        return Sample(time.monotonic(), broker_admin.extents(self._bootstrap, names), committed, states)

    def ages(self, sample: Sample) -> Ages:
        """How old what waits for each group is."""
        unread = {group: sample.unread(group) for group in {*sample.committed, *GROUPS}}
        asked: dict[Place, list[int]] = {}
        for place, offset in {item for places in unread.values() for item in places.items()}:
            asked.setdefault(place, []).append(offset)
        written: dict[tuple[Place, int], int] = {}
        while asked:  # one offset of each place at a time: as many rounds as there are groups on one topic
            turn = {place: offsets.pop() for place, offsets in asked.items()}
            found = broker_records.written_at(self._bootstrap, turn)
            written |= {(place, turn[place]): at for place, at in found.items()}
            asked = {place: offsets for place, offsets in asked.items() if offsets}
        now = time.time()
        ages: dict[tuple[str, str], float] = {}
        for group, places in unread.items():
            for place, offset in places.items():
                of_topic = group, place[0]
                if at := written.get((place, offset)):
                    ages[of_topic] = max(ages.get(of_topic, 0.0), now - at / 1000)
        return ages

    def given_up(self, sample: Sample) -> list[GivenUp]:
        """Dead letters per group; a dead-letter topic is read again only when it has grown."""
        ends = {extent.topic: extent.end for extent in sample.extents if group_of(extent.topic)}
        grown = {topic: end for topic, end in ends.items() if self._counted.get(topic, (-1,))[0] != end}
        records: dict[str, list[Record]] = {topic: [] for topic in grown}
        for record in looking.records(self._bootstrap, grown, "counting dead letters"):
            records[record.topic].append(record)
        for topic, end in grown.items():
            letters = letters_in(records[topic])
            group = group_of(topic) or topic
            self._counted[topic] = end, GivenUp(group, len(letters), sum(letter.is_open for letter in letters))
        return [counted for _, (_, counted) in sorted(self._counted.items())]


def topics_command(
    watch: Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs; with --watch one document a line.")] = False,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long rates are measured.")] = SAMPLE_SECONDS,
) -> None:
    """Show per topic and group: records, rates, lag in records and seconds; and the dead letters of each group."""
    reports = Survey(looking.kafka(Home.of())).reports(seconds)
    with looking.told_plainly(), suppress(KeyboardInterrupt):
        if watch and not as_json:
            with Live(console=looking.output(), screen=False, auto_refresh=False) as live:
                for report in reports:
                    live.update(_page(live.console, report), refresh=True)
        for report in reports:
            if as_json:
                print(json.dumps(_as_json(report), indent=None if watch else 2), flush=True)
            else:
                out = looking.output()
                out.print(_page(out, report))
            if not watch:
                return


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "at": instant_text(report.at),
        "sampledSeconds": report.seconds,
        "topics": [
            {
                "topic": flow.topic,
                "records": flow.records,
                "recordsPerSecond": flow.per_second,
                "groups": [
                    {
                        "group": reader.group,
                        "state": reader.state,
                        "lagRecords": reader.lag_records,
                        "lagSeconds": reader.lag_seconds,
                        "recordsPerSecond": reader.per_second,
                    }
                    for reader in flow.readers
                ],
            }
            for flow in report.flows
        ],
        "deadLetters": [
            {"group": one.group, "deadLetters": one.dead_letters, "open": one.open} for one in report.given_up
        ],
    }


STREAMS = (
    Column("topic"),
    Column("records", right=True, gives_way=3),
    Column("in /s", right=True, gives_way=2),
    Column("group"),
    Column("state"),
    Column("out /s", right=True, gives_way=1),
    Column("lag", right=True),
    Column("lag seconds", right=True),
)
LETTERS = (Column("group"), Column("dead letters"), Column("open"))


def _page(out: Console, report: Report) -> RenderableType:
    streams: list[tuple[str, ...]] = []
    for flow in report.flows:
        lines = [
            (r.group, r.state.lower(), f"{r.per_second:g}", _marked(r.lag_records), _marked(r.lag_seconds))
            for r in flow.readers
        ] or [("", "", "", "", "")]
        for number, line in enumerate(lines):
            of_topic = (flow.topic, str(flow.records), f"{flow.per_second:g}") if number == 0 else ("", "", "")
            streams.append((*of_topic, *line))
    letters = [
        (one.group, str(one.dead_letters), f"[red]{one.open}[/]" if one.open else "0") for one in report.given_up
    ]
    # in this order, for with --watch a low terminal shows the beginning
    return Group(table(out, LETTERS, letters), table(out, STREAMS, streams))


def _marked(lag: float) -> str:
    return f"[yellow]{lag:g}[/]" if lag else "0"
