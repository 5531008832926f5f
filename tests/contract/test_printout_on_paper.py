"""A message to its citizen as a real browser prints it: one sheet A5 in readable type, however long its text is."""

from pathlib import Path

import pytest

from services.notify.domain.catalogue import catalogue
from services.notify.domain.templates import Channel, Template, template_id
from services.notify.domain.tokens import Lang
from services.notify.printout_page import printout_page
from tests.support.machine import needs
from tests.support.paper import printed
from tests.unit.notify.cases import a_move, only, told

A5 = (148, 210)
SMALLEST = 8
"""Points: below it print is hard to read."""


@pytest.fixture
def browser() -> str:
    (path,) = needs("chromium")
    return path


@pytest.mark.parametrize("lang", list(Lang))
def test_the_longest_text_is_one_sheet_a5(browser: str, tmp_path: Path, lang: Lang) -> None:
    template = max((text for text in catalogue() if text.channel is Channel.EMAIL and text.lang is lang), key=_length)
    paper = only(told(a_move("request.registered", notifiable=False)))
    page = printout_page(paper.model_copy(update={"tokens": template.longest()}), template, "12345678901234")
    sheet = printed(browser, page, tmp_path)
    assert sheet.sheets == [A5]
    assert min(sheet.letters) >= SMALLEST
    assert template.id == template_id(template.name, Channel.EMAIL, lang)


def _length(template: Template) -> int:
    return len(template.render(template.longest()))
