"""How a PDF may be packed: differences to neighbours are undone, and what is not known here is not taken."""

import pytest

from services.intake.documents.judge import judge
from services.intake.documents.verdict import TOLD, Fault, Kind
from tests.support.papers import EICAR_TEST, a_pdf, a_stream
from tests.unit.intake.documents import JPEG, fault_of


def differences(line: bytes, step: int) -> bytes:
    """Each byte of a line as what it adds to the one so many to its left."""
    return bytes((byte - before) % 256 for byte, before in zip(line, bytes(step) + line, strict=False))


@pytest.mark.parametrize(
    ("lines", "parameters"),
    [
        (b"".join(bytes([0, byte]) for byte in EICAR_TEST), "/Predictor 12 /Columns 1"),
        (b"\0" + EICAR_TEST[:40] + b"\0" + EICAR_TEST[40:], "/Predictor 15 /Columns 40"),
        (b"\1" + differences(EICAR_TEST[:66], 3) + b"\0" + EICAR_TEST[66:], "/Predictor 10 /Colors 3 /Columns 22"),
        (b"\1" + differences(EICAR_TEST, 4), "/Predictor 11 /Colors 2 /BitsPerComponent 16 /Columns 17"),
        (differences(EICAR_TEST, 1), "/Predictor 2 /Columns 68"),
        (differences(EICAR_TEST, 4), "/Predictor 2 /Colors 4 /Columns 9000"),
        (EICAR_TEST, "/Predictor 2 /Columns 68"),
    ],
    ids=["dot by dot", "two lines", "colours", "16 bits", "as TIFF does it", "in a line cut short", "not undone"],
)
def test_the_mark_of_a_virus_is_found_behind_a_predictor_and_before_it(lines: bytes, parameters: str) -> None:
    for entry in ("/DecodeParms << {} >> ", "/DecodeParms [<< {} >>] ", "/DP << {} >> "):
        content = a_pdf(a_stream(lines, "FlateDecode", entries=entry.format(parameters)))
        assert fault_of(content) is Fault.EICAR, entry


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("LZWDecode", b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01"),
        ("RunLengthDecode", b"\2abc\x80"),
        ("Crypt", b"x"),
        ("Unheard", b"x"),
    ],
)
def test_a_pdf_that_is_packed_in_a_way_that_is_not_opened_here_is_to_be_printed_and_scanned(
    name: str, data: bytes
) -> None:
    """It is a PDF, and no damaged one: neither is said of it."""
    assert fault_of(a_pdf(a_stream(data, name, plain=True))) is Fault.UNKNOWN_PACKING
    assert "print it and scan it" in TOLD[Fault.UNKNOWN_PACKING][1]


@pytest.mark.parametrize(
    "parameters",
    [
        "9 0 R",
        "[9 0 R]",
        "<< /Predictor 9 0 R >>",
        "<< /JBIG2Globals 9 0 R >>",
        "<< /Predictor 3 >>",
        "<< /Predictor 2 /BitsPerComponent 16 >>",
        "<< /Predictor 12 /BitsPerComponent 3 >>",
        "<< /Predictor 12 /Colors 33 >>",
        "<< /Predictor 12 /Colors 3 /BitsPerComponent 4 /Columns 3 >>",
        "<< /Predictor 12 /Columns 0 >>",
        "<< /Predictor 12 /Columns 2147483647 >>",
    ],
)
def test_a_predictor_that_is_not_known_here_is_not_taken(parameters: str) -> None:
    content = a_pdf(a_stream(b"\0x" * 9, "FlateDecode", entries=f"/DecodeParms {parameters} "))
    assert fault_of(content) is Fault.UNKNOWN_PACKING


@pytest.mark.parametrize(
    ("filters", "parameters"),
    [
        (("FlateDecode", "FlateDecode"), "[null << /Predictor 12 >>]"),
        (("FlateDecode", "FlateDecode"), "<< /Predictor 12 >>"),
        (("FlateDecode", "DCTDecode"), "[<< /Predictor 12 >> null]"),
    ],
)
def test_a_predictor_of_what_is_packed_further_is_not_taken(filters: tuple[str, ...], parameters: str) -> None:
    """Readers would not agree of which data it is."""
    content = a_pdf(a_stream(JPEG, *filters, entries=f"/DecodeParms {parameters} "))
    assert fault_of(content) is Fault.UNKNOWN_PACKING


@pytest.mark.parametrize(
    ("lines", "entries"),
    [
        (b"\0x", "/DecodeParms << /Predictor 12 >> /DP << /Predictor 2 >> "),
        (b"\0x", "/DP << /Predictor 1 >> /DP << /Predictor 12 >> "),
        (b"\0x", "/DecodeParms << /Predictor 12 /Columns 1 /Columns 2 >> "),
        (b"\0x", "/DecodeParms << /Predictor /Many >> "),
        (b"\5x", "/DecodeParms << /Predictor 12 >> "),
    ],
    ids=["two", "twice", "two lengths of a line", "no number", "a line that begins as none does"],
)
def test_what_cannot_be_undone_is_damaged(lines: bytes, entries: str) -> None:
    assert fault_of(a_pdf(a_stream(lines, "FlateDecode", entries=entries))) is Fault.DAMAGED


@pytest.mark.parametrize("rest", [b"\n", b"\r\n", b"\xff\xff"])
def test_a_picture_with_a_line_end_behind_its_last_line_is_taken(rest: bytes) -> None:
    """Readers show the whole lines; of one byte nothing is shown at all."""
    lines = b"".join(b"\2" + bytes(9) for _ in range(5)) + rest
    entries = "/DecodeParms << /Predictor 15 /Colors 3 /Columns 3 >> "
    assert judge(a_pdf(a_stream(lines, "FlateDecode", entries=entries))).kind is Kind.PDF
