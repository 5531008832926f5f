"""Reads record batches in which a header's name is not UTF-8.

Anybody who may write to a topic can write such a name. aiokafka's parser raises on it, inside the batch, so that
neither the record nor its neighbours could ever be read: the partition would stand still. This slower parser replaces
what it cannot decode; `read_headers` then gives the record its reason code.
"""

from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

MAGIC = 2
"""Of the record format in use since Kafka 0.11; older ones have no headers."""


class _Bytes(bytes):
    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        return super().decode(encoding, "replace")


class _Buffer(bytearray):
    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return _Bytes(found) if isinstance(key, slice) else found


class _Batch(_DefaultRecordBatchPy):
    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: Any = _Buffer(self._buffer)


class _Records(_MemoryRecordsPy):
    def next_batch(self) -> Any:
        piece = self._next_slice
        if piece is None or piece[self.MAGIC_OFFSET] < MAGIC:
            return super().next_batch()
        self._cache_next()
        return _Batch(piece)


_USUAL = fetcher.MemoryRecords


def parse_leniently(on: bool) -> None:
    """From now on every fetch in this process is parsed this way, or the usual way again."""
    fetcher.MemoryRecords = _Records if on else _USUAL
