"""The ``join__`` directives that tell a gateway which subgraph has what.

Specification: https://specs.apollo.dev/join/v0.3 (0.4 adds labels and ``join__directive``, 0.5 contexts).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from graphql import StringValueNode, print_ast

from gateway.composition.fieldsets import FieldSetError, parse_field_set, print_field_set
from gateway.composition.merge.context import E, Merge, Source
from gateway.composition.model import FEDERATION, Applied, Element, FieldDef, TypeDef


def quoted(text: str) -> str:
    """A string as GraphQL source."""
    return json.dumps(text, ensure_ascii=False)


def directive(name: str, /, **arguments: str | None) -> str:
    """A directive's text; arguments that are None are left out."""
    given = ", ".join(f"{key}: {value}" for key, value in arguments.items() if value is not None)
    return f"@{name}({given})" if given else f"@{name}"


def field_set(text: str | None) -> str | None:
    """A field set on one line, quoted."""
    if text is None:
        return None
    try:
        return quoted(print_field_set(parse_field_set(text)))
    except FieldSetError:
        return quoted(text)


def join_type(merge: Merge, dest: TypeDef, sources: Sequence[Source[TypeDef]]) -> None:
    """One ``@join__type`` per subgraph, and per key where there are several."""
    for source in sources:
        graph = merge.graphs[source.subgraph.name]
        found = source.element
        interface_object = "true" if found.is_interface_object else None
        keys = list(found.all("key"))
        if not keys:
            dest.join.append(directive("join__type", graph=graph, isInterfaceObject=interface_object))
        for key in keys:
            extension = key.of_extension or found.has("extends")
            resolvable = key.args.get("resolvable")
            dest.join.append(
                directive(
                    "join__type",
                    graph=graph,
                    key=field_set(key.text("fields")),
                    extension="true" if extension else None,
                    resolvable="false" if getattr(resolvable, "value", True) is False else None,
                    isInterfaceObject=interface_object,
                )
            )


def join_implements(merge: Merge, dest: TypeDef, sources: Sequence[Source[TypeDef]]) -> None:
    """One ``@join__implements`` per subgraph and interface."""
    for source in sources:
        for name in source.element.interfaces:
            graph = merge.graphs[source.subgraph.name]
            dest.join.append(directive("join__implements", graph=graph, interface=quoted(name)))


def _needs_join(merge: Merge, parent: str, source: Source[FieldDef]) -> bool:
    name, entry = source.subgraph.name, source.element
    if merge.overrides.lost(parent, entry.name, name) is not None:
        return True
    if merge.overrides.label(parent, entry.name, name) is not None:
        return True
    if (parent, entry.name) in source.subgraph.facts.external:
        return True
    if entry.has("requires") or entry.has("provides"):
        return True
    return any(argument.has("fromContext") for argument in entry.args.values())


def join_field(
    merge: Merge, dest: FieldDef, parent: str, given: Sequence[Source[FieldDef]], everywhere: bool, equal: bool
) -> None:
    """``@join__field`` for each subgraph that has the field, when the gateway could not guess them.

    ``everywhere`` tells that all subgraphs with the type have the field, ``equal`` that it has one type in all.
    """
    if everywhere and equal and not any(_needs_join(merge, parent, source) for source in given):
        return
    for source in given:
        if not merge.overrides.gone(parent, dest.name, source.subgraph.name):
            dest.join.append(_join_one(merge, dest, parent, source, equal))


def _join_one(merge: Merge, dest: FieldDef, parent: str, source: Source[FieldDef], equal: bool) -> str:
    name = source.subgraph.name
    entry = source.element
    override = entry.find("override")
    requires, provides = entry.find("requires"), entry.find("provides")
    lost = merge.overrides.lost(parent, dest.name, name)
    label = merge.overrides.label(parent, dest.name, name)
    if label is not None:
        merge.features.add("label")
    contexts = context_arguments(merge, source, parent)
    return directive(
        "join__field",
        graph=merge.graphs[name],
        requires=field_set(requires.text("fields")) if requires else None,
        provides=field_set(provides.text("fields")) if provides else None,
        type=None if equal else quoted(entry.type),
        external="true" if (parent, dest.name) in source.subgraph.facts.external else None,
        override=quoted(override.text("from") or "") if override else None,
        usedOverridden="true" if lost is not None and lost.used else None,
        overrideLabel=quoted(label) if label is not None else None,
        contextArguments=contexts,
    )


def context_arguments(merge: Merge, source: Source[FieldDef], parent: str) -> str | None:
    """The contextual arguments of a field as the value of ``contextArguments``."""
    entries: list[str] = []
    for argument in source.element.args.values():
        applied = argument.find("fromContext")
        text = applied.text("field") if applied is not None else None
        if text is None:
            continue
        name, selection = split_context(text)
        merge.features.add("context")
        entries.append(
            f"{{context: {quoted(f'{source.subgraph.name}__{name}')}, name: {quoted(argument.name)}, "
            f"type: {quoted(argument.type)}, selection: {quoted(selection)}}}"
        )
    return f"[{', '.join(entries)}]" if entries else None


def split_context(text: str) -> tuple[str, str]:
    """``$name { selection }`` as name and selection; the name is empty when there is none."""
    stripped = text.strip()
    if not stripped.startswith("$"):
        return "", stripped
    end = next((i for i, c in enumerate(stripped[1:], 1) if not (c.isalnum() or c == "_")), len(stripped))
    return stripped[1:end], " " + stripped[end:].strip()


def join_interface_object(dest: FieldDef) -> None:
    """Mark a field that only subgraphs with an interface object resolve."""
    dest.join = ["@join__field"]


def join_directives(merge: Merge, dest: Element, sources: Sequence[Source[E]]) -> None:
    """``@join__directive`` for directives that concern the gateway but belong to single subgraphs."""
    graphs: dict[str, list[str]] = {}
    for source in sources:
        for applied in source.element.all("cacheTag"):
            graphs.setdefault(_arguments(applied), []).append(merge.graphs[source.subgraph.name])
    for args, names in graphs.items():
        merge.features.add("directive")
        unique = ", ".join(dict.fromkeys(names))
        text = directive("join__directive", graphs=f"[{unique}]", name=quoted("federation__cacheTag"))
        dest.join.append(f"{text[:-1]}, args: {{{args}}})")


def _arguments(applied: Applied) -> str:
    return ", ".join(f"{name}: {print_ast(value)}" for name, value in sorted(applied.args.items()))


def join_contexts(dest: TypeDef, sources: Sequence[Source[TypeDef]]) -> None:
    """``@context`` of all subgraphs, each name prefixed by its subgraph: contexts do not cross subgraphs."""
    for source in sources:
        for applied in source.element.all("context"):
            name = f"{source.subgraph.name}__{applied.text('name') or ''}"
            dest.directives.append(Applied("context", {"name": StringValueNode(value=name)}, FEDERATION))
