"""What is known of variables at a glance is what a closer look would say."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse
from hypothesis import given
from hypothesis import strategies as st

from gateway.pipeline.errors import BadVariables
from gateway.pipeline.variables import VariableReader, deciding, read_variables

SCHEMA = build_schema("type Query { a(i: Int, s: String, b: Boolean, f: Float, d: ID, l: [Int]): Int }")
[OPERATION] = parse(
    "query ($i: Int! = 4, $s: String = null, $b: Boolean!, $f: Float, $d: ID = 7, $j: Int = 5, $n: String!) { a }"
).definitions
[LISTS] = parse("query ($i: Int, $l: [Int] = [1]) { a }").definitions

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**33), 2**33),
    st.floats(allow_nan=False),
    st.text(max_size=3),
    st.lists(st.integers(0, 3), max_size=2),
)


def outcome(read: Any) -> Any:
    try:
        return dict(read())
    except BadVariables as error:
        return [each.message for each in error.found]


@pytest.mark.parametrize("operation", [OPERATION, LISTS])
@given(given=st.dictionaries(st.sampled_from("isbfdjnlx"), VALUES))
def test_both_agree(operation: OperationDefinitionNode, given: dict[str, Any]) -> None:
    at_a_glance = outcome(lambda: VariableReader(SCHEMA, operation.variable_definitions or (), True).read(given))
    assert repr(at_a_glance) == repr(
        outcome(lambda: read_variables(SCHEMA, operation.variable_definitions, given, True))
    )


def test_what_skip_and_include_decide_by_is_never_null() -> None:
    document = parse(
        """
        query ($skip: Boolean = true, $below: Boolean = false, $value: Boolean = true, $sure: Boolean!) {
          a(b: $value) @skip(if: $skip)
          ...Rest @include(if: $sure)
        }
        fragment Rest on Query { a @include(if: $below) }
        """
    )
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    definitions = operation.variable_definitions or ()
    reader = VariableReader(SCHEMA, definitions, True, deciding(document, definitions))
    assert reader.read({"value": None, "sure": True}) == {"skip": True, "below": False, "value": None, "sure": True}
    for name in ("skip", "below"):
        with pytest.raises(BadVariables, match=rf"^Variable '\${name}' must not be null"):
            reader.read({name: None, "sure": True})
