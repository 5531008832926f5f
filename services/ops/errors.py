"""What can go wrong with the local stack; each is shown as one clear message, never as a traceback.

StackError
├── PortTaken          other programs listen where we must
├── ProcessDied        a server or service ended by itself; carries the last lines of its log
├── NotReady           a server or service lives but does not become ready in time
├── DownloadFailed     a server's files could not be had
├── DiskFull           too little room in the state folder
├── UnusableHome       the state folder cannot be made, read or written
├── NotUp              the command needs a running stack
└── CannotBeChecked    what the command would check is not there, does not answer, or cannot be known yet
"""

from collections.abc import Sequence
from pathlib import Path


class StackError(Exception):
    """Says what happened and what to do about it."""

    exit_code = 1


class PortTaken(StackError):
    def __init__(self, taken: Sequence[str], elsewhere: str) -> None:
        """`taken`: a line for each port; `elsewhere`: the command that starts this stack on others."""
        self.taken = tuple(taken)
        super().__init__("\n".join([*taken, f"stop what listens there, or run this stack elsewhere: {elsewhere}"]))


class ProcessDied(StackError):
    def __init__(self, name: str, log_tail: str, ending: str = "") -> None:
        how = f" ({ending})" if ending else ""
        super().__init__(f"{name} ended by itself{how}; the last lines of its log:\n{log_tail}")


class NotReady(StackError):
    def __init__(self, name: str, seconds: float, log_tail: str) -> None:
        super().__init__(f"{name} was not ready within {seconds:.0f} s; the last lines of its log:\n{log_tail}")


class DownloadFailed(StackError):
    pass


class DiskFull(StackError):
    pass


class UnusableHome(StackError):
    def __init__(self, path: Path, error: OSError) -> None:
        why = error.strerror or str(error)
        super().__init__(f"MIZBAN_HOME={path} cannot be used ({why}); name another folder")


class NotUp(StackError):
    def __init__(self) -> None:
        super().__init__("the stack is not up; start it: ./mizban up")


class CannotBeChecked(StackError):
    """It has an exit code of its own: who checks by a script tells it from what was found to be wrong."""

    exit_code = 3
