"""Validation with the rules that a document gives anything to find says what validation with all of them says."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, Final

import pytest
from graphql import (
    DocumentNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    build_schema,
    parse,
    specified_rules,
    validate,
)

from gateway.pipeline.errors import ValidationFailed
from gateway.pipeline.rules import rules_for
from gateway.pipeline.validate import validate_document

SCHEMA: Final = build_schema("""
    directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD
    type Query { a: Query, b: [Query!], leaf: String, needs(n: Int!): String, takes(value: In, flag: Boolean): String }
    type Subscription { leaf: String, a: Query }
    type Other { leaf: Int }
    union Either = Query | Other
    input In { n: Int!, m: Int }
""")

BREAKING: Final = {
    "ExecutableDefinitionsRule": "{ leaf } type T { leaf: String }",
    "KnownOperationTypesRule": "mutation { leaf }",
    "UniqueOperationNamesRule": "query A { leaf } query A { leaf }",
    "LoneAnonymousOperationRule": "{ leaf } query A { leaf }",
    "SingleFieldSubscriptionsRule": "subscription { leaf a { leaf } }",
    "KnownTypeNamesRule": "{ ... on Nobody { leaf } }",
    "FragmentsOnCompositeTypesRule": "{ ...f } fragment f on In { n }",
    "VariablesAreInputTypesRule": "query ($v: Query) { takes(value: $v) }",
    "ScalarLeafsRule": "{ a }",
    "FieldsOnCorrectTypeRule": "{ nothing }",
    "UniqueFragmentNamesRule": "{ ...f } fragment f on Query { leaf } fragment f on Query { leaf }",
    "KnownFragmentNamesRule": "{ ...f }",
    "NoUnusedFragmentsRule": "{ leaf } fragment f on Query { leaf }",
    "PossibleFragmentSpreadsRule": "{ a { ... on Other { leaf } } }",
    "NoFragmentCyclesRule": "{ ...f } fragment f on Query { a { ...f } }",
    "UniqueVariableNamesRule": "query ($v: In, $v: In) { takes(value: $v) }",
    "NoUndefinedVariablesRule": "{ takes(value: $v) }",
    "NoUnusedVariablesRule": "query ($v: In) { leaf }",
    "KnownDirectivesRule": "{ leaf @nothing }",
    "UniqueDirectivesPerLocationRule": "{ leaf @skip(if: true) @skip(if: true) }",
    "DeferStreamDirectiveOnRootField": "subscription { ... @defer { leaf } }",
    "DeferStreamDirectiveOnValidOperationsRule": "subscription { a { ... @defer { leaf } } }",
    "DeferStreamDirectiveLabel": '{ ... @defer(label: "x") { leaf } ... @defer(label: "x") { leaf } }',
    "StreamDirectiveOnListField": "{ a @stream { leaf } }",
    "KnownArgumentNamesRule": "{ leaf(n: 1) }",
    "UniqueArgumentNamesRule": "{ needs(n: 1, n: 1) }",
    "ValuesOfCorrectTypeRule": '{ needs(n: "one") }',
    "ProvidedRequiredArgumentsRule": "{ needs }",
    "VariablesInAllowedPositionRule": "query ($v: Int) { needs(n: $v) }",
    "OverlappingFieldsCanBeMergedRule": "{ x: leaf x: __typename }",
    "UniqueInputFieldNamesRule": "{ takes(value: { n: 1, n: 2 }) }",
    "MaxIntrospectionDepthRule": "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
    "NoSchemaIntrospectionCustomRule": '{ __type(name: "In") { name } }',
}
"""A document for each rule; most break others too."""

RULES: Final = {rule.__name__: rule for rule in (*specified_rules, NoSchemaIntrospectionCustomRule)}

VALID: Final = (
    "{ leaf }",
    "{ # $ @ ( ... fragment __ \n leaf }",
    "query A { a { b { x: leaf __typename } } }",
    "query A($v: In, $f: Boolean!) { takes(value: $v, flag: $f) ...f @include(if: $f) } fragment f on Query { leaf }",
    "query A { needs(n: 1) } query B { takes(value: { n: 1 }) ... { a { leaf } } }",
)


def all_rules(query: str, introspection: bool) -> list[GraphQLError]:
    rules = specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
    return validate(SCHEMA, parse(query), rules, max_errors=20, hide_suggestions=not introspection)


def chosen_rules(query: str, introspection: bool) -> list[dict[str, Any]]:
    try:
        validate_document(SCHEMA, parse(query), query, introspection)
    except ValidationFailed as error:
        return [dict(each.formatted) for each in error.found]
    return []


def test_there_is_a_document_for_every_rule() -> None:
    assert set(BREAKING) == set(RULES)


@pytest.mark.parametrize("name", BREAKING)
def test_a_rule_that_is_broken_is_never_left_out(name: str) -> None:
    query = BREAKING[name]
    assert validate(SCHEMA, parse(query), [RULES[name]])
    for introspection in (True, False):
        assert chosen_rules(query, introspection) == [dict(e.formatted) for e in all_rules(query, introspection)]


@pytest.mark.parametrize("query", VALID)
def test_valid_documents_stay_valid(query: str) -> None:
    assert all_rules(query, introspection=True) == []
    assert chosen_rules(query, introspection=True) == []


@pytest.mark.parametrize("query", VALID)
@pytest.mark.parametrize("other", BREAKING.values())
def test_documents_of_several_definitions(query: str, other: str) -> None:
    both = f"{query} {other}"
    assert chosen_rules(both, introspection=True) == [dict(e.formatted) for e in all_rules(both, introspection=True)]


@pytest.mark.parametrize("query", VALID)
def test_what_rules_noted_of_a_small_document_goes_at_once(query: str) -> None:
    """Nearly a third of all objects: the others are the library's own visitors, which nobody else can reach."""

    def left(validated: Callable[[DocumentNode], object]) -> int:
        document = parse(query)
        validated(document)  # The first time, the schema itself is validated.
        gc.collect()
        gc.disable()
        try:
            validated(document)
            return gc.collect()
        finally:
            gc.enable()

    ours = left(lambda document: validate_document(SCHEMA, document, query, introspection=True))
    theirs = left(lambda document: validate(SCHEMA, document, rules_for(document, query, True)))
    assert ours < 0.75 * theirs
