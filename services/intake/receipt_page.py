"""The receipt on paper: one page A5, right to left, no scripts, nothing from outside (domain 8)."""

import re
from datetime import datetime
from typing import Any

import segno

from services.contracts.commitment import CommitmentKind
from services.contracts.identifiers import grouped
from services.contracts.persian import persian_digits, rials
from services.contracts.snapshot import Snapshot
from services.intake.domain import receipts
from services.intake.domain.awaiting import bring_until
from services.intake.domain.request import Request, the_case
from services.intake.receipt import receipt, redirect_until
from services.intake.tracking_view import STAGES
from services.runtime.pages import page
from services.worktime import jalali_long

PROMISES = {
    CommitmentKind.FINAL_DELIVERY: "پاسخ نهایی تا",
    CommitmentKind.NEXT_VISIT: "مراجعهٔ بعدی به میز خدمت:",
    CommitmentKind.APPOINTMENT: "نوبت شما در میز خدمت:",
}
"""What is promised, by its kind."""

ROOMY, DENSE, CLOSE = "roomy", "dense", "close"
LETTERS = ((950, ROOMY), (1500, DENSE))
"""Up to so many letters a receipt is set this large; what has more is set close, at 8 points (tests print them all)."""

_DRAWN = re.compile(r' viewBox="(?P<box>.*?)".* d="(?P<line>.*?)"')
_BESIDE_TEXT = re.compile(r"<(style|title)>.*?</\1>|<[^>]*>|\s+", re.DOTALL)


def receipt_page(request: Request, registry: Snapshot, now: datetime, public_url: str = "") -> str:
    """An HTML document. The type is as large as one page allows."""
    request, case = the_case(request)
    fields = receipt(request, registry, now, public_url)
    until, documents_until = redirect_until(case, registry, now), bring_until(case, now)
    shown: dict[str, Any] = {
        "r": fields,
        "code": _persian(grouped(case.tracking_code)),
        "qr": _qr(fields["qr"]),
        "filed": jalali_long(case.filed_at),
        "reissued": jalali_long(receipts.issued_at(case)) if case.receipts else None,
        "promises": [
            (PROMISES[one.kind], jalali_long(one.promised_at), None if one.visit else jalali_long(one.legal_latest_at))
            for one in receipts.promises(case)
            if one.visit or not fields["standsStill"]
        ],
        "documents_missing": bool(case.awaited and case.awaited.missing),
        "documents_until": jalali_long(documents_until) if documents_until else None,
        "redirect_until": jalali_long(until) if until else None,
        "stage": STAGES[case.state][0],
        "cost": rials(case.cost),
        "hash": " ".join(re.findall(".{8}", fields["hash"])),
    }
    close: str = page(__file__, "receipt.html").render(shown, size=CLOSE)
    size = _size(close)
    return close if size is CLOSE else str(page(__file__, "receipt.html").render(shown, size=size))


def _size(page: str) -> str:
    letters = len(_BESIDE_TEXT.sub("", page))
    return next((size for most, size in LETTERS if letters <= most), CLOSE)


def _qr(content: str) -> dict[str, str]:
    """The QR code as a line to draw, so that nothing has to be loaded."""
    drawn = _DRAWN.search(segno.make_qr(content, error="m").svg_inline(border=0, omitsize=True))
    assert drawn is not None
    return drawn.groupdict()


def _persian(value: object) -> str:
    return persian_digits(str(value))
