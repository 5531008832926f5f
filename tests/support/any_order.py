"""How far machines are walked: 2,000 examples of 50 steps in the full counts, else a tenth, each time the same."""

import os

from hypothesis import settings

FULL = os.environ.get("MIZBAN_CHAOS") == "full"
WALKED = settings(max_examples=2000 if FULL else 200, stateful_step_count=50, derandomize=not FULL, deadline=None)
