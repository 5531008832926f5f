"""The commands of officers, as the API hands them to a case: with the ids of the path."""

from pydantic import Field

from services.contracts.coordination import (
    AcceptProposal,
    ApproveReferral,
    AskCoordination,
    AttendReferral,
    CancelReferral,
    MissReferral,
    ProposeReferral,
)
from services.contracts.routing import (
    AcknowledgeTransfer,
    AnswerTask,
    ReassignTask,
    RefuseTransfer,
    ResumeTask,
    ReturnTask,
    StartTask,
    SuspendTask,
    TransferTask,
)
from services.contracts.wire import Command, Id, Wire


class OnTask(Command):
    """`task_id`: that of the path."""

    task_id: Id


class Line(Wire):
    """What stood before the task when the start was asked for: the oldest startable one of its class, if any."""

    older: Id | None


class Start(StartTask, OnTask):
    """With the line as it stood.

    A unit's open tasks may be thousands, so no entity holds their order: the API reads it from the cases, by index, and
    the rule judges by that moment. An older task that becomes startable afterwards was not waiting then; one that is
    started meanwhile costs a refusal and another try.

    `line` is no part of what the caller asked, so a repeated command is recognised whatever the line has become.
    """

    line: Line = Field(exclude=True)


class GiveBack(ReturnTask, OnTask):
    pass


class Reassign(ReassignTask, OnTask):
    pass


class HandOn(TransferTask, OnTask):
    pass


class OnTransfer(Command):
    """`transfer_id`: that of the path."""

    transfer_id: Id


class Acknowledge(AcknowledgeTransfer, OnTransfer):
    pass


class Refuse(RefuseTransfer, OnTransfer):
    pass


class Ask(AskCoordination):
    pass


class Accept(AcceptProposal):
    """`coordination_id`: that of the path."""

    coordination_id: Id


class Propose(ProposeReferral):
    pass


class OnReferral(Command):
    """`referral_id`: that of the path."""

    referral_id: Id


class Approve(ApproveReferral, OnReferral):
    pass


class Attend(AttendReferral, OnReferral):
    pass


class Miss(MissReferral, OnReferral):
    pass


class Cancel(CancelReferral, OnReferral):
    pass


class Answer(AnswerTask, OnTask):
    pass


class Suspend(SuspendTask, OnTask):
    pass


class Resume(ResumeTask, OnTask):
    pass
