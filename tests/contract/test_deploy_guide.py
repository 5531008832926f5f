"""deploy/README.md tells every variable there is, and none that is not."""

import json
import re

import pytest
from pydantic import SecretStr

from services.contracts.catalogue import SERVICES
from services.runtime.settings import ServiceSettings
from tests.support.containers import ENV, ROOT, settings_of

GUIDE = (ROOT / "deploy" / "README.md").read_text()


@pytest.mark.parametrize("service", ["every", *SERVICES])
def test_the_guide_lists_every_setting_with_its_default(service: str) -> None:
    common = ServiceSettings.model_fields
    fields = common if service == "every" else settings_of(service).model_fields
    for name, field in fields.items():
        if name == "port" or (service != "every" and name in common):
            continue
        prefix = "<SERVICE>" if service == "every" else service.upper()
        assert f"| `{prefix}_{name.upper()}` | {_shown(field.default)} |" in GUIDE


def test_the_guide_tells_which_service_has_another_default() -> None:
    others = [
        (service, name, _shown(settings_of(service).model_fields[name].default))
        for service in SERVICES
        for name, field in ServiceSettings.model_fields.items()
        if name != "port" and settings_of(service).model_fields[name].default != field.default
    ]
    assert others
    for service, name, default in others:
        row = next(line for line in GUIDE.splitlines() if line.startswith(f"| `<SERVICE>_{name.upper()}` |"))
        told = re.findall(rf"{default} in (\w+(?:(?:, | and )\w+)*)", row)
        assert service in re.split(", | and ", "".join(told)), f"{service}'s {name} is {default}"


def test_the_guide_names_no_setting_that_does_not_exist() -> None:
    rows = re.findall(r"^\| `(\w+)_(\w+)` \|", GUIDE, flags=re.MULTILINE)
    named = [(prefix.lower(), name.lower()) for prefix, name in rows if prefix.lower() in SERVICES]
    assert named
    assert all(name in settings_of(prefix).model_fields for prefix, name in named)


def test_the_guide_tells_every_variable_of_the_env_file() -> None:
    table = GUIDE.partition("## Variables of .env")[2].partition("\n## ")[0]
    first_cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", "".join(first_cells))) == sorted(ENV)


def _shown(default: object) -> str:
    if isinstance(default, SecretStr):
        return "development's"
    if default is None or default == "":
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, str | int | float):
        return f"`{default}`"
    if isinstance(default, tuple):
        return f"`{json.dumps(default)}`"
    return "the simulator's"
