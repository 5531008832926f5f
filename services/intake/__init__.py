"""Intake: the person's case and what was promised about it (domain 2)."""
