"""Reads a catalogue in a process of its own: `python -m services.registry.catalogue.reader <format> < file`.

A file from outside may be hostile or merely huge. What it costs in memory and time ends with this process, and the
service neither loads rdflib nor stands still meanwhile. Answers in lines of JSON: `{"total": n}`, then a service a
line; or `{"malformed": code, "detail": ...}` alone.
"""

import contextlib
import gc
import json
import os
import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from services.contracts.envelope import Malformed
from services.registry.catalogue.formats import Format
from services.registry.catalogue.found import Found
from services.registry.catalogue.table.columns import said

COUNTER_FIRST = 10
"""Nicer than the service: who calls it goes first."""
CPU_SECONDS = 240
MEMORY = 2 * 1024**3


def read(format: Format, file: IO[bytes]) -> list[Found]:
    """Raises Malformed: nothing of the file can be used."""
    return list(_read(format, file))


def _read(format: Format, file: IO[bytes]) -> Iterable[Found]:
    if format is Format.JSONLD:
        from services.registry.catalogue.cpsv.reading import read_catalogue  # loads rdflib

        return read_catalogue(file.read())[0]
    from services.registry.catalogue.table.reading import read_csv, read_xlsx

    return read_csv(file) if format is Format.CSV else read_xlsx(file)


def lines(format: Format, file: IO[bytes]) -> Iterator[dict[str, Any]]:
    try:
        found = read(format, file)
    except Malformed as malformed:
        yield {"malformed": malformed.code, "detail": malformed.detail}
        return
    except MemoryError:
        yield {"malformed": "TOO_BIG", "detail": "it takes more memory than an import may have"}
        return
    yield {"total": len(found)}
    for one in found:
        yield {
            "row": one.row,
            "where": one.where,
            "id": one.id,
            "draft": dict(one.fields),
            "unsaid": one.unsaid,
            # what an offering does not say stays as it was recorded: its defaults are not said
            "offerings": [o.model_dump(mode="json", by_alias=True, exclude_unset=True) for o in one.offerings],
            "errors": [said(remark) for remark in one.errors],
            "gaps": [said(remark) for remark in one.gaps],
        }


def main() -> None:
    with contextlib.suppress(OSError):  # where memory runs out for all, this process is the first to go
        Path("/proc/self/oom_score_adj").write_text("1000")
    for limit, most in {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }.items():
        resource.setrlimit(limit, (most, most))
    os.nice(COUNTER_FIRST)
    gc.set_threshold(200_000, 20, 50)  # nearly all that is made stays until the end
    for line in lines(Format(sys.argv[1]), sys.stdin.buffer):
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
