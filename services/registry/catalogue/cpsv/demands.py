"""What a document says that a service asks of a person: evidence, by which law, how much time, how much money."""

from typing import Any

from services.registry.catalogue.cpsv.described import Described, as_id, hours_of, whole
from services.registry.catalogue.cpsv.parts import duration
from services.registry.catalogue.cpsv.remarked import Remarked
from services.registry.catalogue.cpsv.vocabulary import CURRENCY, Scheme
from services.registry.catalogue.remarks import Remark, left_out, missing


def requirements_of(service: Remarked) -> list[dict[str, Any]] | None:
    evidences = service.in_order("cpsv:hasInput")
    if not service.ours:
        evidences = evidences or []
        seen = {evidence.address for evidence in evidences}
        for requirement in service.nodes("cv:holdsRequirement"):
            proofs = requirement.nodes("cv:hasSupportingEvidence")
            evidences += [proof for proof in proofs if proof.address not in seen]
            seen |= {proof.address for proof in proofs}
            if not proofs:
                what = requirement.label or requirement.name
                service.gaps.append(
                    left_out(
                        "requirements", f"شرط بی‌مدرک «{what}»", f"the condition “{what}”, which no evidence proves"
                    )
                )
    if not evidences and not service.ours:
        return None
    return [_requirement(service, number, evidence) for number, evidence in enumerate(evidences or ())]


def _requirement(service: Remarked, number: int, evidence: Described) -> dict[str, Any]:
    field = f"requirements.{number}"
    kind = evidence.node("dct:conformsTo")
    id = (kind and kind.identifier) or evidence.name
    found = {
        "evidenceType": id and as_id(id),
        "name": evidence.any_text("dct:title"),
        "originalNeeded": service.assumed(f"{field}.originalNeeded", evidence, "mz:originalNeeded", False),
        "mandatory": service.assumed(f"{field}.mandatory", evidence, "mz:mandatory", True),
        "heldBy": evidence.plain("mz:heldBy"),
        "condition": evidence.text("mz:condition"),
    }
    return {name: value for name, value in found.items() if value is not None}


def laws_of(service: Remarked) -> list[dict[str, Any]] | None:
    laws = service.in_order("cv:hasLegalResource")
    return None if laws is None else [_law(service, number, law) for number, law in enumerate(laws)]


def _law(service: Remarked, number: int, law: Described) -> dict[str, Any]:
    article = law.any_text("eli:number")
    if article is None and not service.ours:
        service.gaps.append(missing(f"legalResources.{number}.article"))
        article = ""
    title = law.any_text("dct:title", "eli:title", "skos:prefLabel", "rdfs:label")
    return {"title": law.name or "" if title is None else title, "article": article}


def times_of(service: Remarked) -> dict[str, Any] | None:
    said = service.any_text("cv:processingTime")
    names = {"average": "mz:averageTime", "maximum": "mz:maximumTime", "legal": "mz:legalTime"}
    times = {
        field: node.said(value="mz:value", unit="mz:unit")
        for field, name in names.items()
        if (node := service.node(name)) is not None
    }
    if times:
        promised = times.get("maximum", {})
        if said is not None and len(promised) == 2 and hours_of(said) != hours_of(duration(**promised)):
            fa = f"cv:processingTime {said} با mz:maximumTime یکی نیست"
            service.errors.append(Remark("processingTime.maximum", fa, f"cv:processingTime {said} says otherwise"))
        return times
    return None if said is None else _time_from(service, said)


def _time_from(service: Remarked, said: str) -> dict[str, Any] | None:
    """ISO 8601 knows no working time: days are calendar days, and hours alone working hours."""
    days, hours = divmod(hours_of(said) or 0, 24)
    if bool(days) == bool(hours):
        service.strange("processingTime", f"مدت {said}", f"the duration {said}: neither days alone nor hours alone")
        return None
    time = {"value": days or hours, "unit": "CALENDAR_DAYS" if days else "WORKING_HOURS"}
    fa = "یک مدت به جای هر سه مدت (میانگین، حداکثر، قانونی) نشست؛ بررسی شود"
    service.gaps.append(Remark("processingTime", fa, "one duration stands for all three; look at them"))
    return {"average": time, "maximum": time, "legal": time}


def costs_of(service: Remarked) -> list[dict[str, Any]] | None:
    costs = service.in_order("cv:hasCost")
    if costs is None:
        return None
    read = [_cost(service, number, cost) for number, cost in enumerate(costs)]
    return [cost for cost in read if cost is not None]


def _cost(service: Remarked, number: int, cost: Described) -> dict[str, Any] | None:
    field = f"costs.{number}"
    currency = cost.node("cv:currency")
    if currency is not None and currency.address != CURRENCY and currency.any_text("skos:notation") != "IRR":
        service.strange(f"{field}.amount", f"ارز {currency.address}", f"the currency {currency.address} is not IRR")
        return None
    amount = whole(cost.any_text("cv:hasValue"))
    if amount is None:
        service.strange(f"{field}.amount", "مبلغ ریالی صحیح نیست", "no whole amount in rials")
        return None
    through = cost.node("cv:ifAccessedThrough")
    channel = next(iter(through.codes("dct:type", Scheme.CHANNEL)), None) if through else None
    if through is not None and channel is None:
        service.strange(f"{field}.channel", "کانال هزینه شناخته نشد", "its channel is of no kind of ours")
    pay_at = cost.text("mz:payAt")
    if pay_at is None and not service.ours:
        service.gaps.append(missing(f"{field}.payAt"))
        pay_at = ""
    found = {"amount": amount, "channel": channel, "payAt": pay_at}
    return {name: value for name, value in found.items() if value is not None}
