"""Ends with 0 while this container's service is ready. Plain Python: it runs every few seconds, so it must be cheap."""

import os
import sys
from http.client import HTTPConnection, HTTPException

PORTS = {"registry": 8084, "intake": 8081, "routing": 8082, "notify": 8083, "sms_simulator": 8090}
"""As the settings have them; a service's own variable wins."""


def main() -> None:
    service = os.environ["SERVICE"]
    port = int(os.environ.get(f"{service.upper()}_PORT", PORTS[service]))
    connection = HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        reason = answer.read(500).decode(errors="replace")
    except (OSError, HTTPException) as error:
        sys.exit(f"{service} does not answer on {port}: {error}")
    if answer.status != 200:
        sys.exit(f"{service} is not ready: {reason}")


main()
