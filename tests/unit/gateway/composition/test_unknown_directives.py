"""A directive that is not known is told with what makes it known."""

from __future__ import annotations

import pytest

from gateway.composition import ErrorCode, Subgraph, compose

SPEC = "https://specs.apollo.dev/federation"
OLD = f'extend schema @link(url: "{SPEC}/v2.3", import: ["@key"])\n'
RENAMED = f'extend schema @link(url: "{SPEC}/v2.3", import: [{{name: "@shareable", as: "@shared"}}])\n'
ALIAS = f'extend schema @link(url: "{SPEC}/v2.3", as: "fed")\n'


@pytest.mark.parametrize(
    ("link", "directive", "way_out"),
    [
        ("", "@shareable", f'add extend schema @link(url: "{SPEC}/v2.0", import: ["@shareable"])'),
        ("", "@federation__authenticated", f'@link(url: "{SPEC}/v2.5", import: ["@authenticated"])'),
        (OLD, "@shareable", f'Add "@shareable" to the import of {SPEC}/v2.3, or write @federation__shareable.'),
        (ALIAS, "@shareable", "or write @fed__shareable."),
        (RENAMED, "@shareable", "Write @shared, as it is imported."),
        (OLD, "@authenticated", f"Link {SPEC}/v2.5 or newer, which brought @authenticated, and import it."),
        (RENAMED, "@shard", "Write @shared if that is meant, or define @shard."),
        ("directive @cached on FIELD_DEFINITION\n", "@cache", "Write @cached if that is meant, or define @cache."),
        ("", "@requiers", "Write @requires if that is meant"),
        (OLD, "@somethingElse", "Define @somethingElse."),
    ],
)
def test_the_way_out(link: str, directive: str, way_out: str) -> None:
    (error,) = compose([Subgraph("one", "", f"{link}type Query {{ a: Int {directive} }}")]).errors
    assert error.code is ErrorCode.INVALID_GRAPHQL
    assert error.help is not None
    assert way_out in error.help


def test_what_it_says_makes_it_compose() -> None:
    linked = f'extend schema @link(url: "{SPEC}/v2.0", import: ["@shareable"])\n'
    assert compose([Subgraph("one", "", f"{linked}type Query {{ a: Int @shareable }}")]).ok
    assert compose([Subgraph("one", "", f"{OLD}type Query {{ a: Int @federation__shareable }}")]).ok
