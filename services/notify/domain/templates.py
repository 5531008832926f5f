"""Message templates: what is checked before one is used, how it becomes text, and what it costs at most (domain 8)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from string import Formatter
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from services.contracts.persian import in_one_line, sms_parts, sms_units
from services.notify.domain.kinds import KINDS, Kind
from services.notify.domain.notices import Notice, Purpose
from services.notify.domain.tokens import WRITTEN, Lang

PARTS_ALLOWED: Final[Mapping[Purpose, int]] = {Purpose.SERVICE: 2, Purpose.LEGAL: 3, Purpose.SURVEY: 2}


class Channel(StrEnum):
    """By which a message goes. Texts are written for the first two; the others say theirs (`SAID_AS`)."""

    SMS = "SMS"
    EMAIL = "EMAIL"
    PRINT = "PRINT"
    """On paper, which the desk hands over."""
    WEB = "WEB"
    """On the page on which its citizen follows the request: it shows what goes by other channels as well."""


SAID_AS: Final[Mapping[Channel, tuple[Channel, ...]]] = {
    Channel.SMS: (Channel.SMS,),
    Channel.EMAIL: (Channel.EMAIL,),
    Channel.PRINT: (Channel.EMAIL, Channel.SMS),
    Channel.WEB: (Channel.EMAIL, Channel.SMS),
}
"""Whose words each of them says: the first of these for which all is known that they say."""
WRITTEN_FOR: Final = tuple(channel for channel, words in SAID_AS.items() if words == (channel,))
IN_HOUSE: Final = frozenset({Channel.PRINT, Channel.WEB})
"""What needs no address, costs nothing and wakes nobody."""


class TemplateError(ValueError):
    """A template that must not be used; the message names it and what is wrong."""


class FlawCode(StrEnum):
    """Why a text is not published."""

    UNREADABLE = "UNREADABLE"
    UNKNOWN_TOKEN = "UNKNOWN_TOKEN"
    NEVER_HAS_A_VALUE = "NEVER_HAS_A_VALUE"
    LEAVES_OUT = "LEAVES_OUT"
    CODE_FIRST = "CODE_FIRST"
    TOO_MANY_PARTS = "TOO_MANY_PARTS"
    WRONG_LANGUAGE = "WRONG_LANGUAGE"
    NO_SUBJECT = "NO_SUBJECT"
    SUBJECT_IN_SMS = "SUBJECT_IN_SMS"
    NOT_ITS_KIND = "NOT_ITS_KIND"


class Flaw(NamedTuple):
    code: FlawCode
    detail: str


_DATES: Final = frozenset(
    {"promised", "redated", "visit", "documents", "lapse", "ending", "collect", "meeting", "missed"}
)
"""What a citizen looks for first, after the code."""
_MORE: Final = "…"
_SLACK: Final = 2
"""Units that may be lost where parts meet: a character of two units is not split."""
_SHORT: Final = 200
"""What fits the subject of an e-mail, with all values at their longest."""


def name_of(id: str) -> str:
    """What a text has in common with the same in other channels and languages."""
    return id.partition(":")[0]


def template_id(name: str, channel: Channel = Channel.SMS, lang: Lang = Lang.FA) -> str:
    """The Persian SMS of a name has the name itself: so it stands in messages and events since there was no other."""
    return name if (channel, lang) == (Channel.SMS, Lang.FA) else f"{name}:{channel}:{lang}"


@dataclass(frozen=True, slots=True)
class Template:
    """One version of one message text. New words are a new version; messages keep the one they were made with."""

    id: str
    version: int
    notice: Notice
    purpose: Purpose
    text: str
    channel: Channel = Channel.SMS
    lang: Lang = Lang.FA
    subject: str = ""
    """Of an e-mail."""

    @property
    def name(self) -> str:
        """What it has in common with the same text in other channels and languages."""
        return name_of(self.id)

    def tokens(self) -> tuple[str, ...]:
        """The names it uses, in their order. Raises TemplateError when the braces do not match."""
        try:
            return tuple(dict.fromkeys((*_names(self.text), *_names(self.subject))))
        except ValueError as error:
            raise TemplateError(f"{self.id}@{self.version}: {error}") from None

    def tokens_of_subject(self) -> tuple[str, ...]:
        """The names that its subject uses, in their order."""
        return tuple(dict.fromkeys(_names(self.subject)))

    def can_say(self, values: Mapping[str, str]) -> bool:
        """Whether each of its tokens has a value, or words for having none."""
        return all(values.get(name) or WRITTEN[self.lang][name].otherwise is not None for name in self.tokens())

    def render(self, values: Mapping[str, str]) -> str:
        """The text for these stored values. Raises TemplateError when a token has no value."""
        return self.text.format_map({name: self._written(name, values.get(name)) for name in self.tokens()})

    def render_subject(self, values: Mapping[str, str]) -> str:
        """In one line, whatever the values hold: a header ends where a line does. Raises TemplateError."""
        written = self.subject.format_map({name: self._written(name, values.get(name)) for name in self.tokens()})
        return in_one_line(written)

    def _written(self, name: str, value: str | None) -> str:
        token = WRITTEN[self.lang][name]
        if value:
            whole = token.exact or self.channel is not Channel.SMS
            return token.write(value) if whole else _cut(token.write(value), token.width)
        if token.otherwise is None:
            raise TemplateError(f"{self.id}@{self.version}: no value for {name}")
        return token.otherwise

    def longest(self) -> dict[str, str]:
        """Stored values with which the text is as long as it gets; what is longer without a value has none."""
        tokens = {name: WRITTEN[self.lang][name] for name in self.tokens()}
        return {
            name: token.longest
            for name, token in tokens.items()
            if sms_units(token.write(token.longest)) >= sms_units(token.otherwise or "")
        }

    def longest_parts(self) -> int:
        """SMS parts with every token at its longest: what a message may cost before its text exists. 0 for e-mail."""
        return _longest_parts(self) if self.channel is Channel.SMS else 0

    def flaws(self) -> tuple[Flaw, ...]:
        """All that keeps it from being used (domain 12.13); nothing for a sound one."""
        kind = KINDS.get(self.name)
        if kind is None:
            return (Flaw(FlawCode.NOT_ITS_KIND, f"no rule would ever choose {self.name}"),)
        try:
            tokens = self.tokens()
        except TemplateError as error:
            return (Flaw(FlawCode.UNREADABLE, str(error)),)
        unknown = [name for name in tokens if name not in WRITTEN[self.lang]]
        if unknown:
            told = Flaw(FlawCode.UNKNOWN_TOKEN, f"unknown token {', '.join(map(repr, unknown))}")
            return (told, *self._of_kind(kind), *self._of_form())
        return (*self._of_kind(kind), *self._of_form(), *self._of_length())

    def check(self) -> None:
        """Raises TemplateError, which names all of its flaws."""
        flaws = self.flaws()
        if flaws:
            raise TemplateError(f"{self.id}@{self.version}: {'; '.join(flaw.detail for flaw in flaws)}")

    def _of_kind(self, kind: Kind) -> Iterator[Flaw]:
        if (self.notice, self.purpose) != (kind.notice, kind.purpose):
            yield Flaw(FlawCode.NOT_ITS_KIND, f"{self.name} says {kind.notice} and is {kind.purpose}")
        if self.channel not in WRITTEN_FOR:
            said = " or ".join(SAID_AS[self.channel])
            yield Flaw(FlawCode.NOT_ITS_KIND, f"{self.channel} says what is written for {said}")
        if self.id != template_id(self.name, self.channel, self.lang):
            yield Flaw(FlawCode.NOT_ITS_KIND, f"{self.channel} in {self.lang} has another id")
        tokens = self.tokens()
        idle = [name for name in tokens if name in WRITTEN[self.lang] and name not in kind.may_say]
        if idle:
            may = ", ".join(sorted(kind.may_say))
            yield Flaw(
                FlawCode.NEVER_HAS_A_VALUE, f"{kind.notice} never has a value for {', '.join(idle)}; it has {may}"
            )
        missing = sorted(kind.must_say.difference(_names(self.text)))
        if missing:
            yield Flaw(FlawCode.LEAVES_OUT, f"{self.name} has to say {', '.join(missing)}")

    def _of_form(self) -> Iterator[Flaw]:
        tokens = _names(self.text)
        if self.channel is Channel.SMS:
            if tokens[:1] != ("code",) or (_DATES.intersection(tokens) and tokens[1] not in _DATES):
                yield Flaw(FlawCode.CODE_FIRST, "the code comes first, then the date")
            if self.subject:
                yield Flaw(FlawCode.SUBJECT_IN_SMS, "an SMS has no subject")
        else:
            if "code" not in tokens:
                yield Flaw(FlawCode.LEAVES_OUT, "an e-mail has to say the code")
            if not self.subject.strip() or len(self.subject.splitlines()) > 1:
                yield Flaw(FlawCode.NO_SUBJECT, "an e-mail has a subject of one line")
        if _has_persian(self.text) is not (self.lang is Lang.FA):
            yield Flaw(FlawCode.WRONG_LANGUAGE, f"the text is not in {self.lang}")

    def _of_length(self) -> Iterator[Flaw]:
        if self.channel is Channel.SMS:
            parts, allowed = self.longest_parts(), PARTS_ALLOWED[self.purpose]
            if parts > allowed:
                yield Flaw(FlawCode.TOO_MANY_PARTS, f"{parts} parts, {allowed} allowed for {self.purpose}")
        elif sms_units(self.render_subject(self.longest())) > _SHORT:
            yield Flaw(FlawCode.NO_SUBJECT, f"the subject is longer than {_SHORT} characters at its longest")


class Texts(Protocol):
    """Whatever knows the words that a message was made with."""

    def version(self, id: str, version: int) -> Template:
        """Raises TemplateError."""
        ...


class Own(NamedTuple):
    """A version that this installation has published."""

    template: Template
    in_force: bool
    """False: retired. It is still known, for messages made with it."""


class Catalogue:
    """Every template that may be used, checked. Old versions stay, for messages made with them.

    What an installation has published comes before what is shipped, whatever their numbers.
    """

    def __init__(self, shipped: Iterable[Template], own: Iterable[Own] = ()) -> None:
        self._shipped, self.own = tuple(shipped), tuple(own)
        known: dict[tuple[str, int], Template] = {}
        newest: dict[str, Template] = {}
        for template in self._shipped:
            template.check()
            if (template.id, template.version) in known:
                raise TemplateError(f"{template.id}@{template.version} stands twice")
            known[template.id, template.version] = template
            if template.id not in newest or newest[template.id].version < template.version:
                newest[template.id] = template
        for template, in_force in sorted(self.own, key=lambda own: own.template.version):
            known[template.id, template.version] = template
            if in_force and template.id in newest and not template.flaws():
                newest[template.id] = template
        self._known, self._newest = MappingProxyType(known), MappingProxyType(newest)

    def __iter__(self) -> Iterator[Template]:
        return iter(self._known.values())

    def __contains__(self, place: tuple[str, int]) -> bool:
        """Whether this id is known in this version."""
        return place in self._known

    def with_own(self, own: Iterable[Own]) -> "Catalogue":
        """The same shipped texts, with these of the installation's in place of any before."""
        return Catalogue(self._shipped, own)

    def ids(self) -> frozenset[str]:
        """Of what new messages may use."""
        return frozenset(self._newest)

    def newest(self, id: str) -> Template:
        """The version that new messages use. Raises TemplateError."""
        if id not in self._newest:
            raise TemplateError(f"no template {id}")
        return self._newest[id]

    def version(self, id: str, version: int) -> Template:
        """The version a message was made with. Raises TemplateError."""
        if (id, version) not in self._known:
            raise TemplateError(f"no template {id}@{version}")
        return self._known[id, version]


@lru_cache(maxsize=2048)  # a preview may be of any text
def _longest_parts(template: Template) -> int:
    return sms_parts(template.render(template.longest()) + "." * _SLACK)


@lru_cache(maxsize=2048)
def _names(text: str) -> tuple[str, ...]:
    """Raises ValueError when the braces do not match, or when something is asked of a token besides its value."""
    parsed = list(Formatter().parse(text))
    if any(conversion or form for _, _, form, conversion in parsed):
        raise ValueError("a token stands alone in its braces")
    return tuple(name for _, name, _, _ in parsed if name is not None)


def _has_persian(text: str) -> bool:
    """Whether what stands between the tokens has a Persian letter."""
    return any("\u0600" <= char <= "\u06ff" for fixed, _, _, _ in Formatter().parse(text) for char in fixed)


def _cut(text: str, width: int) -> str:
    """At most `width` UTF-16 units; what was cut shows."""
    if sms_units(text) <= width:
        return text
    while sms_units(text) + sms_units(_MORE) > width:
        text = text[:-1]
    return text.rstrip() + _MORE
