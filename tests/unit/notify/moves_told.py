"""A case that waits for documents, an evening on which nobody is told anything, and the text of a message."""

from services.contracts.decision import Decision
from services.contracts.intake import AwaitedDocuments
from services.notify.domain.correspondence import Correspondence
from tests.unit.notify.cases import MORNING, PROMISED, at, only, world

AWAITED = AwaitedDocuments(types=("a", "b", "c"), missing=("a", "b"), until=PROMISED)
EVENING = at("1405/09/02 23:30")


def text_of(decision: Decision[Correspondence]) -> str:
    message = only(decision)
    template = world(MORNING).rules.catalogue.version(message.template_id, message.template_version)
    return template.render(message.tokens)
