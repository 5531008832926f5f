"""docker-compose.yml and the Dockerfile as values, read the way a container engine reads them."""

import importlib
import re
import runpy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.contracts.catalogue import SERVICES
from services.runtime.settings import ServiceSettings

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[?-])(?P<text>[^}]*))?\}")


class Unset(Exception):
    """A variable that has neither a value nor a default; `docker compose` stops there."""


def compose(values: Mapping[str, str]) -> dict[str, Any]:
    """docker-compose.yml with its variables filled in. Raises Unset."""
    filled: dict[str, Any] = _filled(yaml.safe_load((ROOT / "docker-compose.yml").read_text()), values)
    return filled


def variables() -> dict[str, bool]:
    """Every variable that docker-compose.yml names, and whether it must have a value."""
    found = VARIABLE.finditer((ROOT / "docker-compose.yml").read_text())
    return {match["name"]: match["kind"] != "-" for match in found}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the Dockerfile: its instructions in order, continued lines joined."""

    instructions: tuple[tuple[str, str], ...]

    def all(self, instruction: str) -> list[str]:
        return [rest for name, rest in self.instructions if name == instruction]


def stages() -> list[Stage]:
    """The Dockerfile's stages; what stands before the first FROM is left out."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    found: list[list[tuple[str, str]]] = []
    for line in text.replace("\\\n", " ").splitlines():
        name, _, rest = line.strip().partition(" ")
        if name == "FROM":
            found.append([])
        if found and name:
            found[-1].append((name, " ".join(rest.split())))
    return [Stage(tuple(instructions)) for instructions in found]


def lay_out(service: str, folder: Path) -> None:
    """Copies into a folder what the Dockerfile copies from the repository into this service's image."""
    for copy in stages()[-1].all("COPY"):
        *sources, target = copy.replace("${SERVICE}", service).split()
        if sources[0].startswith("--from"):
            continue
        for source in sources:
            _copy(ROOT / source, folder / target / ("" if (ROOT / source).is_dir() else Path(source).name))


def _copy(source: Path, target: Path) -> None:
    files = [source] if source.is_file() else [file for file in source.rglob("*") if file.is_file()]
    for file in files:
        if "__pycache__" not in file.parts:
            place = target / file.relative_to(source) if source.is_dir() else target
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())


def _filled(node: Any, values: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {name: _filled(inner, values) for name, inner in node.items()}
    if isinstance(node, list):
        return [_filled(inner, values) for inner in node]
    return VARIABLE.sub(lambda match: _value(match, values), node) if isinstance(node, str) else node


def _value(match: "re.Match[str]", values: Mapping[str, str]) -> str:
    if value := values.get(match["name"]):
        return value
    if match["kind"] != "-":
        raise Unset(match["name"])
    return match["text"]


def settings_of(service: str) -> type[ServiceSettings]:
    """The class of a service's settings."""
    found: type[ServiceSettings] = importlib.import_module(f"services.{service}.settings").Settings
    return found


SCRIPTS = {
    name: runpy.run_path(str(ROOT / "deploy" / f"{name}.py")) for name in ("make_env", "image/runtime_requirements")
}
"""What stands in the scripts that run where no package is installed."""
EXAMPLE = (ROOT / "deploy" / "example.env").read_text()
ENV = dict(line.split("=", 1) for line in SCRIPTS["make_env"]["completed"](EXAMPLE, "") if re.match(r"\w+=", line))
"""A .env as `deploy/make_env.py` writes it."""
CONTAINERS: dict[str, dict[str, Any]] = compose(ENV)["services"]
OURS = {name: container for name, container in CONTAINERS.items() if container["image"].startswith("mizban-")}
"""The containers that run our code: services and jobs."""
of_every_service = pytest.mark.parametrize("service", SERVICES)
