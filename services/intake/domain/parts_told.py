"""An office that has moved to another partner: each partner is told, and reads, its own part (contract: Kiosk outcome).

A filing remembers all that was said under its reference, whoever speaks for the office. What a former partner was told
stays as it was when the office moved: how a case stands now is nothing of theirs.
"""

from services.intake.domain.request import CaseInBrief, Heard, KioskFiling, PartTold


def through(filing: KioskFiling, partner: str, case: CaseInBrief | None) -> KioskFiling:
    """The filing as it is told from now on; `case`: as the partner up to now was told of it."""
    if partner == filing.partner:
        return filing
    return filing.model_copy(update={"partner": partner, "before": (*filing.before, _newest(filing, case))})


def parts(filing: KioskFiling, case: CaseInBrief | None) -> tuple[PartTold, ...]:
    """What was told to whom, in order; `case`: as it stands now."""
    return (*filing.before, _newest(filing, case))


def _newest(filing: KioskFiling, case: CaseInBrief | None) -> PartTold:
    told = [heard for part in filing.before for heard in (*part.heard, *part.further)]

    def new(words: tuple[Heard, ...]) -> tuple[Heard, ...]:
        return tuple(heard for heard in words if heard.status != "WAITING" and heard not in told)

    return PartTold(
        partner=filing.partner,
        heard=new(filing.heard),
        further=new(filing.further),
        progress=filing.progress[sum(len(part.progress) for part in filing.before) :],
        case=case,
    )
