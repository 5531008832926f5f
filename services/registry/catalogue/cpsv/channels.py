"""The channels of a service in a document, as offerings."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from services.contracts.service_sheet import Offering
from services.registry.catalogue.cpsv.described import Described, as_id, plans_of
from services.registry.catalogue.cpsv.remarked import Remarked
from services.registry.catalogue.cpsv.vocabulary import Scheme
from services.registry.catalogue.remarks import from_validation


def offerings_of(service: Remarked, service_id: str, org_id: str | None) -> Iterator[Offering]:
    """Those that are whole; of the others the service is told why."""
    for channel in service.nodes("cv:hasChannel"):
        id = channel.name or "channel"
        if not channel.has("mz:information"):
            what = channel.label or id
            service.strange(
                f"offerings.{as_id(id)}",
                f"کانال «{what}»: نمی‌گوید کدام مرحله‌ها را پوشش می‌دهد",
                f"the channel “{what}”: which stages it serves is not said",
            )
            continue
        try:
            yield Offering.model_validate(_offering(as_id(id), service_id, org_id, channel))
        except ValidationError as error:
            reasons = error.errors(include_url=False, include_input=False)
            service.errors += from_validation(reasons, under=f"offerings.{as_id(id)}")


def _offering(id: str, service_id: str, org_id: str | None, channel: Described) -> dict[str, Any]:
    owner = channel.node("cv:ownedBy")
    return {
        "id": id,
        "serviceId": service_id,
        "orgId": (owner and owner.identifier) or org_id,
        "channel": next(iter(channel.codes("dct:type", Scheme.CHANNEL)), None),
        "counties": [member.value for member in channel.members("mz:counties") or ()],
        **channel.said(
            version="mz:version",
            status="mz:status",
            information="mz:information",
            request="mz:request",
            production="mz:production",
            delivery="mz:delivery",
            validFrom="mz:validFrom",
            validTo="mz:validTo",
            url="mz:url",
            presenceReason="mz:presenceReason",
        ),
        **({"planned": plans} if (plans := plans_of(channel)) else {}),
    }
