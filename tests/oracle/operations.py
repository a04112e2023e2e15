"""Random valid operations over any schema, with as much as possible for a gateway to get wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_required_argument,
    parse,
    parse_value,
    value_from_ast_untyped,
)

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
Path = tuple[str, ...]
SIZE = 45


@dataclass(frozen=True)
class Operation:
    """An operation with the values of its variables."""

    text: str
    document: DocumentNode
    variables: dict[str, Any]


@dataclass(frozen=True)
class _Use:
    """What a response key stands for at one place, for objects of `parent` or, if that is abstract, for any."""

    field: str
    type: str
    parent: str | None

    def may_meet(self, other: _Use) -> bool:
        return self.is_apart(other) or (self.type == other.type and self.field == other.field)

    def is_apart(self, other: _Use) -> bool:
        """Whether no object has both, and they look the same."""
        apart = self.parent is not None and other.parent is not None and self.parent != other.parent
        return apart and self.type == other.type


class OperationMaker:
    """Makes operations from one source of chance."""

    def __init__(self, schema: GraphQLSchema, random: Random, ids: list[str]) -> None:
        self._schema = schema
        self._random = random
        self._ids = ids
        self._variables: dict[str, tuple[str, Any]] = {}
        self._fragments: list[str] = []
        self._left = 0
        self._named = ""
        self._taken: dict[tuple[str, ...], list[_Use]] = {}

    def make(self) -> Operation:
        """An operation of a kind that the schema has."""
        roots = {"query": self._schema.query_type}
        if self._schema.mutation_type and self._random.random() < 0.6:
            roots = {"mutation": self._schema.mutation_type}
        elif self._schema.subscription_type and self._random.random() < 0.4:
            roots = {"subscription": self._schema.subscription_type}
        ((kind, root),) = roots.items()
        assert root is not None
        self._variables, self._fragments, self._taken, self._left = {}, [], {}, SIZE
        body = self._root(root, kind)
        text = "\n".join([f"{kind}{self._declared()} {body}", *self._fragments])
        given = {name: value for name, (_, value) in self._variables.items() if value is not ...}
        return Operation(text, parse(text), given)

    def _declared(self) -> str:
        declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in self._variables.items())
        return f"({declared})" if declared else ""

    def _root(self, root: GraphQLObjectType, kind: str) -> str:
        if kind != "subscription":
            return self._selection(root, 5, (), (2, 3, 4, 4, 5))
        # A subscription has one root field, which no condition may leave out.
        chosen: str = self._random.choice([*root.fields])
        item = root.fields[chosen]
        named = get_named_type(item.type)
        below = " " + self._selection(named, 4, (chosen,)) if isinstance(named, Composite) else ""
        return "{ " + chosen + self._arguments(item) + below + " }"

    def _selection(
        self, parent: Composite, depth: int, path: Path, counts: tuple[int, ...] = (1, 2, 3, 3, 4, 4)
    ) -> str:
        parts = [self._part(parent, depth, path) for _ in range(self._random.choice(counts))]
        if self._random.random() < 0.3:
            parts.insert(self._random.randrange(len(parts) + 1), "__typename")
        return "{ " + " ".join(parts) + " }"

    def _part(self, parent: Composite, depth: int, path: Path) -> str:
        self._left -= 1
        if self._random.random() < 0.05:
            return self._keyed("__typename", "String!", parent, path)[0] + self._condition()
        wide = not isinstance(parent, GraphQLObjectType)
        if isinstance(parent, GraphQLUnionType) or self._random.random() < (0.5 if wide else 0.12):
            return self._fragment(parent, depth, path)
        return self._field(parent, depth, path)

    def _fragment(self, parent: Composite, depth: int, path: Path) -> str:
        types = [parent] if isinstance(parent, GraphQLObjectType) else [*self._schema.get_possible_types(parent)]
        chosen: Composite = self._random.choice(types)
        if self._random.random() < 0.3:
            around = [each for each in self._abstract() if chosen in self._schema.get_possible_types(each)]
            chosen = self._random.choice([*around, chosen])
        if depth <= 0 or self._left <= 0:
            body = "{ __typename }"
        else:
            body = self._selection(chosen, depth - (1 if chosen is parent else 0), path)
        if self._random.random() < 0.3:
            name = f"F{len(self._fragments)}"
            self._fragments.append(f"fragment {name} on {chosen.name} {body}")
            return f"...{name}{self._condition()}"
        head = "..." if chosen is parent and self._random.random() < 0.3 else f"... on {chosen.name}"
        return f"{head}{self._condition()} {body}"

    def _abstract(self) -> list[GraphQLInterfaceType | GraphQLUnionType]:
        types = self._schema.type_map.values()
        return [each for each in types if isinstance(each, GraphQLInterfaceType | GraphQLUnionType)]

    def _field(self, parent: GraphQLObjectType | GraphQLInterfaceType, depth: int, path: Path) -> str:
        composite = [name for name, item in parent.fields.items() if isinstance(get_named_type(item.type), Composite)]
        leaves = [name for name in parent.fields if name not in composite]
        if depth <= 0 or self._left <= 0:
            composite = []
        pool = composite if composite and (not leaves or self._random.random() < 0.6) else leaves
        if not pool:
            return "__typename"
        name = self._random.choice(pool)
        item = parent.fields[name]
        text, key = self._keyed(name + self._arguments(item), str(item.type), parent, path)
        text += self._condition()
        named: GraphQLNamedType = get_named_type(item.type)
        if isinstance(named, Composite):
            text += " " + self._selection(named, depth - 1, (*path, key))
        return text

    def _keyed(self, field: str, kind: str, parent: Composite, path: Path) -> tuple[str, str]:
        """The field under a response key that is free for it here."""
        name = field.partition("(")[0]
        use = _Use(field, kind, parent.name if isinstance(parent, GraphQLObjectType) else None)
        key = self._alias(name, parent)
        known = [each[-1] for each in self._taken if each[:-1] == path and each[-1] != "__typename"]
        if known and self._random.random() < 0.15:
            # What other types already use here.
            key = self._random.choice(known)
        apart = [each for each in known if all(map(use.is_apart, self._taken[*path, each]))]
        if apart and self._random.random() < 0.4:
            # Another field of another type under the same key.
            key = self._random.choice(apart)
        while not all(use.may_meet(other) for other in self._taken.get((*path, key), ())):
            key = f"{key}{self._random.randrange(10)}"
        self._taken.setdefault((*path, key), []).append(use)
        return (field if key == name else f"{key}: {field}"), key

    def _alias(self, name: str, parent: Composite) -> str:
        """The response key to try."""
        if self._random.random() > 0.15:
            return name
        # Names of other fields are the aliases that do the most harm.
        others = ["a", "b", "_0_id", "id"] if isinstance(parent, GraphQLUnionType) else ["a", "id", *parent.fields]
        return self._random.choice(others)

    def _condition(self) -> str:
        if self._random.random() > 0.12:
            return ""
        directive = self._random.choice(("include", "skip"))
        value = self._random.random() < (0.7 if directive == "include" else 0.3)
        if self._random.random() < 0.15:
            return f" @{directive}(if: {str(value).lower()})"
        name = f"c{self._random.randint(0, 3)}"
        self._variables.setdefault(name, self._flag(value))
        return f" @{directive}(if: ${name})"

    def _flag(self, value: bool) -> tuple[str, Any]:
        if self._random.random() < 0.3:
            return f"Boolean! = {str(value).lower()}", ...
        return "Boolean!", value

    # Arguments

    def _arguments(self, item: GraphQLField) -> str:
        parts = []
        self._named = get_named_type(item.type).name
        for name, argument in item.args.items():
            if is_required_argument(argument) or name == "id" or self._random.random() < 0.6:
                parts.append(f"{name}: {self._value(argument.type)}")
        return f"({', '.join(parts)})" if parts else ""

    def _value(self, kind: GraphQLInputType) -> str:
        literal = self._literal(kind, 2)
        if self._random.random() < 0.4:
            name = f"v{len(self._variables)}"
            self._variables[name] = (str(kind), _json(literal))
            return f"${name}"
        if isinstance(kind, GraphQLNonNull) and isinstance(kind.of_type, GraphQLInputObjectType):
            return self._with_variable(kind.of_type)
        return literal

    def _with_variable(self, kind: GraphQLInputObjectType) -> str:
        """An input object whose members may be variables."""
        if kind.is_one_of:
            return self._literal(kind, 2)
        parts = [f"{name}: {self._value(item.type)}" for name, item in self._chosen(kind, 2)]
        return "{" + ", ".join(parts) + "}"

    def _chosen(self, kind: GraphQLInputObjectType, depth: int) -> list[tuple[str, Any]]:
        if kind.is_one_of:
            return [self._random.choice([*kind.fields.items()])]
        return [
            (name, item)
            for name, item in kind.fields.items()
            if isinstance(item.type, GraphQLNonNull) or (depth > 0 and self._random.random() < 0.6)
        ]

    def _literal(self, kind: GraphQLInputType, depth: int) -> str:
        if isinstance(kind, GraphQLNonNull):
            return self._literal(kind.of_type, depth)
        if isinstance(kind, GraphQLList):
            count = self._random.randint(0, 2) if depth > 0 else 0
            return "[" + ", ".join(self._literal(kind.of_type, depth - 1) for _ in range(count)) + "]"
        if isinstance(kind, GraphQLEnumType):
            return str(self._random.choice([*kind.values]))
        if isinstance(kind, GraphQLInputObjectType):
            parts = [
                f"{name}: {self._literal(_strict(kind, item.type), depth - 1)}"
                for name, item in self._chosen(kind, depth)
            ]
            return "{" + ", ".join(parts) + "}"
        makers: dict[str, Callable[[], str]] = {
            "ID": lambda: f'"{self._id()}"',
            "Int": lambda: str(self._random.randint(-3, 100)),
            "Float": lambda: self._random.choice(("0.5", "2", "-1e3")),
            "Boolean": lambda: self._random.choice(("true", "false")),
            "String": lambda: self._random.choice(('"x"', '""', '"a \\"quoted\\" {word}"', '"""block"""')),
        }
        return makers.get(kind.name, lambda: self._random.choice(('"any"', "1", "[1, true]", "{a: 1}")))()

    def _id(self) -> str:
        """Any thing's, mostly one of the type that the field in question gives."""
        fitting = [each for each in self._ids if each.startswith(f"{self._named}.")]
        return self._random.choice(fitting if fitting and self._random.random() < 0.7 else self._ids)


def _strict(kind: GraphQLInputObjectType, item: GraphQLInputType) -> GraphQLInputType:
    return GraphQLNonNull(item) if kind.is_one_of and not isinstance(item, GraphQLNonNull) else item


def _json(literal: str) -> Any:
    return value_from_ast_untyped(parse_value(literal))
