"""The statements of a JSON-LD document, however it was written: expanded, compacted, nested, with any blank nodes.

rdflib is loaded with this module, and only a process that reads a catalogue loads it: it costs a third of the memory a
service may hold when idle.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from rdflib import BNode, Dataset
from rdflib import Literal as RdfLiteral
from rdflib.plugins.parsers.jsonld import Parser
from rdflib.plugins.shared.jsonld.context import Context
from rdflib.store import Store
from rdflib.term import Node

from services.contracts.envelope import Malformed
from services.contracts.strict_json import read_json
from services.registry.catalogue.cpsv.contexts import hold_contexts
from services.registry.catalogue.cpsv.vocabulary import iri, prefixed

CLOSE = 3
"""So far around a node without a name is looked to tell it from others."""

_TYPE, _FIRST, _REST, _NIL = iri("rdf:type"), iri("rdf:first"), iri("rdf:rest"), iri("rdf:nil")
_SKOS, _CONCEPTS = iri("skos:"), ("skos:Concept", "skos:ConceptScheme")


@dataclass(frozen=True, slots=True)
class Text:
    """A literal: its text, and its language or its datatype if it has one."""

    value: str
    language: str | None = None
    datatype: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A node: an IRI; or `_:` and a name that means nothing, and is another one whenever the document is read."""

    value: str


Term = Text | Address


class Graph:
    """Nodes, their properties and their values, by prefixed names (`dct:title`)."""

    def __init__(self, statements: dict[str, dict[str, list[Term]]], unread: dict[str, list[str]]) -> None:
        self._statements, self._unread = statements, unread
        self._contents: dict[tuple[str, int], str] = {}

    def all(self, type: str) -> list[str]:
        """Addresses of the nodes of a class, in order."""
        wanted = Address(iri(type))
        return self._in_order(
            {address for address, facts in self._statements.items() if wanted in facts.get(_TYPE, ())}
        )

    def types(self, address: str) -> set[str]:
        return {term.value for term in self.values(address, "rdf:type")}

    def values(self, address: str, name: str) -> Sequence[Term]:
        return self._statements.get(address, {}).get(iri(name), ())

    def nodes(self, address: str, name: str) -> list[str]:
        """Addresses that a property names, each once, in an order that follows from what they are."""
        return self._in_order({term.value for term in self.values(address, name) if isinstance(term, Address)})

    def _in_order(self, addresses: set[str]) -> list[str]:
        return sorted(addresses, key=lambda one: (self._content(one, CLOSE) if is_blank(one) else "", one))

    def _content(self, address: str, depth: int) -> str:
        """A digest of what is said of a node without a name: the same, however often the document is read."""
        if (known := self._contents.get((address, depth))) is not None:
            return known
        said = []
        for predicate, terms in self._statements.get(address, {}).items():
            for term in terms:
                nameless = isinstance(term, Address) and is_blank(term.value)
                value = self._content(term.value, depth - 1) if nameless and depth else "" if nameless else repr(term)
                said.append(f"{predicate} {value}")
        self._contents[address, depth] = content = sha256("\n".join(sorted(said)).encode()).hexdigest()
        return content

    def texts(self, address: str, name: str) -> list[Text]:
        """Literals of a property, in an order that follows from what they are."""
        found = {term for term in self.values(address, name) if isinstance(term, Text)}
        return sorted(found, key=lambda text: (text.language or "", text.value, text.datatype or ""))

    def unread(self, address: str, beside: Iterable[str], bounds: Iterable[str]) -> list[str]:
        """Properties with a value that could not be read: of a node and what it leads to.

        `beside`: nodes that are another's; so are those of the classes `bounds`. A concept is looked at, and leads
        nowhere: through its scheme every service would lead to the concepts of all.
        """
        if not self._unread:
            return []
        found: set[str] = set()
        seen, ahead = {address, *beside}, [address]
        while ahead:
            node = ahead.pop()
            found.update(map(prefixed, self._unread.get(node, ())))
            linked = self._linked(node) - seen
            seen |= linked
            ahead += (one for one in linked if not self._is_one_of(one, bounds))
        return sorted(found)

    def _linked(self, address: str) -> set[str]:
        """What a node names, but for what a concept does: many are known as such only by their words of SKOS."""
        if self._is_one_of(address, _CONCEPTS):
            return set()
        facts = self._statements.get(address, {})
        said = (terms for property, terms in facts.items() if not property.startswith(_SKOS))
        return {term.value for terms in said for term in terms if isinstance(term, Address)}

    def _is_one_of(self, address: str, classes: Iterable[str]) -> bool:
        return not self.types(address).isdisjoint(map(iri, classes))

    def list(self, address: str, name: str) -> list[Term] | None:
        """The members of a list in their order; None when there is no list, or more than one."""
        heads = self.nodes(address, name)
        return list(self._members(heads[0])) if len(heads) == 1 else None

    def _members(self, head: str) -> Iterator[Term]:
        seen: set[str] = set()
        while head != _NIL and head not in seen:
            seen.add(head)
            facts = self._statements.get(head, {})
            yield from facts.get(_FIRST, ())[:1]
            head = next((term.value for term in facts.get(_REST, ())), _NIL)


def read_graph(document: bytes) -> Graph:
    """The statements of a JSON-LD document. A value that cannot be read stops no other (`Graph.unread`).

    Raises Malformed: NOT_JSON, DUPLICATE_KEY, TOO_DEEP (`strict_json`), REMOTE_CONTEXT, NOT_JSON_LD.
    """
    content = read_json(document)
    hold_contexts(content)
    if not isinstance(content, dict | list):
        raise Malformed("NOT_JSON_LD", "a JSON-LD document is an object or a list")
    kept = _Statements()
    try:
        sink = Dataset(store=kept, default_union=True)
        _ByValue().parse(content, Context(base=sink.absolutize(""), version=1.1), sink)
    except RecursionError:
        raise Malformed("TOO_DEEP", "terms that lead to each other") from None
    except Exception as error:  # rdflib raises many kinds, also KeyError and AttributeError, on what it cannot read
        raise Malformed("NOT_JSON_LD", f"rdflib cannot read it ({type(error).__name__})") from None
    return Graph(kept.found, kept.unread)


_UNREAD = RdfLiteral("")
"""Stands where a value could not be read."""


class _ByValue(Parser):
    """Reads as rdflib does, which a language such as `fa_IR` or 7 would stop in the middle of a document."""

    def _to_object(
        self, dataset: Any, graph: Any, context: Any, term: Any, node: Any, inlist: bool = False
    ) -> Node | None:
        # an object with a value; a text with its language; or the value alone
        value = context.get_value(node) if isinstance(node, dict) else node[0] if isinstance(node, tuple) else node
        try:
            read = super()._to_object(dataset, graph, context, term, node, inlist)
        except (ValueError, TypeError, AttributeError, KeyError):
            if value is None:
                raise
            return _UNREAD
        return _UNREAD if read is None and value is not None else read


class _Statements(Store):
    """Takes statements in one index as they come: rdflib's own keeps three, in two and a half times the memory."""

    context_aware = True
    graph_aware = True

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, list[Term]]] = {}
        self.unread: dict[str, list[str]] = {}

    def add(self, triple: Any, context: Any, quoted: bool = False) -> None:
        subject, predicate, value = triple
        if subject is _UNREAD or value is _UNREAD:
            node = value if subject is _UNREAD else subject
            self.unread.setdefault(_address(node), []).append(str(predicate))
            return
        self.found.setdefault(_address(subject), {}).setdefault(str(predicate), []).append(_term(value))

    def add_graph(self, graph: Any) -> None:
        """In which graph of a document something is said makes no difference to us."""

    def bind(self, prefix: str, namespace: Any, override: bool = True) -> None:
        """Nothing is written with prefixes here."""

    def namespaces(self) -> Iterator[Any]:
        return iter(())

    def prefix(self, namespace: Any) -> None:
        return None

    def namespace(self, prefix: str) -> None:
        return None


def is_blank(address: str) -> bool:
    return address.startswith("_:")


def _address(node: Any) -> str:
    return f"_:{node}" if isinstance(node, BNode) else str(node)


def _term(value: Any) -> Term:
    if not isinstance(value, RdfLiteral):
        return Address(_address(value))
    return Text(str(value), value.language, None if value.datatype is None else str(value.datatype))
