"""One server with all the data: what is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import DocumentNode, GraphQLResolveInfo, GraphQLSchema, execute_sync

from tests.oracle.facts import Coordinate
from tests.oracle.world import ROOT, Thing, World

Path = tuple[str | int, ...]


@dataclass
class Answer:
    """An answer, and the field that each place of it came from, seen places of which nothing is left included."""

    data: dict[str, Any] | None
    errors: list[Path]
    visited: dict[Path, Coordinate] = field(default_factory=dict)


class SingleServer:
    """Executes operations on the API schema."""

    def __init__(self, schema: GraphQLSchema, world: World) -> None:
        self._schema = schema
        self._world = world

    def answer(self, document: DocumentNode, variables: Mapping[str, Any]) -> Answer:
        visited: dict[Path, Coordinate] = {}

        def resolve(source: Thing, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
            if source.type == "Mutation":
                self._world.turn += 1
            visited[tuple(info.path.as_list())] = (source.type, info.field_name)
            return self._world.value(source, info.field_name, arguments)

        result = execute_sync(
            self._schema,
            document,
            root_value=Thing(root_type(document), ROOT),
            variable_values=dict(variables),
            field_resolver=resolve,
            type_resolver=lambda value, *_: value.type,
        )
        errors = [tuple(error.path or ()) for error in result.errors or ()]
        return Answer(result.data, errors, visited)


def root_type(document: DocumentNode) -> str:
    """The root type's name of the document's only operation."""
    kinds = [str(node.operation.value) for node in document.definitions if hasattr(node, "operation")]
    return kinds[0].capitalize()
