"""``@composeDirective``: which of the subgraphs' own directives the supergraph carries, and as what.

Specification: https://specs.apollo.dev/link/v1.0 for names and versions; a directive is composed only where it
comes from a linked specification, under one name everywhere, from one major version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.merge.context import ComposedDirective, Merge
from gateway.composition.model import FEDERATION, Applied, DirectiveDef
from gateway.composition.report import Place
from gateway.composition.subgraph.link_names import split_name
from gateway.composition.subgraph.links import FEDERATION_SPEC, Link
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.typerefs import named

_BUILT_IN = {"skip", "include", "deprecated", "specifiedBy", "oneOf", "defer", "stream"}
_OWN_PREFIX = FEDERATION_SPEC.removesuffix("federation")
_BY_ITSELF = ("tag", "inaccessible", "authenticated", "requiresScopes", "policy", "context")
"""What is composed without being asked for, so that asking for it is a hint and no error."""

_OWN = {f"{_OWN_PREFIX}{name}" for name in (*_BY_ITSELF, "core", "join", "link", "federation", "source", "cost")}

SUPERGRAPH_PREFIXES = ("join", "link")
"""Names that belong to the supergraph's own specifications."""


@dataclass(frozen=True, slots=True)
class _Use:
    """One valid ``@composeDirective``: whose, of which linked specification, under which names."""

    subgraph: SubgraphSchema
    link: Link
    applied: Applied
    local: str
    original: str

    @property
    def place(self) -> Place:
        return self.subgraph.name, self.applied.node


def register_composed_directives(merge: Merge) -> dict[str, Link]:
    """Read every ``@composeDirective``; returns the link of each composed directive by its name."""
    uses = [use for subgraph in merge.subgraphs for use in _uses(merge, subgraph)]
    by_name: dict[str, list[_Use]] = {}
    for use in uses:
        by_name.setdefault(use.local, []).append(use)
    chosen = {name: _register(merge, name, found) for name, found in by_name.items() if _agree(merge, name, found)}
    _check_names(merge, uses)
    _check_majors(merge, uses)
    return chosen


def _fail(merge: Merge, places: Sequence[Place], message: str, help: str, coordinate: str | None = None) -> None:
    merge.report.error(ErrorCode.DIRECTIVE_COMPOSITION_ERROR, message, *places, coordinate=coordinate, help=help)


def _uses(merge: Merge, subgraph: SubgraphSchema) -> list[_Use]:
    result: list[_Use] = []
    for applied in subgraph.schema_directives:
        if applied.spec == FEDERATION and applied.name == "composeDirective":
            found = _use(merge, subgraph, applied)
            if isinstance(found, _Use):
                result.append(found)
            elif found is not None:
                problem, help = found
                _fail(merge, [(subgraph.name, applied.node)], f"[{subgraph.name}] {problem}", help)
    return result


def _use(merge: Merge, subgraph: SubgraphSchema, applied: Applied) -> _Use | tuple[str, str] | None:
    """What is to be composed; or a problem and a way out; or None when there is nothing to do."""
    name = applied.text("name")
    if not name:
        return "@composeDirective needs the name of a directive.", 'Write @composeDirective(name: "@yours").'
    if not name.startswith("@"):
        return f'The name in @composeDirective must start with @, and "{name}" does not.', f'Write "@{name}".'
    resolved = subgraph.links.resolve(name)
    if resolved is not None and resolved[0].url.identity in _OWN:
        if resolved[1].removeprefix("@") not in _BY_ITSELF:
            return (
                f"{name} is a directive of federation itself and cannot be composed.",
                "Remove the @composeDirective.",
            )
        merge.report.hint(
            HintCode.DIRECTIVE_COMPOSITION_INFO,
            f'{name} is composed anyway; @composeDirective in "{subgraph.name}" can go.',
            coordinate=name,
            subgraphs=[subgraph.name],
        )
        return None
    if name[1:] not in subgraph.schema.directives and name[1:] not in _BUILT_IN:
        return f"@composeDirective names {name}, which is not defined.", f"Define the directive {name}."
    if resolved is None:
        return f"{name} does not come from a specification.", "Link its specification with @link(import:)."
    clash = _clash(merge, name[1:])
    if clash is not None:
        return (
            f"{name} cannot be composed: {clash} calls a directive of federation so.",
            "Import it under another name.",
        )
    return _Use(subgraph, resolved[0], applied, name[1:], resolved[1].removeprefix("@"))


def _clash(merge: Merge, name: str) -> str | None:
    """The subgraph in which this is the name of a directive that federation composes, if there is one."""
    for subgraph in merge.subgraphs:
        federation = subgraph.links.federation
        for own in ("tag", "inaccessible"):
            local = subgraph.links.local_name(federation, f"@{own}") if federation is not None else f"@{own}"
            if local == f"@{name}":
                return f'"{subgraph.name}"'
    return None


def _agree(merge: Merge, name: str, uses: Sequence[_Use]) -> bool:
    """Whether a composed name means the same everywhere."""
    coordinate, places = f"@{name}", [use.place for use in uses]
    identities = sorted({use.link.url.identity for use in uses})
    originals = sorted({use.original for use in uses})
    parts = split_name(name)
    if (parts[0] if parts is not None else name) in SUPERGRAPH_PREFIXES:
        merge.report.error(
            ErrorCode.INVALID_LINK_DIRECTIVE_USAGE,
            f"@{name} looks like a directive of the supergraph's own specifications.",
            *places,
            coordinate=coordinate,
            help="Import it under another name.",
        )
    elif len(identities) > 1:
        message = f"@{name} comes from different specifications: {', '.join(identities)}."
        _fail(merge, places, message, "Rename one of them with @link(import:).", coordinate)
    elif len(originals) > 1:
        message = f"@{name} means different directives: {' and '.join(f'@{original}' for original in originals)}."
        _fail(merge, places, message, "Import one of them under another name.", coordinate)
    elif not _common_places(name, uses):
        message = f"The definitions of @{name} have no place in common."
        _fail(merge, places, message, "Define it alike in every subgraph that composes it.", coordinate)
    else:
        return True
    return False


def _common_places(name: str, uses: Sequence[_Use]) -> bool:
    found = [d.locations for use in uses if (d := use.subgraph.schema.directives.get(name)) is not None]
    return not found or bool(set(found[0]).intersection(*found[1:]))


def _check_names(merge: Merge, uses: Sequence[_Use]) -> None:
    """One directive of a specification must be composed under one name, and should be called so everywhere."""
    groups: dict[tuple[str, str], list[_Use]] = {}
    for use in uses:
        groups.setdefault((use.link.url.identity, use.original), []).append(use)
    for (identity, original), found in groups.items():
        names = {use.local: use.subgraph.name for use in reversed(found)}
        if len(names) > 1:
            listed = " and ".join(f'"@{name}" in "{subgraph}"' for name, subgraph in sorted(names.items()))
            message = f"@{original} of {identity} is composed under different names: {listed}."
            _fail(merge, [use.place for use in found], message, "Import it under one name everywhere.")
        composing = {use.subgraph.name for use in found}
        others = [s for s in merge.subgraphs if s.name not in composing and _renames(s, identity, original, names)]
        if others:
            merge.report.hint(
                HintCode.DIRECTIVE_COMPOSITION_WARN,
                f"@{original} of {identity} is composed as @{found[0].local}, and called otherwise where it is"
                " not composed.",
                coordinate=f"@{found[0].local}",
                subgraphs=[subgraph.name for subgraph in others],
            )


def _renames(subgraph: SubgraphSchema, identity: str, original: str, names: dict[str, str]) -> bool:
    link = subgraph.links.by_identity.get(identity)
    return link is not None and any(
        known == f"@{original}" and local[1:] not in names for local, known in link.imports.items()
    )


def _check_majors(merge: Merge, uses: Sequence[_Use]) -> None:
    composing = {(use.subgraph.name, use.link.url.identity) for use in uses}
    linked: dict[str, list[tuple[SubgraphSchema, Link]]] = {}
    for subgraph in merge.subgraphs:
        for link in subgraph.links.by_identity.values():
            linked.setdefault(link.url.identity, []).append((subgraph, link))
    for identity, found in linked.items():
        if len({_major(link) for _, link in found}) < 2:
            continue
        composed = [(s, link) for s, link in found if (s.name, identity) in composing]
        majors = sorted({_major(link) for _, link in composed})
        if len(majors) > 1:
            _fail(
                merge,
                [(s.name, link.node) for s, link in composed],
                f"Directives of {identity} are composed from incompatible major versions:"
                f" {', '.join(f'v{major}' for major in majors)}.",
                "Link the same major version wherever its directives are composed.",
            )
        else:
            merge.report.hint(
                HintCode.DIRECTIVE_COMPOSITION_INFO,
                f"Subgraphs link different major versions of {identity}.",
                subgraphs=[s.name for s, _ in found],
            )


def _major(link: Link) -> int:
    return (link.url.version or (0, 0))[0]


def _register(merge: Merge, name: str, uses: Sequence[_Use]) -> Link:
    """The newest version of the specification gives the definition; of equals, the widest and last."""

    def rank(indexed: tuple[int, _Use]) -> tuple[tuple[int, int], int, int]:
        index, use = indexed
        found = use.subgraph.schema.directives.get(name)
        return use.link.url.version or (0, 0), len(found.locations) if found else 0, index

    _, use = max(enumerate(uses), key=rank)
    definition = use.subgraph.schema.directives.get(name)
    repeatable = definition.repeatable if definition is not None else False
    composing = frozenset(use.subgraph.name for use in uses)
    merge.composed[None, name] = ComposedDirective(name, name, repeatable, None, composing)
    if definition is not None:
        merge.enum_inputs.update(named(argument.type) for argument in definition.args.values())
        merge.schema.directives[name] = DirectiveDef(
            name,
            definition.description,
            args=dict(definition.args),
            locations=definition.locations,
            repeatable=definition.repeatable,
        )
    return use.link
