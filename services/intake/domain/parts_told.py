"""What an office was told, and by which partner: it may move to another (contract: Kiosk outcome).

A filing remembers all that was said under its reference, whoever speaks for the office. Each partner is told, and
reads, its own part, as it was told: how a case stands now is nothing of theirs before they hear of it.
"""

from services.intake.domain import codes
from services.intake.domain.request import AsTold, CaseInBrief, Heard, KioskFiling, PartTold
from services.intake.domain.states import PROMISED
from services.worktime.jalali import jalali_text


def through(filing: KioskFiling, partner: str, case: CaseInBrief | None) -> KioskFiling:
    """The filing as it is told from now on; `case`: as it stands, of which only that goes down which was told."""
    if partner == filing.partner:
        return filing
    return filing.model_copy(update={"partner": partner, "before": (*filing.before, _newest(filing, case))})


def parts(filing: KioskFiling, case: CaseInBrief | None) -> tuple[PartTold, ...]:
    """What was told to whom, in order; `case`: as it stands, of which only that is shown which was told."""
    return (*filing.before, _newest(filing, case))


def telling(filing: KioskFiling, case: CaseInBrief) -> KioskFiling:
    """The filing whose office hears how the case stands."""
    if filing.honoured is not None:
        return filing.model_copy(update={"honoured": case})
    return filing.model_copy(update={"as_told": _kept(case)})


def keyed(filing: KioskFiling, request_id: str, secret: bytes) -> KioskFiling:
    """Digests from before they were keyed become those that they are now, in every part alike: parts are told apart by
    them.
    """

    def marked(words: tuple[Heard, ...]) -> tuple[Heard, ...]:
        marks = [codes.said_mark(secret, request_id, heard.digest) for heard in words]
        if all(heard.digest == mark for heard, mark in zip(words, marks, strict=True)):
            return words
        return tuple(heard.model_copy(update={"digest": mark}) for heard, mark in zip(words, marks, strict=True))

    before = tuple(
        part.model_copy(update={"heard": marked(part.heard), "further": marked(part.further)}) for part in filing.before
    )
    changed = {"heard": marked(filing.heard), "further": marked(filing.further), "before": before}
    return filing.model_copy(update=changed)


def _kept(case: CaseInBrief) -> AsTold | None:
    """None where it is told as it was accepted, as nearly every new one is."""
    as_accepted = case.state is PROMISED and case.promised_at == case.accepted_for
    if as_accepted and not case.needed and case.duplicate_of is None:
        return None
    return AsTold(
        state=case.state,
        promised_at=case.promised_at,
        needed=case.needed,
        until=case.until,
        duplicate_of=case.duplicate_of,
    )


def as_told(filing: KioskFiling, case: CaseInBrief) -> CaseInBrief:
    """The case as its office has heard of it last.

    Filings of earlier versions say nothing: of those the states are known that they were told.
    """
    if filing.honoured is not None:
        return filing.honoured
    state = filing.progress[-1] if filing.progress else PROMISED
    told = filing.as_told or AsTold(state=state, promised_at=case.accepted_for)
    return case.model_copy(
        update={
            "state": told.state,
            "promised_at": told.promised_at,
            "promised_local": jalali_text(told.promised_at) if told.promised_at else None,
            "needed": told.needed,
            "until": told.until,
            "duplicate_of": told.duplicate_of,
        }
    )


def _newest(filing: KioskFiling, case: CaseInBrief | None) -> PartTold:
    told = [heard for part in filing.before for heard in (*part.heard, *part.further)]

    def new(words: tuple[Heard, ...]) -> tuple[Heard, ...]:
        return tuple(heard for heard in words if heard.status != "WAITING" and heard not in told)

    return PartTold(
        partner=filing.partner,
        heard=new(filing.heard),
        further=new(filing.further),
        progress=filing.progress[sum(len(part.progress) for part in filing.before) :],
        case=as_told(filing, case) if case is not None else None,
    )
