"""Which directives the supergraph has by itself: federation's composed ones, and executable ones."""

from __future__ import annotations

from functools import partial

from gateway.composition.codes import ErrorCode
from gateway.composition.hints import HintCode
from gateway.composition.merge.applied import merge_description
from gateway.composition.merge.composed import SUPERGRAPH_PREFIXES
from gateway.composition.merge.context import ComposedDirective, Merge, Source, names_of
from gateway.composition.merge.inputs import merge_input, missing_argument
from gateway.composition.model import EXECUTABLE, FEDERATION, DirectiveDef, InputDef, used_directives
from gateway.composition.subgraph.link_names import split_name
from gateway.composition.subgraph.links import FEDERATION_SPEC
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.subgraph.specs import COMPOSED, SPECS

_OWN_PREFIX = FEDERATION_SPEC.removesuffix("federation")


def register_federation_directives(merge: Merge) -> None:
    """Name the composed federation directives in the supergraph as all subgraphs name them."""
    used = {s.name: merge.memos.used.get(s, partial(_used, s)) for s in merge.subgraphs}
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
                *((s.name, s.links.by_import[f"@{local}"].node) for local, found in locals_.items() for s in found),
                coordinate=f"@{name}",
                help="Import it under the same name in every subgraph.",
            )
        local = next(iter(locals_), name)
        parts = split_name(local)
        if parts is not None and parts[0] in SUPERGRAPH_PREFIXES:
            merge.report.error(
                ErrorCode.INVALID_LINK_DIRECTIVE_USAGE,
                f"@{name} imported as @{local} looks like a directive of the supergraph's own specifications.",
                *((s.name, s.links.by_import[f"@{local}"].node) for s in locals_[local]),
                coordinate=f"@{local}",
                help="Import it under another name.",
            )
        repeatable = "repeatable" in SPECS[name].sdl
        merge.composed[FEDERATION, name] = ComposedDirective(name, local, repeatable, FEDERATION)


def _used(subgraph: SubgraphSchema) -> set[str]:
    """The federation directives that a subgraph applies anywhere."""
    return used_directives(subgraph.schema)


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
    if not repeatable and any(s.element.repeatable for s in sources):
        merge.report.hint(
            HintCode.INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE,
            f"@{name} is not repeatable: {names_of([s for s in sources if not s.element.repeatable])} does not"
            " allow it.",
            coordinate=coordinate,
            subgraphs=[s.subgraph.name for s in sources],
        )
    dest = DirectiveDef(name, locations=tuple(kept), repeatable=repeatable)
    merge_description(merge, dest, sources, coordinate)
    for argument in dict.fromkeys(a for s in sources for a in s.element.args):
        given = [Source(s.subgraph, s.element.args[argument]) for s in sources if argument in s.element.args]
        if len(given) < len(sources):
            missing_argument(merge, given, sources, f"@{name}({argument}:)")
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
