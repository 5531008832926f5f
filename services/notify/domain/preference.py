"""How somebody wants to be written to: in which language, and which messages not at all; who said so, on record.

An officer says it for them. It holds for every case of theirs, from the next message that is handed over.
"""

from typing import Final

from pydantic import Field

from services.contracts.decision import Decision, Refused, World
from services.contracts.wire import Command, Id, Instant, TypedId, Wire
from services.notify.domain.notices import Purpose, may_opt_out
from services.notify.domain.rules import Rules
from services.notify.domain.tokens import Lang

OPTED_OUT: Final = "OPTED_OUT"
"""Why a message was suppressed that its person has asked for none of."""
CHANGES_KEPT: Final = 200
"""All that were made stay in one document."""


class SetPreference(Command):
    """PUT /v1/preferences/{applicantRef}: all of it, as the citizen told the officer."""

    lang: Lang = Lang.FA
    opted_out: tuple[Purpose, ...] = Field(default=(), max_length=len(Purpose))
    officer_id: TypedId


class PreferenceSet(Wire):
    """What was said once, and to whom."""

    lang: Lang
    opted_out: tuple[Purpose, ...]
    officer_id: Id
    at: Instant


class Preference(Wire):
    """Its id is the applicant's reference. `history`: every change, the oldest first; nothing of it is published."""

    applicant_ref: Id
    history: tuple[PreferenceSet, ...] = Field(max_length=CHANGES_KEPT)

    @property
    def lang(self) -> Lang:
        return self.history[-1].lang

    @property
    def opted_out(self) -> tuple[Purpose, ...]:
        return self.history[-1].opted_out


class PreferenceWish(Wire):
    """The command for this applicant."""

    applicant_ref: Id
    command: SetPreference


def set_preference(preference: Preference | None, wish: PreferenceWish, world: World[Rules]) -> Decision[Preference]:
    """All of it anew; the same again is no change.

    Refused: CANNOT_OPT_OUT (422: rights hang on such messages, I9), TOO_MANY_CHANGES.
    """
    command = wish.command
    needed = sorted(purpose for purpose in set(command.opted_out) if not may_opt_out(purpose))
    if needed:
        detail = "nobody can ask for no messages of this purpose; who leaves no mobile is told at the desk"
        raise Refused("CANNOT_OPT_OUT", detail, status=422, names=needed)
    opted_out = tuple(sorted(set(command.opted_out)))
    before = preference.history if preference else ()
    if before and (before[-1].lang, before[-1].opted_out) == (command.lang, opted_out):
        return Decision(preference)
    if len(before) >= CHANGES_KEPT:
        raise Refused("TOO_MANY_CHANGES", f"{CHANGES_KEPT} changes are kept, and no more")
    said = PreferenceSet(lang=command.lang, opted_out=opted_out, officer_id=command.officer_id, at=world.now)
    return Decision(Preference(applicant_ref=wish.applicant_ref, history=(*before, said)))
