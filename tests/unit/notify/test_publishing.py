"""An installation's own texts: drafted, published when all flaws are mended, retired, and on record (domain 8)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused
from services.notify.domain.catalogue import TEMPLATES, catalogue
from services.notify.domain.notices import Purpose
from services.notify.domain.publishing import (
    FIRST_OWN,
    VERSIONS_KEPT,
    PublishTemplate,
    PublishWish,
    RetireTemplate,
    TemplateFile,
    WriteTemplate,
    WriteWish,
    publish,
    retire,
    write,
)
from services.notify.domain.templates import Channel
from services.notify.domain.tokens import Lang
from tests.unit.notify.cases import MORNING, world

WORDS = "کد {code}\nپاسخ: {promised}\n{service}"


def written(text: str = WORDS, file: TemplateFile | None = None, sure: bool = False, **more: Any) -> TemplateFile:
    command = WriteTemplate(**({"name": "registered", "text": text, "officer_id": "o-1"} | more))
    return state_of(write(file, WriteWish(command=command, sure=sure), world()))


def published(file: TemplateFile, sure: bool = True) -> TemplateFile:
    return state_of(publish(file, PublishWish(command=PublishTemplate(officer_id="o-2"), sure=sure), world()))


def retired(file: TemplateFile) -> TemplateFile:
    command = RetireTemplate(officer_id="o-3", reason="به درخواست دستگاه")
    return state_of(retire(file, command, world(MORNING + timedelta(days=1))))


def state_of(decision: Decision[TemplateFile]) -> TemplateFile:
    assert decision.state is not None
    return decision.state


def text_in_force(file: TemplateFile) -> str:
    return catalogue().with_own(file.own()).newest(file.id).text


def test_a_draft_is_said_by_nobody_before_it_is_published() -> None:
    draft = written()
    assert text_in_force(draft) == catalogue().newest("registered").text
    assert text_in_force(published(draft)) == WORDS


def test_who_published_and_who_retired_it_stays_on_record() -> None:
    (edition,) = retired(published(written())).editions
    assert (edition.published_by, edition.published_at) == ("o-2", MORNING)
    assert (edition.retired_by, edition.retired_at) == ("o-3", MORNING + timedelta(days=1))


def test_an_installation_counts_its_versions_apart_from_what_is_shipped() -> None:
    """Else an update of the program would bring other words under a number that messages were made with."""
    assert all(template.version < FIRST_OWN for template in TEMPLATES)
    file = published(written("کد {code} {promised}", published(written())))
    assert [edition.version for edition in file.editions] == [FIRST_OWN, FIRST_OWN + 1]


def test_a_version_that_messages_were_made_with_keeps_its_words() -> None:
    file = retired(published(written("کد {code} {promised}", published(written()))))
    known = catalogue().with_own(file.own())
    assert known.version("registered", FIRST_OWN).text == WORDS
    assert known.version("registered", FIRST_OWN + 1).text == "کد {code} {promised}"


def test_what_is_retired_gives_way_to_the_one_before_and_in_the_end_to_the_shipped_text() -> None:
    twice = published(written("کد {code} {promised}", published(written())))
    once = retired(twice)
    assert text_in_force(once) == WORDS
    assert text_in_force(retired(once)) == catalogue().newest("registered").text
    with pytest.raises(Refused, match="NOTHING_PUBLISHED"):
        retired(retired(once))


def test_the_number_of_a_retired_version_is_not_given_again() -> None:
    assert published(written(file=retired(published(written())))).editions[-1].version == FIRST_OWN + 1


def test_12_13_a_flawed_draft_is_told_its_flaws_and_is_not_published() -> None:
    command = WriteTemplate(name="registered", text="کد {code} {collect} {nationalId}", officer_id="o-1")
    drafted = write(None, WriteWish(command=command), world())
    assert drafted.answer is not None
    codes = [flaw["code"] for flaw in drafted.answer["flaws"]]
    assert codes == ["UNKNOWN_TOKEN", "NEVER_HAS_A_VALUE", "LEAVES_OUT"]
    with pytest.raises(Refused, match="FLAWED_TEMPLATE") as refused:
        published(state_of(drafted))
    assert refused.value.status == 422
    assert [flaw["code"] for flaw in refused.value.facts["errors"]] == codes
    with pytest.raises(Refused, match="FLAWED_TEMPLATE"):
        written("کد {code}", publish=True)


def test_a_text_that_no_rule_chooses_is_not_even_drafted() -> None:
    with pytest.raises(Refused, match="UNKNOWN_TEMPLATE"):
        written(name="greeting")


def test_a_draft_that_somebody_else_wrote_is_neither_replaced_nor_published_unseen() -> None:
    draft = written()
    with pytest.raises(Refused, match="IF_MATCH_REQUIRED"):
        written(file=draft)
    with pytest.raises(Refused, match="IF_MATCH_REQUIRED"):
        published(draft, sure=False)
    replaced = written("کد {code} {promised}", draft, sure=True, officer_id="o-9").draft
    assert replaced is not None
    assert replaced.written_by == "o-9"


def test_nothing_is_published_twice() -> None:
    with pytest.raises(Refused, match="NO_DRAFT"):
        published(published(written()))


def test_notice_and_purpose_are_those_of_the_name() -> None:
    """A refusal that was published as a service message could be counted, and left out, as one."""
    text = "کد {code} موافقت نشد {objection}"
    assert written(text, name="result-refused").purpose is Purpose.LEGAL


def test_an_email_in_english_is_published_beside_the_persian_sms() -> None:
    email: dict[str, Any] = {"channel": Channel.EMAIL, "lang": Lang.EN, "subject": "Registered {code}"}
    file = published(written("Code {code}, answer by {promised}", **email))
    known = catalogue().with_own(file.own())
    assert known.newest("registered:EMAIL:en").subject == "Registered {code}"
    assert known.newest("registered") == catalogue().newest("registered")


def test_what_a_later_program_finds_flawed_is_passed_over_and_still_known() -> None:
    """A token may go, a limit may tighten: new messages say the shipped text, old ones keep their words."""
    file = published(written())
    (edition,) = file.editions
    now_flawed = file.model_copy(update={"editions": (edition.model_copy(update={"text": "کد {code} {gone}"}),)})
    assert text_in_force(now_flawed) == catalogue().newest("registered").text
    assert ("registered", FIRST_OWN) in catalogue().with_own(now_flawed.own())


def test_the_versions_of_one_text_are_bounded() -> None:
    file = published(written())
    (edition,) = file.editions
    full = file.model_copy(
        update={
            "editions": tuple(
                edition.model_copy(update={"version": FIRST_OWN + number}) for number in range(VERSIONS_KEPT)
            )
        }
    )
    with pytest.raises(Refused, match="TOO_MANY_VERSIONS"):
        published(written(file=full))


def test_what_is_typed_with_arabic_letters_is_stored_as_persian() -> None:
    draft = written("كد {code} {promised} پيگيري").draft
    assert draft is not None
    assert draft.text == "کد {code} {promised} پیگیری"
