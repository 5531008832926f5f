"""A stranger's document is opened in a process of its own, which has little time, little memory and no keys."""

import asyncio
import hashlib
import sys
import time

import psutil
import pytest

from services.intake import examiner
from services.intake.documents.verdict import Fault, Kind, Unacceptable
from services.intake.examiner import Examiner
from services.runtime.message import Broken, Unavailable
from tests.support.papers import A_ZIP, EICAR_TEST, a_pdf, a_picture, a_png


def instead(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Another program in the place of the judge; the seconds are its only argument."""
    monkeypatch.setattr(examiner, "STARTED_BY", (sys.executable, "-c", program))


async def fault_of(content: bytes, seconds: int = 10) -> Fault:
    with pytest.raises(Unacceptable) as refused:
        await Examiner(1, seconds).examine(content)
    return refused.value.fault


async def test_what_is_kept_comes_back_with_its_digest_and_without_what_is_cut_off() -> None:
    picture = a_picture()
    found = await Examiner(1, 10).examine(picture + A_ZIP)
    assert (found.kind, bytes(found.content)) == (Kind.JPEG, picture)
    assert found.sha256 == hashlib.sha256(picture).hexdigest()
    assert (await Examiner(1, 10).examine(a_pdf())).kind is Kind.PDF


async def test_a_refusal_comes_back_as_it_was_judged() -> None:
    assert await fault_of(EICAR_TEST) is Fault.EICAR
    assert await fault_of(b"hello") is Fault.NOT_ALLOWED_TYPE
    assert await fault_of(bytes(11 * 1024 * 1024)) is Fault.TOO_LARGE


async def test_the_largest_honest_picture_fits_into_its_memory() -> None:
    """Of time it is given plenty: on a machine with much else to do it takes longer than a citizen would wait."""
    assert (await Examiner(1, 60).examine(a_png(8000, 5000, bits=8, colour=6))).kind is Kind.PNG
    dearest = a_picture(size=(8000, 5000), mode="CMYK", progressive=True, subsampling=0, quality=50)
    assert (await Examiner(1, 60).examine(dearest)).kind is Kind.JPEG


async def test_a_document_that_takes_too_long_is_given_up() -> None:
    """Nested brackets that never close: each of a million objects would be read to the end of the file."""
    endless = b"%PDF-1.7\n" + b"1 0 obj [<<" * 900_000 + b"\nstartxref\n0\n%%EOF"
    began = time.monotonic()
    assert await fault_of(endless, seconds=2) in (Fault.DECOMPRESSION_BOMB, Fault.DAMAGED)
    assert time.monotonic() - began < 10


async def test_a_decoder_that_spins_sleeps_or_eats_memory_ends_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass")
    assert await fault_of(b"x", seconds=2) is Fault.DECOMPRESSION_BOMB
    instead(monkeypatch, "import time; time.sleep(60)")
    began = time.monotonic()
    assert await fault_of(b"x", seconds=1) is Fault.DECOMPRESSION_BOMB
    assert time.monotonic() - began < 10
    instead(monkeypatch, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert await fault_of(b"x") is Fault.DAMAGED


async def test_a_fault_of_ours_is_not_blamed_on_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, "import nothing_of_that_name")
    with pytest.raises(Broken):
        await Examiner(1, 10).examine(a_picture())
    monkeypatch.setattr(examiner, "STARTED_BY", ("/no/such/program",))
    with pytest.raises(Unavailable):
        await Examiner(1, 10).examine(a_picture())


async def test_the_process_has_no_variable_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_SEAL_KEY", "a secret")
    told = "import json, os; print(json.dumps({'fault': 'EICAR', 'why': ' '.join(sorted(os.environ))}))"
    instead(monkeypatch, told)
    with pytest.raises(Unacceptable) as refused:
        await Examiner(1, 10).examine(b"x")
    assert set(refused.value.why.split()) <= {"PATH", "PYTHONPATH", "LC_CTYPE"}


async def test_no_more_are_opened_at_once_than_was_set_and_the_loop_is_free_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = "import json, time; time.sleep(.3); print(json.dumps({'fault': 'DAMAGED', 'why': ''}))"
    instead(monkeypatch, told)
    one_by_one, began, longest = Examiner(1, 10), time.monotonic(), 0.0
    asked = [asyncio.create_task(one_by_one.examine(b"x")) for _ in range(3)]
    while not all(task.done() for task in asked):
        before = time.monotonic()
        await asyncio.sleep(0.005)
        longest = max(longest, time.monotonic() - before)
    assert time.monotonic() - began >= 0.9
    assert longest < 0.25
    await asyncio.gather(*asked, return_exceptions=True)


async def test_whoever_hangs_up_leaves_no_process_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, "import time; time.sleep(60)")
    asked = asyncio.create_task(Examiner(1, 60).examine(b"x"))
    await asyncio.sleep(0.3)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert [child for child in psutil.Process().children() if "time.sleep(60)" in " ".join(child.cmdline())] == []
