"""The guides tell all there is: every folder, service, file of the door, kill point, metric, decision and command."""

import re
import subprocess
from pathlib import Path

import pytest
import typer

from services.contracts.catalogue import SERVICES
from services.contracts.topics import TOPICS, outcome_topic
from services.ops.cli import app
from services.ops.home import ROOT
from services.runtime.faults import KillPoint
from services.runtime.telemetry import METRICS

README = (ROOT / "README.md").read_text()
DOOR = (ROOT / "docs" / "door.md").read_text()
DOMAIN = (ROOT / "docs" / "domain.md").read_text()
DECISIONS = ROOT / "docs" / "adr"
BESIDE_THE_WAY = {
    "__init__.py",
    "broker_access.py",
    "broker_admin.py",
    "broker_records.py",
    "client.py",
    "clock.py",
    "command_calls.py",
    "cursors.py",
    "days.py",
    "http.py",
    "lookups.py",
    "pages.py",
    "projection.py",
    "settings.py",
    "telemetry.py",
}
"""Files of services/runtime that are no part of a message's way."""
LINK = re.compile(r"\]\(([^)\s]+)\)")


def listed() -> list[Path]:
    """Every file of the repository, as git knows them."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in names.split("\0") if name]


def test_every_file_is_a_file_of_its_own() -> None:
    """A link into somebody's machine would be there in every clone, and lead nowhere."""
    kinds = subprocess.run(["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line for line in kinds.splitlines() if not line.startswith("100")] == []


def first_cells(text: str) -> set[str]:
    return set(re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE))


def section(page: str, title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page, flags=re.MULTILINE | re.DOTALL)
    assert found, f"no section {title}"
    return found[1]


def guides() -> list[Path]:
    return [path for path in listed() if path.suffix == ".md" and (ROOT / path).exists()]


def test_the_map_of_the_house_names_every_folder_and_service_and_no_other() -> None:
    folders = {path.parts[0] for path in listed() if len(path.parts) > 1}
    rooms = {f"services/{path.parts[1]}" for path in listed() if path.parts[0] == "services" and len(path.parts) > 2}
    assert {f"services/{service}" for service in SERVICES} <= rooms
    mapped = {cell.rstrip("/") for cell in first_cells(section(README, "The map of the house"))}
    assert mapped == (folders - {"services"}) | rooms


def test_the_picture_shows_every_topic_between_services_and_partners() -> None:
    picture = section(README, "The picture")
    for topic in (*TOPICS, outcome_topic("<partner>")):
        name = re.sub(r"^sd\.registry\.\w+", "sd.registry.<entity>", topic.name)
        assert name in picture


def test_the_arrows_of_the_picture_are_the_lines_of_its_table() -> None:
    picture = section(README, "The picture")
    drawn = re.findall(r"\((\d)\)", "\n".join(re.findall(r"^    .*", picture, flags=re.MULTILINE)))
    told = re.findall(r"^\| \((\d)\) \|", picture, flags=re.MULTILINE)
    assert sorted(set(drawn)) == told == sorted(told)


def test_every_command_of_mizban_is_told() -> None:
    told = section(README, "Two commands") + section(README, "Operators' commands")
    group = typer.main.get_group(app)
    commands = list(group.commands)
    assert commands
    for command in commands:
        assert re.search(rf"`{command}`|\./mizban {command}\b", told), command


def test_the_test_command_is_the_one_that_ci_runs() -> None:
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "./mizban test"
    assert "    ./mizban test\n" in section(README, "Two commands")


def test_every_file_on_a_messages_way_is_told_and_no_other() -> None:
    there = {path.name for path in (ROOT / "services" / "runtime").glob("*.py")}
    assert there > BESIDE_THE_WAY
    (table,) = re.findall(r"^\| file of `services/runtime` \|.*\n((?:\|.*\n)+)", DOOR, flags=re.MULTILINE)
    cells = re.findall(r"^\| (.+?) \|", table, flags=re.MULTILINE)
    told = [name for cell in cells for name in re.findall(r"`(\w+\.py)`", cell)]
    assert sorted(told) == sorted(there - BESIDE_THE_WAY)


def test_every_kill_point_is_told_and_no_other() -> None:
    assert first_cells(section(DOOR, "Crashes")) == {point.value for point in KillPoint}


def test_every_metric_is_told_and_no_other() -> None:
    assert first_cells(section(DOOR, "Metrics")) == set(METRICS)


def test_the_list_of_decisions_is_complete_and_in_order() -> None:
    there = sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
    assert re.findall(r"^\| \[\d{4}\]\((.*?)\)", (DECISIONS / "README.md").read_text(), flags=re.MULTILINE) == there
    assert [name[:4] for name in there] == [f"{number:04}" for number in range(1, len(there) + 1)]


@pytest.mark.parametrize("path", sorted(DECISIONS.glob("[0-9]*.md")), ids=lambda path: path.stem[:4])
def test_a_decision_tells_context_decision_consequence_and_when_to_look_again(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(f"# {path.name[:4]} ")
    assert re.findall(r"^\*\*(Context|Decision|Consequence)\.\*\*|^\*\*(Revisit)\*\*", text, flags=re.MULTILINE) == [
        ("Context", ""),
        ("Decision", ""),
        ("Consequence", ""),
        ("", "Revisit"),
    ]


@pytest.mark.parametrize("path", guides(), ids=str)
def test_every_link_leads_to_a_file_and_a_heading(path: Path) -> None:
    for target in LINK.findall((ROOT / path).read_text()):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        linked = (ROOT / path).parent / name if name else ROOT / path
        assert linked.exists(), target
        if anchor:
            assert anchor in headings(linked), target


def headings(page: Path) -> set[str]:
    """The anchors of a page, as they are made from its headings."""
    found = re.findall(r"^#+ (.*)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


NAMED_FILE = re.compile(r"`((?:services|tests|deploy|docs)/[\w./-]+|[\w-]+\.(?:py|yml|toml|lock))`")


@pytest.mark.parametrize("page", ["README.md", "docs/door.md"])
def test_every_file_that_a_guide_names_is_there(page: str) -> None:
    known = {str(path) for path in listed()}
    names, folders = {path.name for path in listed()}, {str(parent) for path in listed() for parent in path.parents}
    for name in NAMED_FILE.findall((ROOT / page).read_text()):
        assert name in known or name.rstrip("/") in folders or ("/" not in name and name in names), name


NUMBERS = r"(\d+(?:\.\d+)?(?:(?:, | and |-)\d+(?:\.\d+)?)*)"


def cited(pattern: str) -> dict[str, str]:
    """What comments, tests and guides cite by number, with a file that does."""
    found: dict[str, str] = {}
    for path in listed():
        if path.suffix in (".py", ".md", ".toml", ".yml") and (ROOT / path).exists():
            for numbers in re.findall(pattern, (ROOT / path).read_text()):
                found |= dict.fromkeys(re.findall(r"\d+(?:\.\d+)?", numbers), str(path))
    return found


def test_every_section_of_the_domain_that_is_cited_is_there() -> None:
    sections = re.findall(r"^## (\d+)\. (.*)$", DOMAIN, flags=re.MULTILINE)
    assert [number for number, _ in sections] == [str(number) for number in range(1, 13)]
    known = {number for number, _ in sections}
    for number, title in sections:
        items = re.findall(r"^(\d+)\. ", section(DOMAIN, f"{number}. {title}"), flags=re.MULTILINE)
        known |= {f"{number}.{item}" for item in items}
    places = cited(rf"\bdomain {NUMBERS}")
    assert len(places) > 10
    assert {number: place for number, place in places.items() if number not in known} == {}


def test_every_invariant_is_told_and_no_other_is_cited() -> None:
    told = re.findall(r"^- \*\*I(\d+)\*\* ", DOMAIN, flags=re.MULTILINE)
    assert told == [str(number) for number in range(1, 14)]
    assert set(cited(r"\bI(\d+)\b")) <= set(told)


def test_every_part_of_the_design_that_is_cited_leads_somewhere() -> None:
    rows = re.findall(r"^\| (\d+) \|.*\]\(", (DECISIONS / "README.md").read_text(), flags=re.MULTILINE)
    assert {number: place for number, place in cited(rf"\bdesign {NUMBERS}").items() if number not in rows} == {}
