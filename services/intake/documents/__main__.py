"""Judges one document: its bytes on standard input, the verdict as JSON on standard output.

Whoever starts this gives it no key, no address and no more memory or time than an honest document needs: what a
decoder does wrong on a stranger's bytes ends with this process (docs/adr/0022).
"""

import contextlib
import hashlib
import json
import os
import resource
import sys
from pathlib import Path

from services.intake.documents.judge import judge
from services.intake.documents.verdict import MAX_BYTES, Unacceptable

MEMORY = 512 * 1024 * 1024
"""What the dearest honest document takes, a progressive JPEG of 40 megapixels in four colours, is two thirds of it."""
COUNTER_FIRST = 10
"""Nicer than the service: whoever files at a counter goes first."""


def main() -> None:
    seconds = int(sys.argv[1])
    with contextlib.suppress(OSError):  # where memory runs out for all, this process is the first to go
        Path("/proc/self/oom_score_adj").write_text("1000")
    for limit, most in {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }.items():
        resource.setrlimit(limit, (most, most))
    os.nice(COUNTER_FIRST)
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        found = judge(content)
        digest = hashlib.sha256(memoryview(content)[: found.kept]).hexdigest()
        told = {"kind": found.kind, "kept": found.kept, "sha256": digest, "width": found.width, "height": found.height}
    except Unacceptable as unacceptable:
        told = {"fault": unacceptable.fault, "why": unacceptable.why}
    sys.stdout.write(json.dumps(told))


main()
