"""Generates the code that makes representations: `Gatherer`, for keys that are as they should be.

Equal representations share a slot: for each target of the call, the objects that wait for its answer. What tells
them apart is their values with their types, as JSON tells them apart: 1 is not "1", true or 1.0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gateway.executor.compiled.places import Objects
from gateway.executor.compiled.source import Source
from gateway.executor.gather import Gatherer, exact
from gateway.planner.nodes import EntityCall, Input, Target
from gateway.wire.json import dumps

Slot = list[Objects]
Represent = Callable[[Objects, dict[Any, Slot], list[bytes], Gatherer], None]

PLAIN: Final = frozenset({str, int, type(None)})
"""Types whose values are equal only where JSON has them equal."""


def represented(item: dict[str, Any], target: Target, gatherer: Gatherer) -> dict[str, Any] | None:
    """Any object's representation, or None where it has not what it takes."""
    inputs = gatherer.represent(item, target.inputs, target.typename)
    typename = target.typename or item.get("__typename")
    if inputs is None or not isinstance(typename, str):
        return None
    return {"__typename": typename, **inputs}


class RepresentationWriter:
    """Writes a function for each target of a call. It fills slots and the list of representations."""

    def __init__(self, source: Source, call: EntityCall, number: int) -> None:
        self._source = source
        self._call = call
        self._number = number
        self._shapes = {_shape(target) for target in call.targets}

    def write(self) -> list[str]:
        """The functions' names."""
        return [self._target(group, target) for group, target in enumerate(self._call.targets)]

    def _target(self, group: int, target: Target) -> str:
        name = f"represent_{self._number}_{group}"
        source = self._source
        with source.block(f"def {name}(objects, slots, texts, gatherer):"), source.block("for o in objects:"):
            if _is_simple(target):
                self._simple(group, target)
            else:
                self._general(group, target)
        source.line("")
        return name

    def _simple(self, group: int, target: Target) -> None:
        source = self._source
        with source.block("try:"):
            for number, item in enumerate(target.inputs):
                source.line(f"v{number} = o[{item.key!r}]")
        with source.block("except KeyError:"):
            source.line("continue")
        missing = [f"v{number} is None" for number, item in enumerate(target.inputs) if not item.nullable]
        values = ", ".join(f"v{number}" for number in range(len(target.inputs)))
        shape = _shape(target)
        tag = "" if len(self._shapes) == 1 else f"{source.constant('shape', shape)}, "
        key = f"({tag}{values},)" if tag or len(target.inputs) > 1 else "v0"
        if len(target.inputs) == 1 and missing:
            # A string is not null, so the usual case is one comparison.
            with source.block("if type(v0) is str:"):
                source.line(f"k = {key}")
            with source.block(f"elif {missing[0]}:"):
                source.line("continue")
        else:
            if missing:
                with source.block(f"if {' or '.join(missing)}:"):
                    source.line("continue")
            plain = " and ".join(f"type(v{number}) in PLAIN" for number in range(len(target.inputs)))
            with source.block(f"if {plain}:"):
                source.line(f"k = {key}")
        with source.block("else:"):
            source.line(f"k = exact({self._dictionary(target)})")
        self._add(group, self._text(target))

    def _general(self, group: int, target: Target) -> None:
        source = self._source
        source.line(f"r = represented(o, {source.constant('target', target)}, gatherer)")
        with source.block("if r is None:"):
            source.line("continue")
        source.line("k = exact(r)")
        self._add(group, "dumps(r)")

    def _add(self, group: int, text: str) -> None:
        source = self._source
        source.line("s = slots.get(k)")
        with source.block("if s is None:"):
            source.line(f"slots[k] = s = [{', '.join('[]' for _ in self._call.targets)}]")
            source.line(f"texts.append({text})")
        source.line(f"s[{group}].append(o)")

    def _dictionary(self, target: Target) -> str:
        inputs = "".join(f", {item.name!r}: v{number}" for number, item in enumerate(target.inputs))
        return f"{{'__typename': {target.typename!r}{inputs}}}"

    def _text(self, target: Target) -> str:
        """An expression for the representation as JSON."""
        parts = [b'{"__typename":' + dumps(target.typename)]
        parts += [b"," + dumps(item.name) + b":%s" for item in target.inputs]
        values = "".join(f"dumps(v{number}), " for number in range(len(target.inputs)))
        return f"{b''.join(parts) + b'}'!r} % ({values})"


def names() -> dict[str, Any]:
    """What the generated functions call."""
    return {"PLAIN": PLAIN, "dumps": dumps, "exact": exact, "represented": represented}


def _is_simple(target: Target) -> bool:
    return target.typename is not None and bool(target.inputs) and all(map(_is_plain, target.inputs))


def _is_plain(item: Input) -> bool:
    return not item.inputs and item.types is None and not item.guards


def _shape(target: Target) -> tuple[str | None, tuple[str, ...]]:
    return target.typename, tuple(item.name for item in target.inputs)
