"""What `izara plan` prints."""

from __future__ import annotations

from pathlib import Path

from graphql import GraphQLError, OperationDefinitionNode, parse, validate

from gateway.planner import plan_operation, print_plan
from gateway.supergraph import load_supergraph
from izara.composing.files import FileUnreadableError, read_text
from izara.errors import StartError
from izara.supergraph_source import naming, read_supergraph


async def plan_text(query: Path, supergraph: str, operation: str | None = None) -> str:
    """The plan of an operation in a file; raises what `run` tells in one line."""
    text = await read_supergraph(supergraph)
    with naming(supergraph):
        loaded = load_supergraph(text)
    try:
        document = parse(read_text(query))
    except GraphQLError as error:
        raise StartError(f"{query}: {error.message}{at(error)}") from error
    except FileUnreadableError as error:
        raise StartError(str(error)) from error
    problems = validate(loaded.api_schema, document)
    if problems:
        raise StartError(f"{query}: " + "; ".join(f"{problem.message}{at(problem)}" for problem in problems))
    names = [
        node.name.value for node in document.definitions if isinstance(node, OperationDefinitionNode) and node.name
    ]
    if len(names) > 1 and operation is None:
        raise StartError(f"{query}: has several operations; choose one with --operation: {', '.join(names)}")
    return print_plan(plan_operation(loaded, document, operation))


def at(error: GraphQLError) -> str:
    """Where an error is, for its line; nothing where that is not known."""
    return f" ({error.locations[0].line}:{error.locations[0].column})" if error.locations else ""
