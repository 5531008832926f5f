"""Connections to Kafka whose sudden end is told as aiokafka expects it: as a KafkaError.

uvloop raises RuntimeError when something is written to a socket that Kafka has closed a moment ago; aiokafka 0.14 looks
for OSError only (its issue 1038). The error then ends one of aiokafka's own tasks for good. When that was the one that
looks where Kafka is, after a restart of Kafka the consumer neither commits nor fetches ever again, without a word.
"""

from typing import Any

from aiokafka import conn
from aiokafka.errors import KafkaConnectionError, KafkaError

METADATA_MAX_AGE_MS = 5_000
"""How long a client may sleep over a lost request to look where Kafka is.

After a broker restart aiokafka 0.14 may lose one, and then neither fetches nor commits until this time is over (its own
default is 5 minutes).
"""


class _Connection(conn.AIOKafkaConnection):
    def send(self, request: Any, expect_response: bool = True) -> Any:
        try:
            return super().send(request, expect_response)
        except KafkaError:  # a RuntimeError, too
            raise
        except RuntimeError as error:
            self.close(reason=conn.CloseReason.CONNECTION_BROKEN, exc=error)
            raise KafkaConnectionError(f"Connection at {self.host}:{self.port} broken: {error}") from error


def tell_broken_connections() -> None:
    """From now on every connection to Kafka in this process is such a one."""
    conn.AIOKafkaConnection = _Connection
