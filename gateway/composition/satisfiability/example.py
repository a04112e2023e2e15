"""An example of a query that cannot be answered, as a client would write it."""

from __future__ import annotations

from gateway.composition.model import Schema
from gateway.composition.satisfiability.walker import Step


def example_query(path: Step, api: Schema, leaf: bool) -> str:
    """The query that follows a path, on one line, with a variable for every argument that must be given."""
    operation, *steps = path.steps()
    variables: dict[str, str] = {}
    texts = [_text(step, api, variables) for step in steps]
    if not leaf:
        texts.append("__typename")
    declared = ", ".join(f"${name}: {kind}" for name, kind in variables.items())
    head = f"{operation.name} ({declared}) " if declared else f"{operation.name} "
    if operation.name == "query" and not declared:
        head = ""
    return head + "{ " + " { ".join(texts) + " }" * len(texts)


def _text(step: Step, api: Schema, variables: dict[str, str]) -> str:
    if step.parent is None:
        return f"... on {step.name}"
    given: list[str] = []
    for argument in api.types[step.parent].fields[step.name].args.values():
        if argument.required:
            variable = _fresh(argument.name, variables)
            variables[variable] = argument.type
            given.append(f"{argument.name}: ${variable}")
    return f"{step.name}({', '.join(given)})" if given else step.name


def _fresh(name: str, taken: dict[str, str]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}{number}"
    return found
