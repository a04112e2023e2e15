"""``@link``: which specifications a subgraph uses, and what its local names mean.

Specification: https://specs.apollo.dev/link/v1.0 (url, ``as``, ``import``, prefixes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from graphql import (
    ConstDirectiveNode,
    ConstValueNode,
    DocumentNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
)

from gateway.composition.codes import ErrorCode
from gateway.composition.report import Report
from gateway.composition.subgraph.link_names import clash

_HOST = "https://specs.apollo.dev"
FEDERATION_SPEC = f"{_HOST}/federation"
LINK_SPEC = f"{_HOST}/link"
CORE_SPEC = f"{_HOST}/core"
CONNECT_SPEC = f"{_HOST}/connect"

_VERSION = re.compile(r"v(\d+)\.(\d+)$")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")
_IMPORT = re.compile(r"@?[A-Za-z_][A-Za-z0-9_]*$")


@dataclass(frozen=True, slots=True)
class SpecUrl:
    """A specification's identity, its short name and version."""

    identity: str
    name: str | None
    version: tuple[int, int] | None

    @property
    def text(self) -> str:
        """The url again."""
        return self.identity if self.version is None else f"{self.identity}/v{self.version[0]}.{self.version[1]}"


def parse_url(text: str) -> SpecUrl | None:
    """Read ``https://host/path/name/v1.2``; None when host, path or version is missing."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if not parts.scheme or not parts.netloc:
        return None
    segments = [segment for segment in parts.path.split("/") if segment]
    version: tuple[int, int] | None = None
    if segments and (found := _VERSION.match(segments[-1])):
        version = (int(found[1]), int(found[2]))
        segments.pop()
    if not segments or version is None:
        return None
    name = segments[-1] if _NAME.match(segments[-1]) else None
    identity = "/".join([f"{parts.scheme}://{parts.netloc}", *segments])
    return SpecUrl(identity, name, version)


@dataclass(slots=True)
class Link:
    """One linked specification. ``imports`` maps local names to the names in the specification."""

    url: SpecUrl
    alias: str | None = None
    imports: dict[str, str] = field(default_factory=dict)
    node: ConstDirectiveNode | None = None

    @property
    def prefix(self) -> str | None:
        """The namespace of what is not imported."""
        return self.alias or self.url.name


@dataclass(slots=True)
class Links:
    """All links of one subgraph, and the resolution of names through them."""

    by_identity: dict[str, Link] = field(default_factory=dict)
    by_prefix: dict[str, Link] = field(default_factory=dict)
    by_import: dict[str, Link] = field(default_factory=dict)
    directive_names: set[str] = field(default_factory=lambda: {"link"})

    @property
    def federation(self) -> Link | None:
        """The link to the federation specification, absent in federation 1."""
        return self.by_identity.get(FEDERATION_SPEC)

    def add(self, link: Link) -> None:
        """Register a link under all its names."""
        self.by_identity[link.url.identity] = link
        if link.prefix:
            self.by_prefix[link.prefix] = link
        for local in link.imports:
            self.by_import[local] = link

    def resolve(self, local: str) -> tuple[Link, str] | None:
        """Which specification's element a local name means; directives are asked for with ``@``."""
        if (link := self.by_import.get(local)) is not None:
            return link, link.imports[local]
        sign, bare = ("@", local[1:]) if local.startswith("@") else ("", local)
        prefix, dunder, rest = bare.partition("__")
        if dunder and rest and (link := self.by_prefix.get(prefix)) is not None:
            return link, f"{sign}{rest}"
        link = self.by_prefix.get(bare)
        if sign and link is not None and link.url.name:
            return link, f"@{link.url.name}"
        return None

    def local_name(self, link: Link, element: str) -> str:
        """How a specification's element is called in this subgraph."""
        for local, original in link.imports.items():
            if original == element:
                return local
        bare = element.removeprefix("@")
        sign = "@" if element.startswith("@") else ""
        if sign and bare == link.url.name:
            return f"@{link.prefix}"
        return f"{sign}{link.prefix}__{bare}"


def _arguments(node: ConstDirectiveNode) -> dict[str, ConstValueNode]:
    return {argument.name.value: argument.value for argument in node.arguments or ()}


def _text(value: ConstValueNode | None) -> str | None:
    return value.value if isinstance(value, StringValueNode) else None


def schema_directives(document: DocumentNode) -> list[ConstDirectiveNode]:
    """The directives of the schema definition and all its extensions."""
    return [
        directive
        for definition in document.definitions
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode)
        for directive in definition.directives or ()
    ]


def _link_directive_name(directives: list[ConstDirectiveNode]) -> set[str]:
    """The names under which ``@link`` (or the older ``@core``) is known: it may rename itself."""
    names = {"link"}
    for directive in directives:
        arguments = _arguments(directive)
        url = parse_url(_text(arguments.get("url")) or _text(arguments.get("feature")) or "")
        if url is None or url.identity not in (LINK_SPEC, CORE_SPEC):
            continue
        alias = _text(arguments.get("as"))
        imported = arguments.get("import")
        for item in imported.values or () if isinstance(imported, ListValueNode) else ():
            local, original = _import_names(item)
            if original == "@link" and local:
                alias = local.removeprefix("@")
        if directive.name.value == (alias or url.name):
            names.add(directive.name.value)
    return names


def _import_names(item: ConstValueNode) -> tuple[str | None, str | None]:
    """The local and the original name of one import; None for what is no name."""
    if isinstance(item, StringValueNode):
        return item.value, item.value
    if isinstance(item, ObjectValueNode):
        fields = {entry.name.value: _text(entry.value) for entry in item.fields}
        if set(fields) <= {"name", "as"} and all(_IMPORT.match(text or "") for text in fields.values()):
            return fields.get("as", fields.get("name")), fields.get("name")
    return None, None


class _Reader:
    def __init__(self, subgraph: str, report: Report) -> None:
        self.subgraph = subgraph
        self.report = report

    def fail(self, code: ErrorCode, message: str, node: ConstDirectiveNode, help: str | None = None) -> None:
        self.report.error(code, f"[{self.subgraph}] {message}", (self.subgraph, node), help=help)

    def read(self, node: ConstDirectiveNode) -> Link | None:
        arguments = _arguments(node)
        given = arguments.get("url") or arguments.get("feature")
        text = _text(given)
        if text is None:
            self.fail(
                ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, "A @link needs a url, and the url must be a string.", node
            )
            return None
        url = parse_url(text)
        if url is None:
            self.fail(
                ErrorCode.INVALID_LINK_IDENTIFIER,
                f"{text!r} is not the url of a specification.",
                node,
                help="Write an absolute url that ends in a version: https://specs.apollo.dev/federation/v2.9",
            )
            return None
        alias_node = arguments.get("as")
        alias = _text(alias_node)
        if alias_node is not None and not isinstance(alias_node, NullValueNode) and alias is None:
            self.fail(ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, f"The `as` of the @link to {text} is no string.", node)
        return Link(url, alias, self._imports(url, arguments.get("import"), node), node)

    def _imports(self, url: SpecUrl, value: ConstValueNode | None, node: ConstDirectiveNode) -> dict[str, str]:
        if value is None or isinstance(value, NullValueNode):
            return {}
        if not isinstance(value, ListValueNode):
            self.fail(
                ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, f"The `import` of the @link to {url.text} is no list.", node
            )
            return {}
        imports: dict[str, str] = {}
        for item in value.values:
            local, original = _import_names(item)
            if not local or not original:
                problem = "an import must be a name or {name:, as:}"
            elif local.startswith("@") != original.startswith("@"):
                problem = f"{original!r} cannot be imported as {local!r}: both or neither start with @"
            elif imports.get(local, original) != original:
                problem = f"{local!r} stands for two imports, {imports[local]!r} and {original!r}"
            elif any(known == original and name != local for name, known in imports.items()):
                problem = f"{original!r} is imported under two names"
            else:
                imports[local] = original
                continue
            self.fail(ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, f"In the @link to {url.text}, {problem}.", node)
        return imports


def read_links(subgraph: str, document: DocumentNode, report: Report) -> Links:
    """Read every ``@link`` of a subgraph's document; what is malformed is reported and left out."""
    directives = schema_directives(document)
    names = _link_directive_name(directives)
    reader = _Reader(subgraph, report)
    links = Links(directive_names=names)
    for node in directives:
        if node.name.value not in names and not (node.name.value == "core" and node.arguments):
            continue
        link = reader.read(node)
        if link is None:
            continue
        if link.url.identity in links.by_identity:
            reader.fail(
                ErrorCode.INVALID_LINK_DIRECTIVE_USAGE,
                f"The specification {link.url.identity} is linked twice.",
                node,
                help="Join the two @link directives and their imports into one.",
            )
            continue
        problem = clash(links, link)
        if problem is not None:
            reader.fail(
                ErrorCode.INVALID_LINK_DIRECTIVE_USAGE, problem, node, help="Rename the import or the link with `as`."
            )
            continue
        links.add(link)
    return links
