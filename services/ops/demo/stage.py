"""What the demo knows of the running stack, as any program outside could: `./mizban env --json` and the registry."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from services.ops import clock
from services.ops.errors import StackError
from services.ops.home import Home

Json = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """One run of the demo: where everything is, who works there, and what makes the run's own references unique."""

    env: Mapping[str, Any]
    home: Home
    """Whose clock is the stack's."""
    run: str
    seed: int
    now: datetime
    """The stack's `now` when the run began."""
    units: tuple[str, ...]
    officers_of_desk: Mapping[str, tuple[Json, ...]]

    def url(self, service: str) -> str:
        address: str = self.env["services"][service]["url"]
        return address

    @property
    def sms_url(self) -> str:
        address: str = self.env["smsSimulator"]["url"]
        return address

    @property
    def bootstrap(self) -> str:
        address: str = self.env["kafka"]["bootstrap"]
        return address

    def clerk(self, desk_id: str) -> str:
        """Any officer of the desk."""
        officer: str = self.officers_of_desk[desk_id][-1]["id"]
        return officer

    def clerk_for(self, desk_id: str, service_id: str, action: str = "REGISTER") -> str:
        """An officer of the desk who may do this with the service."""
        for officer in self.officers_of_desk[desk_id]:
            if any(a["serviceId"] == service_id and action in a["actions"] for a in officer["authorities"]):
                found: str = officer["id"]
                return found
        raise StackError(f"nobody at {desk_id} may {action.lower()} {service_id}: is the sample province imported?")


def set_stage(home: Home, env: Mapping[str, Any], *, run: str, seed: int) -> Stage:
    """Reads units and officers from the registry. Raises httpx.HTTPError."""
    with httpx.Client(base_url=env["services"]["registry"]["url"], timeout=10) as registry:

        def items(kind: str) -> list[Json]:
            found: list[Json] = registry.get(f"/v1/{kind}", params={"limit": 500}).raise_for_status().json()["items"]
            return found

        units = tuple(unit["id"] for unit in items("units"))
        by_desk: dict[str, tuple[Json, ...]] = {}
        for officer in items("officers"):
            if officer["deskId"] and officer["status"] == "ACTIVE":
                by_desk[officer["deskId"]] = (*by_desk.get(officer["deskId"], ()), officer)
    return Stage(env=env, home=home, run=run, seed=seed, now=clock.now(home), units=units, officers_of_desk=by_desk)
