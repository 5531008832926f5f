"""A service that a document describes, and what is to be said of how it does."""

from typing import Any

from services.registry.catalogue.cpsv.described import Described
from services.registry.catalogue.cpsv.graph import Graph
from services.registry.catalogue.remarks import Remark, left_out, missing

_OTHERS = ("cpsv:PublicService", "cv:PublicOrganisation", "foaf:Agent", "dcat:Dataset")


class Remarked(Described):
    """`ours`: it was written by us, and so says all that there is."""

    def __init__(self, graph: Graph, address: str) -> None:
        super().__init__(graph, address)
        self.ours = self.has("mz:version")
        self.errors: list[Remark] = []
        self.gaps: list[Remark] = []
        self._order = [member.value for member in self.members("mz:order") or ()]

    def strange(self, field: str, fa: str, en: str) -> None:
        """What does not fit: of ours an error, of another maker's left out."""
        if self.ours:
            self.errors.append(Remark(field, fa, en))
        else:
            self.gaps.append(left_out(field, fa, en))

    def unread(self) -> None:
        """Tells what of it could not be read. What stands at its agency, a party or another service is theirs."""
        agencies = self._graph.nodes(self.address, "cv:hasCompetentAuthority")
        for name in self._graph.unread(self.address, agencies, _OTHERS):
            self.strange("", f"مقدار {name} یا زبان آن خوانا نیست", f"{name}: a value, or its language, cannot be read")

    def assumed(self, field: str, node: Described, name: str, value: Any) -> Any:
        """What a property says; where another maker's document cannot say it, a value to be looked at."""
        said = node.plain(name)
        if said is None and not self.ours:
            self.gaps.append(missing(field))
            return value
        return said

    def in_order(self, name: str) -> list[Described] | None:
        """The nodes of a property as `mz:order` has them, then the others; None when there may be some unsaid."""
        nodes = {node.address: node for node in self.nodes(name)}
        if not nodes and not self.ours:
            return None
        placed = [nodes[address] for address in self._order if address in nodes]
        return placed + [node for address, node in nodes.items() if address not in self._order]
