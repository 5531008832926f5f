"""What is found out about a document: its kind, or why it is not taken."""

from dataclasses import dataclass
from enum import StrEnum

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000


class Kind(StrEnum):
    """What is taken, by its media type. The content tells which it is; what the sender says does not count."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"


class Fault(StrEnum):
    """Why a document is not taken: a closed list."""

    NOT_ALLOWED_TYPE = "NOT_ALLOWED_TYPE"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    DECOMPRESSION_BOMB = "DECOMPRESSION_BOMB"
    EICAR = "EICAR"
    DAMAGED = "DAMAGED"
    ACTIVE_CONTENT = "ACTIVE_CONTENT"
    UNKNOWN_PACKING = "UNKNOWN_PACKING"


TOLD: dict[Fault, tuple[str, str]] = {
    Fault.NOT_ALLOWED_TYPE: (
        "فقط تصویر JPEG یا PNG و سند PDF پذیرفته می‌شود",
        "only JPEG, PNG and PDF are taken",
    ),
    Fault.TOO_LARGE: ("پرونده بزرگ‌تر از ۱۰ مگابایت است", "the file is larger than 10 MiB"),
    Fault.TOO_MANY_PIXELS: (
        "تصویر بیش از ۴۰ مگاپیکسل دارد؛ با وضوح کمتر اسکن کنید",
        "the picture has more than 40 megapixels; scan it at a lower resolution",
    ),
    Fault.DECOMPRESSION_BOMB: (
        "باز کردن این پرونده بیش از اندازه حافظه یا زمان می‌خواهد",
        "it takes too much memory or time to open this file",
    ),
    Fault.EICAR: ("این پرونده نشانهٔ ویروس دارد", "the file bears the mark of a virus"),
    Fault.DAMAGED: (
        "پرونده ناقص یا خراب است؛ دوباره اسکن یا ذخیره کنید",
        "the file is damaged or incomplete; scan or save it again",
    ),
    Fault.ACTIVE_CONTENT: (
        "این سند دستور اجرایی، پیوست یا رمز دارد؛ آن را چاپ و اسکن کنید",
        "the document runs something, carries attachments or is locked; print it and scan it",
    ),
    Fault.UNKNOWN_PACKING: (
        "این سند به روشی فشرده شده که در اینجا باز نمی‌شود؛ آن را چاپ و اسکن کنید",
        "the document is packed in a way that is not opened here; print it and scan it",
    ),
}
"""What the person at the desk reads."""


class Unacceptable(Exception):
    """The document is not taken. `why`: for a programmer; never a part of the document (I12)."""

    def __init__(self, fault: Fault, why: str = "") -> None:
        super().__init__(f"{fault}: {why}" if why else fault)
        self.fault, self.why = fault, why


@dataclass(frozen=True, slots=True)
class Accepted:
    """A document that may be kept: its first `kept` bytes. `width` and `height` in pixels, of pictures only."""

    kind: Kind
    kept: int
    width: int | None = None
    height: int | None = None
