"""A faulty text stops the start, not a citizen's message; what a message costs is bounded (domain 8)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.persian import sms_cost, sms_parts, sms_units
from services.contracts.registry import Officer
from services.contracts.service_sheet import Sheet
from services.contracts.wire import instant_text
from services.notify.domain.catalogue import TEMPLATES, catalogue
from services.notify.domain.kinds import KINDS
from services.notify.domain.notices import Purpose
from services.notify.domain.templates import Catalogue, Channel, FlawCode, Template, TemplateError
from services.notify.domain.tokens import TOKENS, WRITTEN, Lang
from tests.support.sample import sample_entries
from tests.unit.notify.cases import MORNING


def a_template(text: str, name: str = "registered", version: int = 1, **changes: Any) -> Template:
    kind = KINDS[name]
    facts: dict[str, Any] = {"id": name, "notice": kind.notice, "purpose": kind.purpose, "text": text}
    return Template(**(facts | {"version": version} | changes))


def an_email(text: str, subject: str = "خبر", **changes: Any) -> Template:
    return a_template(text, id="registered:EMAIL:fa", channel=Channel.EMAIL, subject=subject, **changes)


def flaws_of(template: Template) -> set[FlawCode]:
    return {flaw.code for flaw in template.flaws()}


def test_12_13_an_unknown_token_refuses_to_publish() -> None:
    with pytest.raises(TemplateError, match="unknown token 'nationalId'"):
        Catalogue([a_template("کد {code} {promised} برای {nationalId}")])


@pytest.mark.parametrize("text", ["کد {code} {promised", "کد {code!r} {promised}", "کد {code:>20} {promised}", "{}}"])
def test_braces_hold_a_token_and_nothing_else(text: str) -> None:
    """What is asked of a value besides itself would make a text longer than it was counted."""
    assert flaws_of(a_template(text)) == {FlawCode.UNREADABLE}


@pytest.mark.parametrize("text", ["کد {code.__class__} {promised}", "کد {code[0]} {promised}", "کد {} {promised}"])
def test_a_token_is_a_name_of_the_list(text: str) -> None:
    assert FlawCode.UNKNOWN_TOKEN in flaws_of(a_template(text))


@pytest.mark.parametrize(
    "text", ["{promised} کد {code}", "کد {code} {service} تا {promised}", "پاسخ {promised}، بی کد"]
)
def test_the_code_comes_first_then_the_date(text: str) -> None:
    assert flaws_of(a_template(text)) == {FlawCode.CODE_FIRST}


def test_more_parts_than_the_purpose_allows_refuse_to_publish() -> None:
    service, legal = "کد {code} {promised} ", "کد {code} {documents} "
    longer = "الف" * 40
    assert flaws_of(a_template(legal + longer, "documents-missing")) == set()
    assert flaws_of(a_template(service + longer)) == {FlawCode.TOO_MANY_PARTS}
    assert flaws_of(a_template(legal + "ب" * 160, "documents-missing")) == {FlawCode.TOO_MANY_PARTS}


def test_all_flaws_are_told_at_once() -> None:
    text = "{objection} {nationalId} Your request"
    told = flaws_of(a_template(text, subject="x"))
    assert told == {
        FlawCode.UNKNOWN_TOKEN,
        FlawCode.NEVER_HAS_A_VALUE,
        FlawCode.LEAVES_OUT,
        FlawCode.CODE_FIRST,
        FlawCode.SUBJECT_IN_SMS,
        FlawCode.WRONG_LANGUAGE,
    }


def test_a_token_that_its_event_never_has_a_value_for_is_named_with_those_that_it_has() -> None:
    (flaw,) = a_template("کد {code}\n{promised}\n{collect}").flaws()
    assert flaw.code is FlawCode.NEVER_HAS_A_VALUE
    assert flaw.detail == "REGISTERED never has a value for collect; it has code, phone, promised, responsible, service"


@pytest.mark.parametrize("name", ["result-refused", "result-partial", "refused-on-spot", "partial-on-spot"])
def test_i5_a_refusal_names_the_way_to_object(name: str) -> None:
    assert flaws_of(a_template("کد {code} موافقت نشد", name)) == {FlawCode.LEAVES_OUT}
    assert flaws_of(a_template("کد {code} موافقت نشد {objection}", name)) == set()


def test_the_way_to_object_has_no_place_where_nothing_was_refused() -> None:
    assert FlawCode.NEVER_HAS_A_VALUE in flaws_of(a_template("کد {code} موافقت شد {objection}", "result-granted"))


def test_a_text_is_in_the_language_and_under_the_id_of_its_place() -> None:
    english: dict[str, Any] = {"id": "registered:SMS:en", "lang": Lang.EN}
    assert flaws_of(a_template("Code {code} {promised}", **english)) == set()
    assert flaws_of(a_template("کد {code} {promised}", **english)) == {FlawCode.WRONG_LANGUAGE}
    assert flaws_of(a_template("Code {code} {promised}")) == {FlawCode.WRONG_LANGUAGE}
    assert flaws_of(a_template("Code {code} {promised}", lang=Lang.EN)) == {FlawCode.NOT_ITS_KIND}


def test_a_text_that_no_rule_would_choose_or_for_another_purpose_is_not_published() -> None:
    assert flaws_of(a_template("کد {code} {promised}", id="trial")) == {FlawCode.NOT_ITS_KIND}
    assert flaws_of(a_template("کد {code} {promised}", purpose=Purpose.LEGAL)) == {FlawCode.NOT_ITS_KIND}


@pytest.mark.parametrize("subject", ["", " ", "دو\nسطر", "خبر " * 100])
def test_an_email_has_a_subject_of_one_line(subject: str) -> None:
    assert flaws_of(an_email("کد {code} {promised}")) == set()
    assert flaws_of(an_email("کد {code} {promised}", subject)) == {FlawCode.NO_SUBJECT}


def test_a_value_breaks_no_subject_into_two_lines() -> None:
    """A header of an e-mail ends where its line does."""
    email = an_email("کد {code} {promised}", "{service}")
    assert email.render_subject({"code": "1", "service": "پروانه\r\nBcc: x@example.com"}) == "پروانه Bcc: x@example.com"


def test_an_email_may_be_long_and_cuts_nothing() -> None:
    email = an_email("کد {code} {promised} {service}" + "ب" * 900)
    assert (flaws_of(email), email.longest_parts()) == (set(), 0)
    assert "ن" * 80 in email.render({"code": "1", "service": "ن" * 80})


def test_one_version_cannot_stand_twice() -> None:
    with pytest.raises(TemplateError, match="stands twice"):
        Catalogue([a_template("کد {code} {promised}"), a_template("کد: {code} {promised}")])


def test_new_messages_use_the_newest_version_and_old_ones_keep_theirs() -> None:
    known = Catalogue(
        [a_template("تازه {code} {promised}", version=2), a_template("کهنه {code} {promised}", version=1)]
    )
    assert known.newest("registered").version == 2
    assert known.version("registered", 1).text == "کهنه {code} {promised}"
    with pytest.raises(TemplateError):
        known.version("registered", 3)


def test_the_catalogue_passes_its_own_checks() -> None:
    assert len(list(catalogue())) == len(TEMPLATES)


@pytest.mark.parametrize(("lang", "name"), [(lang, name) for lang in Lang for name in TOKENS])
def test_the_longest_value_of_a_token_fills_its_width(lang: Lang, name: str) -> None:
    """Else parts are counted too low."""
    token = WRITTEN[lang][name]
    longest = max(sms_units(token.write(token.longest)), sms_units(token.otherwise or ""))
    assert token.width - 3 <= longest <= token.width


@pytest.mark.parametrize("lang", Lang)
def test_no_date_of_two_years_is_longer_than_what_parts_are_counted_with(lang: Lang) -> None:
    token = WRITTEN[lang]["promised"]
    for day in range(731):
        written = token.write(instant_text(MORNING + timedelta(days=day)))
        assert sms_units(written) <= sms_units(token.write(token.longest))


def test_every_token_is_written_in_every_language() -> None:
    assert {lang: set(tokens) for lang, tokens in WRITTEN.items()} == {lang: set(TOKENS) for lang in Lang}


def test_no_real_service_or_officer_of_the_province_is_cut_short() -> None:
    for entry in sample_entries():
        if isinstance(entry, Sheet):
            assert sms_units(entry.name) <= TOKENS["service"].width, entry.id
            assert sms_units(entry.objection.how) <= TOKENS["objection"].width, entry.id
        if isinstance(entry, Officer):
            assert sms_units(entry.name) <= TOKENS["responsible"].width, entry.id
            assert sms_units(entry.phone) <= TOKENS["phone"].width, entry.id


OF_SMS = [template for template in TEMPLATES if template.channel is Channel.SMS]


@pytest.mark.parametrize("template", OF_SMS, ids=lambda t: f"{t.id}@{t.version}")
def test_a_name_longer_than_foreseen_is_cut_and_never_costs_another_part(template: Template) -> None:
    values = template.longest()
    endless = values | {name: "😀و" * 300 for name in values if name in ("service", "responsible", "objection")}
    assert sms_parts(template.render(endless)) <= template.longest_parts()


@pytest.mark.parametrize("template", [t for t in OF_SMS if t.lang is Lang.EN], ids=lambda t: t.id)
def test_an_english_sms_is_counted_by_160(template: Template) -> None:
    """One letter outside GSM-7 and it costs what a Persian one does."""
    for values in (
        {name: TOKENS[name].longest for name in template.tokens()},
        {"code": "1", "other": "1", "reference": "R"},
    ):
        assert sms_cost(template.render(values)).coding == "GSM-7"


def test_a_persian_name_makes_an_english_sms_cost_as_a_persian_one() -> None:
    english = a_template("Code {code} {promised} {service}" + "x" * 60, id="registered:SMS:en", lang=Lang.EN)
    assert sms_cost(english.render(english.longest())).coding == "UCS-2"
    assert flaws_of(english) == {FlawCode.TOO_MANY_PARTS}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: f"{t.id}@{t.version}")
def test_every_shipped_text_says_whose_case_it_is_and_leaves_no_brace(template: Template) -> None:
    text = template.render(template.longest()) + template.render_subject(template.longest())
    assert WRITTEN[template.lang]["code"].write("12345678901234") in text
    assert not {"{", "}"} & set(text)


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


def test_english_has_the_day_and_hour_of_tehran_by_the_calendar_of_its_reader() -> None:
    values = {"code": "12345678901234", "promised": "2026-12-14T08:30:00Z", "phone": "044-33440000"}
    text = catalogue().newest("registered:SMS:en").render(values)
    assert text.split("\n") == [
        "Tracking code 1234 5678 9012 34",
        "Answer by: Mon 14 Dec, 12:00",
        "Your request is registered.",
        "Questions: 044-33440000",
    ]


def test_a_reference_is_never_cut() -> None:
    """Half a reference is none."""
    reference = "R-" + "7" * 70
    text = catalogue().newest("redirected").render({"code": "12345678901234", "reference": reference})
    assert text.endswith(reference)
