"""Documents of citizens, good and bad, made byte by byte: nothing of the kind lies in the repository."""

import base64
import binascii
import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO

from PIL import Image

from services.intake.documents.marks import EICAR
from services.intake.documents.pictures import PNG

EICAR_TEST = EICAR
A_ZIP = b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18)


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object) -> bytes:
    out = BytesIO()
    Image.radial_gradient("L").resize(size).convert(mode).save(out, kind, **options)
    return out.getvalue()


def a_chunk(kind: bytes, data: bytes = b"") -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def a_png(width: int, height: int, *before: bytes, data: bytes | None = None, bits: int = 1, colour: int = 0) -> bytes:
    """A PNG of any claimed size, with further chunks before its pixels; `data`: the pixels, deflated."""
    if data is None:
        row = b"\0" + bytes((width * bits * {0: 1, 2: 3, 6: 4}[colour] + 7) // 8)
        packer = zlib.compressobj(9)
        data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = a_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return PNG + head + b"".join(before) + a_chunk(b"IDAT", data) + a_chunk(b"IEND")


def a_box(kind: bytes, data: bytes = b"") -> bytes:
    """One box of a JPEG 2000 file."""
    return struct.pack(">I4s", 8 + len(data), kind) + data


def jpeg2000_claiming(picture: bytes, *, x1: int, y1: int, x0: int = 0, y0: int = 0, components: int = 3) -> bytes:
    """That picture, which says so of itself."""
    said = picture.index(b"\xff\x4f\xff\x51") + 4
    size, tile = struct.pack(">HHIIII", 38 + 3 * components, 0, x1, y1, x0, y0), picture[said + 20 : said + 36]
    return picture[:said] + size + tile + struct.pack(">H", components) + picture[said + 38 :]


def a_segment(
    kind: int, data: bytes = b"", *, number: int = 0, refers_to: Sequence[int] = (), length: int | None = None
) -> bytes:
    """One segment of a JBIG2 picture, of page 1."""
    count = len(refers_to)
    counted = bytes([count << 5]) if count < 5 else struct.pack(">I", 7 << 29 | count) + bytes((count + 8) // 8)
    width = ">B" if number <= 256 else ">H" if number <= 65_536 else ">I"
    others = b"".join(struct.pack(width, other % 256) for other in refers_to)
    size = struct.pack(">I", len(data) if length is None else length)
    return struct.pack(">IB", number, kind) + counted + others + b"\1" + size + data


def page_of(width: int, height: int) -> bytes:
    """The JBIG2 segment that says how large the page is."""
    return a_segment(48, struct.pack(">IIIIBH", width, height, 0, 0, 0, 0x8000 | 20))


def region_of(width: int, height: int, y: int = 0) -> bytes:
    """A part of a JBIG2 page, with its dots."""
    return a_segment(38, struct.pack(">IIIIB", width, height, 0, y, 0) + bytes(9))


def a_stream(data: bytes, *filters: str, entries: str = "", plain: bool = False) -> bytes:
    """A stream object's body. The filters are applied here, last one first; `plain`: the data is packed already."""
    for name in () if plain else reversed(filters):
        data = _PACKED[name](data) if name in _PACKED else data
    named = f"/Filter [{' '.join(f'/{name}' for name in filters)}] " if filters else ""
    return f"<< /Length {len(data)} {named}{entries}>>".encode() + b"\nstream\n" + data + b"\nendstream"


_PACKED: dict[str, Callable[[bytes], bytes]] = {
    "FlateDecode": lambda data: zlib.compress(data, 9),
    "ASCIIHexDecode": lambda data: binascii.hexlify(data) + b">",
    "ASCII85Decode": lambda data: base64.a85encode(data) + b"~>",
}


def a_pdf(*more: bytes, catalog: str = "", page: str = "", trailer: str = "", version: str = "1.7") -> bytes:
    """A document of one page; `more`: bodies of further objects, numbered from 4."""
    bodies: Iterable[bytes] = (
        f"<< /Type /Catalog /Pages 2 0 R {catalog}>>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {page}>>".encode(),
        *more,
    )
    out, places = bytearray(f"%PDF-{version}\n%\xe2\xe3\n".encode("latin-1")), []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer << /Size {len(places) + 1} /Root 1 0 R {trailer}>>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)
