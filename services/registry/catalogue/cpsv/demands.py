"""What a document says that a service asks of a person: evidence, by which law, how much money."""

from typing import Any

from services.contracts.service_sheet import Channel
from services.registry.catalogue.cpsv.described import Described, as_id, whole
from services.registry.catalogue.cpsv.remarked import Remarked
from services.registry.catalogue.cpsv.vocabulary import CURRENCY, Scheme
from services.registry.catalogue.remarks import left_out, missing


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
    codes = through.codes("dct:type", Scheme.CHANNEL) if through else ()
    channel = next((code for code in codes if code in [*Channel]), None)
    if through is not None and channel is None:
        service.strange(f"{field}.channel", "کانال هزینه شناخته نشد", "its channel is of no kind of ours")
    pay_at = cost.text("mz:payAt")
    if pay_at is None and not service.ours:
        service.gaps.append(missing(f"{field}.payAt"))
        pay_at = ""
    found = {"amount": amount, "channel": channel, "payAt": pay_at}
    return {name: value for name, value in found.items() if value is not None}
