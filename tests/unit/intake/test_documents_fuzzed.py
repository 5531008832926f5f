"""Whatever the bytes are, the judge answers with a verdict: never with another error, and never with two verdicts."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.intake.documents.judge import judge
from services.intake.documents.verdict import Accepted, Fault, Unacceptable
from tests.support.papers import (
    A_ZIP,
    EICAR_TEST,
    a_pdf,
    a_picture,
    a_png,
    a_segment,
    a_stream,
    page_of,
    region_of,
)

GOOD = (
    a_picture(),
    a_picture(progressive=True),
    a_picture("PNG", mode="RGBA"),
    a_png(9, 9),
    a_pdf(),
    a_pdf(
        a_stream(b"BT (hello) Tj ET", "ASCII85Decode", "FlateDecode"),
        a_stream(b"4 0 << /A [1 2 (x)] >>", "FlateDecode", entries="/Type /ObjStm /N 1 /First 4 "),
        a_stream(a_picture(size=(9, 9)), "DCTDecode", entries="/Width 9 /Height 9 "),
        a_stream(a_picture("JPEG2000", size=(9, 9)), "JPXDecode"),
        a_stream(page_of(9, 9) + region_of(9, 9), "JBIG2Decode", entries="/DecodeParms << /JBIG2Globals 9 0 R >> "),
        a_stream(b"x", "CCITTFaxDecode", entries="/DecodeParms << /Columns 9 >> "),
        a_stream(a_segment(0, bytes(20)), "FlateDecode"),
        a_stream(b"\2abc\4def", "FlateDecode", entries="/DecodeParms << /Predictor 15 /Columns 3 >> "),
        catalog="/OpenAction [3 0 R /Fit] ",
    ),
)
PIECES = (
    *(
        b"<<",
        b">>",
        b"[",
        b"]",
        b"(",
        b")",
        b"<",
        b"/",
        b"#",
        b"%",
        b"stream\n",
        b"endstream",
        b" 9 0 obj ",
        b"/Filter",
    ),
    *(
        b"/FlateDecode",
        b"/First 1",
        b"/Width 99999",
        b"\xff\xd8",
        b"\xff\xd9",
        b"\xff\xda\0\0",
        b"\xff\xff",
        b"IEND",
        b"\xff\x4f\xff\x51",
    ),
    b"\xff\x4f\xff\x51",
    *(b"startxref\n0\n%%EOF", b"\0", b"\n", b"99999999999", A_ZIP, EICAR_TEST),
)


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A good document of which some places are changed, left out, or written over."""
    content = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(content)))
        what = draw(st.sampled_from(["put", "write", "leave out", "double"]))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)))
        if what == "put":
            content[place:place] = piece
        elif what == "write":
            content[place : place + len(piece)] = piece
        elif what == "leave out":
            del content[place : place + draw(st.integers(1, 40))]
        else:
            content[place:place] = content[place : place + draw(st.integers(1, 200))]
    return bytes(content)


@given(st.one_of(spoiled(), st.builds(lambda good, rest: good[:12] + rest, st.sampled_from(GOOD), st.binary())))
@example(b"")
@example(b"\xff\xd8\xff")
@example(b"%PDF-1.7\n" + b"9 0 obj <<" * 1000)
@example(b"%PDF-1.7\n" + b"(" * 1000)
@settings(max_examples=400)
def test_any_bytes_get_one_verdict(content: bytes) -> None:
    verdict = verdict_of(content)
    assert verdict_of(content) == verdict
    if isinstance(verdict, Accepted):
        assert 0 < verdict.kept <= len(content)
        kept = content[: verdict.kept]
        assert verdict_of(kept) == replace(verdict, kept=len(kept)), "what is kept is good"


def verdict_of(content: bytes) -> Accepted | tuple[Fault, str]:
    try:
        return judge(content)
    except Unacceptable as unacceptable:
        return unacceptable.fault, unacceptable.why
