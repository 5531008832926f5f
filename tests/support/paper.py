"""A page as a browser prints it: how many sheets, of which size, in which type."""

import re
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

MM = 72 / 25.4
"""Points in a millimetre."""


@dataclass(frozen=True, slots=True)
class Print:
    """`sheets` are their sizes in millimetres; `letters` are the sizes of the type, in points."""

    sheets: list[tuple[int, int]]
    letters: set[float]


def printed(browser: str, page: str, folder: Path) -> Print:
    """What comes out of a printer that the page is sent to without a word about paper."""
    html, pdf = folder / "page.html", folder / "page.pdf"
    html.write_text(page)
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command += ["--no-pdf-header-footer", f"--print-to-pdf={pdf}", html.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return read_pdf(pdf.read_bytes())


def read_pdf(pdf: bytes) -> Print:
    """Chromium writes its sheets plainly, and what is on them deflated: a scale of its own, then one of the page."""
    boxes = re.findall(rb"/Type /Page\b.*?/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf, flags=re.DOTALL)
    letters: set[float] = set()
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL):
        drawn = _inflated(stream)
        scales = re.search(rb"^([\d.]+) 0 0 -\1 .*?^([\d.]+) 0 0 \2 [\d.]+ [\d.]+ cm$", drawn, re.DOTALL | re.MULTILINE)
        if scales:
            scale = float(scales[1]) * float(scales[2])
            sizes = re.findall(rb"^/F\d+ ([\d.]+) Tf$", drawn, re.MULTILINE)
            letters |= {round(float(size) * scale, 1) for size in sizes}
    return Print([(round(float(width) / MM), round(float(height) / MM)) for width, height in boxes], letters)


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""  # a font or a picture
