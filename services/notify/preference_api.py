"""What a citizen has asked for, over HTTP: said by an officer for them, read with all that was ever said."""

from fastapi import APIRouter, Response

from services.contracts.wire import Instant, TypedId, Wire
from services.notify.domain.notices import Purpose
from services.notify.domain.preference import Preference, PreferenceSet, PreferenceWish, SetPreference
from services.notify.domain.tokens import Lang
from services.notify.handlers import PREFERENCE
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.store import Store


class PreferenceView(Wire):
    """What holds, since when, and every change before it, the oldest first."""

    applicant_ref: str
    lang: Lang
    opted_out: tuple[Purpose, ...]
    since: Instant
    history: tuple[PreferenceSet, ...]

    @classmethod
    def of(cls, preference: Preference) -> "PreferenceView":
        return cls(
            applicant_ref=preference.applicant_ref,
            lang=preference.lang,
            opted_out=preference.opted_out,
            since=preference.history[-1].at,
            history=preference.history,
        )


def add_preference_calls(router: APIRouter, door: Door, store: Store) -> None:
    @router.get("/v1/preferences/{applicant_ref}")
    async def read_preference(applicant_ref: TypedId, response: Response) -> PreferenceView:
        """404: they have said nothing; they are written to in Persian, and asked how it went."""
        stored = await store.get(PREFERENCE, applicant_ref)
        if stored is None:
            raise Problem("NOT_FOUND", 404, "nothing was ever asked for by this applicant")
        response.headers.update(etag(stored.version))
        return PreferenceView.of(stored.state)

    @router.put("/v1/preferences/{applicant_ref}")
    async def set_preference(
        applicant_ref: TypedId, body: SetPreference, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> PreferenceView:
        """Set all of it. It holds for what is handed over from now on, in every case of theirs."""
        wish = PreferenceWish(applicant_ref=applicant_ref, command=body)
        done = await door.submit(PREFERENCE, applicant_ref, wish, key=key, caller=body.officer_id, expected=expected)
        response.headers.update(etag(done.decided))
        return PreferenceView.of(done.state)
