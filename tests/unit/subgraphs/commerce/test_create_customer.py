"""A business has one customer for each e-mail, however it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.schema import Unchanged
from subgraphs.commerce.flows.create_customer import CreateCustomer, check, create_customer, customer_id
from tests.unit.subgraphs.commerce.things import customer
from tests.unit.subgraphs.steps import changed, codes, step_context

BO = CreateCustomer("b1", "Bo", "bo@example.org")


async def test_the_customer_of_that_email_is_returned_as_it_is() -> None:
    decision = await create_customer(step_context(replace(BO, name="Robert")), customer())
    assert decision == Unchanged({"customerId": "c1"})


async def test_a_new_email_makes_a_customer() -> None:
    change = changed(await create_customer(step_context(BO), None))
    assert change.document.id == customer_id(BO)
    assert change.result == {"customerId": customer_id(BO)}


def test_capitals_do_not_matter_and_businesses_do() -> None:
    assert customer_id(BO) == customer_id(replace(BO, name="Robert", email="Bo@Example.ORG"))
    assert customer_id(BO) != customer_id(replace(BO, business_id="b2"))


@pytest.mark.parametrize("email", ["bo", "@example.org", "bo@", "bo @example.org", "a@b@c"])
def test_what_is_no_email_is_refused(email: str) -> None:
    assert codes(check(replace(BO, email=email))) == {("BAD_EMAIL", ("email",))}


def test_blank_names_are_refused() -> None:
    assert codes(check(CreateCustomer("b1", "", ""))) == {("BLANK", ("name",)), ("BLANK", ("email",))}
