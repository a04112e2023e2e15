"""A federation subgraph made of SDL and plain functions, executed by graphql-core."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, build_schema, graphql_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Resolver = Callable[..., Any]
"""Gets the object, and the arguments by name."""


@dataclass(frozen=True)
class SdlSubgraph:
    """One subgraph.

    Attributes:
        resolvers: by coordinate; all other fields are read from the object, which is a mapping.
        entities: by the name of an entity's type, what makes an object of a representation, None where there is none.
        query: the name of its query type.
        asked: the documents it was sent.
    """

    name: str
    sdl: str
    resolvers: Mapping[str, Resolver] = field(default_factory=dict)
    entities: Mapping[str, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    query: str = "Query"
    asked: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        """Serves `/graphql`."""
        schema = self._executable()

        async def answer(request: Request) -> Response:
            body = json.loads(await request.body())
            self.asked.append(body["query"])
            result = graphql_sync(schema, body["query"], {}, None, body.get("variables"), body.get("operationName"))
            return JSONResponse(result.formatted)

        return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])

    def _executable(self) -> GraphQLSchema:
        """With federation's own fields; its directives mean nothing to the executor."""
        extends = "extend " if f"type {self.query} " in self.sdl else ""
        machinery = f"""
            scalar _Any
            type _Service {{ sdl: String }}
            union _Entity = {" | ".join(self.entities)}
            {extends}type {self.query} {{ _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }}
        """
        schema = build_schema(self.sdl + machinery, assume_valid=True, assume_valid_sdl=True)
        resolvers: dict[str, Resolver] = {
            f"{self.query}._service": lambda _: {"sdl": self.sdl},
            f"{self.query}._entities": lambda _, representations: [*map(self._entity, representations)],
            **self.resolvers,
        }
        for coordinate, resolver in resolvers.items():
            type_name, _, name = coordinate.partition(".")
            found = schema.get_type(type_name)
            assert isinstance(found, GraphQLObjectType), coordinate
            found.fields[name].resolve = _called(resolver)
        return schema

    def _entity(self, representation: dict[str, Any]) -> Any:
        name = representation["__typename"]
        found = self.entities[name](representation)
        return None if found is None else {"__typename": name, **found}


def _called(resolver: Resolver) -> Callable[..., Any]:
    def resolve(source: Any, _: object, **arguments: Any) -> Any:
        return resolver(source, **arguments)

    return resolve
