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
    """An answer, and the field that each place of it came from, seen places of which nothing is left included.

    Attributes:
        tellers: by the place of a field with contextual arguments, the places of the objects that set them.
    """

    data: dict[str, Any] | None
    errors: list[Path]
    visited: dict[Path, Coordinate] = field(default_factory=dict)
    tellers: dict[Path, set[Path]] = field(default_factory=dict)


class SingleServer:
    """Executes operations on the API schema."""

    def __init__(self, schema: GraphQLSchema, world: World) -> None:
        self._schema = schema
        self._world = world

    def answer(self, document: DocumentNode, variables: Mapping[str, Any]) -> Answer:
        answer = Answer(None, [])
        objects: dict[Path, Thing] = {}

        def resolve(source: Thing, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
            if source.type == "Mutation":
                self._world.turn += 1
            path = tuple(info.path.as_list())
            objects[path[:-1]] = source
            answer.visited[path] = (source.type, info.field_name)
            given = self._given(path, objects, answer)
            return self._world.value(source, info.field_name, {**arguments, **given})

        result = execute_sync(
            self._schema,
            document,
            root_value=Thing(root_type(document), ROOT),
            variable_values=dict(variables),
            field_resolver=resolve,
            type_resolver=lambda value, *_: value.type,
        )
        answer.data = result.data
        answer.errors = [tuple(error.path or ()) for error in result.errors or ()]
        return answer

    def _given(self, path: Path, objects: Mapping[Path, Thing], answer: Answer) -> dict[str, Any]:
        """A field's arguments that objects above set, the nearest of those that do."""
        contextual = self._world.facts.contexts.get(answer.visited[path], {})
        given: dict[str, Any] = {}
        for name, told in contextual.items():
            above = (path[:length] for length in range(len(path) - 2, -1, -1))
            where = next(each for each in above if each in objects and objects[each].type in told.setters)
            answer.tellers.setdefault(path, set()).add(where)
            given[name] = self._world.told(objects[where], told.fields)
        return given


def root_type(document: DocumentNode) -> str:
    """The root type's name of the document's only operation."""
    kinds = [str(node.operation.value) for node in document.definitions if hasattr(node, "operation")]
    return kinds[0].capitalize()
