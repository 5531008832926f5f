"""The running product under test: opened on a working morning, put under load, brought to rest and checked."""

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial

import httpx

from services.ops import clock, province, service_processes
from services.ops.credentials import PARTNERS, Credentials
from services.ops.demo.morning import set_morning
from services.ops.kiosk_keys import office_key
from services.ops.service_processes import PROGRAMS
from tests.chaos.watched import UNDER_WAY, Offsets, Watched
from tests.support.checks import violations
from tests.support.fresh_registry import begin_anew
from tests.support.load import Load
from tests.support.load_run import URMIA_KIOSKS, Addresses, Pace
from tests.support.run_ledger import Ledger

FULL = os.environ.get("MIZBAN_CHAOS") == "full"
SEED = os.environ.get("MIZBAN_CHAOS_SEED", "1405-09-02")
TIMES = 20 if FULL else 2
"""How often each fault comes."""
SETTLES_WITHIN = 300.0 if FULL else 120.0
"""Seconds until nothing moves: after twenty of each fault thousands of messages wait, each for a time of its own."""
USUAL = Pace()


@dataclass
class House(Watched):
    """The whole product in one home, which every chaos test shares."""

    partners: str
    ledgers: list[Ledger] = field(default_factory=list)
    began: Offsets = field(default_factory=dict)
    """Where the topics ended before the first fault."""

    def open(self) -> None:
        """Everything up, the sample province in, and a working morning on the clock."""
        service_processes.stop(self.home)
        begin_anew(self.bootstrap, self.mongo)
        set_morning(self.home)
        for program in PROGRAMS:
            self.launch(program.name)
        for program in PROGRAMS:
            self.await_ready(program.name)
        imported = province.import_sample(self.home)
        assert not imported.problems, imported.problems
        self._cap("wa-social-security-records", 100_000)
        self._cap("wa-tax-clearances", 1)  # so few that cases wait, and every answer tells one that somebody is free
        self.settle()
        self.began = self.offsets()

    def close(self) -> None:
        if not self._process("registry").is_alive():
            self.launch("registry")
        self.await_ready("registry")
        province.import_sample(self.home)  # the load caps as they were
        service_processes.stop(self.home)

    @contextmanager
    def under_load(self, story: str, pace: Pace = USUAL) -> Iterator[Load]:
        """Work goes on while the fault happens; afterwards everything comes to rest and every check holds."""
        since = self.offsets()
        with self.load(story, pace) as load:
            yield load
        began = time.monotonic()
        self.settle()
        print(f"\n{story}: {self._told(load.ledger)}, at rest {time.monotonic() - began:.1f} s after the last call")
        self.check(load.ledger, since, story)

    def load(self, story: str, pace: Pace) -> Load:
        """The load of one story, which begins on a working morning: at night nobody is given a task."""
        set_morning(self.home)
        load = Load(self.addresses(), f"{SEED} {story}", pace)
        self.ledgers.append(load.ledger)
        return load

    def check(self, ledger: Ledger, since: Offsets, story: str, runs: tuple[str, ...] = ()) -> None:
        wrong = violations(ledger, self.seen(ledger, since, runs or (ledger.run,)))
        assert not wrong, "\n".join(
            [
                f"{len(wrong)} promises broken after: {story}",
                *wrong[:40],
                f"seed: MIZBAN_CHAOS_SEED={SEED}, run {ledger.run}; {self._told(ledger)}; logs: {self.home.logs}",
            ]
        )

    def addresses(self) -> Addresses:
        url = {program.name: program.url(self.home) for program in PROGRAMS}
        kiosks: dict[str, list[str]] = defaultdict(list)
        for kiosk in URMIA_KIOSKS:
            kiosks[httpx.get(f"{url['registry']}/v1/kiosks/{kiosk}").json()["partner"]].append(kiosk)
        passwords = Credentials(self.home).partners(PARTNERS)
        key_of = cache(partial(office_key, Credentials(self.home)))
        return Addresses(
            kafka_partners=self.partners,
            registry=url["registry"],
            intake=url["intake"],
            routing=url["routing"],
            partners={partner: (passwords[partner], tuple(found)) for partner, found in kiosks.items()},
            sign=lambda kiosk, value: key_of(kiosk).sign(value),
            now=lambda: clock.now(self.home),
        )

    def settle(self, seconds: float = SETTLES_WITHIN) -> None:
        """Until nothing moves any more: no lag, nothing unsent, parked or due. Time moves on for what waits for it."""
        deadline, calm, waiting = time.monotonic() + seconds, 0, 0
        while calm < 2:
            restless = self.restless()
            messages = self.moving_messages() if not restless else 0
            calm = calm + 1 if not restless and not messages else 0
            waiting = waiting + 1 if messages else 0
            if waiting > 6:  # 1.5 s without an answer from the provider: only time helps
                self._to_last_wake_of_notify()
                waiting = 0
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"not at rest within {seconds:.0f} s: {restless or f'{messages} messages wait'}; seed {SEED}; "
                    f"logs: {self.home.logs}"
                )
            time.sleep(0.1)

    def _to_last_wake_of_notify(self) -> None:
        waits = UNDER_WAY | {"wake": {"$exists": True}, "state.queue": {"$exists": False}}
        last = self.mongo["notify"]["correspondence"].find_one(waits, sort=[("wake", -1)])
        if last is not None:
            wait = last["wake"] - clock.now(self.home) + timedelta(seconds=1)
            clock.advance(self.home, f"{max(1, int(wait.total_seconds()))}s")

    def _cap(self, unit_id: str, most: int) -> None:
        url = f"{service_processes.REGISTRY.url(self.home)}/v1/units/{unit_id}"
        unit = httpx.get(url).json()
        del unit["version"]
        httpx.put(url, json=unit | {"loadCap": most}, headers={"If-Match": "*"}).raise_for_status()

    @staticmethod
    def _told(ledger: Ledger) -> str:
        answered = ", ".join(f"{what}: {count}" for what, count in sorted(ledger.answered.items()))
        counts = f"{len(ledger.submitted)} submissions, {len(ledger.filed)} requests, {len(ledger.worked)} moves"
        return f"{counts} ({answered})"
