"""The operations made of an API are valid, and ask for every field that can be asked for."""

from __future__ import annotations

import pytest
from graphql import FieldNode, GraphQLSchema, TypeInfo, TypeInfoVisitor, Visitor, build_schema, parse, validate, visit

from gateway.composition import compose
from tests.conformance.composition.own import OwnCase, own_cases
from tests.interop.queries import DEPTH, operations, trees

COMPOSING = [case for case in own_cases() if not case.codes]
SCHEMA = """
type Query { node(id: ID!, lang: String = "en"): Node animals: [Animal!]! unrelated: Int }
type Mutation { rename(input: Renaming!): Cat touch: Boolean }
type Subscription { renamed: Cat touched: Boolean }
interface Node { id: ID! }
union Animal = Cat | Dog
type Cat implements Node { id: ID! name: String! friends(first: Int): [Animal!]! }
type Dog implements Node { id: ID! name: Name owner: Owner }
type Owner { id: ID! cats: [Cat!]! }
type Name { given: String }
type Alone { never: Int }
input Renaming { id: ID! name: String! }
"""


class _Asked(Visitor):
    """Collects the coordinates of the fields that a document asks for."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._info.get_parent_type()
        assert parent is not None
        self.found.add(f"{parent.name}.{node.name.value}")


def asked(schema: GraphQLSchema, texts: list[str]) -> set[str]:
    """The coordinates that these operations ask for; each must be valid."""
    found: set[str] = set()
    for text in texts:
        document = parse(text)
        assert validate(schema, document) == [], text
        info = TypeInfo(schema)
        visitor = _Asked(info)
        visit(document, TypeInfoVisitor(info, visitor))
        found |= {coordinate for coordinate in visitor.found if "__" not in coordinate}
    return found


def test_every_field_is_asked_for() -> None:
    """Of interfaces, members of unions, and all three roots; a type that no field leads to is not."""
    schema = build_schema(SCHEMA)
    assert asked(schema, list(operations(schema))) == {
        *("Query.node", "Query.animals", "Query.unrelated", "Mutation.rename", "Mutation.touch"),
        *("Subscription.renamed", "Subscription.touched", "Node.id", "Cat.id", "Cat.name", "Cat.friends"),
        *("Dog.id", "Dog.name", "Dog.owner", "Owner.id", "Owner.cats", "Name.given"),
    }


def test_each_way_to_a_type_is_taken() -> None:
    """A type is asked for after every field that leads to it, since plans depend on where they come from."""
    texts = list(operations(build_schema(SCHEMA)))
    for way in ("mutation ($v0: Renaming!) { rename(input: $v0)", "subscription { renamed", "{ owner { cats"):
        assert any(f"{way} {{ name }}" in text for text in texts), way


def test_arguments_are_variables() -> None:
    """All of them, the optional ones too."""
    texts = list(operations(build_schema(SCHEMA)))
    assert "query ($v0: ID!, $v1: String) { node(id: $v0, lang: $v1) { id } }" in texts


def test_trees_end() -> None:
    """A tree asks for what is below it to its depth, though types refer to each other in circles."""
    schema = build_schema("type Query { a: A } type A { b: B n: Int } type B { a: A }")
    (tree,) = trees(schema)
    assert asked(schema, [tree]) == {"Query.a", "A.b", "A.n", "B.a"}
    assert tree.count("{") == 1 + DEPTH


@pytest.mark.parametrize("case", COMPOSING, ids=lambda case: f"{case.rule}-{case.name}")
def test_operations_of_our_cases_are_valid(case: OwnCase) -> None:
    """On real APIs too, where each root field is asked for at least."""
    api = compose(case.subgraphs).api_schema
    assert api is not None
    schema = build_schema(api)
    assert schema.query_type is not None
    found = asked(schema, list(operations(schema)))
    assert {f"{schema.query_type.name}.{name}" for name in schema.query_type.fields} <= found
