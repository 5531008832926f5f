"""Pictures that scanners put into a PDF say their size themselves: JPEG 2000, JBIG2, fax (docs/adr/0022).

The document around them says what it likes: whoever opens the picture goes by what is in it.
"""

import struct

import pytest

from services.intake.documents.judge import judge
from services.intake.documents.verdict import Accepted, Fault, Kind
from tests.support.papers import a_box, a_pdf, a_picture, a_segment, a_stream, jpeg2000_claiming, page_of, region_of
from tests.unit.intake.documents import fault_of

SMALL = "/Subtype /Image /Width 9 /Height 9 "
JP2 = a_picture("JPEG2000")
CODESTREAM = JP2[JP2.index(b"\xff\x4f\xff\x51") :]
PAGE = page_of(60, 40) + region_of(60, 40) + a_segment(49)
HUGE = page_of(60_000, 60_000)


def taken(content: bytes) -> bool:
    return judge(content) == Accepted(Kind.PDF, len(content))


# -- JPEG 2000 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filters", [("JPXDecode",), ("FlateDecode", "JPXDecode")])
@pytest.mark.parametrize("picture", [JP2, CODESTREAM, a_picture("JPEG2000", mode="RGBA")])
def test_jpeg_2000_within_a_pdf_is_taken(picture: bytes, filters: tuple[str, ...]) -> None:
    assert taken(a_pdf(a_stream(picture, *filters, entries=SMALL)))


@pytest.mark.parametrize("filters", [("JPXDecode",), ("FlateDecode", "JPXDecode")])
@pytest.mark.parametrize("plain", [False, True], ids=["in boxes", "plain"])
@pytest.mark.parametrize(
    ("size", "fault"),
    [
        ({"x1": 60_000, "y1": 60_000}, Fault.TOO_MANY_PIXELS),
        ({"x1": 8000, "y1": 5001}, Fault.TOO_MANY_PIXELS),
        ({"x1": 6000, "y1": 6000, "components": 5}, Fault.TOO_MANY_PIXELS),
        ({"x1": 60, "y1": 40, "x0": 60}, Fault.DAMAGED),
    ],
)
def test_jpeg_2000_within_a_pdf_has_a_size_of_its_own(
    size: dict[str, int], fault: Fault, plain: bool, filters: tuple[str, ...]
) -> None:
    large = jpeg2000_claiming(CODESTREAM if plain else JP2, **size)
    assert fault_of(a_pdf(a_stream(large, *filters, entries=SMALL))) is fault


def test_what_the_picture_leaves_out_at_its_edge_is_no_part_of_it() -> None:
    shifted = jpeg2000_claiming(JP2, x1=2**31, y1=2**31, x0=2**31 - 60, y0=2**31 - 40)
    assert taken(a_pdf(a_stream(shifted, "JPXDecode", entries=SMALL)))


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"",
        JP2[:30],
        JP2[1:],
        JP2[: JP2.index(b"jp2c") + 8],
        CODESTREAM[:20],
        CODESTREAM[:4] + b"\0\x29" + CODESTREAM[6:],
        # readers would not agree which of two is the picture
        JP2[:12] + a_box(b"uuid", CODESTREAM) + jpeg2000_claiming(JP2, x1=60_000, y1=60_000)[12:],
        JP2[:12] + a_box(b"jp2h", a_box(b"jp2c", jpeg2000_claiming(CODESTREAM, x1=60_000, y1=60_000))) + JP2[12:],
        JP2[:12] + struct.pack(">I4s", 0, b"uuid") + JP2[12:],
        JP2[:12] + struct.pack(">I4s", 7, b"uuid") + JP2[12:],
    ],
)
def test_jpeg_2000_within_a_pdf_whose_size_cannot_be_found_is_damaged(data: bytes) -> None:
    assert fault_of(a_pdf(a_stream(data, "JPXDecode", entries=SMALL))) is Fault.DAMAGED


def test_jpeg_2000_with_endless_boxes_before_its_size_is_a_bomb() -> None:
    assert fault_of(a_pdf(a_stream(JP2[:12] + a_box(b"free") * 60_000 + JP2[12:], "JPXDecode"))) is (
        Fault.DECOMPRESSION_BOMB
    )


def test_a_long_box_before_the_picture_is_passed_by() -> None:
    long = struct.pack(">I4sQ", 1, b"uuid", 16 + 40) + bytes(40)
    assert taken(a_pdf(a_stream(JP2[:12] + long + JP2[12:], "JPXDecode", entries=SMALL)))


# -- JBIG2 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filters", [("JBIG2Decode",), ("FlateDecode", "JBIG2Decode")])
@pytest.mark.parametrize(
    "data",
    [
        PAGE,
        PAGE[:-11],
        page_of(60, 40) + region_of(60, 40),
        page_of(60, 0xFFFFFFFF) + region_of(60, 20) + region_of(60, 20, y=20) + a_segment(50, struct.pack(">I", 39)),
        a_segment(0, bytes(30), number=300, refers_to=(1, 2)) + PAGE,
        a_segment(6, region_of(60, 40)[11:], number=70_000, refers_to=tuple(range(9))) + PAGE,
        PAGE + b"\n",
    ],
)
def test_jbig2_within_a_pdf_is_taken(data: bytes, filters: tuple[str, ...]) -> None:
    assert taken(a_pdf(a_stream(data, *filters, entries=SMALL)))


@pytest.mark.parametrize("filters", [("JBIG2Decode",), ("FlateDecode", "JBIG2Decode")])
@pytest.mark.parametrize(
    "data",
    [
        HUGE,
        PAGE + HUGE,
        page_of(60, 40) + region_of(60_000, 60_000),
        page_of(60_000, 0xFFFFFFFF) + region_of(60_000, 20, y=60_000),
        page_of(60, 40) + a_segment(16, struct.pack(">BBBI", 0, 200, 200, 60_000)),
    ],
    ids=["page", "a second page", "region", "stripes", "patterns"],
)
def test_jbig2_within_a_pdf_has_a_size_of_its_own(data: bytes, filters: tuple[str, ...]) -> None:
    assert fault_of(a_pdf(a_stream(data, *filters, entries=SMALL))) is Fault.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"",
        PAGE[:20],
        region_of(60, 40),
        PAGE[:-11] + a_segment(38, length=0xFFFFFFFF),
        page_of(60, 40) + a_segment(38, b"short"),
        a_segment(48, b"short"),
    ],
)
def test_jbig2_within_a_pdf_whose_size_cannot_be_found_is_damaged(data: bytes) -> None:
    assert fault_of(a_pdf(a_stream(data, "JBIG2Decode", entries=SMALL))) is Fault.DAMAGED


def test_what_stands_behind_an_end_within_the_data_is_no_way_round() -> None:
    """Those who go by the length read on."""
    trick = b"endstream endobj " + HUGE
    assert fault_of(a_pdf(a_stream(PAGE + trick, "JBIG2Decode", entries=SMALL))) is Fault.DAMAGED


def test_jbig2_of_endless_segments_is_a_bomb() -> None:
    assert fault_of(a_pdf(a_stream(PAGE + a_segment(62) * 30_000, "JBIG2Decode"))) is Fault.DECOMPRESSION_BOMB
    many = a_segment(0, refers_to=tuple(range(250_000)))
    assert fault_of(a_pdf(a_stream(PAGE + many, "JBIG2Decode"))) is Fault.DECOMPRESSION_BOMB


@pytest.mark.parametrize("filters", [(), ("FlateDecode",)])
def test_what_several_jbig2_pictures_share_counts_too(filters: tuple[str, ...]) -> None:
    """It stands in a stream of its own, under a number."""
    picture = a_stream(PAGE, "JBIG2Decode", entries=SMALL + "/DecodeParms << /JBIG2Globals 5 0 R >> ")
    words = a_segment(0, bytes(30))
    assert taken(a_pdf(picture, a_stream(words, *filters)))
    assert fault_of(a_pdf(picture, a_stream(words + HUGE, *filters))) is Fault.TOO_MANY_PIXELS
    other = a_pdf(picture, a_stream(words, *filters), a_stream(b"005 0 obj " + a_stream(HUGE) + b" endobj"))
    assert fault_of(other) is Fault.TOO_MANY_PIXELS, "also another object of that number"


@pytest.mark.parametrize(
    "entries",
    [
        "/DecodeParms 5 0 R ",
        "/DecodeParms [5 0 R] ",
        "/DecodeParms << /JBIG2Globals 5 >> ",
        "/DecodeParms << /JBIG2Globals /Five >> ",
        "/DecodeParms << /JBIG2Globals 5 0 R >> /DP 5 0 R ",
    ],
)
def test_shared_jbig2_data_that_is_not_named_in_place_is_not_taken(entries: str) -> None:
    picture = a_stream(PAGE, "JBIG2Decode", entries=SMALL + entries)
    assert fault_of(a_pdf(picture, a_stream(a_segment(0, bytes(30))))) is Fault.DAMAGED


# -- fax ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CCITTFaxDecode", "CCF"])
@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ("/Width 2480 /Height 3508 /DecodeParms << /K -1 /Columns 2480 /Rows 3508 >> ", None),
        ("/Width 2480 /Height 3508 /DecodeParms [<< /K -1 /Columns 2480 >>] ", None),
        ("/Width 1728 /Height 2200 /DecodeParms null ", None),
        ("/Width 9 /Height 9 /DecodeParms << /Columns 60000 /Rows 60000 >> ", Fault.TOO_MANY_PIXELS),
        ("/Width 9 /Height 60000 /DecodeParms << /Columns 60000 >> ", Fault.TOO_MANY_PIXELS),
        ("/Width 60000 /Height 9 /DP << /Rows 60000 >> ", Fault.TOO_MANY_PIXELS),
        ("/Width 9 /Height 60000 ", Fault.TOO_MANY_PIXELS),
        ("/Width 9 /Height 9 /DecodeParms << /Columns 9 /Columns 60000 /Rows 60000 >> ", Fault.TOO_MANY_PIXELS),
        ("/Width 9 /Height 9 /DecodeParms << /Columns 5 0 R >> ", Fault.DAMAGED),
        ("/Width 9 /Height 9 /DecodeParms << /Columns -9 >> ", Fault.DAMAGED),
        ("/Width 9 /Height 9 /DecodeParms 5 0 R ", Fault.DAMAGED),
    ],
)
def test_a_fax_within_a_pdf_is_as_large_as_its_lines_say(entries: str, fault: Fault | None, name: str) -> None:
    """Where they do not say how long they are, they have 1728 dots."""
    content = a_pdf(a_stream(b"x", name, entries="/Subtype /Image " + entries))
    assert taken(content) if fault is None else fault_of(content) is fault
