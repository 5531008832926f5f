"""Whether the sample's partners still have what this home was given for them: looked at before the demo begins."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import httpx

from services.ops.errors import StackError


def refuse_changed(env: Mapping[str, Any]) -> None:
    """Raises StackError that names the partners renewed or suspended since; httpx.HTTPError."""
    with httpx.Client(base_url=env["services"]["registry"]["url"], timeout=10) as registry:
        changed = list(_changed(registry, env["partners"]))
    if changed:
        raise StackError(
            f"{', '.join(changed)}, and the demo has no other accounts than the sample's: "
            "./mizban reset gives the sample back (and deletes every case)"
        )


def _changed(registry: httpx.Client, partners: Mapping[str, Any]) -> Iterator[str]:
    for partner, account in partners.items():
        access = registry.get(f"/v1/partners/{partner}/access")
        if access.status_code != httpx.codes.NOT_FOUND and access.raise_for_status().json()["wanted"] == "WITHDRAWN":
            yield f"{partner} is suspended"
            continue
        newest = registry.get(f"/v1/partners/{partner}").raise_for_status().json()["apiKeys"][0]
        if newest["sha256"] != sha256(account["apiKey"].encode()).hexdigest():  # it comes with its password
            yield f"{partner} was renewed"
