"""Commands, from the call to its reply: those that arrive together are decided as one batch (group commit)."""

import asyncio
import hmac
import itertools
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import BaseModel

from services.contracts.envelope import derived_id
from services.contracts.wire import Wire, digest
from services.runtime.clock import Clock
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity
from services.runtime.keys import secret_of
from services.runtime.message import Message, Source, Submitted, Unavailable
from services.runtime.settings import ServiceSettings
from services.runtime.telemetry import Metrics

S = TypeVar("S", bound=Wire)
_COUNTER = itertools.count()


class Commands:
    """The commands of one service that wait for their batch, or for what is decided in it."""

    def __init__(self, service: str, *, clock: Clock, settings: ServiceSettings, metrics: Metrics, log: Any) -> None:
        self._service, self._clock, self._settings = service, clock, settings
        self._metrics, self._log = metrics, log
        self._secret = secret_of(settings.seal_bytes(), "contents of commands")
        self._waiting: deque[Message] = deque()
        self._called = asyncio.Event()
        self._deciding = self._closed = False

    @property
    def waiting(self) -> int:
        """How many have not been taken into a batch yet."""
        return len(self._waiting)

    @property
    def under_way(self) -> bool:
        return bool(self._waiting) or self._deciding

    async def ask(
        self, entity: "Entity[S]", id: str, body: BaseModel, *, key: str | None, caller: str, expected: int | None
    ) -> Submitted:
        """Returns, or raises, what becomes of the command."""
        if self._closed:
            raise Unavailable("shutting down")
        command_key = f"{caller}|{key}" if key else ""
        reply: asyncio.Future[Submitted] = asyncio.get_running_loop().create_future()
        self._waiting.append(
            Message(
                entity=entity,
                id=id,
                body=body,
                source=Source.COMMAND,
                message_id=derived_id(
                    self._service, entity.name, id, command_key or f"{time.time_ns()}|{next(_COUNTER)}"
                ),
                received=self._clock.now(),
                command_key=command_key,
                digest=self._mark(entity, id, body) if key else "",  # two commands may say the same
                expected=expected,
                reply=reply,
            )
        )
        self._called.set()
        return await reply

    async def serve(self, decide: Callable[[Sequence[Message]], Awaitable[None]]) -> None:
        """Runs for the life of the service: takes what has gathered, has it decided as one batch."""
        while True:
            batch = await self._gathered()
            if not batch:
                continue
            started = time.perf_counter()
            self._deciding = True
            try:
                await decide(batch)
            except asyncio.CancelledError:
                self._fail(batch, "shutting down")
                raise
            except StoreAway:
                self._fail(batch, "the store is away")
            except Exception as error:
                self._log.error("commands failed", error=type(error).__name__)
                self._fail(batch, "failed")
            finally:
                self._deciding = False
            self._metrics.batch_seconds.labels("http").observe(time.perf_counter() - started)

    def close(self) -> None:
        """Nothing more is taken, and who still waits for a batch is told so."""
        self._closed = True
        self._fail(self._waiting, "shutting down")
        self._waiting.clear()

    async def _gathered(self) -> Sequence[Message]:
        await self._called.wait()
        await asyncio.sleep(self._settings.gather_seconds)
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._settings.max_records))]
        if not self._waiting:
            self._called.clear()
        return batch

    def _mark(self, entity: "Entity[S]", id: str, body: BaseModel) -> str:
        """By what a repeat is known, and stored with its answer: keyed, so that nobody can try contents out on it."""
        content = f"{entity.name}|{id}|{digest(body)}"
        return f"{type(body).__name__}:{hmac.digest(self._secret, content.encode(), sha256).hex()[:32]}"

    @staticmethod
    def _fail(batch: Iterable[Message], why: str) -> None:
        for message in batch:
            answer(message, Unavailable(why))


def answer(message: Message, result: Submitted | Exception) -> None:
    """Tells the caller, if there is one who still waits."""
    if message.reply is None or message.reply.done():
        return
    if isinstance(result, Submitted):
        message.reply.set_result(result)
    else:
        message.reply.set_exception(result)
