"""Random valid operations over any schema."""

from __future__ import annotations

from random import Random

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    parse,
    validate,
)

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType

IDS = ("p0", "p1", "p2", "u0", "t0", "nowhere")


class QueryMaker:
    """Makes operations from one source of chance."""

    def __init__(self, schema: GraphQLSchema, random: Random, depth: int = 5) -> None:
        self._schema = schema
        self._random = random
        self._depth = depth
        self._variables: dict[str, tuple[str, object]] = {}
        self._fragments: list[str] = []

    def make(self) -> tuple[str, dict[str, object]]:
        """An operation with its variables; what chance made invalid is made again."""
        assert self._schema.query_type is not None
        while True:
            self._variables, self._fragments = {}, []
            body = self._selection(self._schema.query_type, self._depth)
            declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in self._variables.items())
            head = f"query ({declared}) " if declared else "query "
            text = "\n".join([head + body, *self._fragments])
            if not validate(self._schema, parse(text)):
                return text, {name: value for name, (_, value) in self._variables.items() if value is not ...}

    def _selection(self, parent: Composite, depth: int) -> str:
        parts = [self._part(parent, depth) for _ in range(self._random.randint(1, 4))]
        return "{ " + " ".join(part for part in parts if part) + " __typename }"

    def _part(self, parent: Composite, depth: int) -> str:
        chance = self._random.random()
        if chance < 0.08:
            return self._alias("__typename") + self._condition()
        if chance < 0.3 or isinstance(parent, GraphQLUnionType):
            return self._fragment(parent, depth)
        return self._field(parent, depth)

    def _fragment(self, parent: Composite, depth: int) -> str:
        types = [*self._schema.get_possible_types(parent)] if not isinstance(parent, GraphQLObjectType) else [parent]
        chosen: Composite = self._random.choice(types)
        if self._random.random() < 0.3 and isinstance(chosen, GraphQLObjectType) and chosen.interfaces:
            chosen = self._random.choice(chosen.interfaces)
        body = self._selection(chosen, depth)
        if self._random.random() < 0.3:
            name = f"F{len(self._fragments)}"
            self._fragments.append(f"fragment {name} on {chosen.name} {body}")
            return f"...{name}{self._condition()}"
        return f"... on {chosen.name}{self._condition()} {body}"

    def _field(self, parent: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        fields = [
            (name, item)
            for name, item in parent.fields.items()
            if depth > 0 or not isinstance(get_named_type(item.type), Composite)
        ]
        if not fields:
            return "__typename"
        name, item = self._random.choice(fields)
        text = self._alias(name) + self._arguments(item) + self._condition()
        named: GraphQLNamedType = get_named_type(item.type)
        if isinstance(named, Composite):
            text += " " + self._selection(named, depth - 1)
        return text

    def _alias(self, name: str) -> str:
        if self._random.random() > 0.2:
            return name
        # Names of other fields are the aliases that do the most harm.
        return f"{self._random.choice(('id', 'sku', 'name', 'a', 'b', 'weight', 'price'))}: {name}"

    def _condition(self) -> str:
        if self._random.random() > 0.12:
            return ""
        directive = self._random.choice(("include", "skip"))
        value = self._random.choice((True, False))
        if self._random.random() < 0.2:
            return f" @{directive}(if: {str(value).lower()})"
        name = f"c{self._random.randint(0, 3)}"
        self._variables.setdefault(name, ("Boolean!", value))
        if self._random.random() < 0.3 and self._variables[name][1] is value:
            kind = f"Boolean! = {str(value).lower()}"
            self._variables[name] = (kind, ...)
        return f" @{directive}(if: ${name})"

    def _arguments(self, item: GraphQLField) -> str:
        parts = []
        for name, argument in item.args.items():
            required = isinstance(argument.type, GraphQLNonNull)
            if required or self._random.random() < 0.6:
                parts.append(f"{name}: {self._value(argument.type)}")
        return f"({', '.join(parts)})" if parts else ""

    def _value(self, kind: GraphQLInputType) -> str:
        named = get_named_type(kind)
        if isinstance(named, GraphQLEnumType):
            return str(self._random.choice([*named.values]))
        if isinstance(kind, GraphQLList):
            return "[]"
        if named.name == "ID":
            return self._or_variable("ID!", self._random.choice(IDS))
        if named.name == "Int":
            return self._or_variable("Int!", self._random.randint(0, 3))
        return self._or_variable("String!", self._random.choice(("EUR", "USD")))

    def _or_variable(self, kind: str, value: object) -> str:
        if self._random.random() < 0.4:
            name = f"v{len(self._variables)}"
            self._variables[name] = (kind, value)
            return f"${name}"
        return f'"{value}"' if isinstance(value, str) else str(value)
