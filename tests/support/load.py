"""A seeded day of work on the running stack, until it is stopped: kiosk offices over Kafka as their partner's
own program would, desks over HTTP, unit officers who start and answer, a registry clerk. Everything
acknowledged goes to a ledger.

Clients behave as clients should: on 503, or when nobody answers, the same call again with the same Idempotency-Key.
"""

import secrets
import threading

from tests.support.load_desks import Clerk, Desks, Officers, Visitors
from tests.support.load_kiosks import Kiosks
from tests.support.load_run import PATIENCE, Addresses, Pace, Run
from tests.support.run_ledger import Json, Ledger


class Load:
    """`with Load(...) as load:` works in the background; on leaving, what was begun is finished and acknowledged."""

    def __init__(self, addresses: Addresses, seed: str, pace: Pace) -> None:
        # the run's name is its own, also when a seed is had again on the same stores
        self.ledger = Ledger(run=f"c{secrets.token_hex(4)}x")
        self._run = Run(addresses, seed, pace, self.ledger)
        self._kiosks = Kiosks(self._run)
        self._desks = Desks(self._run, self._kiosks.sent)
        works = {
            "kiosks": self._kiosks.work,
            "desks": self._desks.work,
            "visitors": Visitors(self._run).work,
            "clerk": Clerk(self._run).work,
        }
        if pace.officers:
            works["officers"] = Officers(self._run).work
        self._threads = [
            threading.Thread(target=self._run.guarded, args=(name, work), name=f"load {name}", daemon=True)
            for name, work in works.items()
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        self._run.stop.set()
        for thread in self._threads:
            thread.join(PATIENCE + 30 if failure is None else 0.1)
            if thread.is_alive():
                self.ledger.unanswered.append(f"{thread.name} did not end")

    def until_sent(self, seconds: float = 300) -> None:
        """Waits until the `limit` of submissions is acknowledged."""
        assert self._kiosks.done.wait(seconds), "the kiosks are not done in time"

    def a_request(self, service: str) -> tuple[str, Json]:
        """Idempotency-Key and body of a desk request that nobody has filed yet."""
        return f"{self.ledger.run}-{service}", self._desks.request_for(service)
