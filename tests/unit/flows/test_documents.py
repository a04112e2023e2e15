"""A service parses and validates an operation once, whoever asks for it, and judges its caller each time."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
from graphql import parse
from strawberry.schema import schema as strawberry_schema

from flows.graphql import ServiceContext, build_schema
from flows.graphql.documents import ValidDocuments
from flows.graphql.schema import ServiceSchema
from identity import ANONYMOUS, Principal, PrincipalKind

ADA = Principal(PrincipalKind.USER, "ada", "Ada")


@strawberry.type
class Query:
    @strawberry.field
    def double(self, number: int) -> int:
        return 2 * number


@strawberry.type
class Mutation:
    @strawberry.mutation
    def nothing(self) -> bool:
        return True


class Caller(ServiceContext):
    """Nobody but a principal: these resolvers need neither engine nor store."""

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.auth_error = None


@pytest.fixture
def schema() -> ServiceSchema:
    return build_schema("toy", Query, Mutation, [])


@pytest.fixture
def validated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are validated from here on."""
    texts: list[str] = []
    validate = strawberry_schema.validate_document

    def counting(schema: Any, document: Any, rules: Any) -> Any:
        texts.append(document.loc.source.body)
        return validate(schema, document, rules)

    monkeypatch.setattr(strawberry_schema, "validate_document", counting)
    return texts


async def ask(schema: ServiceSchema, text: str, principal: Principal = ADA, **variables: Any) -> Any:
    return await schema.execute(text, variables, context_value=Caller(principal))


async def test_a_valid_text_is_validated_once_and_run_with_the_variables_of_each_call(
    schema: ServiceSchema, validated: list[str]
) -> None:
    text = "query ($n: Int!) { double(number: $n) }"
    answers = [await ask(schema, text, n=number) for number in (1, 2, 3)]
    assert [answer.data for answer in answers] == [{"double": 2}, {"double": 4}, {"double": 6}]
    assert validated == [text]


async def test_what_is_wrong_with_variables_is_said_of_a_known_text_too(schema: ServiceSchema) -> None:
    text = "query ($n: Int!) { double(number: $n) }"
    await ask(schema, text, n=1)
    refused = await ask(schema, text, n="one")
    assert refused.data is None
    assert refused.errors[0].extensions["code"] == "BAD_USER_INPUT"


async def test_a_text_that_is_known_is_still_refused_to_strangers(schema: ServiceSchema) -> None:
    text = "{ double(number: 1) }"
    assert (await ask(schema, text)).errors is None
    refused = await ask(schema, text, ANONYMOUS)
    assert refused.data is None
    assert refused.errors[0].extensions["code"] == "UNAUTHENTICATED"
    assert (await ask(schema, text)).data == {"double": 2}


async def test_a_stranger_does_not_make_an_invalid_text_known(schema: ServiceSchema) -> None:
    text = "{ double(number: 1) triple }"
    assert (await ask(schema, text, ANONYMOUS)).errors[0].extensions["code"] == "UNAUTHENTICATED"
    assert "triple" in (await ask(schema, text)).errors[0].message


async def test_an_invalid_text_is_refused_each_time(schema: ServiceSchema, validated: list[str]) -> None:
    text = "{ triple }"
    for _ in range(2):
        assert "triple" in (await ask(schema, text)).errors[0].message
    assert validated == [text, text]


def test_the_documents_asked_for_last_are_kept() -> None:
    documents = ValidDocuments(most_characters=60)
    texts = [f"{{f{number:03}}}" for number in range(12)]
    for text in texts:
        documents.keep(text, parse(text))
        documents.find(texts[0])
    assert [text for text in texts if documents.find(text)] == [texts[0], *texts[-9:]]


def test_a_text_that_takes_the_place_of_many_is_not_kept() -> None:
    documents = ValidDocuments(most_characters=60)
    documents.keep("{longer}", parse("{longer}"))
    assert documents.find("{longer}") is None
