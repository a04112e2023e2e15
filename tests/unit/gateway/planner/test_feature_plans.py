"""Plans for one feature of federation each."""

from __future__ import annotations

from tests.unit.gateway.planner.support import assert_plan, composed, planned

COMPOSITE_KEY = {
    "a": """
        type Query { things: [Thing] }
        type Thing @key(fields: "id") { id: ID! }
    """,
    "b": """
        type Thing @key(fields: "id") @key(fields: "code org { id }") { id: ID! code: String! org: Org! }
        type Org @key(fields: "id") { id: ID! }
    """,
    "c": """
        type Thing @key(fields: "code org { id }") { code: String! org: Org! size: Int }
        type Org @key(fields: "id") { id: ID! }
    """,
}
REQUIRES = {
    "a": """
        type Query { things: [Thing] }
        type Thing @key(fields: "id") { id: ID! weight(unit: String!): Int box: Box }
        type Box { height: Int }
    """,
    "b": """
        type Thing @key(fields: "id") {
            id: ID!
            weight(unit: String!): Int @external
            box: Box @external
            fee: Int @requires(fields: "weight(unit: \\"kg\\") box { height }")
            toll: Int @requires(fields: "weight(unit: \\"t\\")")
            color: String
        }
        type Box { height: Int @external }
    """,
}
SHARED = {
    "a": """
        type Query { point: Point @shareable }
        type Point @shareable { x: Int y: Int }
    """,
    "b": """
        type Query { point: Point @shareable }
        type Point @shareable { x: Int z: Int }
    """,
}
INTERFACE_OBJECT = {
    "a": """
        type Query { media: [Media] }
        interface Media @key(fields: "id") { id: ID! }
        type Book implements Media @key(fields: "id") { id: ID! pages: Int }
        type Film implements Media @key(fields: "id") { id: ID! minutes: Int }
    """,
    "b": """
        type Query { top: [Media] }
        type Media @key(fields: "id") @interfaceObject { id: ID! rating: Int }
    """,
}
PROVIDES = {
    "a": """
        type Query { reviews: [Review] }
        type Review { author: User @provides(fields: "name") }
        type User @key(fields: "id") { id: ID! name: String @external }
    """,
    "b": """
        type User @key(fields: "id") { id: ID! name: String @shareable mail: String }
    """,
}
OVERRIDE = {
    "a": """
        type Query { things: [Thing] }
        type Thing @key(fields: "id") { id: ID! name: String }
    """,
    "b": """
        type Thing @key(fields: "id") { id: ID! name: String @override(from: "a", label: "percent(10)") }
    """,
}
CONFLICT = {
    "a": """
        type Query { found: [Found] }
        union Found = Cat | Dog
        type Cat @key(fields: "id") { id: ID! name: String! @shareable }
        type Dog { name: String }
    """,
    "b": """
        type Cat @key(fields: "id") { id: ID! name: String @shareable }
    """,
}
QUERY_AGAIN = {
    "a": """
        type Query { a: Int }
        type Mutation { add: Added }
        type Added { query: Query }
    """,
    "b": """
        type Query { b: Int }
    """,
}


def test_a_key_may_lead_to_another_key() -> None:
    """The way to c goes through b, which alone knows the key that c takes."""
    assert_plan(
        composed(COMPOSITE_KEY),
        "{ things { size } }",
        """
        query (3 requests in 3 waves)
          -> sequence
            -> fetch a (wave 1)
              {
                things {
                  id
                }
              }
            -> entities b (wave 2)
              _entities for things by Thing { id }
              query ($representations: [_Any!]!) {
                _entities(representations: $representations) {
                  ... on Thing {
                    code
                    org {
                      id
                    }
                  }
                }
              }
            -> entities c (wave 3)
              _entities for things by Thing { code org { id } }
              query ($representations: [_Any!]!) {
                _entities(representations: $representations) {
                  ... on Thing {
                    size
                  }
                }
              }
        """,
    )


def test_requirements_are_fetched_under_private_keys() -> None:
    """The client asks for the same field with other arguments."""
    assert_plan(
        composed(REQUIRES),
        '{ things { weight(unit: "g") fee } }',
        """
        query (2 requests in 2 waves)
          -> sequence
            -> fetch a (wave 1)
              {
                things {
                  weight(unit: "g")
                  _0_weight: weight(unit: "kg")
                  box {
                    height
                  }
                  id
                }
              }
            -> entities b (wave 2)
              _entities for things by Thing { id weight: _0_weight box { height } }
              query ($representations: [_Any!]!) {
                _entities(representations: $representations) {
                  ... on Thing {
                    fee
                  }
                }
              }
        """,
    )


def test_requirements_that_clash_are_sent_apart() -> None:
    """One representation cannot hold the same field twice."""
    assert_plan(
        composed(REQUIRES),
        "{ things { fee toll } }",
        """
        query (2 requests in 2 waves)
          -> sequence
            -> fetch a (wave 1)
              {
                things {
                  weight(unit: "kg")
                  box {
                    height
                  }
                  _0_weight: weight(unit: "t")
                  id
                }
              }
            -> batch b (wave 2)
              _e0 for things by Thing { id weight box { height } }
              _e1 for things by Thing { id weight: _0_weight }
              query ($representations0: [_Any!]!, $representations1: [_Any!]!) {
                _e0: _entities(representations: $representations0) {
                  ... on Thing {
                    fee
                  }
                }
                _e1: _entities(representations: $representations1) {
                  ... on Thing {
                    toll
                  }
                }
              }
        """,
    )


def test_plain_fields_join_the_step_of_required_ones() -> None:
    """One request to b is enough."""
    assert_plan(
        composed(REQUIRES),
        "{ things { color fee } }",
        """
        query (2 requests in 2 waves)
          -> sequence
            -> fetch a (wave 1)
              {
                things {
                  weight(unit: "kg")
                  box {
                    height
                  }
                  id
                }
              }
            -> entities b (wave 2)
              _entities for things by Thing { id weight box { height } }
              query ($representations: [_Any!]!) {
                _entities(representations: $representations) {
                  ... on Thing {
                    color
                    fee
                  }
                }
              }
        """,
    )


def test_a_value_type_is_put_together_from_its_subgraphs() -> None:
    """Without a key the parts come from the field that both subgraphs share."""
    assert_plan(
        composed(SHARED),
        "{ point { y z } }",
        """
        query (2 requests in 1 wave)
          -> parallel
            -> fetch a (wave 1)
              {
                point {
                  y
                }
              }
            -> fetch b (wave 1)
              {
                point {
                  z
                }
              }
        """,
    )


def test_one_subgraph_is_preferred() -> None:
    """Where one has everything, the other is not asked."""
    assert_plan(
        composed(SHARED),
        "{ point { x z } }",
        """
        query (1 request in 1 wave)
          -> fetch b (wave 1)
            {
              point {
                x
                z
              }
            }
        """,
    )


def test_an_interface_object_is_entered_under_the_interfaces_name() -> None:
    """Its subgraph does not know the real types."""
    assert_plan(
        composed(INTERFACE_OBJECT),
        "{ media { rating ... on Book { pages } } }",
        """
        query (2 requests in 2 waves)
          -> sequence
            -> fetch a (wave 1)
              {
                media {
                  __typename
                  id
                  ... on Book {
                    pages
                  }
                }
              }
            -> entities b (wave 2)
              _entities for media by Media { id }
              query ($representations: [_Any!]!) {
                _entities(representations: $representations) {
                  ... on Media {
                    rating
                  }
                }
              }
        """,
    )


def test_the_real_type_is_fetched_where_it_is_known() -> None:
    """An interface object cannot tell it."""
    assert_plan(
        composed(INTERFACE_OBJECT),
        "{ top { __typename rating ... on Film { minutes } } }",
        """
        query (2 requests in 2 waves)
          -> sequence
            -> fetch b (wave 1)
              {
                top {
                  id
                  rating
                }
              }
            -> entities a (wave 2)
              _entities for top by Media { id }
              query ($representations: [_Any!]!) {
                _entities(representations: $representations) {
                  ... on Media {
                    __typename
                    ... on Film {
                      minutes
                    }
                  }
                }
              }
        """,
    )


def test_nothing_more_is_fetched_where_no_type_matters() -> None:
    """The interface's own fields need no real type."""
    assert_plan(
        composed(INTERFACE_OBJECT),
        "{ top { id rating } }",
        """
        query (1 request in 1 wave)
          -> fetch b (wave 1)
            {
              top {
                id
                rating
              }
            }
        """,
    )


def test_provided_fields_are_taken_on_the_spot() -> None:
    """Only along the path that provides them."""
    assert_plan(
        composed(PROVIDES),
        "{ reviews { author { name } } }",
        """
        query (1 request in 1 wave)
          -> fetch a (wave 1)
            {
              reviews {
                author {
                  name
                }
              }
            }
        """,
    )


def test_an_override_waits_for_its_label() -> None:
    """Without the label the old subgraph still resolves the field."""
    assert_plan(
        composed(OVERRIDE),
        "{ things { name } }",
        """
        query (1 request in 1 wave)
          -> fetch a (wave 1)
            {
              things {
                name
              }
            }
        """,
    )


def test_fields_of_other_shape_get_private_aliases() -> None:
    """In a the two are of different nullability, in the API they are not."""
    assert_plan(
        composed(CONFLICT),
        "{ found { ... on Cat { name } ... on Dog { name } } }",
        """
        query (1 request in 1 wave)
          -> fetch a (wave 1)
            {
              found {
                __typename
                ... on Cat {
                  name
                }
                ... on Dog {
                  _1_name: name
                }
              }
            }
        """,
    )


def test_the_query_type_can_be_reached_again() -> None:
    """Its fields are fetched like at the root and put in place."""
    assert_plan(
        composed(QUERY_AGAIN),
        "mutation { add { query { a b } } }",
        """
        mutation (2 requests in 2 waves)
          -> sequence
            -> fetch a (wave 1)
              mutation {
                add {
                  query {
                    a
                  }
                }
              }
            -> fetch b at add.query (wave 2)
              {
                b
              }
        """,
    )


def test_an_active_label_moves_the_field() -> None:
    """With the label the new subgraph resolves it."""
    plan = planned(composed(OVERRIDE), "{ things { name } }", frozenset({"percent(10)"}))
    assert "entities b" in plan


def test_arguments_that_only_the_one_implementation_takes_are_selected_on_it() -> None:
    """The interface's field does not know them, even where all behind it is of that type."""
    assert_plan(
        composed(
            {
                "a": """
                    type Query { thing: Sized }
                    interface Sized { size: Int }
                    type Box implements Sized { size(unit: String): Int }
                """
            }
        ),
        '{ thing { ... on Box { size(unit: "cm") } } }',
        """
        query (1 request in 1 wave)
          -> fetch a (wave 1)
            {
              thing {
                __typename
                ... on Box {
                  size(unit: "cm")
                }
              }
            }
        """,
    )


def test_so_are_arguments_below_a_field_that_the_one_implementation_narrows() -> None:
    """The interface's field leads to an interface, the object's to an object."""
    assert_plan(
        composed(
            {
                "a": """
                    type Query { thing: Sized }
                    interface Sized { size: Int  part: Sized }
                    type Box implements Sized { size(unit: String): Int  part: Box }
                """
            }
        ),
        '{ thing { ... on Box { part { size(unit: "cm") } } } }',
        """
        query (1 request in 1 wave)
          -> fetch a (wave 1)
            {
              thing {
                __typename
                part {
                  __typename
                  ... on Box {
                    size(unit: "cm")
                  }
                }
              }
            }
        """,
    )
