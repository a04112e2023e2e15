"""Mistakes that a planner could make."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import gateway.planner.assemble as assemble
import gateway.planner.inputs as inputs
import gateway.planner.normalise as normalise
import gateway.planner.operation as operation
from gateway.planner.choose import Chooser
from gateway.planner.fetch_graph import FetchGraphBuilder
from gateway.planner.nodes import Cast, Guard
from gateway.planner.operation import OpSelection
from gateway.planner.output import OutputBuilder
from gateway.planner.request_text import RequestText
from gateway.planner.steps import KeySpace, Place
from gateway.supergraph.graph import FieldMove, MoveGraph, State
from tests.oracle.faults import Fault, changed, instead

merge_siblings = import_module("gateway.planner.optimise.merge_siblings")
"""The module; its package calls a function by that name."""


def _one_alternative(_: Any, when: Any) -> Any:
    """Of several places with conditions the first alone counts."""
    return when[:1]


def _flipped(guards: Any, *_: Any) -> Any:
    return guards and tuple(Guard(guard.variable, True) for guard in guards)


def _without_types(original: Any, raws: Any, types: Any, guards: Any, index: Any, meter: Any, scope: Any = None) -> Any:
    """Type conditions are spread without narrowing."""
    open_ = tuple(raw if isinstance(raw, operation.RawField) else replace(raw, type=None) for raw in raws)
    return original(open_, types, guards, index, meter, scope)


def _plain_key(right: str, keys: KeySpace, name: str, arguments: str) -> str:
    return name


def _any_merge(_: Any, steps: Any, first: Any, second: Any) -> bool:
    return not inputs.inputs_clash(first.inputs, second.inputs)


def _unsupplied(right: Any, *_: Any) -> Any:
    """Nobody notes which steps bring a key."""
    return right[0], frozenset()


def _without_requires(move: FieldMove | None, *_: Any) -> FieldMove | None:
    return None if move is None else replace(move, requires=())


def _live(right: bool, graph: MoveGraph, join: Any) -> bool:
    return (not join.external or bool(join.requires)) and not join.overridden


def _all_members(right: Any, graph: MoveGraph, name: str, subgraph: str) -> Any:
    return frozenset().union(*graph.type(name).members.values()) if graph.type(name).members else right


def _real_name(right: Any, builder: Any, type_name: str, state: State, cursors: Any) -> Any:
    return right if right is None else type_name


def _unordered(original: Any, builder: Any, field: Any, kind: Any, join: Any) -> Any:
    """A mutation's field joins any earlier request to its subgraph."""
    step = original(builder, field, kind, join)
    first = next(each for each in builder.steps if each.kind == kind and each.graph == step.graph)
    if first is not step and kind == "mutation":
        first.out.absorb(step.out)
        builder.steps.remove(step)
        return first
    return step


def _told_together(right: Any, chooser: Chooser, selection: OpSelection, states: Any, name: str) -> Any:
    return chooser.narrowed(states, name)


def _sorted_output(right: Any, *_: Any) -> Any:
    return tuple(sorted(right, key=lambda field: field.key))


def _shown_always(right: Any, *_: Any) -> Any:
    return replace(right, guards=())


def _no_arguments(original: Any, text: RequestText, field: Any, assumed: Any) -> Any:
    return original(text, replace(field, arguments="") if field.key != field.name else field, assumed)


def _unguarded(right: Any, *_: Any) -> Any:
    return ()


def _hidden_key(right: Any, builder: Any, keys: Any, type_name: str, fields: Any) -> Any:
    """A representation has the first field only of a field set."""
    return right[:1]


def _without_casts(place: Place, *_: Any) -> Place:
    kept = tuple(item for item in place.path if not isinstance(item, Cast))
    return Place(kept, place.keys, place.deps)


FAULTS = (
    Fault("conditions: one alternative of several", operation, "simplify", changed(_one_alternative)),
    Fault("conditions: those further up are forgotten", operation, "conjoin", changed(lambda _, __, inner: inner)),
    Fault("conditions: @skip is read as @include", normalise, "_guards", changed(_flipped)),
    Fault("fragments: type conditions do not narrow", operation, "flatten", instead(_without_types)),
    Fault("keys: private fields take the client's aliases", KeySpace, "key_for", changed(_plain_key)),
    Fault("keys: only the first field is sent", FetchGraphBuilder, "_inputs", changed(_hidden_key)),
    Fault("requests: conflicting keys keep their names", RequestText, "resolve_conflicts", instead(lambda *_: ())),
    Fault("requests: arguments of aliased fields are lost", RequestText, "_field", instead(_no_arguments)),
    Fault("places: objects of all types are completed alike", Place, "narrowed", changed(_without_casts)),
    Fault("fetches: merged although one waits for the other", merge_siblings, "_may_merge", changed(_any_merge)),
    Fault("fetches: keys are not waited for", FetchGraphBuilder, "_gather_key", changed(_unsupplied)),
    Fault("fetches: all sent at once", assemble, "waves", changed(lambda right, steps: [steps] if steps else [])),
    Fault("mutations: out of order", FetchGraphBuilder, "root_field", instead(_unordered)),
    Fault("fields: requirements are forgotten", MoveGraph, "_find_field", changed(_without_requires)),
    Fault("fields: labels of overrides are not looked at", MoveGraph, "_is_live", changed(_live)),
    Fault("types: all subgraphs know all members of unions", MoveGraph, "possible", changed(_all_members)),
    Fault("interface objects: called by the object's type", FetchGraphBuilder, "_typename", changed(_real_name)),
    Fault("interface objects: read for other types, too", Chooser, "told_apart", changed(_told_together)),
    Fault("output: fields by name", OutputBuilder, "_fields", changed(_sorted_output)),
    Fault("output: conditions are not looked at", OutputBuilder, "_field", changed(_shown_always)),
)
