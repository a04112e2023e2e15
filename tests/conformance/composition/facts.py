"""Reads a supergraph as a sorted list of facts, independent of order and formatting.

One string per fact: graphs, types with their keys, implementations, fields, union members, enum values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql import (
    ConstDirectiveNode,
    ConstValueNode,
    DirectiveNode,
    EnumTypeDefinitionNode,
    FieldNode,
    InlineFragmentNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ListValueNode,
    ObjectTypeDefinitionNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

Arguments = dict[str, ConstValueNode]


def join_facts(supergraph: str) -> list[str]:
    """All facts of a supergraph's SDL, sorted by code point, without duplicates."""
    document = parse(supergraph, no_location=True)
    types = [node for node in document.definitions if isinstance(node, TypeDefinitionNode)]
    graphs = _graphs(types)
    facts = {f"graph {name}" for name in graphs.values()}
    for node in types:
        facts.update(_type_facts(node, graphs))
    return sorted(facts)


def _applied(directives: Sequence[ConstDirectiveNode] | None, name: str) -> Iterator[Arguments]:
    for directive in directives or ():
        if directive.name.value == name:
            yield {argument.name.value: argument.value for argument in directive.arguments or ()}


def _text(value: ConstValueNode | None) -> str:
    return str(getattr(value, "value", ""))


def _is(arguments: Arguments, name: str, wanted: bool) -> bool:
    value = getattr(arguments.get(name), "value", None)
    return value is wanted


def _graphs(types: Sequence[TypeDefinitionNode]) -> dict[str, str]:
    for node in types:
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph":
            return {
                value.name.value: _text(next(_applied(value.directives, "join__graph"))["name"])
                for value in node.values or ()
            }
    return {}


def _set(value: ConstValueNode | None) -> str:
    text = _text(value).strip()
    operation = parse(text if text.startswith("{") else f"{{ {text} }}", no_location=True).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return _selections(operation.selection_set)


def _selections(selection_set: SelectionSetNode) -> str:
    return " ".join(sorted(_selection(node) for node in selection_set.selections))


def _selection(node: object) -> str:
    if isinstance(node, FieldNode):
        text = f"{node.alias.value}: {node.name.value}" if node.alias else node.name.value
        if node.arguments:
            text += f"({','.join(f'{a.name.value}:{print_ast(a.value)}' for a in node.arguments)})"
    else:
        assert isinstance(node, InlineFragmentNode)
        text = f"... on {node.type_condition.name.value}" if node.type_condition else "..."
    text += _directives(node.directives)
    children = node.selection_set
    return f"{text}{{{_selections(children)}}}" if children else text


def _directives(directives: Sequence[DirectiveNode] | None) -> str:
    return "".join(f" {print_ast(directive)}" for directive in directives or ())


def _type_facts(node: TypeDefinitionNode, graphs: dict[str, str]) -> Iterator[str]:
    name = node.name.value
    owners: list[str] = []
    for arguments in _applied(node.directives, "join__type"):
        graph = graphs[_text(arguments["graph"])]
        owners.append(graph)
        fact = f"type {name} @{graph}"
        if "key" in arguments:
            fact += f" key{{{_set(arguments['key'])}}}"
        if _is(arguments, "extension", True):
            fact += " extension"
        if _is(arguments, "resolvable", False):
            fact += " resolvable=false"
        if _is(arguments, "isInterfaceObject", True):
            fact += " interfaceObject"
        yield fact
    if not owners:
        return
    for arguments in _applied(node.directives, "join__implements"):
        yield f"implements {name} {_text(arguments['interface'])} @{graphs[_text(arguments['graph'])]}"
    yield from _child_facts(node, owners, graphs)


def _child_facts(node: TypeDefinitionNode, owners: list[str], graphs: dict[str, str]) -> Iterator[str]:
    name = node.name.value
    if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | InputObjectTypeDefinitionNode):
        for entry in node.fields or ():
            applied = list(_applied(entry.directives, "join__field"))
            where = f"{name}.{entry.name.value}"
            if not applied:
                yield from (f"field {where} @{graph}" for graph in owners)
            for arguments in applied:
                yield f"field {where} {_field(arguments, print_ast(entry.type), graphs)}"
    elif isinstance(node, EnumTypeDefinitionNode):
        for value in node.values or ():
            applied = list(_applied(value.directives, "join__enumValue"))
            found = [graphs[_text(arguments["graph"])] for arguments in applied] or owners
            yield from (f"value {name}.{value.name.value} @{graph}" for graph in found)
    elif isinstance(node, UnionTypeDefinitionNode):
        members = list(_applied(node.directives, "join__unionMember"))
        for arguments in members:
            yield f"member {name} {_text(arguments['member'])} @{graphs[_text(arguments['graph'])]}"
        if not members:
            for member in node.types or ():
                yield from (f"member {name} {member.name.value} @{graph}" for graph in owners)


def _field(arguments: Arguments, type_: str, graphs: dict[str, str]) -> str:
    fact = f"@{graphs[_text(arguments['graph'])]}" if "graph" in arguments else "@*"
    given = _text(arguments.get("type"))
    if given and given != type_:
        fact += f" type={given}"
    if _is(arguments, "external", True):
        fact += " external"
    for name in ("requires", "provides"):
        if name in arguments:
            fact += f" {name}{{{_set(arguments[name])}}}"
    if "override" in arguments:
        fact += f" override={_text(arguments['override'])}"
    if "overrideLabel" in arguments:
        fact += f" overrideLabel={_text(arguments['overrideLabel'])}"
    if _is(arguments, "usedOverridden", True):
        fact += " usedOverridden"
    contexts = arguments.get("contextArguments")
    if isinstance(contexts, ListValueNode):
        fact += f" contextArguments[{','.join(sorted(_context(value) for value in contexts.values or ()))}]"
    return fact


def _context(value: ConstValueNode) -> str:
    assert isinstance(value, ObjectValueNode)
    fields = {field.name.value: field.value for field in value.fields or ()}
    name, type_, context = (_text(fields[key]) for key in ("name", "type", "context"))
    return f"{name}:{type_}={context}{{{_set(fields['selection'])}}}"
