"""How long a service takes as a document says it: at large, and through the channels that have a time of their own."""

from collections.abc import Iterator
from typing import Any

from services.contracts.service_sheet import Channel
from services.registry.catalogue.cpsv.described import Described, hours_of
from services.registry.catalogue.cpsv.parts import duration
from services.registry.catalogue.cpsv.remarked import Remarked
from services.registry.catalogue.cpsv.vocabulary import Scheme
from services.registry.catalogue.remarks import Remark

_NAMES = {"average": "mz:averageTime", "maximum": "mz:maximumTime", "legal": "mz:legalTime"}
_OWN = "processingTime.byChannel"


def times_of(service: Remarked) -> dict[str, Any] | None:
    times, own = _general(service), _by_channel(service)
    if times is None and own:
        fa = "مدت کانال‌ها، که خود خدمت مدتی ندارد"
        service.strange(_OWN, fa, "the durations of channels: the service itself states none")
    return times and times | ({"byChannel": own} if own else {})


def _general(service: Remarked) -> dict[str, Any] | None:
    said, times = service.any_text("cv:processingTime"), _worded(service, *_NAMES)
    if times:
        if said is not None and not _agree(said, times.get("maximum", {})):
            fa = f"cv:processingTime {said} با mz:maximumTime یکی نیست"
            service.errors.append(Remark("processingTime.maximum", fa, f"cv:processingTime {said} says otherwise"))
        return times
    if said is None:
        return None
    if (time := _working_time(said)) is None:
        service.strange("processingTime", f"مدت {said}", f"the duration {said}: neither days alone nor hours alone")
        return None
    fa = "یک مدت به جای هر سه مدت (میانگین، حداکثر، قانونی) نشست؛ بررسی شود"
    service.gaps.append(Remark("processingTime", fa, "one duration stands for all three; look at them"))
    return dict.fromkeys(_NAMES, time)


def _by_channel(service: Remarked) -> list[dict[str, Any]]:
    """Those of `mz:channelTime`. What a channel itself says must be the same, or comes from another maker."""
    found = [_kind(node) | _worded(node, "average", "maximum") for node in service.listed("mz:channelTime")]
    known = {own["channel"]: own.get("maximum", {}) for own in reversed(found) if "channel" in own}
    for channel in _channels(service):
        said, kind = channel.any_text("cv:processingTime"), _kind(channel).get("channel")
        if said is None or (kind in known and _agree(said, known[kind])):
            continue
        time = None if service.ours or kind in known else _working_time(said)
        if time is None or kind not in [*Channel]:
            fa = f"مدت {said} کانال «{channel.name}» را نمی‌توان برای این نوع کانال نوشت"
            en = f"the duration {said} of the channel “{channel.name}” cannot be that of its kind"
            service.strange(_OWN, fa, en)
            continue
        known[kind] = time
        found.append({"channel": kind, "average": time, "maximum": time})
        fa = f"یک مدت به جای میانگین و حداکثرِ کانال {kind} نشست؛ بررسی شود"
        service.gaps.append(Remark(_OWN, fa, f"one duration stands for average and maximum of {kind}; look at them"))
    return found


def _channels(service: Remarked) -> Iterator[Described]:
    yield from service.nodes("cv:hasChannel")
    for cost in service.nodes("cv:hasCost"):
        yield from cost.nodes("cv:ifAccessedThrough")


def _kind(node: Described) -> dict[str, Any]:
    codes = node.codes("dct:type", Scheme.CHANNEL)
    return {"channel": codes[0]} if codes else {}


def _worded(node: Described, *fields: str) -> dict[str, Any]:
    times = {field: node.node(_NAMES[field]) for field in fields}
    return {field: time.said(value="mz:value", unit="mz:unit") for field, time in times.items() if time is not None}


def _agree(said: str, time: dict[str, Any]) -> bool:
    """As far as both are there: half a working time is told by its own."""
    return len(time) != 2 or hours_of(said) == hours_of(duration(**time))


def _working_time(said: str) -> dict[str, Any] | None:
    """ISO 8601 knows no working time: days are calendar days, and hours alone working hours."""
    days, hours = divmod(hours_of(said) or 0, 24)
    if bool(days) == bool(hours):
        return None
    return {"value": days or hours, "unit": "CALENDAR_DAYS" if days else "WORKING_HOURS"}
