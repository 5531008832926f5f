"""The statements of a JSON-LD document, however it was written: expanded, compacted, nested, with any blank nodes.

rdflib is loaded with this module, and only a process that reads a catalogue loads it: it costs a third of the memory a
service may hold when idle.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rdflib import BNode, Dataset
from rdflib import Literal as RdfLiteral
from rdflib.parser import PythonInputSource
from rdflib.store import Store

from services.contracts.envelope import Malformed
from services.contracts.strict_json import read_json
from services.registry.catalogue.cpsv.contexts import hold_contexts
from services.registry.catalogue.cpsv.vocabulary import iri

DEPTH = 4
"""So far a node without a name is looked into to give it its place: none of the standard's lies deeper."""
_TYPE, _FIRST, _REST, _NIL = iri("rdf:type"), iri("rdf:first"), iri("rdf:rest"), iri("rdf:nil")


@dataclass(frozen=True, slots=True)
class Text:
    """A literal: its text, and its language or its datatype if it has one."""

    value: str
    language: str | None = None
    datatype: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A node: an IRI, or a name that is good only within its document."""

    value: str


Term = Text | Address


class Graph:
    """Nodes, their properties and their values, by prefixed names (`dct:title`)."""

    def __init__(self, statements: dict[str, dict[str, list[Term]]], nameless: Collection[str] = ()) -> None:
        self._statements, self._nameless = statements, nameless

    def all(self, type: str) -> list[str]:
        """Addresses of the nodes of a class, in order."""
        wanted = Address(iri(type))
        found = (address for address, facts in self._statements.items() if wanted in facts.get(_TYPE, ()))
        return sorted(found, key=self._place)

    def types(self, address: str) -> set[str]:
        return {term.value for term in self.values(address, "rdf:type")}

    def values(self, address: str, name: str) -> Sequence[Term]:
        return self._statements.get(address, {}).get(iri(name), ())

    def nodes(self, address: str, name: str) -> list[str]:
        """Addresses that a property names, each once, in order."""
        found = {term.value for term in self.values(address, name) if isinstance(term, Address)}
        return sorted(found, key=self._place)

    def _place(self, address: str, depth: int = 0) -> tuple[int, str]:
        """Nodes with a name first, by it; the others by what is said of them: their names differ at each reading."""
        if address not in self._nameless:
            return 0, address
        if depth == DEPTH:
            return 1, ""
        facts = sorted(
            (property, self._place(term.value, depth + 1) if isinstance(term, Address) else (2, repr(term)))
            for property, terms in self._statements.get(address, {}).items()
            for term in terms
        )
        return 1, repr(facts)

    def texts(self, address: str, name: str) -> list[Text]:
        """Literals of a property, in an order that follows from what they are."""
        found = {term for term in self.values(address, name) if isinstance(term, Text)}
        return sorted(found, key=lambda text: (text.language or "", text.value, text.datatype or ""))

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
    """The statements of a JSON-LD document.

    Raises Malformed: NOT_JSON, DUPLICATE_KEY, TOO_DEEP (`strict_json`), REMOTE_CONTEXT, NOT_JSON_LD.
    """
    content = read_json(document)
    hold_contexts(content)
    if not isinstance(content, dict | list):
        raise Malformed("NOT_JSON_LD", "a JSON-LD document is an object or a list")
    kept = _Statements()
    try:
        Dataset(store=kept, default_union=True).parse(PythonInputSource(content), format="json-ld")
    except RecursionError:
        raise Malformed("TOO_DEEP", "terms that lead to each other") from None
    except Exception as error:  # rdflib raises many kinds, also KeyError and AttributeError, on what it cannot read
        raise Malformed("NOT_JSON_LD", f"rdflib cannot read it ({type(error).__name__})") from None
    return Graph(kept.found, kept.nameless)


class _Statements(Store):
    """Takes statements in one index as they come: rdflib's own keeps three, in two and a half times the memory."""

    context_aware = True
    graph_aware = True

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, list[Term]]] = {}
        self.nameless: set[str] = set()

    def add(self, triple: Any, context: Any, quoted: bool = False) -> None:
        subject, predicate, value = triple
        self.nameless.update(str(node) for node in (subject, value) if isinstance(node, BNode))
        self.found.setdefault(str(subject), {}).setdefault(str(predicate), []).append(_term(value))

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


def _term(value: Any) -> Term:
    if not isinstance(value, RdfLiteral):
        return Address(str(value))
    return Text(str(value), value.language, None if value.datatype is None else str(value.datatype))
