"""Kafka's jars come from the Maven repository that the environment names, where it names one."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from services.ops.downloads import MIRROR, _fetch_jar

JAR = "/org/example/thing/1.2/thing-1.2.jar"


class Mirror(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == JAR else 404)
        self.end_headers()
        self.wfile.write(b"a jar" if self.path == JAR else b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_jar_is_had_from_the_repository_that_is_named(
    mirror: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(MIRROR, mirror)
    monkeypatch.setenv("M2_REPO", str(tmp_path))
    assert _fetch_jar("org.example:thing:1.2").read_bytes() == b"a jar"
