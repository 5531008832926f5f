"""Nobody is met with silence: every event, audience, channel and language is covered, or nothing starts (12.12)."""

from itertools import product

import pytest

from services.contracts.deficiency import DEFICIENCY_VERBS
from services.contracts.intake import DEMAND_VERBS, REQUEST_VERBS
from services.notify import app
from services.notify.domain import coverage, rules
from services.notify.domain.catalogue import TEMPLATES, catalogue
from services.notify.domain.kinds import KINDS
from services.notify.domain.notices import Notice, Purpose, may_opt_out
from services.notify.domain.routes import ROUTES, NoNotice
from services.notify.domain.templates import SAID_AS, WRITTEN_FOR, Catalogue, Channel, TemplateError, template_id
from services.notify.domain.tokens import Lang
from services.notify.settings import Settings


def test_12_12_every_text_is_there_in_every_channel_and_language() -> None:
    places = {template_id(name, channel, lang) for name, channel, lang in product(KINDS, WRITTEN_FOR, Lang)}
    assert places == catalogue().ids()
    assert coverage.holes(catalogue()) == ()


def test_12_12_what_nothing_is_written_for_says_what_is() -> None:
    """On paper and on the page stands what an e-mail says, or an SMS: both are covered."""
    assert set(SAID_AS) == set(Channel)
    assert all(words and set(words) <= set(WRITTEN_FOR) for words in SAID_AS.values())


@pytest.mark.parametrize("id", ["registered", "result-refused:EMAIL:fa", "duplicate:SMS:en"])
def test_12_12_a_text_that_is_missing_is_named_and_notify_does_not_start(
    monkeypatch: pytest.MonkeyPatch, id: str
) -> None:
    rest = Catalogue(template for template in TEMPLATES if template.id != id)
    notice = KINDS[id.partition(":")[0]].notice
    assert coverage.holes(rest) == (f"no template {id} for {notice}",)
    monkeypatch.setattr(Settings, "rules", lambda _: rules.Rules(catalogue=rest))
    with pytest.raises(TemplateError, match=f"no template {id} for {notice}"):
        app.create(Settings())


def test_12_12_an_event_without_a_route_is_named_and_notify_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    routes = {verb: route for verb, route in ROUTES.items() if verb != "request.closed"}
    monkeypatch.setattr(coverage, "ROUTES", routes)
    with pytest.raises(TemplateError, match=r"no route for request\.closed"):
        app.create(Settings())


def test_a_notice_that_no_text_says_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {name: kind for name, kind in KINDS.items() if kind.notice is not Notice.WITHDRAWN}
    monkeypatch.setattr(coverage, "KINDS", kinds)
    assert coverage.holes(catalogue()) == ("no text says WITHDRAWN",)


def test_every_event_stands_in_the_table_with_every_audience() -> None:
    table = list(coverage.told())
    assert {line.event for line in table} == {*REQUEST_VERBS, *DEMAND_VERBS, *DEFICIENCY_VERBS}
    of_requests = {(line.event, line.audience) for line in table if line.event in REQUEST_VERBS}
    assert of_requests == set(product(REQUEST_VERBS, ("citizen", "kiosk", "officer")))
    assert all(isinstance(line.told, Notice | NoNotice) for line in table)


def test_shipped_texts_are_of_their_kind_in_every_version() -> None:
    for template in TEMPLATES:
        kind = KINDS[template.name]
        assert (template.notice, template.purpose) == (kind.notice, kind.purpose), template.id
        assert kind.must_say <= kind.may_say, template.name


def test_nobody_opts_out_of_what_the_agency_owes_or_rights_hang_on() -> None:
    assert not may_opt_out(Purpose.LEGAL)
    assert not may_opt_out(Purpose.SERVICE)
    assert may_opt_out(Purpose.SURVEY)
