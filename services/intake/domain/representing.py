"""Somebody speaks for the applicant: by a mandate that is in force, and on record (domain 3)."""

from typing import Any, Final

from services.contracts.decision import Decision, Refused, World
from services.contracts.intake_commands import Representative
from services.contracts.kiosk import Applicant, Scheme
from services.intake.domain import codes
from services.intake.domain.authority import wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Person, Role
from services.intake.domain.people import WRONG_APPLICANT, normal_representative, same_person
from services.intake.domain.request import Request, moved, with_case
from services.intake.domain.rules import Rules
from services.worktime.jalali import civil_day

REPRESENTED: Final = "request.represented"


def represented(asked: Representative, applicant: Applicant | None, world: World[Rules]) -> dict[str, Any]:
    """What a case keeps of a representative, by field name. `applicant` in its normal form.

    Raises Refused (422) APPLICANT_NEEDED, INVALID_REPRESENTATIVE, NOT_A_PERSON, SAME_AS_APPLICANT, WRONG_MANDATE,
    MANDATE_EXPIRED.
    """
    if applicant is None:
        raise wrong_field("representative", "APPLICANT_NEEDED", "nobody speaks for nobody")
    if asked.scheme is Scheme.LEGAL_ID:
        raise wrong_field("representative.scheme", "NOT_A_PERSON", "a representative is a natural person")
    try:
        kept = normal_representative(asked)
    except WRONG_APPLICANT as error:
        raise wrong_field("representative", "INVALID_REPRESENTATIVE", str(error)) from None
    if same_person(kept, applicant):
        raise wrong_field("representative", "SAME_AS_APPLICANT", "applicants speak for themselves without a mandate")
    of_a_company = applicant.scheme is Scheme.LEGAL_ID
    if kept.mandate == "COMPANY_OFFICER" and not of_a_company:
        raise wrong_field("representative.mandate.kind", "WRONG_MANDATE", "only a legal person has company officers")
    if kept.mandate == "GUARDIAN" and of_a_company:
        raise wrong_field("representative.mandate.kind", "WRONG_MANDATE", "a legal person has no guardian")
    if not kept.in_force(civil_day(world.now)):
        raise wrong_field(
            "representative.mandate.validUntil", "MANDATE_EXPIRED", "the mandate is not in force any more"
        )
    return {"representative": kept, "representative_ref": codes.person_ref(world.rules.secret, kept.scheme, kept.value)}


def faced(case: Case, person: Person | None, brought: Representative | None, world: World[Rules]) -> Case:
    """The case, with whoever stood at the desk on record: a representative who is new comes with their mandate.

    Raises Refused NO_REPRESENTATIVE, MANDATE_EXPIRED (409), and as `represented` does.
    """
    if person != "REPRESENTATIVE":
        if brought is not None:
            raise wrong_field("representative", "NOT_THE_ONE", "it was the applicant, or nobody")
        return case
    if brought is not None:
        now = case.model_copy(update=represented(brought, case.applicant, world))
        spoke = dict.fromkeys((*case.represented_before, case.representative_ref))
        before = tuple(ref for ref in spoke if ref and ref != now.representative_ref)
        return now.model_copy(update={"represented_before": before})
    if case.representative is None:
        raise Refused(
            "NO_REPRESENTATIVE", "nobody is on record who speaks for the applicant: name them (representative)"
        )
    if not case.representative.in_force(civil_day(world.now)):
        raise Refused("MANDATE_EXPIRED", "the mandate on record is not in force any more: a new one is needed")
    return case


def told_if_new(request: Request, case: Case, world: World[Rules]) -> Decision[Request]:
    """The request with what else moved nothing; told at once where somebody else speaks for its applicant now (I8)."""
    before = request.case
    if before is None or before.representative_ref == case.representative_ref:
        return Decision(with_case(request, case, world.now))
    told, _, event = moved(request, case, world.now, Role.OFFICER, (REPRESENTED,))
    return Decision(told, events=(event,))
