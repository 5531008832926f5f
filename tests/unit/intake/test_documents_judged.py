"""What is taken as a document and what is not: by content alone, each refusal by a document made for it."""

import pytest

from services.intake.documents.judge import judge
from services.intake.documents.verdict import MAX_BYTES, TOLD, Accepted, Fault, Kind
from tests.support.papers import A_ZIP, a_chunk, a_pdf, a_picture, a_stream
from tests.unit.intake.documents import JPEG, PNG, TEXT, fault_of


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (JPEG, Kind.JPEG),
        (a_picture(progressive=True), Kind.JPEG),
        (a_picture(mode="L"), Kind.JPEG),
        (a_picture(mode="CMYK"), Kind.JPEG),
        (PNG, Kind.PNG),
        (a_picture("PNG", mode="1"), Kind.PNG),
        (a_picture("PNG", mode="RGBA"), Kind.PNG),
    ],
)
def test_pictures_are_taken_whole_with_their_size(content: bytes, kind: Kind) -> None:
    assert judge(content) == Accepted(kind, len(content), 60, 40)


@pytest.mark.parametrize(
    "content",
    [
        a_pdf(),
        a_pdf(version="2.0"),
        a_pdf(a_stream(TEXT)),
        a_pdf(a_stream(TEXT, "FlateDecode")),
        a_pdf(a_stream(TEXT, "ASCII85Decode", "FlateDecode"), a_stream(TEXT, "ASCIIHexDecode", "FlateDecode")),
        a_pdf(a_stream(JPEG, "DCTDecode", entries="/Subtype /Image /Width 60 /Height 40 ")),
        a_pdf(a_stream(JPEG, "FlateDecode", "DCTDecode", entries="/Width 60.0 /Height +40 ")),
        a_pdf(a_stream(a_picture(progressive=True), "DCTDecode", entries="/Width null /W [1 2 1] ")),
        a_pdf(a_stream(b"4 0 5 9 << >> << >>", "FlateDecode", entries="/Type /ObjStm /N 2 /First 8 ")),
        a_pdf(catalog="/OpenAction [3 0 R /Fit] "),
        a_pdf(b"<< /S /GoTo /D [3 0 R /Fit] >>", catalog="/OpenAction 4 0 R "),
        a_pdf(b"<< /S /URI /URI (http://example.ir) >>", page="/Annots [<< /A 4 0 R >>] "),
        a_pdf().rstrip() + b"\r\n\0\0",
    ],
)
def test_pdfs_are_taken_whole(content: bytes) -> None:
    assert judge(content) == Accepted(Kind.PDF, len(content))


@pytest.mark.parametrize(
    ("lines", "parameters"),
    [
        (b"\2abc\4def", "<< /Predictor 15 /Colors 3 >>"),
        (b"\1abcdef" * 2, "<< /Predictor 12 /Colors 3 /BitsPerComponent 16 >>"),
        (b"\3x" * 9, "[<< /Predictor 10 /BitsPerComponent 1 /Columns 3 >>]"),
        (b"abcdef", "<< /Predictor 2 /Colors 3 /Columns 2 >>"),
        (b"\5" * 9, "<< /Predictor 1 /Columns 9 >>"),
        (b"\2abc\2a", "<< /Predictor 12 /Columns 3 >>"),
        (b"", "<< /Predictor 12 /Columns 3 >>"),
    ],
    ids=["PNG", "PNG of 16 bits", "PNG of one bit", "TIFF", "none", "cut short", "nothing"],
)
def test_pictures_and_tables_packed_as_differences_are_taken(lines: bytes, parameters: str) -> None:
    packed = a_stream(lines, "FlateDecode", entries=f"/DecodeParms {parameters} ")
    as_text = a_stream(lines, "ASCII85Decode", "FlateDecode", entries=f"/DecodeParms [null {parameters.strip('[]')}] ")
    content = a_pdf(packed, as_text)
    assert judge(content) == Accepted(Kind.PDF, len(content))


def test_ten_mebibytes_are_taken_and_one_byte_more_is_not() -> None:
    filled = a_chunk(b"teXt", b"x" * (MAX_BYTES - len(PNG) - 12))
    full = PNG[:-12] + filled + PNG[-12:]
    assert judge(full).kept == MAX_BYTES
    assert fault_of(full + b"\0") is Fault.TOO_LARGE


# -- what it is --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"hello",
        b"GIF89a" + bytes(50),
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic",
        b"MZ" + bytes(100),
        b"\x7fELF",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        A_ZIP,
        b" " + a_pdf(),
        a_picture("GIF", mode="L"),
        a_picture("BMP"),
        a_picture("TIFF"),
    ],
)
def test_only_three_kinds_are_taken(content: bytes) -> None:
    assert fault_of(content) is Fault.NOT_ALLOWED_TYPE


def test_a_moving_picture_is_no_document() -> None:
    frames = a_picture("PNG", mode="L"), a_picture("PNG", mode="L", size=(60, 40))
    moving = frames[0][:33] + a_chunk(b"acTL", bytes(8)) + frames[0][33:]
    assert fault_of(moving) is Fault.NOT_ALLOWED_TYPE


# -- two kinds at once -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("picture", [JPEG, PNG])
@pytest.mark.parametrize("behind", [A_ZIP, a_pdf(), b"<script>alert(1)</script>", JPEG, b"\0" * 1000])
def test_what_stands_behind_a_picture_is_cut_off(picture: bytes, behind: bytes) -> None:
    """Telephones append second pictures and films; an archive or a page hidden there is not kept either."""
    assert judge(picture + behind).kept == len(picture)


def test_a_pdf_or_an_archive_within_a_picture_is_refused() -> None:
    def comment(data: bytes) -> bytes:
        return JPEG[:2] + b"\xff\xfe" + (len(data) + 2).to_bytes(2, "big") + data + JPEG[2:]

    assert judge(comment(b"a note")).kind is Kind.JPEG
    for hidden in (a_pdf(), A_ZIP):
        assert fault_of(comment(hidden)) is Fault.NOT_ALLOWED_TYPE
        assert fault_of(PNG[:-12] + a_chunk(b"teXt", hidden) + PNG[-12:]) is Fault.NOT_ALLOWED_TYPE


def test_nothing_stands_behind_a_pdf_and_no_archive_in_it() -> None:
    assert fault_of(a_pdf() + A_ZIP) is Fault.NOT_ALLOWED_TYPE
    assert fault_of(a_pdf() + b"<script>") is Fault.DAMAGED
    assert fault_of(a_pdf(a_stream(A_ZIP))) is Fault.NOT_ALLOWED_TYPE


def test_every_fault_has_a_sentence_for_the_counter() -> None:
    assert set(TOLD) == set(Fault)
