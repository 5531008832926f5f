"""What can go wrong with the local stack; each is shown as one clear message, never as a traceback.

StackError
├── PortTaken          another program listens where we must
├── ProcessDied        a server or service ended by itself; carries the last lines of its log
├── NotReady           a server or service lives but does not become ready in time
├── DownloadFailed     a server's files could not be had
├── DiskFull           too little room in the state folder
└── NotUp              the command needs a running stack
"""


class StackError(Exception):
    """Says what happened and what to do about it."""


class PortTaken(StackError):
    def __init__(self, port: int, wanted_by: str, owner: str | None) -> None:
        super().__init__(
            f"port {port} is needed by {wanted_by} but {owner or 'another program'} listens on it; "
            "stop it, or run this stack elsewhere: MIZBAN_HOME=.mizban/other MIZBAN_PORT_OFFSET=100 ./mizban up"
        )


class ProcessDied(StackError):
    def __init__(self, name: str, log_tail: str) -> None:
        super().__init__(f"{name} ended by itself; the last lines of its log:\n{log_tail}")


class NotReady(StackError):
    def __init__(self, name: str, seconds: float, log_tail: str) -> None:
        super().__init__(f"{name} was not ready within {seconds:.0f} s; the last lines of its log:\n{log_tail}")


class DownloadFailed(StackError):
    pass


class DiskFull(StackError):
    pass


class NotUp(StackError):
    def __init__(self) -> None:
        super().__init__("the stack is not up; start it: ./mizban up")
