"""Which event types travel on which topic, in which shape. The exported documents are made from this."""

from dataclasses import dataclass
from types import ModuleType

from pydantic import BaseModel

from services.contracts import (
    coordination,
    deficiency,
    intake,
    intake_commands,
    kiosk,
    notify,
    registry,
    routing,
    topics,
    visit,
)
from services.contracts.topics import TYPE_PREFIX, Topic
from services.contracts.wire import Command

SERVICES = ("registry", "intake", "routing", "notify")
PARTNER = topics.PARTNER
"""Stands for any partner in the address of an outcome topic."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Events of one topic that have the shape of `model`; `types` are the values of `ce_type`."""

    topic: Topic
    context: str
    model: type[BaseModel]
    types: tuple[str, ...]

    @property
    def schema_name(self) -> str:
        return f"{self.context}.{self.model.__name__}"


def _types(context: str, verbs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{TYPE_PREFIX}.{context}.{verb}.v1" for verb in verbs)


CATALOGUE: tuple[Carried, ...] = (
    *(
        Carried(entry.TOPIC, "registry", entry, _types("registry", registry.VERBS[entry.TOPIC.name]))
        for entry in registry.ENTRIES
    ),
    Carried(
        topics.REGISTRY_DEFICIENCY,
        "registry",
        deficiency.DeficiencyMoved,
        _types("registry", deficiency.DEFICIENCY_VERBS),
    ),
    Carried(topics.KIOSK_SUBMISSION, "kiosk", kiosk.Submission, (kiosk.SUBMITTED,)),
    *(Carried(topics.KIOSK_SUBMISSION, "kiosk", model, (type_,)) for type_, model in kiosk.FURTHER.items()),
    Carried(topics.OUTCOMES, "kiosk", kiosk.Outcome, _types("kiosk", kiosk.OUTCOME_VERBS)),
    Carried(topics.INTAKE_REQUEST, "intake", intake.RequestMoved, _types("intake", intake.REQUEST_VERBS)),
    Carried(topics.INTAKE_REQUEST, "intake", intake.IllegalDemandReported, _types("intake", intake.DEMAND_VERBS)),
    Carried(topics.INTAKE_VISIT, "intake", visit.VisitMoved, _types("intake", visit.VISIT_VERBS)),
    Carried(topics.ROUTING_WORK, "routing", routing.WorkMoved, _types("routing", routing.WORK_VERBS)),
    Carried(topics.NOTIFY_STATUS, "notify", notify.NoticeMoved, _types("notify", notify.NOTICE_VERBS)),
)

_SPEAKERS: tuple[tuple[str, ModuleType], ...] = (
    ("intake", intake_commands),
    ("intake", visit),
    ("routing", routing),
    ("routing", coordination),
    ("notify", notify),
)


def commands() -> dict[str, type[Command]]:
    """The bodies of the HTTP commands, by `<context>.<name>`; a part of another command has no entry of its own."""
    own = {
        f"{context}.{name}": model
        for context, module in _SPEAKERS
        for name, model in vars(module).items()
        if isinstance(model, type) and issubclass(model, Command) and model.__module__ == module.__name__
    }
    parts = {name for model in own.values() for name in model.model_json_schema().get("$defs", {})}
    return {name: model for name, model in own.items() if model.__name__ not in parts}


def group_of(service: str) -> str:
    return f"mizban.{service}"
