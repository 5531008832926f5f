"""The report of the work inside, frozen with the pack: who may see what, and what comes late (domain 7, 11)."""

import csv
import io
import json
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.intake import RequestMoved
from services.contracts.registry import Unit
from services.contracts.routing import WorkMoved
from services.ops.chance import Chance
from services.registry.domain.packs import Form, PackRevision, Printed, Report, Why
from services.registry.handlers import WORK
from services.registry.pack.content import of_work
from services.registry.pack.figures import FIGURES, SECTIONS, TABLES, WORK_SECTIONS, WORK_TABLES, Measure
from services.registry.pack.public import for_everybody
from services.registry.pack.work import NOT_KNOWN
from services.registry.packing import counted
from tests.unit.registry.frozen import bytes_of, events, json_of, values, with_cases
from tests.unit.registry.governorate import AGENCY, province
from tests.unit.registry.ministry import Ministry
from tests.unit.registry.months import BEGINS, ENDS, MONTH
from tests.unit.registry.works import LEADER, OFFICERS, UNITS, work_record, works

SMALL = range(1, 5)
SECRETS = (*OFFICERS, LEADER, "o-8")


async def an_office(moves: list[RequestMoved], work: list[WorkMoved]) -> Ministry:
    office = await Ministry.of_the_province()
    await with_cases(office, *moves)
    await office.records(*map(work_record, work))
    return office


async def test_the_report_of_the_work_is_a_part_of_the_pack_with_a_hash_of_its_own() -> None:
    office = await an_office(events(), works())
    await office.freeze()
    for public in (False, True):
        pack, part = json_of(office, public=public), json_of(office, public=public, report=Report.WORK)
        assert part["content"] == of_work(pack["content"])
        assert (part["report"], part["packSha256"], part["public"]) == ("WORK", pack["sha256"], public)
        again = json.dumps(part["content"], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        assert part["sha256"] == sha256(again).hexdigest()
        for form in (Form.CSV, Form.XLSX, Form.HTML):
            made = office.revision(1).printed(form, public=public, report=Report.WORK)
            assert part["formats"][form] == sha256(bytes_of(made)).hexdigest()
    told = json_of(office, report=Report.WORK)["content"]
    assert list(told["figures"]) == [code for section in WORK_SECTIONS for code in SECTIONS[section][1]]
    assert list(told["tables"]) == list(WORK_TABLES)
    for name in WORK_TABLES:
        for row in told["tables"][name]:
            assert set(row) == {"id", *TABLES[name].columns}, name


async def test_the_month_asked_for_on_two_machines_is_the_same_whatever_the_order_of_events() -> None:
    moves, work = events(), works()
    first, other = await an_office(moves, work), await Ministry.of_the_province()
    rng = Chance(1)
    mixed = [*work, *rng.sample(work, 30)]
    rng.shuffle(mixed)
    await other.records(*map(work_record, mixed))
    await with_cases(other, *moves)
    await first.freeze()
    await other.freeze()
    assert first.revision(1).prints == other.revision(1).prints


async def test_the_channel_of_an_answer_is_that_of_its_case() -> None:
    moves = [event for event in events(number=40) if event.occurred_at < ENDS]
    office = await an_office(moves, works())
    await office.freeze()
    channels = {move.request_id: move.channel for move in sorted(moves, key=lambda each: each.version)}
    wanted: dict[str, int] = {}
    for event in works():
        if "task.answered" in event.moves and BEGINS <= event.occurred_at < ENDS:
            channel: str = channels.get(event.request_id, NOT_KNOWN)
            wanted[channel] = wanted.get(channel, 0) + 1
    table = json_of(office)["content"]["tables"]["channelAnswers"]
    assert {row["id"]: row["answers"] for row in table if row["answers"]} == wanted
    assert len(wanted) > 2


async def test_work_that_is_heard_of_late_makes_another_revision_and_the_one_before_stays() -> None:
    work = [event for event in works() if event.occurred_at < ENDS]
    late = next(each for each in work if "result.decided" in each.moves and each.occurred_at >= BEGINS)
    office = await an_office(events(), [each for each in work if each is not late])
    await office.freeze()
    first = office.revision(1)
    await office.records(work_record(late), work_record(late))
    await office.recounts()
    assert [each.why for each in office.pack().revisions] == [Why.ASKED, Why.LATE]
    assert office.revision(1) == first
    before, after = (values(json_of(office, number, report=Report.WORK)) for number in (1, 2))
    assert after["work.answers"] == before["work.answers"] + 1
    shown = [values(json_of(office, number, public=True))["work.answers"] for number in (1, 2)]
    assert None in shown, "who came late would be one"


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 120))
async def test_what_everybody_sees_of_the_work_names_no_officer_and_no_few(seed: int, number: int) -> None:
    OFFICES[:] = OFFICES or [await Ministry.of_the_province()]
    (office,) = OFFICES
    office.store.collections.pop(WORK.name, None)
    await office.records(*map(work_record, works(seed, number)))
    whole = await counted(office.readable, AGENCY, MONTH)
    shown = of_work(for_everybody(whole))
    text = json.dumps(shown)
    assert not any(f'"{officer}"' in text or f"{officer}|" in text for officer in SECRETS)
    for code, figure in shown["figures"].items():
        assert FIGURES[code].measure is not Measure.PEOPLE or figure["value"] not in SMALL, code
        assert figure.get("of") not in SMALL, code
    for name, rows in shown["tables"].items():
        assert not TABLES[name].personal, name
        for row in rows:
            for column, told in TABLES[name].columns.items():
                assert told.measure is not Measure.PEOPLE or row[column] not in SMALL, (name, row)
    for code, name, column in (
        ("work.answers", "unitAnswers", "answers"),
        ("work.jumps", "jumpReasons", "jumps"),
        ("work.overrides", "unitOrder", "overrides"),
        ("work.returns", "returnReasons", "returns"),
        ("referrals.coordinated", "unitReferrals", "coordinated"),
    ):
        cells = [row[column] for row in shown["tables"][name]]
        told_all = shown["figures"][code]["value"] is not None
        assert not told_all or cells.count(None) != 1, f"{code} less what is shown is what one row hides"


OFFICES: list[Ministry] = []
"""One province for all examples; each has work of its own."""


async def test_units_have_the_names_that_they_had() -> None:
    office = await an_office([], works())
    known = {unit.id: unit.name for unit in province()._newest.values() if isinstance(unit, Unit)}
    told = await counted(office.readable, AGENCY, MONTH)
    names = {row["id"]: row["name"] for row in told["tables"]["unitAnswers"]}
    assert names == {id: known[id] for id in UNITS}


async def test_the_table_of_the_work_has_a_line_for_every_cell_and_words_for_reasons() -> None:
    office = await an_office([], works())
    await office.freeze()
    text = bytes_of(office.revision(1).printed(Form.CSV, public=False, report=Report.WORK)).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert {line[0] for line in lines[1:]} <= {"pack", *WORK_TABLES, *FIGURES}
    jumps = [line for line in lines if line[0] == "jumps" and line[2] == "reason"]
    assert jumps
    assert {line[5] for line in jumps} <= {"کسری مدارک", "کار دستگاه دیگر", "اولویت قانونی"}
    page = bytes_of(office.revision(1).printed(Form.HTML, public=False, report=Report.WORK)).decode()
    assert "کار درون دستگاه" in page
    assert "امضا" not in page
    assert "نظر مردم" not in page, "a section of which nothing is told has no heading"


def test_a_revision_from_before_there_was_such_a_report_has_none() -> None:
    old = Printed.model_validate({"form": "json", "public": True, "sha256": "", "content": ""})
    revision = PackRevision(pack_id="p", number=1, prints=(old,))
    assert revision.printed(Form.JSON, public=True) is old
    assert revision.printed(Form.JSON, public=True, report=Report.WORK) is None


@pytest.mark.parametrize("name", WORK_TABLES)
def test_a_table_that_names_officers_is_personal(name: str) -> None:
    names = {"officerId", "byId", "toId", "secondOfficerId"} & {*TABLES[name].columns}
    assert TABLES[name].personal is (bool(names) or name == "officerAnswers")
