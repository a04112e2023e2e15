"""The proof agrees with one that tries everything."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType, get_named_type

from gateway.composition import Composer
from gateway.composition.reading import Reader
from gateway.composition.satisfiability.walker import Failure
from gateway.supergraph import load_supergraph
from tests.properties.composition.support import shown
from tests.properties.satisfiability.brute import Brute
from tests.properties.satisfiability.paths import label_sets
from tests.properties.satisfiability.tangle import Tangle, tangle
from tests.properties.satisfiability.verdict import failures
from tests.support.federation.chance import drawn
from tests.support.properties import holds
from tests.unit.gateway.composition.pipeline import merged

DEPTH = 4


def paths(schema: GraphQLSchema, parent: object, depth: int) -> Iterator[list[str]]:
    """Every path of fields and narrowings with at most this many fields."""
    if isinstance(parent, (GraphQLInterfaceType, GraphQLUnionType)):
        yield ["__typename"]
        for member in schema.get_possible_types(parent):
            for path in paths(schema, member, depth):
                yield [f"on {member.name}", *path]
    if not isinstance(parent, GraphQLObjectType) or depth == 0:
        return
    for name, field in parent.fields.items():
        yield [name]
        for path in paths(schema, get_named_type(field.type), depth - 1):
            yield [name, *path]


def path_of(failure: Failure) -> list[str]:
    """A failure's path in the same form."""
    steps = [step.name if step.parent else f"on {step.name}" for step in failure.path.steps()[1:]]
    return steps if failure.field is not None else [*steps, "__typename"]


@holds(quick=100, soak=10000, found=drawn(tangle))
def test_the_proof_agrees_with_trying_everything(found: Tangle) -> None:
    """Where it fails nothing helps, and where it does not every path can be read."""
    agree(found)


def agree(found: Tangle) -> None:
    """Compare the two, for every set of labels."""
    subgraphs = found.subgraphs()
    reader = Reader()
    merge = merged(subgraphs, reader)
    if merge is None:
        return
    supergraph = load_supergraph(merge.supergraph)
    composes = Composer(reader=reader).compose(subgraphs).ok
    for labels in label_sets(supergraph):
        brute = Brute(found, labels)
        failed = failures(merge, labels)
        told = f"{labels}\n{shown(subgraphs)}"
        for failure in failed:
            assert not brute.readable(path_of(failure)), f"{path_of(failure)} {told}"
        assert not (failed and composes), told
        if not failed:
            for path in paths(supergraph.api_schema, supergraph.api_schema.query_type, DEPTH):
                assert brute.readable(path), f"{path} {told}"
