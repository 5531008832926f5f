"""What citizens write in confidence: sealed before it is stored, opened for those it is meant for (I12)."""

from base64 import b64decode, b64encode

from services.contracts.intake import SurveyAnswers
from services.contracts.intake_commands import AnswerSurvey
from services.contracts.persian import display
from services.contracts.wire import digest
from services.intake.domain import codes
from services.intake.domain.illegal_demand import IllegalDemand
from services.intake.domain.messages import SurveyGiven
from services.runtime.seal import Sealer


class Confidence:
    """Seals with the service's key. Each text is bound to its place: moved to another, it does not open."""

    def __init__(self, sealer: Sealer, secret: bytes) -> None:
        self._sealer, self._secret = sealer, secret

    def survey(self, request_id: str, round: int, said: AnswerSurvey) -> SurveyGiven:
        """The survey as the door takes it."""
        demand, content = said.illegal_demand, digest(said.model_copy(update={"code": "", "last4": ""}))
        return SurveyGiven(
            answers=SurveyAnswers(on_time=said.on_time, treatment=said.treatment, sent_to_unit=said.sent_to_unit),
            round=round,
            content=codes.survey_content(self._secret, request_id, content),
            comment=None if said.comment is None else self._seal(said.comment, f"survey/{request_id}"),
            illegal_demand=None
            if demand is None
            else self._seal(demand.text, _place(codes.demand_id(request_id, round))),
        )

    def words(self, demand: IllegalDemand) -> str:
        """What the citizen wrote. Raises BrokenSeal."""
        return self._sealer.open(b64decode(demand.text), _place(demand.id)).decode()

    def _seal(self, text: str, place: str) -> str:
        return b64encode(self._sealer.seal(display(text).encode(), place)).decode()


def _place(demand_id: str) -> str:
    return f"illegal-demand/{demand_id}"
