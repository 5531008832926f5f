"""How MongoDB would carry out a query."""

from typing import Any


def stages(plan: Any) -> set[str]:
    """The names of all stages of a plan."""
    if isinstance(plan, list):
        return set().union(*(stages(part) for part in plan))
    if not isinstance(plan, dict):
        return set()
    named = {plan["stage"]} if "stage" in plan else set()
    return named.union(*(stages(part) for part in plan.values()))
