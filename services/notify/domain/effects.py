"""What the rules want done outside, once the write that asks for it has won (design 1, outside calls)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandOver:
    """Hand this message to the provider. The answer names the same turn."""

    message_id: str
    turn: int
    template_id: str
    template_version: int
    tokens: dict[str, str]


@dataclass(frozen=True, slots=True)
class AskProvider:
    """Ask the provider what it knows under our reference. Nothing is sent."""

    message_id: str
    turn: int
