"""Plans over the services as they meet in one graph."""

from __future__ import annotations

from tests.unit.gateway.planner.graphs import business
from tests.unit.gateway.planner.support import assert_plan


def test_union_members_are_completed_by_their_own_subgraphs() -> None:
    """Members of a union in one subgraph get their fields from others, in one wave."""
    assert_plan(
        business(),
        """
            query Stock($id: ID!) { good(id: $id) {
              name stock connections { links { object { ... on SellOffer { available } ... on Good { stock } } } } } }
        """,
        """
        query Stock (4 requests in 3 waves)
          -> sequence
            -> fetch commerce (wave 1)
              query ($id: ID!) {
                good(id: $id) {
                  id
                  name
                  stock
                }
              }
            -> entities registrar (wave 2)
              _entities for good by Good { id }
              query ($representations: [_Any!]!) {
                _entities(representations: $representations) {
                  ... on Good {
                    connections {
                      links {
                        object {
                          __typename
                          ... on Good {
                            id
                          }
                          ... on SellOffer {
                            id
                          }
                        }
                      }
                    }
                  }
                }
              }
            -> parallel
              -> entities commerce (wave 3)
                _entities for good.connections.links.object|Good by Good { id }
                query ($representations: [_Any!]!) {
                  _entities(representations: $representations) {
                    ... on Good {
                      stock
                    }
                  }
                }
              -> entities market (wave 3)
                _entities for good.connections.links.object|SellOffer by SellOffer { id }
                query ($representations: [_Any!]!) {
                  _entities(representations: $representations) {
                    ... on SellOffer {
                      available
                    }
                  }
                }
        """,
    )


def test_roots_of_several_subgraphs_run_in_parallel() -> None:
    """Root fields without anything in common are fetched at once."""
    assert_plan(
        business(),
        "{ goods { id } offers { seller { name } } }",
        """
        query (2 requests in 1 wave)
          -> parallel
            -> fetch commerce (wave 1)
              {
                goods {
                  id
                }
              }
            -> fetch market (wave 1)
              {
                offers {
                  seller {
                    name
                  }
                }
              }
        """,
    )


def test_mutations_keep_their_order() -> None:
    """Neighbours in one subgraph share a request; what follows from a field comes before the next."""
    assert_plan(
        business(),
        """
            mutation {
              a: adjustStock(id: "1", by: 1) { stock }
              b: renameGood(id: "1", name: "x") { name }
              closeOffer(id: "2") { connections { id } }
              c: adjustStock(id: "1", by: 1) { stock }
            }
        """,
        """
        mutation (4 requests in 4 waves)
          -> sequence
            -> fetch commerce (wave 1)
              mutation {
                a: adjustStock(by: 1, id: "1") {
                  stock
                }
                b: renameGood(id: "1", name: "x") {
                  name
                }
              }
            -> fetch market (wave 2)
              mutation {
                closeOffer(id: "2") {
                  id
                }
              }
            -> entities registrar (wave 3)
              _entities for closeOffer by SellOffer { id }
              query ($representations: [_Any!]!) {
                _entities(representations: $representations) {
                  ... on SellOffer {
                    connections {
                      id
                    }
                  }
                }
              }
            -> fetch commerce (wave 4)
              mutation {
                c: adjustStock(by: 1, id: "1") {
                  stock
                }
              }
        """,
    )


def test_subscription_events_are_completed() -> None:
    """What the source cannot give is fetched for each event."""
    assert_plan(
        business(),
        "subscription { stockChanged { stock connections { id } } }",
        """
        subscription (2 requests in 2 waves)
          -> subscription
            -> fetch commerce (wave 1)
              subscription {
                stockChanged {
                  id
                  stock
                }
              }
            -> then for each event
              -> entities registrar (wave 2)
                _entities for stockChanged by Good { id }
                query ($representations: [_Any!]!) {
                  _entities(representations: $representations) {
                    ... on Good {
                      connections {
                        id
                      }
                    }
                  }
                }
        """,
    )


def test_a_fetch_that_is_conditional_as_a_whole_is_not_sent() -> None:
    """A condition on all of a fetch decides over the fetch."""
    assert_plan(
        business(),
        "query ($with: Boolean!) { goods { name connections @include(if: $with) { id } } }",
        """
        query (2 requests in 2 waves)
          -> sequence
            -> fetch commerce (wave 1)
              {
                goods {
                  id
                  name
                }
              }
            -> if $with
              -> entities registrar (wave 2)
                _entities for goods by Good { id }
                query ($representations: [_Any!]!) {
                  _entities(representations: $representations) {
                    ... on Good {
                      connections {
                        id
                      }
                    }
                  }
                }
        """,
    )


def test_a_condition_on_a_part_stays_on_the_field() -> None:
    """The rest of the fetch is needed anyway."""
    assert_plan(
        business(),
        "query ($no: Boolean!) { goods { name stock @skip(if: $no) } }",
        """
        query (1 request in 1 wave)
          -> fetch commerce (wave 1)
            query ($no: Boolean!) {
              goods {
                name
                stock @skip(if: $no)
              }
            }
        """,
    )


def test_keys_do_not_take_the_clients_aliases() -> None:
    """A client may call anything `id`."""
    assert_plan(
        business(),
        "{ goods { id: name connections { id } } }",
        """
        query (2 requests in 2 waves)
          -> sequence
            -> fetch commerce (wave 1)
              {
                goods {
                  _0_id: id
                  id: name
                }
              }
            -> entities registrar (wave 2)
              _entities for goods by Good { id: _0_id }
              query ($representations: [_Any!]!) {
                _entities(representations: $representations) {
                  ... on Good {
                    connections {
                      id
                    }
                  }
                }
              }
        """,
    )


def test_introspection_is_planned_apart() -> None:
    """The API schema answers for itself."""
    assert_plan(
        business(),
        "{ __schema { queryType { name } } goods { __typename } }",
        """
        query (1 request in 1 wave)
          -> parallel
            -> introspection __schema
            -> fetch commerce (wave 1)
              {
                goods {
                  __typename
                }
              }
        """,
    )


def test_typename_alone_needs_no_fetch() -> None:
    """The root type has the same name everywhere."""
    assert_plan(
        business(),
        "{ __typename }",
        """
        query (0 requests in 0 waves)
          -> nothing to fetch
        """,
    )
