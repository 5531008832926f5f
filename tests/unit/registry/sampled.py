"""The sample province, today."""

from datetime import date

from services.contracts.registry import KioskClass
from services.contracts.service_sheet import Sheet
from tests.support.sample import sample_entries, sample_snapshot

TODAY = date(2026, 11, 23)
COUNTIES = {"urmia", "khoy", "mahabad", "miandoab", "salmas", "bukan"}
PROVINCE = sample_snapshot()
SHEETS = [e for e in sample_entries() if isinstance(e, Sheet)]


def licensed(county: str, kiosk_class: KioskClass) -> list[str]:
    return [
        kiosk.id
        for kiosk in PROVINCE.kiosks()
        if kiosk.county == county and kiosk.kiosk_class is kiosk_class and kiosk.valid_to >= TODAY
    ]
