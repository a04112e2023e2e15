"""Answers any operation on the benchmark's graph, fast the second time: what an id leads to is kept as bytes."""

from __future__ import annotations

from typing import Any

import orjson
from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    parse,
    value_from_ast_untyped,
)

from bench.gateway.graph import FIELDS, WORLDS, Ref, Value, readers, top_books

_KEPT = 20_000
_QUERIES = 500


class Answerer:
    """One subgraph. Every `every`-th answer carries an error and a null; 0 leaves that out."""

    def __init__(self, sdl: str, every: int = 0) -> None:
        self._sdl = sdl
        self._every = every
        self._count = 0
        self._queries: dict[str, Query] = {}

    def answer(self, body: bytes) -> bytes:
        request = orjson.loads(body)
        text = request["query"]
        query = self._queries.get(text)
        if query is None:
            if len(self._queries) >= _QUERIES:
                self._queries.pop(next(iter(self._queries)))
            query = self._queries[text] = Query(text, self._sdl)
        self._count += 1
        variables = request.get("variables") or {}
        if self._every and self._count % self._every == 0:
            return query.spoilt(variables, self._count % WORLDS)
        return query.answer(variables, self._count % WORLDS)


class Query:
    """One operation, read once."""

    def __init__(self, text: str, sdl: str) -> None:
        document = parse(text)
        self._sdl = sdl
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        [operation] = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self._defaults = {
            node.variable.name.value: value_from_ast_untyped(node.default_value)
            for node in operation.variable_definitions or ()
            if node.default_value is not None
        }
        self._plain = [
            node.variable.name.value
            for node in operation.variable_definitions or ()
            if "_Any" not in (node.loc.source.body[node.loc.start : node.loc.end] if node.loc else "")
        ]
        self._roots = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
        self._kept: dict[tuple[Any, ...], bytes] = {}

    def answer(self, given: dict[str, Any], world: int) -> bytes:
        variables = {**self._defaults, **given} if self._defaults else given
        plain = tuple(variables.get(name) for name in self._plain)
        parts = []
        for number, node in enumerate(self._roots):
            key = (node.alias or node.name).value
            if node.name.value == "_entities":
                value = self._entities(node, number, plain, variables)
            else:
                value = self._bytes((number, world, plain), node, self._root(node, variables, world), variables)
            parts.append(b'"%s":%s' % (key.encode(), value))
        return b'{"data":{%s}}' % b",".join(parts)

    def expected(self, variables: dict[str, Any], worlds: dict[str, int]) -> Any:
        """What one server with all the data would answer, each root field from the given world."""
        return {
            key: self._value(node.selection_set, self._root(node, variables, worlds[key]), variables)
            for node in self._roots
            for key in [(node.alias or node.name).value]
        }

    def spoilt(self, given: dict[str, Any], world: int) -> bytes:
        """The answer with a null in its first object and the error that explains it."""
        answer = orjson.loads(self.answer(given, world))
        path: list[str | int] = []
        value = answer["data"]
        while True:
            inner: str | int = 0 if isinstance(value, list) else list(value)[-1]
            path.append(inner)
            below = value[inner]
            if not isinstance(below, dict | list) or not below or below == [None]:
                value[inner] = None
                break
            value = below
        answer["errors"] = [{"message": "The shelf is locked", "path": path, "extensions": {"code": "LOCKED"}}]
        return orjson.dumps(answer)

    def _entities(self, node: FieldNode, number: int, plain: tuple[Any, ...], variables: dict[str, Any]) -> bytes:
        argument = (node.arguments or ())[0].value
        assert isinstance(argument, VariableNode)
        kept = self._kept
        parts = []
        for representation in variables[argument.name.value]:
            id = representation.get("isbn") or representation["id"]
            key = (number, id, plain)
            found = kept.get(key)
            if found is None:
                found = self._bytes(key, node, Ref(representation["__typename"], id), variables)
            parts.append(found)
        return b"[%s]" % b",".join(parts)

    def _bytes(self, key: tuple[Any, ...], node: FieldNode, value: Value, variables: dict[str, Any]) -> bytes:
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > _KEPT:
                self._kept.clear()
            found = self._kept[key] = orjson.dumps(self._value(node.selection_set, value, variables))
        return found

    def _root(self, node: FieldNode, variables: dict[str, Any], world: int) -> Any:
        arguments = {each.name.value: _value(each.value, variables) for each in node.arguments or ()}
        match node.name.value:
            case "readers":
                return readers(world)
            case "topBooks":
                return top_books(world, arguments.get("first") or 5)
            case "reader":
                return Ref("Reader", arguments["id"])
            case "opinion":
                return Ref("Opinion", arguments["id"])
            case "__typename":
                return "Query"
            case "_service":
                return {"sdl": self._sdl}
            case other:
                raise LookupError(other)

    def _value(self, selection: SelectionSetNode | None, value: Any, variables: dict[str, Any]) -> Any:
        if isinstance(value, list):
            return [self._value(selection, item, variables) for item in value]
        if selection is None or not isinstance(value, Ref):
            return value
        result: dict[str, Any] = {}
        self._select(selection, value, variables, result)
        return result

    def _select(self, selection: SelectionSetNode, ref: Ref, variables: dict[str, Any], result: dict[str, Any]) -> None:
        for node in selection.selections:
            if not _included(node.directives or (), variables):
                continue
            if isinstance(node, FieldNode):
                value = ref.type if node.name.value == "__typename" else FIELDS[ref.type][node.name.value](ref.id)
                result[(node.alias or node.name).value] = self._value(node.selection_set, value, variables)
                continue
            inner = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            assert isinstance(inner, FragmentDefinitionNode | InlineFragmentNode)
            condition = inner.type_condition
            if condition is None or condition.name.value in (ref.type, "Work", "_Entity"):
                self._select(inner.selection_set, ref, variables, result)


def _included(directives: Any, variables: dict[str, Any]) -> bool:
    for directive in directives:
        [condition] = directive.arguments
        holds = _value(condition.value, variables)
        if holds is not (directive.name.value == "include"):
            return False
    return True


def _value(node: ValueNode, variables: dict[str, Any]) -> Any:
    if isinstance(node, VariableNode):
        return variables.get(node.name.value)
    return node.value if isinstance(node, BooleanValueNode) else value_from_ast_untyped(node)
