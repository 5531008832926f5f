"""The numbers of the registry's rules, as one value: settings may change them, a rule never reads a setting."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    acknowledge_days: int = 5
    """Working days after which a deficiency that its agency has not acknowledged is escalated."""
    plan_days: int = 10
    """The same for its plan, and for another remedy after a rejection."""
    broken_promises: int = 5
    """So many cases of a service whose promise was broken within `broken_within_days` are a deficiency of it."""
    broken_within_days: int = 30
