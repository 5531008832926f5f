"""Documents that citizens bring: what their bytes are, and whether they may be kept. Pure; it knows nothing of a case.

`judge.judge` is the one question. It is asked in a process of its own (`python -m services.intake.documents`), since
the bytes are a stranger's (docs/adr/0022).
"""
