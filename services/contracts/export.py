"""`python -m services.contracts.export [--check] [--out docs/contracts]`: the contracts as files that others can read.

JSON Schemas, one AsyncAPI document per service and one for partners, and the table of topics. The same input gives the
same bytes. With --check nothing is written: stale, missing and left-over files are named, and the exit code is 1.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.contracts.asyncapi import PARTNERS, asyncapi
from services.contracts.catalogue import CATALOGUE, PARTNER, SERVICES
from services.contracts.json_schema import schemas
from services.contracts.topics import DAY_MS, GROUPS, OUTCOMES, WEBHOOK_GROUP, Topic, all_topics

__all__ = ["asyncapi", "files", "main", "stale"]

DEFAULT_OUT = Path(__file__).resolve().parents[2] / "docs" / "contracts"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m services.contracts.export", description="Export the contracts.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder (default: docs/contracts)")
    options = parser.parse_args(arguments)
    differing = stale(options.out)
    if options.check:
        for name in differing:
            print(f"stale: {options.out / name}", file=sys.stderr)
        if differing:
            print("run: python -m services.contracts.export", file=sys.stderr)
        return 1 if differing else 0
    wanted = files()
    for name in differing:
        path = options.out / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted[name])
        else:
            path.unlink()
        print(f"{'written' if name in wanted else 'removed'}: {path}")
    return 0


def files() -> dict[str, bytes]:
    """Every exported file: relative path -> content."""
    exported = {f"schemas/{name}.json": _json(schema) for name, schema in schemas().items()}
    exported |= {f"asyncapi/{service}.json": _json(asyncapi(service)) for service in (*SERVICES, PARTNERS)}
    exported["topics.md"] = "\n".join(_topics_page()).encode()
    return exported


def stale(out: Path) -> list[str]:
    """Relative paths under `out` that differ from what would be exported, are missing, or belong to nothing now."""
    wanted = files()
    present = {
        path.relative_to(out).as_posix() for folder in ("schemas", "asyncapi") for path in out.glob(f"{folder}/*.json")
    }
    changed = {name for name, content in wanted.items() if not _holds(out / name, content)}
    return sorted(changed | (present - wanted.keys()))


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _topics_page() -> Iterator[str]:
    yield "# Topics"
    yield ""
    yield "Written by `python -m services.contracts.export` from `services/contracts/topics.py`; do not edit."
    yield f"`{PARTNER}` is the id of a partner in the registry: every partner has an outcome topic of its own."
    yield ""
    yield "| topic | key | from | to | partitions | keeps | data |"
    yield "|---|---|---|---|---|---|---|"
    for topic in all_topics([PARTNER]):
        producers, consumers = ", ".join(topic.producers), ", ".join(topic.consumers)
        cells = (f"`{topic.name}`", f"`{topic.key}`", producers, consumers, str(topic.partitions), _kept(topic))
        yield f"| {' | '.join(cells)} | {topic.classification.value} |"
    yield ""
    yield "## Consumer groups"
    yield ""
    yield "Registry topics are read whole by every process, without a group."
    yield ""
    yield "| group | topics |"
    yield "|---|---|"
    for group, topics in [*GROUPS.items(), (WEBHOOK_GROUP, (OUTCOMES,))]:
        yield f"| `{group}` | {', '.join(f'`{topic.name}`' for topic in topics)} |"
    yield ""
    yield "## Event types"
    yield ""
    yield "Moves decided together are one event: its type is the first move, and `moves` lists all of them in order."
    yield ""
    yield "| topic | shape | types |"
    yield "|---|---|---|"
    for carried in CATALOGUE:
        shape = f"[{carried.schema_name}](schemas/{carried.schema_name}.json)"
        yield f"| `{carried.topic.name}` | {shape} | {', '.join(f'`{type_}`' for type_ in carried.types)} |"
    yield ""


def _kept(topic: Topic) -> str:
    if topic.compacted:
        return "compacted"
    return "for ever" if topic.retention_ms is None else f"{topic.retention_ms // DAY_MS} days"


if __name__ == "__main__":
    sys.exit(main())
