"""Faults on the running stack, each followed by the checks of tests/support/checks.py (reliability 2 and 3)."""
