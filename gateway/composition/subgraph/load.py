"""One subgraph from its SDL to the model, with everything that can be wrong about it alone as GraphQL."""

from __future__ import annotations

from graphql import DocumentNode

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.model import Applied, Schema, TypeDef
from gateway.composition.report import Report
from gateway.composition.result import Subgraph
from gateway.composition.subgraph.links import CONNECT_SPEC, FEDERATION_SPEC, Link, Links, read_links
from gateway.composition.subgraph.names import check_names
from gateway.composition.subgraph.read import read_schema
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.subgraph.specs import NEWEST, SCALARS, SPECS, argument_types, came_with, known_versions
from gateway.composition.subgraph.syntax import ROOTS, check_graphql, parse_sdl, root_names
from gateway.composition.subgraph.values import coerce_enums, fits

_ROOT_CODES = {
    "query": ErrorCode.ROOT_QUERY_USED,
    "mutation": ErrorCode.ROOT_MUTATION_USED,
    "subscription": ErrorCode.ROOT_SUBSCRIPTION_USED,
}

_MOVED = {f"{FEDERATION_SPEC.removesuffix('federation')}{name}": name for name in ("tag", "inaccessible")}
"""Specifications whose directives federation 2 has as its own, under the same names."""


def load(subgraph: Subgraph, report: Report) -> SubgraphSchema | None:
    """Read a subgraph; None when it cannot be used, with the reasons in the report."""
    if not subgraph.name or subgraph.name == "_":
        report.error(
            ErrorCode.INVALID_SUBGRAPH_NAME,
            f"{subgraph.name!r} cannot be a subgraph's name.",
            (subgraph.name, None),
            help="Give it a name of its own; `_` is reserved.",
        )
        return None
    document = parse_sdl(subgraph.name, subgraph.sdl, report)
    if document is None:
        return None
    document = coerce_enums(document)
    links = read_links(subgraph.name, document, report)
    for link in links.by_identity.values():
        _check_link(subgraph.name, link, links, report)
    if report.failed_in(subgraph.name):
        return None
    _hint_upgrade(subgraph.name, links, report)
    roots = root_names(document)
    taken = _taken_roots(subgraph.name, document, roots, report)
    if not check_graphql(subgraph.name, document, links, report):
        return None
    kept = {operation: name for operation, name in roots.items() if operation not in taken}
    schema = read_schema(document, links, kept)
    loaded = SubgraphSchema(subgraph.name, subgraph.url or "", links, schema)
    check_names(loaded, report)
    _check_directive_values(loaded, schema, report)
    return loaded


def _check_link(name: str, link: Link, links: Links, report: Report) -> None:
    identity, version = link.url.identity, link.url.version
    place = (name, link.node)
    if identity == CONNECT_SPEC:
        report.error(
            ErrorCode.UNSUPPORTED_LINKED_FEATURE,
            f"[{name}] Connectors (@connect, @source) are not supported.",
            place,
            help="Serve the data from a subgraph of its own and remove the @link.",
        )
    elif identity == FEDERATION_SPEC:
        if version is None or version[0] != 2 or version > NEWEST:
            shown = link.url.text.rpartition("/")[2]
            report.error(
                ErrorCode.UNKNOWN_FEDERATION_LINK_VERSION,
                f"[{name}] The federation version {shown} is not known; the newest known is v{NEWEST[0]}.{NEWEST[1]}.",
                place,
                help=f"Link https://specs.apollo.dev/federation/v{NEWEST[0]}.{NEWEST[1]} or older.",
            )
            return
        _check_imports(name, link, report)
    else:
        _check_core_link(name, link, links, report)


def _check_core_link(name: str, link: Link, links: Links, report: Report) -> None:
    known = known_versions(link.url.identity)
    if known is not None and link.url.version not in known:
        listed = ", ".join(f"v{major}.{minor}" for major, minor in known)
        report.error(
            ErrorCode.UNKNOWN_LINK_VERSION,
            f"[{name}] The version of {link.url.text} is not known; known are {listed}.",
            (name, link.node),
            help="Link one of the known versions.",
        )
    elif links.federation is None and link.prefix is not None and link.prefix == _MOVED.get(link.url.identity):
        report.error(
            ErrorCode.INVALID_LINK_DIRECTIVE_USAGE,
            f"[{name}] {link.url.text} is linked beside federation's own @{link.prefix}.",
            (name, link.node),
            help=f"Link https://specs.apollo.dev/federation/v2.0 and import @{link.prefix} from it.",
        )


def _hint_upgrade(name: str, links: Links, report: Report) -> None:
    """Say that a specification linked by itself needs a newer federation version than is linked."""
    federation = links.federation
    if federation is None or federation.url.version is None:
        return
    needed = max(
        (since for link in links.by_identity.values() if (since := came_with(link.url.identity))), default=None
    )
    if needed is not None and needed > federation.url.version:
        shown, newer = (f"v{major}.{minor}" for major, minor in (federation.url.version, needed))
        report.hint(
            HintCode.IMPLICITLY_UPGRADED_FEDERATION_VERSION,
            f'"{name}" links federation {shown} and a specification that needs {newer}: it is taken for {newer}.',
            subgraphs=[name],
        )


def _check_imports(name: str, link: Link, report: Report) -> None:
    version = link.url.version or (2, 0)
    for original in link.imports.values():
        bare = original.removeprefix("@")
        spec = SPECS.get(bare) if original.startswith("@") else None
        known = spec.since <= version if spec is not None else original in SCALARS
        if known or original == "@link":
            continue
        hint = f" (it came with v{spec.since[0]}.{spec.since[1]})" if spec is not None else ""
        report.error(
            ErrorCode.INVALID_LINK_DIRECTIVE_USAGE,
            f"[{name}] Federation v{version[0]}.{version[1]} has no {original} to import{hint}.",
            (name, link.node),
            help=f"Write @{bare}." if f"@{bare}" != original and bare in SPECS else None,
        )


def _taken_roots(name: str, document: DocumentNode, roots: dict[str, str], report: Report) -> set[str]:
    """Report types that have a root's usual name and are not that root; returns the operations concerned."""
    taken: set[str] = set()
    for node in document.definitions:
        found = getattr(getattr(node, "name", None), "value", None)
        for operation, default in ROOTS.items():
            if found == default and operation in roots and roots[operation] != default:
                taken.add(operation)
                report.error(
                    _ROOT_CODES[operation],
                    f"[{name}] The type {default} exists, but the {operation} root is {roots[operation]}.",
                    (name, node),
                    coordinate=default,
                    help=f"Rename the type {default}, or make it the root.",
                )
    return taken


def _check_directive_values(loaded: SubgraphSchema, schema: Schema, report: Report) -> None:
    known: dict[tuple[str | None, str], dict[str, str]] = {}
    for name in SPECS:
        known["federation", name] = argument_types(name)
    for directive in schema.directives.values():
        known[None, directive.name] = {a.name: a.type for a in directive.args.values()}
    elements: list[tuple[TypeDef | None, Applied]] = [(None, a) for a in loaded.schema_directives]
    for found in schema.types.values():
        holders = [found, *found.fields.values(), *found.inputs.values(), *found.values.values()]
        holders += [a for f in found.fields.values() for a in f.args.values()]
        elements += [(found, applied) for holder in holders for applied in holder.directives]
    for owner, applied in elements:
        types = known.get((applied.spec, applied.name), {})
        for argument, value in applied.args.items():
            ref = types.get(argument)
            if ref is None or "federation__" in ref or fits(value, ref, schema):
                continue
            report.error(
                ErrorCode.INVALID_GRAPHQL,
                f"[{loaded.name}] The argument {argument} of @{applied.name} does not fit its type {ref}.",
                (loaded.name, applied.node),
                coordinate=owner.name if owner is not None else None,
            )
