"""What a case makes use of, and how often each feature has to come up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from graphql import DirectiveNode, FieldNode, FragmentSpreadNode, InlineFragmentNode, Node, VariableNode, Visitor, visit

from tests.oracle.case import Case, Outcome
from tests.oracle.facts import Coordinate
from tests.oracle.legal import taken_along
from tests.support.federation.part import Part, Role
from tests.support.federation.schema import Kind, named

WIDE = "three fetches or more"
QUOTAS = {
    WIDE: 0.45,
    "aliases": 0.50,
    "aliases named like other fields": 0.20,
    "arguments": 0.30,
    "conditions on fields": 0.40,
    "conditions on fragments": 0.25,
    "contexts": 0.06,
    "contexts set by interfaces or unions": 0.01,
    "contextual values of other subgraphs": 0.005,
    "default values of variables": 0.10,
    "errors": 0.15,
    "equal keys of unequal shape": 0.003,
    "fragments on abstract types": 0.25,
    "inline fragments": 0.30,
    "input objects": 0.10,
    "interface objects": 0.04,
    "interfaces": 0.15,
    "lists": 0.40,
    "lists of lists": 0.15,
    "mutations": 0.05,
    "named fragments": 0.30,
    "nulls": 0.20,
    "nulls inside a subgraph": 0.03,
    "overrides": 0.20,
    "progressive overrides": 0.10,
    "provided fields": 0.05,
    "requirements": 0.08,
    "requirements of objects or with arguments": 0.01,
    "shared fields": 0.30,
    "subscriptions": 0.03,
    "the query type below itself": 0.03,
    "unions": 0.10,
    "unions of differing members": 0.02,
    "variables": 0.30,
}
"""The least share of cases that any run of some length has of each."""


def features(outcome: Outcome) -> set[str]:
    """Which of the features in QUOTAS a case has."""
    found = _written(outcome.case) | _visited(outcome)
    if outcome.fetches >= 3:
        found.add(WIDE)
    if "Rename(" in repr(outcome.plan):
        found.add("equal keys of unequal shape")
    return found


def shortfalls(counts: Counter[str], cases: int) -> list[str]:
    """The features that came up too rarely."""
    return [
        f"{name}: {counts[name]} of {cases}, wanted {quota:.1%}"
        for name, quota in QUOTAS.items()
        if counts[name] < quota * cases
    ]


# What is written


class _Reader(Visitor):
    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._names = names

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if node.alias is not None:
            self.found.add("aliases")
            if node.alias.value in self._names:
                self.found.add("aliases named like other fields")
        if node.arguments:
            self.found.add("arguments")
        self._conditions(node.directives, "conditions on fields")

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> None:
        self.found.add("inline fragments")
        self._conditions(node.directives, "conditions on fragments")

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        self.found.add("named fragments")
        self._conditions(node.directives, "conditions on fragments")

    def enter_variable(self, _: VariableNode, *__: Any) -> None:
        self.found.add("variables")

    def enter_object_value(self, _: Node, *__: Any) -> None:
        self.found.add("input objects")

    def _conditions(self, directives: Iterable[DirectiveNode] | None, name: str) -> None:
        if any(isinstance(each.arguments[0].value, VariableNode) for each in directives or () if each.arguments):
            self.found.add(name)


def _written(case: Case) -> set[str]:
    whole = case.federation.cut.whole
    reader = _Reader({entry.name for each in whole.types for entry in each.fields})
    visit(case.operation.document, reader)
    text = case.operation.text
    abstract = {each.name for each in whole.types if each.kind in (Kind.INTERFACE, Kind.UNION)}
    if any(name in abstract for pair in re.findall(r"\.\.\. on (\w+)|fragment \w+ on (\w+)", text) for name in pair):
        reader.found.add("fragments on abstract types")
    if re.search(r"\$\w+: [^,)]+ = ", text):
        reader.found.add("default values of variables")
    return reader.found


# What is visited


def _visited(outcome: Outcome) -> set[str]:
    found: set[str] = set()
    facts = outcome.case.federation.facts
    for answer in outcome.right:
        if answer.errors:
            found.add("errors")
        if _holds_null(answer.data):
            found.add("nulls")
        if taken_along(answer, facts):
            found.add("nulls inside a subgraph")
        for path, coordinate in answer.visited.items():
            if coordinate[0] == "Query" and len(path) > 1:
                found.add("the query type below itself")
    for coordinate in {each for answer in outcome.right for each in answer.visited.values()}:
        found |= _of_field(outcome.case, coordinate)
    return found


def _of_field(case: Case, coordinate: Coordinate) -> set[str]:
    facts = case.federation.facts
    owner, name = coordinate
    ref = facts.whole.by_name[owner].field(name).type
    target = facts.whole.by_name.get(named(ref))
    kind = None if target is None else target.kind
    narrowed = {abstract for part in facts.parts for abstract, _ in part.left_out}
    wanted = {
        "interfaces": kind is Kind.INTERFACE,
        "unions": kind is Kind.UNION,
        "unions of differing members": kind is Kind.UNION and named(ref) in narrowed,
        "lists": ref.startswith("["),
        "lists of lists": ref.startswith("[["),
        "mutations": owner == "Mutation",
        "subscriptions": owner == "Subscription",
    }
    found = {feature for feature, holds in wanted.items() if holds}
    for part in facts.parts:
        for type_name in (owner, *part.interface_objects):
            role = part.roles.get(type_name, {}).get(name)
            if role is not None:
                blind = type_name in part.interface_objects and owner in facts.objects(type_name)
                found |= {feature for feature, holds in _ROLES.items() if holds(role)}
                found |= _of_contexts(part, role) if role.contextual else set()
                found |= {"interface objects"} if blind and not role.external and name != "id" else set()
    return found


def _of_contexts(part: Part, role: Role) -> set[str]:
    found = {"contexts"}
    names = {item.context for item in role.contextual.values()}
    setters = [name for name, contexts in part.contexts.items() if names & {*contexts}]
    if any(part.whole.by_name[name].kind in (Kind.INTERFACE, Kind.UNION) for name in setters):
        found.add("contexts set by interfaces or unions")
    words = {word for item in role.contextual.values() for word in re.findall(r"\w+", item.selection)}
    roles = [other for owner in part.roles.values() for name, other in owner.items() if name in words]
    if any(other.external for other in roles):
        found.add("contextual values of other subgraphs")
    return found


_ROLES: dict[str, Callable[[Role], bool]] = {
    "overrides": lambda role: role.override is not None,
    "progressive overrides": lambda role: role.label is not None,
    "provided fields": lambda role: role.provides is not None,
    "requirements": lambda role: role.requires is not None,
    "requirements of objects or with arguments": lambda role: bool(set("{(") & set(role.requires or "")),
    "shared fields": lambda role: role.shareable and not role.external,
}


def _holds_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_null(each) for each in value.values())
    if isinstance(value, list):
        return any(_holds_null(each) for each in value)
    return value is None
