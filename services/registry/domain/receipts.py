"""The register of an office: under which numbers it received reports in a Jalali year (domain 3).

The place of an entry is its number, and none is ever taken out: no gaps, no doubles, and who asks twice is told the
same.
"""

from services.contracts.decision import Decision, Send, World
from services.contracts.wire import Id, Wire
from services.registry.domain.remediation import Numbered, NumberWanted
from services.registry.domain.rules import Rules


class Entered(Wire):
    report_id: Id
    revision: int


class Register(Wire):
    """Id = `<office>:<year>`. Grows by one entry for each report received: agencies times months."""

    office: Id
    year: int
    entries: tuple[Entered, ...] = ()


def enter(register: Register | None, wanted: NumberWanted, world: World[Rules]) -> Decision[Register]:
    """Gives the next number, or the one that was given before."""
    register = register or Register(office=wanted.office, year=wanted.year)
    entry = Entered(report_id=wanted.report_id, revision=wanted.revision)
    if entry not in register.entries:
        register = register.model_copy(update={"entries": (*register.entries, entry)})
    number = f"{register.year}/{register.entries.index(entry) + 1}"
    answer = Send("remediation-report", wanted.report_id, Numbered(revision=wanted.revision, number=number))
    return Decision(register, sends=(answer,))
