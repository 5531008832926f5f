"""A document that is too much, damaged, or does something by itself is refused, each made for it."""

import zlib

import pytest

from services.intake.documents.judge import judge
from services.intake.documents.packing import PIECE
from services.intake.documents.verdict import Fault, Kind
from tests.support.papers import EICAR_TEST, a_chunk, a_pdf, a_picture, a_png, a_stream
from tests.unit.intake.documents import JPEG, PNG, TEXT, fault_of

SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"


# -- the mark of a virus -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        EICAR_TEST,
        b"text " + EICAR_TEST,
        JPEG + EICAR_TEST,
        PNG + EICAR_TEST,
        PNG[:-12] + a_chunk(b"zTXt", b"note\0\0" + zlib.compress(EICAR_TEST)) + PNG[-12:],
        PNG[:-12] + a_chunk(b"iTXt", b"note\0\x01\0\0\0" + zlib.compress(EICAR_TEST)) + PNG[-12:],
        a_pdf(a_stream(EICAR_TEST)),
        a_pdf(a_stream(b"x" * 65_500 + EICAR_TEST, "FlateDecode")),
        a_pdf(a_stream(EICAR_TEST, "FlateDecode", "FlateDecode")),
        a_pdf(a_stream(EICAR_TEST, "ASCII85Decode", "FlateDecode")),
        a_pdf(a_stream(EICAR_TEST, "ASCIIHexDecode")),
        a_pdf(a_stream(EICAR_TEST, "FlateDecode", "DCTDecode")),
    ],
)
def test_the_test_string_of_virus_scanners_is_found_wherever_it_stands(content: bytes) -> None:
    assert fault_of(content) is Fault.EICAR


def test_it_is_found_across_two_pieces_of_packed_data_wherever_they_part() -> None:
    for before in range(1, len(EICAR_TEST)):
        content = a_pdf(a_stream(b"x" * (PIECE - before) + EICAR_TEST, "FlateDecode"))
        assert fault_of(content) is Fault.EICAR, before


# -- too much ----------------------------------------------------------------------------------------------------------


def test_forty_megapixels_are_taken_and_more_are_not() -> None:
    assert judge(a_png(8000, 5000)).width == 8000
    assert fault_of(a_png(8000, 5001)) is Fault.TOO_MANY_PIXELS


@pytest.mark.parametrize("size", [(40_001, 1000), (65_500, 65_500), (2**31 - 1, 2**31 - 1)])
def test_a_size_is_judged_before_anything_is_opened(size: tuple[int, int]) -> None:
    """There are no pixels in it at all: to open it first would make it DAMAGED."""
    assert fault_of(a_png(*size, data=zlib.compress(b""))) is Fault.TOO_MANY_PIXELS


def test_a_picture_within_a_pdf_has_its_size_judged_too() -> None:
    big = a_stream(b"x", "JPXDecode", entries="/Subtype /Image /Width 20000 /Height 2001 ")
    assert fault_of(a_pdf(big)) is Fault.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    ("size", "fault"),
    [
        ("/Width +20000 /Height 2001", Fault.TOO_MANY_PIXELS),
        ("/Width 20000.0 /Height 2000.5", Fault.TOO_MANY_PIXELS),
        ("/Width 0000000000020000 /Height 2001", Fault.TOO_MANY_PIXELS),
        ("/Width 9 /Height 9 /W 20000 /H 2001", Fault.TOO_MANY_PIXELS),
        ("/Width 5 0 R /Height 9", Fault.DAMAGED),
        ("/Width 9 /Height -9", Fault.DAMAGED),
        ("/Width 9 /Height 2e9", Fault.DAMAGED),
        ("/Width 9 /Width 20000 /Height 9", Fault.DAMAGED),
    ],
)
def test_a_size_counts_however_it_is_written_and_where_it_cannot_be_read_the_file_is_refused(
    size: str, fault: Fault
) -> None:
    assert fault_of(a_pdf(a_stream(b"x", "JPXDecode", entries=f"/Subtype /Image {size} "), b"20000")) is fault


@pytest.mark.parametrize("filters", [("DCTDecode",), ("DCT",), ("FlateDecode", "DCTDecode")])
def test_a_jpeg_within_a_pdf_has_a_size_of_its_own(filters: tuple[str, ...]) -> None:
    """Whatever the document says of it: readers open what is there."""
    for size in [(60_000, 60_000), (700, 0)]:  # 0: how many lines there are is told behind them
        large = a_stream(claiming(*size), *filters, entries="/Subtype /Image /Width 9 /Height 9 ")
        assert fault_of(a_pdf(large)) is Fault.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    "data", [b"", b"\0" + JPEG, JPEG[:2] + b"\0" + JPEG[2:], JPEG[:20], JPEG[:2] + JPEG[JPEG.index(b"\xff\xda") :]]
)
def test_a_jpeg_within_a_pdf_whose_size_cannot_be_found_is_damaged(data: bytes) -> None:
    assert fault_of(a_pdf(a_stream(data, "DCTDecode", entries="/Width 9 /Height 9 "))) is Fault.DAMAGED


@pytest.mark.parametrize("parts", [b"\xff\xe0\0\2" * 200_000, b"\xff" * 300_000])
def test_a_jpeg_of_endless_parts_before_its_size_is_a_bomb(parts: bytes) -> None:
    parts = JPEG[:2] + parts + JPEG[2:]
    assert fault_of(a_pdf(a_stream(parts, "DCTDecode"))) is Fault.DECOMPRESSION_BOMB


def claiming(width: int, height: int) -> bytes:
    """A JPEG that says so of itself."""
    frame = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:frame] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + JPEG[frame + 4 :]


@pytest.mark.parametrize(
    "content",
    [
        a_pdf(a_stream(bytes(300 * 1024 * 1024), "FlateDecode")),
        a_pdf(*[a_stream(bytes(60 * 1024 * 1024), "FlateDecode")] * 5),
        a_pdf(a_stream(bytes(300 * 1024 * 1024), "FlateDecode", "FlateDecode")),
        a_pdf(a_stream(b"x", *["FlateDecode"] * 4)),
        PNG[:-12] + a_chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(2 * 1024 * 1024))) + PNG[-12:],
        PNG[:33] + a_chunk(b"iCCP", b"note\0\0" + zlib.compress(bytes(2 * 1024 * 1024))) + PNG[33:],
    ],
    ids=["one stream", "many streams", "one within another", "filters", "text", "profile"],
)
def test_bombs_are_refused(content: bytes) -> None:
    assert len(content) < 1024 * 1024
    assert fault_of(content) is Fault.DECOMPRESSION_BOMB


def test_a_picture_of_endless_passes_is_a_bomb() -> None:
    progressive = a_picture(progressive=True)
    last = progressive.rindex(b"\xff\xda")
    assert fault_of(progressive[:-2] + progressive[last:-2] * 100 + progressive[-2:]) is Fault.DECOMPRESSION_BOMB


# -- damaged -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [JPEG, a_picture(progressive=True), PNG, a_pdf(a_stream(TEXT, "FlateDecode"))])
def test_a_document_that_was_cut_short_is_refused_wherever_it_was_cut(content: bytes) -> None:
    for end in [*range(12, len(content) - 2, max(1, len(content) // 40)), len(content.rstrip()) - 1]:
        assert fault_of(content[:end]) is Fault.DAMAGED, end


def test_a_png_with_a_wrong_checksum_or_without_all_that_it_promises_is_damaged() -> None:
    spoiled = bytearray(PNG)
    spoiled[60] ^= 1
    assert fault_of(bytes(spoiled)) is Fault.DAMAGED
    assert fault_of(a_png(100, 100, data=zlib.compress(b"\0" * 50))) is Fault.DAMAGED
    torn = a_chunk(b"zTXt", b"note\0\0" + zlib.compress(b"a note")[:-5])
    assert fault_of(PNG[:-12] + torn + PNG[-12:]) is Fault.DAMAGED


@pytest.mark.parametrize(
    "content",
    [
        a_pdf(version="9.9"),
        b"%PDF-",
        a_pdf().replace(b"startxref", b"startnothing"),
        a_pdf().replace(b"/Root", b"/Rout"),
        a_pdf().replace(b"\nxref\n", b"\nxxxx\n"),
        a_pdf(a_stream(b"not deflated", "FlateDecode", plain=True)),
        a_pdf(a_stream(zlib.compress(TEXT)[:-3], "FlateDecode", plain=True)),
        a_pdf(a_stream(b"zz>", "ASCIIHexDecode", plain=True)),
        a_pdf(a_stream(b"abc", "ASCII85Decode", plain=True)),
        a_pdf(b"<< /Length 1 /Filter 9 0 R >>\nstream\nx\nendstream"),
        a_pdf(b"<< /Filter /FlateDecode /Filter /DCTDecode >>\nstream\nx\nendstream"),
        a_pdf(b"<< /A (no end >>"),
        a_pdf(b"<< 1 2 >>"),
        a_pdf(b"<< /A ] >>"),
    ],
)
def test_what_is_not_laid_out_as_a_pdf_is_damaged(content: bytes) -> None:
    assert fault_of(content) is Fault.DAMAGED


# -- what does something by itself -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        a_pdf(SCRIPT, catalog="/OpenAction 4 0 R "),
        a_pdf(SCRIPT),
        a_pdf(b"<< /S /J#61v#61Script /JS (x) >>"),
        a_pdf(b"<< /S /#4aavaScript /JS (x) >>"),
        a_pdf(b"<< /S /Launch /F (cmd.exe) >>"),
        a_pdf(b"<< /S /SubmitForm /F (http://x) >>"),
        a_pdf(b"<< /S /ImportData /F (x) >>"),
        a_pdf(a_stream(b"MZ", "FlateDecode", entries="/Type /EmbeddedFile ")),
        a_pdf(catalog="/Names << /EmbeddedFiles << /Names [] >> >> "),
        a_pdf(b"<< /Subtype /RichMedia >>"),
        a_pdf(b"<< /Subtype /FileAttachment /Rect [0 0 9 9] /FS 5 0 R >>", page="/Annots [4 0 R] "),
        # the data itself need not say that it is a file (ISO 32000, 7.11.4)
        a_pdf(b"<< /Type /Filespec /EF << /F 5 0 R >> >>", a_stream(b"MZ", "FlateDecode"), catalog="/AF [4 0 R] "),
        a_pdf(b"<< /EF 5 0 R >>", b"<< /F 6 0 R >>", a_stream(b"MZ", "FlateDecode")),
        # what a rendition runs is no JavaScript by name (ISO 32000, 12.6.4.13)
        a_pdf(b"<< /A << /S /Rendition /JS (app.alert\\(1\\)) >> >>", page="/Annots [4 0 R] "),
        a_pdf(page="/AA << /O << /S /URI /URI (http://x) >> >> "),
        a_pdf(b"<< >>", page="/AA%hidden\n4 0 R "),
        a_pdf(catalog="/AcroForm << /XFA 4 0 R >> "),
        a_pdf(catalog="/AcroForm << /XFA [(template) 4 0 R] >> "),
        a_pdf(catalog="/AcroForm << /XFA%hidden\n[(template) 4 0 R] >> "),
        a_pdf(b"<< /S /URI /URI (http://x) >>", catalog="/OpenAction 4 0 R "),
        a_pdf(catalog="/OpenAction << /S /Named /N /Print >> "),
        a_pdf(a_stream(b"x", "FlateDecode", entries="/F (other.bin) ")),
        a_pdf(trailer="/Encrypt << /Filter /Standard /V 2 >> "),
        a_pdf(a_stream(b"4 0 " + SCRIPT, "FlateDecode", entries="/Type /ObjStm /N 1 /First 4 ")),
        a_pdf(a_stream(b"4 0 " + SCRIPT, "ASCII85Decode", "FlateDecode", entries="/Type /ObjStm /N 1 /First 4 ")),
        a_pdf(a_stream(b"4 0 " + SCRIPT, "FlateDecode", entries="/Type /Quiet /N 1 /First 4 ")),
        # an object within the data of another, where a table of objects may well point
        a_pdf(a_stream(b"9 0 obj " + SCRIPT + b" endobj")),
        a_pdf(a_stream(b"9 0 obj " + a_stream(b"4 0 " + SCRIPT, "FlateDecode", entries="/First 4 ") + b" endobj")),
    ],
)
def test_a_pdf_that_runs_something_carries_files_or_is_locked_is_refused(content: bytes) -> None:
    assert fault_of(content) is Fault.ACTIVE_CONTENT


@pytest.mark.parametrize(
    "reference",
    [
        "%" + "x" * 5000 + "\n4 0 R ",
        "%1\n%2\r" * 2000 + "4 0 R ",
        " 4%x\n0 R ",
        " 4 0%x\nR ",
        " +4 0 R ",
        " 4 0R ",
        " 4. 0 R/",
    ],
    ids=["a long comment", "many", "one within", "one before R", "a sign", "no space", "a point"],
)
def test_an_action_is_found_however_it_is_referred_to(reference: str) -> None:
    """A comment is white space, and readers take more for a number than is one."""
    uri = b"<< /S /URI /URI (http://x) >>"
    assert fault_of(a_pdf(uri, catalog=f"/OpenAction{reference}")) is Fault.ACTIVE_CONTENT
    assert fault_of(a_pdf(b"<< /O " + uri + b" >>", page=f"/AA{reference}")) is Fault.ACTIVE_CONTENT
    assert fault_of(a_pdf(b"[]", catalog=f"/AcroForm << /XFA{reference}>> ")) is Fault.ACTIVE_CONTENT


@pytest.mark.parametrize("long", [b"%" + b"x" * PIECE + b"\n", b" " * PIECE, b"%\n" * PIECE])
def test_a_word_and_its_action_belong_together_across_pieces_of_packed_data(long: bytes) -> None:
    for before in (0, PIECE - 3, PIECE - 2, PIECE - 1):
        for action in (b"<< /O 5 0 R >>", b"5" + long + b"0 R"):
            packed = a_stream(b"4 0 " + b" " * before + b"<< /AA" + long + action + b" >>", "FlateDecode")
            assert fault_of(a_pdf(packed)) is Fault.ACTIVE_CONTENT, before


@pytest.mark.parametrize("filters", [(), ("FlateDecode",)])
@pytest.mark.parametrize("word", [b"/AA%", b"/AA\n%", b"/OpenAction 1%"])
def test_comments_without_end_behind_such_words_are_a_bomb(word: bytes, filters: tuple[str, ...]) -> None:
    """To read on behind each of them to the end takes hours; a page whose font has such a name is read on."""
    assert fault_of(a_pdf(a_stream(word * 100_000, *filters))) is Fault.DECOMPRESSION_BOMB
    assert judge(a_pdf(a_stream(b"/AA 12 Tf (text) Tj " * 100_000, *filters))).kind is Kind.PDF


def test_objects_that_cannot_be_read_plainly_are_not_taken() -> None:
    """A predictor hides every word in them; so does a number of an object that a comment tears apart."""
    for entry in ("/DecodeParms", "/DP"):
        entries = f"/Type /ObjStm /First 4 {entry} << /Predictor 12 /Columns 1 >> "
        hidden = b"".join(bytes([0, byte]) for byte in b"5 0 " + SCRIPT)
        assert fault_of(a_pdf(a_stream(hidden, "FlateDecode", entries=entries))) is Fault.DAMAGED
    torn = b"9 %" + b"x" * 100 + b"\n0 obj " + a_stream(SCRIPT, "FlateDecode") + b" endobj"
    assert fault_of(a_pdf(a_stream(torn))) is Fault.DAMAGED


def test_words_of_a_document_are_not_its_deeds() -> None:
    """What merely begins with such a word, or is written on the page, does nothing."""
    assert judge(a_pdf(b"<< /LaunchDate (today) /JavaScripting 1 /EncryptMetadata false >>")).kind is Kind.PDF
    assert judge(a_pdf(a_stream(b"(JavaScript, Launch) Tj", "FlateDecode"))).kind is Kind.PDF
    assert judge(a_pdf(a_stream(b"/AA 12 Tf /EF 9 Tf /JS gs /XFA gs", "FlateDecode"))).kind is Kind.PDF
    assert judge(a_pdf(b"<< /EFont << /JS 5 0 R >> /Title (/JS) >>")).kind is Kind.PDF
