"""What is wrong with a document."""

import pytest

from services.intake.documents.judge import judge
from services.intake.documents.verdict import Fault, Unacceptable
from tests.support.papers import a_picture

JPEG, PNG = a_picture(), a_picture("PNG")
TEXT = b"BT /F1 12 Tf (hello) Tj ET "


def fault_of(content: bytes) -> Fault:
    with pytest.raises(Unacceptable) as refused:
        judge(content)
    return refused.value.fault
