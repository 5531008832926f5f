"""A faulty text stops the start, not a citizen's message; what a message costs is bounded (domain 8)."""

from datetime import timedelta

import pytest

from services.contracts.persian import sms_parts, sms_units
from services.contracts.registry import Officer
from services.contracts.service_sheet import Sheet
from services.contracts.wire import instant_text
from services.notify.domain.catalogue import TEMPLATES, catalogue
from services.notify.domain.notices import Notice, Purpose
from services.notify.domain.templates import TOKENS, Catalogue, Template, TemplateError
from tests.support.sample import sample_entries
from tests.unit.notify.cases import MORNING


def a_template(text: str, purpose: Purpose = Purpose.SERVICE, version: int = 1) -> Template:
    return Template("trial", version, Notice.REGISTERED, purpose, text)


def test_12_13_an_unknown_token_refuses_to_publish() -> None:
    with pytest.raises(TemplateError, match="unknown token 'nationalId'"):
        Catalogue([a_template("کد {code} برای {nationalId}")])


def test_an_unclosed_brace_refuses_to_publish() -> None:
    with pytest.raises(TemplateError):
        Catalogue([a_template("کد {code} {service")])


@pytest.mark.parametrize("text", ["{service} کد {code}", "کد {code} {service} تا {promised}", "بدون کد"])
def test_the_code_comes_first_then_the_date(text: str) -> None:
    with pytest.raises(TemplateError, match="the code comes first"):
        Catalogue([a_template(text)])


def test_more_parts_than_the_purpose_allows_refuse_to_publish() -> None:
    fits_legal = "کد {code} " + "الف" * 50  # 171 units: three parts
    Catalogue([a_template(fits_legal, Purpose.LEGAL)])
    with pytest.raises(TemplateError, match="3 parts, 2 allowed"):
        Catalogue([a_template(fits_legal, Purpose.SERVICE)])
    with pytest.raises(TemplateError, match="4 parts, 3 allowed"):
        Catalogue([a_template(fits_legal + "ب" * 40, Purpose.LEGAL)])


def test_one_version_cannot_stand_twice() -> None:
    with pytest.raises(TemplateError, match="stands twice"):
        Catalogue([a_template("کد {code}"), a_template("کد: {code}")])


def test_new_messages_use_the_newest_version_and_old_ones_keep_theirs() -> None:
    known = Catalogue([a_template("تازه {code}", version=2), a_template("کهنه {code}", version=1)])
    assert known.newest("trial").version == 2
    assert known.version("trial", 1).text == "کهنه {code}"
    with pytest.raises(TemplateError):
        known.version("trial", 3)


def test_the_catalogue_passes_its_own_checks() -> None:
    assert len(list(catalogue())) == len(TEMPLATES)


@pytest.mark.parametrize("name", TOKENS)
def test_the_longest_value_of_a_token_fills_its_width(name: str) -> None:
    """Else parts are counted too low."""
    token = TOKENS[name]
    assert token.width - 3 <= sms_units(token.write(token.longest)) <= token.width
    assert token.otherwise is None or sms_units(token.otherwise) <= token.width


def test_no_date_of_two_years_is_longer_than_its_token() -> None:
    token = TOKENS["promised"]
    for day in range(731):
        written = token.write(instant_text(MORNING + timedelta(days=day)))
        assert sms_units(written) <= token.width


def test_no_real_service_or_officer_of_the_province_is_cut_short() -> None:
    for entry in sample_entries():
        if isinstance(entry, Sheet):
            assert sms_units(entry.name) <= TOKENS["service"].width, entry.id
            assert sms_units(entry.objection.how) <= TOKENS["objection"].width, entry.id
        if isinstance(entry, Officer):
            assert sms_units(entry.name) <= TOKENS["responsible"].width, entry.id
            assert sms_units(entry.phone) <= TOKENS["phone"].width, entry.id


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.id)
def test_a_name_longer_than_foreseen_is_cut_and_never_costs_another_part(template: Template) -> None:
    values = {name: TOKENS[name].longest for name in template.tokens()}
    endless = values | {name: "😀و" * 300 for name in values if name in ("service", "responsible", "objection")}
    assert sms_parts(template.render(endless)) <= template.longest_parts()


def test_a_message_without_a_value_it_needs_is_not_rendered() -> None:
    with pytest.raises(TemplateError, match="no value for service"):
        catalogue().newest("registered").render({"code": "12345678901234"})


def test_the_text_is_persian_with_the_code_in_unbroken_groups_and_the_weekday() -> None:
    text = (
        catalogue()
        .newest("registered")
        .render(
            {
                "code": "12345678901234",
                "promised": "2026-12-14T08:30:00Z",
                "service": "پروانه ساختمانی",
                "phone": "044-33440000",
            }
        )
    )
    assert text.split("\n") == [
        "کد رهگیری ۱۲۳۴\u00a0۵۶۷۸\u00a0۹۰۱۲\u00a0۳۴",
        "پاسخ: دوشنبه ۲۳ آذر ساعت ۱۲:۰۰",
        "پروانه ساختمانی",
        "پیگیری: ۰۴۴\u00a0۳۳۴۴۰۰۰۰",
    ]
    assert sms_parts(text) == 2


def test_a_reference_is_never_cut() -> None:
    """Half a reference is none."""
    reference = "R-" + "7" * 70
    text = catalogue().newest("redirected").render({"code": "12345678901234", "reference": reference})
    assert text.endswith(reference)
