"""Which directives the supergraph has: federation's composed ones, ``@composeDirective``, executable ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.memo import Same
from gateway.composition.merge.context import ComposedDirective, Merge, Source, names_of
from gateway.composition.merge.inputs import merge_input
from gateway.composition.model import EXECUTABLE, FEDERATION, Applied, DirectiveDef, InputDef, used_directives
from gateway.composition.subgraph.links import FEDERATION_SPEC, Link
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.subgraph.specs import COMPOSED, SPECS
from gateway.composition.typerefs import named

_BUILT_IN = {"skip", "include", "deprecated", "specifiedBy", "oneOf", "defer", "stream"}
_OWN_PREFIX = FEDERATION_SPEC.removesuffix("federation")


def register_federation_directives(merge: Merge) -> None:
    """Name the composed federation directives in the supergraph as all subgraphs name them."""
    used = {s.name: merge.memos.used.get(Same(s), partial(_used, s)) for s in merge.subgraphs}
    merge.memos.used.turn()
    merge.used.update(*used.values())
    for name in COMPOSED:
        locals_: dict[str, list[SubgraphSchema]] = {}
        for subgraph in merge.subgraphs:
            if name not in used[subgraph.name]:
                continue
            for link in subgraph.links.by_identity.values():
                home = SPECS[name].own_spec
                if link.url.identity not in (FEDERATION_SPEC, f"{_OWN_PREFIX}{home}"):
                    continue
                for local, original in link.imports.items():
                    if original == f"@{name}":
                        locals_.setdefault(local.removeprefix("@"), []).append(subgraph)
        if len(locals_) > 1:
            listed = ", ".join(f"@{local} in {' and '.join(s.name for s in found)}" for local, found in locals_.items())
            merge.report.error(
                ErrorCode.LINK_IMPORT_NAME_MISMATCH,
                f"@{name} is imported under different names: {listed}.",
                *((s.name, None) for found in locals_.values() for s in found),
                coordinate=f"@{name}",
                help="Import it under the same name in every subgraph.",
            )
        local = next(iter(locals_), name)
        repeatable = "repeatable" in SPECS[name].sdl
        merge.composed[FEDERATION, name] = ComposedDirective(name, local, repeatable, FEDERATION)


def _used(subgraph: SubgraphSchema) -> set[str]:
    """The federation directives that a subgraph applies anywhere."""
    used = {applied.name for applied in subgraph.schema_directives if applied.spec == FEDERATION}
    return used | used_directives(subgraph.schema)


def register_composed_directives(merge: Merge) -> dict[str, Link]:
    """Read every ``@composeDirective``; returns the link of each composed directive."""
    found: dict[str, list[tuple[SubgraphSchema, Link]]] = {}
    for subgraph in merge.subgraphs:
        for applied in subgraph.schema_directives:
            if applied.spec == FEDERATION and applied.name == "composeDirective":
                link = _check(merge, subgraph, applied)
                if link is not None:
                    found.setdefault((applied.text("name") or "")[1:], []).append((subgraph, link))
    chosen: dict[str, Link] = {}
    for name, entries in found.items():
        if _agree(merge, name, entries):
            chosen[name] = _register(merge, name, entries)
    _check_majors(merge, found)
    return chosen


def _fail(merge: Merge, subgraph: SubgraphSchema, applied: Applied, message: str) -> None:
    merge.report.error(
        ErrorCode.DIRECTIVE_COMPOSITION_ERROR, f"[{subgraph.name}] {message}", (subgraph.name, applied.node)
    )


def _check(merge: Merge, subgraph: SubgraphSchema, applied: Applied) -> Link | None:
    name = applied.text("name")
    if not name:
        _fail(merge, subgraph, applied, "@composeDirective needs the name of a directive.")
        return None
    if not name.startswith("@"):
        _fail(merge, subgraph, applied, f'The name in @composeDirective must start with @: write "@{name}".')
        return None
    resolved = subgraph.links.resolve(name)
    if resolved is not None and resolved[0].url.identity in (FEDERATION_SPEC, f"{_OWN_PREFIX}link"):
        if resolved[1].removeprefix("@") in COMPOSED:
            merge.report.hint(
                HintCode.DIRECTIVE_COMPOSITION_INFO,
                f'{name} is composed anyway; @composeDirective in "{subgraph.name}" can go.',
                coordinate=name,
                subgraphs=[subgraph.name],
            )
        else:
            _fail(merge, subgraph, applied, f"{name} is a federation directive and cannot be composed.")
        return None
    if name[1:] not in subgraph.schema.directives and name[1:] not in _BUILT_IN:
        _fail(merge, subgraph, applied, f"@composeDirective names {name}, which is not defined.")
        return None
    if resolved is None:
        _fail(merge, subgraph, applied, f"{name} must come from a specification: link it with @link(import:).")
        return None
    return resolved[0]


def _agree(merge: Merge, name: str, entries: Sequence[tuple[SubgraphSchema, Link]]) -> bool:
    identities = {link.url.identity for _, link in entries}
    if len(identities) == 1:
        return True
    merge.report.error(
        ErrorCode.DIRECTIVE_COMPOSITION_ERROR,
        f"@{name} comes from different specifications: {', '.join(sorted(identities))}.",
        *((subgraph.name, link.node) for subgraph, link in entries),
        coordinate=f"@{name}",
    )
    return False


def _check_majors(merge: Merge, found: dict[str, list[tuple[SubgraphSchema, Link]]]) -> None:
    majors: dict[str, dict[int, list[tuple[SubgraphSchema, Link]]]] = {}
    for entries in found.values():
        for subgraph, link in entries:
            major = (link.url.version or (0, 0))[0]
            majors.setdefault(link.url.identity, {}).setdefault(major, []).append((subgraph, link))
    for identity, versions in majors.items():
        if len(versions) > 1:
            merge.report.error(
                ErrorCode.DIRECTIVE_COMPOSITION_ERROR,
                f"Directives of {identity} are composed from incompatible major versions:"
                f" {', '.join(f'v{major}' for major in sorted(versions))}.",
                *((subgraph.name, link.node) for found_ in versions.values() for subgraph, link in found_),
            )


def _register(merge: Merge, name: str, entries: Sequence[tuple[SubgraphSchema, Link]]) -> Link:
    """The newest version of the specification gives the definition; of equals, the widest and last."""

    def rank(indexed: tuple[int, tuple[SubgraphSchema, Link]]) -> tuple[tuple[int, int], int, int]:
        index, (subgraph, link) = indexed
        found = subgraph.schema.directives.get(name)
        return link.url.version or (0, 0), len(found.locations) if found else 0, index

    _, (subgraph, link) = max(enumerate(entries), key=rank)
    definition = subgraph.schema.directives.get(name)
    repeatable = definition.repeatable if definition is not None else False
    composing = frozenset(subgraph.name for subgraph, _ in entries)
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
    return link


def merge_executable_directives(merge: Merge) -> None:
    """Keep the executable directives that every subgraph defines, where all allow them."""
    names = dict.fromkeys(name for subgraph in merge.subgraphs for name in subgraph.schema.directives)
    for name in names:
        if (None, name) in merge.composed:
            continue
        sources = [
            Source(subgraph, found)
            for subgraph in merge.subgraphs
            if (found := subgraph.schema.directives.get(name)) is not None
            and any(location in EXECUTABLE for location in found.locations)
        ]
        if sources:
            _merge_executable(merge, name, sources)


def _merge_executable(merge: Merge, name: str, sources: list[Source[DirectiveDef]]) -> None:
    coordinate = f"@{name}"
    if len(sources) < len(merge.subgraphs):
        merge.report.hint(
            HintCode.INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE,
            f"@{name} is left out: only {names_of(sources)} defines it.",
            coordinate=coordinate,
            subgraphs=[s.subgraph.name for s in sources],
        )
        return
    kept = [x for x in EXECUTABLE if all(x in s.element.locations for s in sources)]
    all_ = {x for s in sources for x in s.element.locations if x in EXECUTABLE}
    if not kept:
        merge.report.hint(
            HintCode.NO_EXECUTABLE_DIRECTIVE_INTERSECTION,
            f"@{name} is left out: the subgraphs allow it in no common place.",
            coordinate=coordinate,
        )
        return
    if len(kept) < len(all_):
        merge.report.hint(
            HintCode.INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS,
            f"@{name} is kept only on {', '.join(kept)}.",
            coordinate=coordinate,
        )
    repeatable = all(s.element.repeatable for s in sources)
    dest = DirectiveDef(name, sources[0].element.description, locations=tuple(kept), repeatable=repeatable)
    for argument in dict.fromkeys(a for s in sources for a in s.element.args):
        given = [Source(s.subgraph, s.element.args[argument]) for s in sources if argument in s.element.args]
        if len(given) < len(sources):
            continue
        entry = InputDef(argument)
        merge_input(
            merge,
            entry,
            given,
            f"@{name}({argument}:)",
            ErrorCode.FIELD_ARGUMENT_TYPE_MISMATCH,
            ErrorCode.FIELD_ARGUMENT_DEFAULT_MISMATCH,
        )
        dest.args[argument] = entry
    merge.schema.directives[name] = dest
