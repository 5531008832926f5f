"""What these bytes are, and whether they may be kept: by content alone, whatever their sender calls them."""

from services.intake.documents import marks, pdf, pictures
from services.intake.documents.verdict import MAX_BYTES, Accepted, Fault, Kind, Unacceptable

ZIP_END, ZIP_TAIL = b"PK\x05\x06", 22 + 65_535
"""The directory of an archive stands at its end, with a comment of at most so many bytes behind it."""


def judge(content: bytes) -> Accepted:
    """What may be kept of it. Raises Unacceptable, and nothing else, whatever the bytes are.

    What stands behind the end of a picture is cut off: telephones add such data, and so do those who hide something.
    """
    try:
        return _judged(content)
    except Unacceptable:
        raise
    except MemoryError:
        raise Unacceptable(Fault.DECOMPRESSION_BOMB, "memory") from None
    except Exception as error:  # a decoder that stumbles: its message may quote the document
        raise Unacceptable(Fault.DAMAGED, type(error).__name__) from None


def _judged(content: bytes) -> Accepted:
    if len(content) > MAX_BYTES:
        raise Unacceptable(Fault.TOO_LARGE)
    marks.look(content)
    if content.startswith(pictures.JPEG):
        return _picture(content, pictures.jpeg_end(content), Kind.JPEG)
    if content.startswith(pictures.PNG):
        return _picture(content, pictures.png_end(content), Kind.PNG)
    if content.startswith(pdf.HEADER):
        _only_one_type(content)
        pdf.examine(content)
        return Accepted(Kind.PDF, len(content))
    raise Unacceptable(Fault.NOT_ALLOWED_TYPE)


def _picture(content: bytes, end: int, kind: Kind) -> Accepted:
    picture = content[:end]
    _only_one_type(picture)
    if pdf.HEADER in picture:
        raise Unacceptable(Fault.NOT_ALLOWED_TYPE, "a PDF within a picture")
    width, height = pictures.decode(picture, kind)
    return Accepted(kind, end, width, height)


def _only_one_type(content: bytes) -> None:
    """A file that is also an archive is a program to some of its readers."""
    if ZIP_END in content[-ZIP_TAIL:]:
        raise Unacceptable(Fault.NOT_ALLOWED_TYPE, "an archive within a document")
