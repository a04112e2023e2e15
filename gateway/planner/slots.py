"""Names for the arguments that the gateway fills in from contexts (`@fromContext`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.planner.operation import Raw, RawField
from gateway.supergraph.model import ContextArgument
from gateway.supergraph.selection import FieldSet

Known = tuple[str, str, FieldSet]


class Slots:
    """One slot for all arguments of one type that take the same from the same context.

    Names begin with a word that the client's operation does not contain, so that they can be found in a
    request's text whatever else stands in it.
    """

    def __init__(self, root: tuple[Raw, ...], declarations: Mapping[str, str]) -> None:
        self._root = root
        self._declarations = declarations
        self._names: dict[Known, str] = {}
        self._word = ""

    def name(self, argument: ContextArgument) -> str:
        """The argument's slot."""
        known = (argument.type, argument.context, argument.fields)
        if known not in self._names:
            self._word = self._word or self._unused()
            self._names[known] = f"{self._word}{len(self._names)}"
        return self._names[known]

    def _unused(self) -> str:
        texts = {*self._declarations.values(), *_arguments(self._root, set())}
        word = "contextual"
        while any(word in text for text in texts):
            word = f"_{word}_"
        return word


def _arguments(raws: tuple[Raw, ...], seen: set[int]) -> Iterator[str]:
    """The arguments of all fields; a fragment that is spread often is read once."""
    if id(raws) in seen:
        return
    seen.add(id(raws))
    for raw in raws:
        if isinstance(raw, RawField):
            yield raw.arguments
        yield from _arguments(raw.below, seen)


def with_slots(arguments: str, given: Mapping[str, str]) -> str:
    """A field's arguments with those that contexts set, of which `given` tells the slots by name."""
    own = [arguments[1:-1]] if arguments else []
    return "(" + ", ".join([*own, *(f"{name}: ${slot}" for name, slot in given.items())]) + ")"
