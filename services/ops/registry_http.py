"""The registry as the operators' commands reach it: over HTTP, of the local stack unless another is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import httpx
import typer

from services.ops.errors import StackError
from services.ops.home import Home, Port

RegistryUrl = Annotated[str | None, typer.Option(help="The registry; by default that of the local stack.")]


@contextmanager
def registry(url: str | None) -> Iterator[httpx.Client]:
    """Raises StackError when the registry does not answer."""
    base = url or f"http://{Home.of().address(Port.REGISTRY)}"
    try:
        with httpx.Client(base_url=base, timeout=60, trust_env=False) as http:
            yield http
    except httpx.TransportError as error:
        raise StackError(f"the registry at {base} does not answer; is the stack up? ({error})") from error


def problem(answer: httpx.Response) -> str:
    """What was refused, and why: with each field that is wrong."""
    try:
        told = answer.json()
        fields = "".join(f"; {wrong['field']}: {wrong['detail']}" for wrong in told.get("errors", ()))
        return f"refused with {answer.status_code} {told['code']}: {told['detail']}{fields}"
    except (ValueError, KeyError):
        return f"refused with {answer.status_code}"
