"""Which names of a supergraph belong to the specifications it links, and not to the API.

Specification: https://specs.apollo.dev/link/v1.0 (``as``, ``import``, prefixes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import ConstDirectiveNode, DocumentNode, SchemaDefinitionNode, SchemaExtensionNode, TypeDefinitionNode

from gateway.supergraph.errors import SupergraphError
from gateway.supergraph.reader import arguments_of, is_machinery, is_type_of_subgraphs

KNOWN = frozenset(
    {
        "link",
        "join",
        "core",
        "tag",
        "inaccessible",
        "cost",
        "authenticated",
        "requiresScopes",
        "policy",
        "context",
        "cacheTag",
    }
)
_VERSION = re.compile(r"v\d+(\.\d+)?")
_MACHINERY = frozenset({"link", "core"})


@dataclass(frozen=True)
class Features:
    """The local names of linked directives with what their specifications call them, and linked namespaces."""

    directives: dict[str, str]
    prefixes: frozenset[str]

    def owns_directive(self, name: str) -> bool:
        """Whether a directive is defined by a linked specification."""
        prefix, separator, rest = name.partition("__")
        linked = bool(separator and rest) and prefix in self.prefixes
        return linked or name in _MACHINERY or name in self.directives or is_machinery(name)

    def owns_type(self, node: TypeDefinitionNode) -> bool:
        """Whether a type is defined by a linked specification, and by no subgraph."""
        prefix, separator, rest = node.name.value.partition("__")
        linked = bool(separator and rest) and prefix in self.prefixes
        joined = any(item.name.value == "join__type" for item in node.directives or ())
        return not is_type_of_subgraphs(node) or (linked and not joined)

    def means(self, name: str, original: str) -> bool:
        """Whether a directive is what its specification calls ``original``; one of no link means itself."""
        return self.directives.get(name, name) == original


def read_features(document: DocumentNode) -> Features:
    """The features that a supergraph links.

    Raises SupergraphError for an unknown one ``for: EXECUTION`` or ``SECURITY``: it changes what is right,
    so it may not be ignored.
    """
    directives: dict[str, str] = {}
    prefixes: set[str] = set()
    for link in _links(document):
        given = arguments_of(link)
        url = str(given.get("url") or given.get("feature") or "")
        name = _name(url)
        if given.get("for") and name not in KNOWN:
            raise SupergraphError("UNSUPPORTED_LINKED_FEATURE", f"the supergraph needs {url}, which is not supported")
        prefix = str(given.get("as") or name)
        prefixes.add(prefix)
        directives[prefix] = name
        directives[f"{prefix}__{name}"] = name
        for local, original in _imports(given.get("import")):
            directives[local] = original
    return Features(directives, frozenset(prefixes))


def _links(document: DocumentNode) -> Iterator[ConstDirectiveNode]:
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode):
            yield from (item for item in node.directives or () if item.name.value in _MACHINERY)


def _name(url: str) -> str:
    parts = [part for part in url.split("/") if part]
    if len(parts) > 1 and _VERSION.fullmatch(parts[-1]):
        parts.pop()
    return parts[-1] if parts else ""


def _imports(value: Any) -> Iterator[tuple[str, str]]:
    """Local name and original of every imported directive, without their signs."""
    for item in value if isinstance(value, list) else ():
        original = item.get("name") if isinstance(item, dict) else item
        local = (item.get("as") or original) if isinstance(item, dict) else item
        if isinstance(original, str) and original.startswith("@") and isinstance(local, str):
            yield local.removeprefix("@"), original.removeprefix("@")
