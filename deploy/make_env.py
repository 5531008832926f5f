"""Writes .env for docker-compose.yml: every name of deploy/example.env, with a fresh random value where it is a secret.

    python3 deploy/make_env.py

Run again, it adds what .env lacks and changes nothing that is there: a lost key is lost contents. Plain Python.
"""

import base64
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE / "example.env"
TARGET = HERE.parent / ".env"


def completed(example: str, present: str) -> Iterator[str]:
    """The lines of the example whose names are not present yet, secrets filled in."""
    known = {line.partition("=")[0].strip() for line in present.splitlines()}
    for line in example.splitlines():
        name, is_variable, _ = line.partition("=")
        if line.startswith("#") or not is_variable:
            if not present:
                yield line
        elif name not in known:
            yield line + _secret(name)


def _secret(name: str) -> str:
    if name.endswith("_KEY"):
        return base64.b64encode(secrets.token_bytes(32)).decode()
    if name.endswith("_PASSWORD"):
        return secrets.token_urlsafe(24)  # letters that need no escaping in an address
    return ""


def main(target: Path = TARGET) -> None:
    present = target.read_text() if target.exists() else ""
    lines = list(completed(EXAMPLE.read_text(), present))
    file = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(file, "a") as env:
        if present and not present.endswith("\n"):
            env.write("\n")
        env.writelines(f"{line}\n" for line in lines)
    print(f"{sum('=' in line and not line.startswith('#') for line in lines)} variables added to {target}")


if __name__ == "__main__":
    main()
