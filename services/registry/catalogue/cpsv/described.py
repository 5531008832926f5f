"""A thing that a document describes: its values by property, and how what programs write is to be taken."""

import re
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from services.contracts.wire import Id
from services.registry.catalogue.cpsv.graph import Address, Graph, Text, is_blank
from services.registry.catalogue.cpsv.vocabulary import Scheme, concept

_ID: Final = TypeAdapter(Id)


_DURATION = re.compile(r"P(?:([0-9]{1,9})W)?(?:([0-9]{1,9})D)?(?:T(?:([0-9]{1,9})H)?)?", re.ASCII)


class Described:
    """A node of the document, and what it says."""

    def __init__(self, graph: Graph, address: str) -> None:
        self._graph, self.address = graph, address

    def nodes(self, name: str) -> "list[Described]":
        return [Described(self._graph, address) for address in self._graph.nodes(self.address, name)]

    def node(self, name: str) -> "Described | None":
        return next(iter(self.nodes(name)), None)

    def text(self, name: str) -> str | None:
        """In Persian, or in no language; None when there is none of these."""
        texts = self._graph.texts(self.address, name)
        persian = [text.value for text in texts if speaks(text, "fa")]
        return next(iter([*persian, *(text.value for text in texts if text.language is None)]), None)

    def text_in(self, name: str, language: str) -> str | None:
        return next((text.value for text in self._graph.texts(self.address, name) if speaks(text, language)), None)

    def any_text(self, *names: str) -> str | None:
        """Persian before others, whatever the language."""
        for name in names:
            found = self.text(name)
            if found is None:
                found = next((text.value for text in self._graph.texts(self.address, name)), None)
            if found is not None:
                return found
        return None

    def plain(self, name: str) -> str | int | bool | None:
        """A boolean or a whole number as such, anything else as text."""
        texts = self._graph.texts(self.address, name)
        if not texts:
            return None
        value, kind = texts[0].value, (texts[0].datatype or "").rpartition("#")[2]
        if kind == "boolean" and value in ("true", "false"):
            return value == "true"
        if kind == "integer" and re.fullmatch(r"-?[0-9]{1,19}", value, re.ASCII):
            return int(value)
        return value

    def has(self, name: str) -> bool:
        return bool(self._graph.values(self.address, name))

    def said(self, **names: str) -> dict[str, Any]:
        """The plain values of some properties, without those that are not there."""
        found = {field: self.plain(name) for field, name in names.items()}
        return {field: value for field, value in found.items() if value is not None}

    def members(self, name: str) -> "list[Text | Address] | None":
        return self._graph.list(self.address, name)

    def listed(self, name: str) -> "list[Described]":
        """The nodes of a list in their order."""
        members = self.members(name) or []
        return [Described(self._graph, member.value) for member in members if isinstance(member, Address)]

    def codes(self, name: str, scheme: Scheme) -> list[str]:
        start = concept(scheme, "")
        return [node.address.removeprefix(start) for node in self.nodes(name) if node.address.startswith(start)]

    @property
    def identifier(self) -> str | None:
        return self.any_text("dct:identifier")

    @property
    def name(self) -> str | None:
        """What it is called: its identifier, its address if it has one, or its label."""
        return self.identifier or (self.label if is_blank(self.address) else self.address)

    @property
    def label(self) -> str | None:
        return self.any_text("locn:geographicName", "skos:prefLabel", "rdfs:label", "dct:title", "foaf:name")


def plans_of(node: Described) -> list[dict[str, Any]]:
    return [plan.said(status="mz:status", since="mz:since") for plan in node.listed("mz:planned")]


def as_id(text: str) -> str:
    """An id of ours for what another catalogue calls otherwise; the same for the same name."""
    try:
        return _ID.validate_python(text)
    except ValidationError:
        return f"x-{sha256(text.encode()).hexdigest()[:24]}"


def hours_of(said: str) -> int | None:
    """The length of an ISO 8601 duration: programs write 24 hours as a day and the other way round."""
    match = _DURATION.fullmatch(said)
    if match is None:
        return None
    weeks, days, hours = (int(part or 0) for part in match.groups())
    return (7 * weeks + days) * 24 + hours


def whole(value: str | None) -> int | None:
    try:
        number = Decimal(value or "")
    except InvalidOperation:
        return None
    return int(number) if number.is_finite() and abs(number) < 10**18 and number == number.to_integral_value() else None


def speaks(text: Text, language: str) -> bool:
    return text.language is not None and text.language.split("-")[0] == language
