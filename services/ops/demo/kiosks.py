"""The kiosk offices' programs: started as processes of their own, told who comes to them, their ledgers kept."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.ops.demo.citizens import Citizens, Visitor, citizens_of
from services.ops.demo.stage import Json, Stage

PROGRAM = Path(__file__).with_name("kiosk_office.py")
PER_SECOND = 20.0
END_SECONDS = 45
LINE_LIMIT = 1 << 20


@dataclass
class Ledger:
    """What the offices of one partner wrote down."""

    acknowledged: list[Json] = field(default_factory=list)
    outcomes: list[Json] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What Kafka refused, and what the program said on stderr."""

    def answer_to(self, cause_id: str) -> list[Json]:
        """ACCEPTED or REJECTED for one record: there should be one."""
        return [o for o in self.outcomes if o["causeId"] == cause_id and o["status"] != "PROGRESS"]

    def contents(self) -> Iterator[Json]:
        """The acknowledged contents, each by its first record: a repeated one is answered once."""
        seen: set[tuple[str, str, int, str]] = set()
        for record in self.acknowledged:
            identity = (record["kioskId"], record["externalRef"], record["revision"], record["content"])
            if identity not in seen:
                seen.add(identity)
                yield record


@dataclass
class Partner:
    """The running program of one partner."""

    name: str
    kiosks: frozenset[str]
    citizens: Citizens
    process: Process
    planned: int = 0
    ledger: Ledger = field(default_factory=Ledger)
    readers: tuple["asyncio.Task[None]", ...] = ()

    def expect(self, count: int) -> None:
        """So many citizens come to this partner's kiosks by themselves."""
        for visitor in self.citizens.coming(count):
            self._receive(visitor)

    def send(self, redirect_ref: str, kiosk_id: str, service_id: str, person: Json) -> None:
        """A desk has sent a citizen to one of this partner's kiosks."""
        self._receive(self.citizens.redirected(redirect_ref, kiosk_id, service_id, person))

    def _receive(self, visitor: Visitor) -> None:
        self.planned += 1
        self.write(visitor.line)

    def is_served(self) -> bool:
        """Everybody planned was submitted, everything answered, and what could be corrected was."""
        contents = list(self.ledger.contents())
        corrected = {record["externalRef"] for record in contents if record["revision"] > 1}
        return len({record["externalRef"] for record in contents}) >= self.planned and all(
            self.ledger.answer_to(record["causeId"])
            and (record["externalRef"] in corrected or not record["willCorrect"])
            for record in contents
        )

    async def close(self) -> None:
        """No more citizens: the program ends when all is answered."""
        assert self.process.stdin is not None, "started with a pipe"
        self.process.stdin.close()
        try:
            async with asyncio.timeout(END_SECONDS):
                await asyncio.gather(*self.readers)
                code = await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await asyncio.gather(*self.readers)
            code = await self.process.wait()
            self.ledger.complaints.append(f"{self.name}: did not end within {END_SECONDS} s")
        if code:
            self.ledger.complaints.append(f"{self.name}: the kiosk office ended with {code}")

    def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()

    def write(self, line: Json) -> None:
        assert self.process.stdin is not None, "started with a pipe"
        self.process.stdin.write(json.dumps(line).encode() + b"\n")

    async def read_ledger(self) -> None:
        assert self.process.stdout is not None, "started with a pipe"
        async for line in self.process.stdout:
            row: Json = json.loads(line)
            match row.pop("is"):
                case "acknowledged":
                    self.ledger.acknowledged.append(row)
                case "outcome":
                    self.ledger.outcomes.append(row)
                case "refused":
                    self.ledger.complaints.append(f"{row['externalRef']}: Kafka refused it: {row['error']}")
                case "done":
                    self.ledger.complaints += [
                        f"{v['externalRef']}: no answer, {v['expected']} was due" for v in row["unanswered"]
                    ]

    async def read_errors(self) -> None:
        assert self.process.stderr is not None, "started with a pipe"
        async for line in self.process.stderr:
            self.ledger.complaints.append(f"{self.name}: {line.decode(errors='replace').rstrip()}")


async def start_partners(stage: Stage, submissions: int) -> list[Partner]:
    """One program per partner; `submissions` is how many citizens come to all of them together."""
    accounts = stage.env["partners"]
    shares = [submissions // len(accounts) + (i < submissions % len(accounts)) for i in range(len(accounts))]
    return [
        await _start(stage, name, account, share)
        for (name, account), share in zip(accounts.items(), shares, strict=True)
    ]


async def _start(stage: Stage, name: str, account: Json, share: int) -> Partner:
    citizens = await asyncio.to_thread(citizens_of, stage, name)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(PROGRAM), stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=LINE_LIMIT
    )
    partner = Partner(name, frozenset(account["kiosks"]), citizens, process)
    partner.readers = (asyncio.create_task(partner.read_ledger()), asyncio.create_task(partner.read_errors()))
    partner.write(
        {
            "kafka": {"partners": stage.env["kafka"]["partners"]},
            "partners": {name: account},
            "kiosks": {kiosk: stage.env["kiosks"][kiosk] for kiosk in account["kiosks"]},
            "run": stage.run,
            "perSecond": PER_SECOND,
            "now": stage.now.isoformat(),
        }
    )
    partner.expect(share)
    return partner
