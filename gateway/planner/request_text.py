"""Prints a selection as the text of a request, inventing aliases where the subgraph would see a conflict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graphql import ListTypeNode, NonNullTypeNode, TypeNode

from gateway.planner.nodes import Guard, Key, OperationKind, Path, Rename
from gateway.planner.operation import ALWAYS, Guards, When
from gateway.planner.steps import Out, OutField
from gateway.supergraph.graph import MoveGraph
from gateway.supergraph.model import named_type


class RequestText:
    """The text of one request to one subgraph, selection by selection."""

    def __init__(self, graph: MoveGraph, subgraph: str, declarations: Mapping[str, str]) -> None:
        self._graph = graph
        self._subgraph = subgraph
        self._declarations = declarations
        self._variables: dict[str, None] = {}
        self._aliases: dict[int, str] = {}

    def operation(self, kind: OperationKind, body: str, extra: Iterable[str] = ()) -> str:
        """The whole operation; `extra` are declarations besides those of the client's variables."""
        declared = [*extra, *(self._declarations[name] for name in self.variables)]
        head = f"({', '.join(declared)})" if declared else ""
        return f"{kind}{head}{body}" if head or kind != "query" else body

    @property
    def variables(self) -> tuple[str, ...]:
        """The client's variables used so far, in the order of their declaration."""
        return tuple(name for name in self._declarations if name in self._variables)

    def use(self, guards: Iterable[Guard]) -> None:
        self._variables.update(dict.fromkeys(guard.variable for guard in guards))

    # Conflicts

    def resolve_conflicts(self, outs: list[Out], path: Path = ()) -> tuple[Rename, ...]:
        """Gives fields an alias that share a key with one of another shape, on another type, in this subgraph."""
        by_key: dict[str, list[tuple[str, OutField]]] = {}
        for out in outs:
            for type_name, field in _fields_of(out):
                by_key.setdefault(field.key, []).append((type_name, field))
        renames: list[Rename] = []
        for key, found in by_key.items():
            shapes: dict[str, list[OutField]] = {}
            for type_name, field in found:
                shapes.setdefault(self._shape(type_name, field), []).append(field)
            for number, fields in enumerate(shapes.values()):
                alias = key if number == 0 else f"_{number}_{key}"
                if number:
                    renames.append(Rename(path, alias, key))
                    self._aliases.update({id(field): alias for field in fields})
                below = [field.out for field in fields if field.out is not None]
                if below:
                    renames[:0] = self.resolve_conflicts(below, (*path, Key(alias)))
        return tuple(renames)

    def _shape(self, type_name: str, field: OutField) -> str:
        definition = self._graph.model.types.get(type_name)
        if definition is None or field.name not in definition.fields:
            return field.name
        found = definition.fields[field.name]
        node = next((item.type for item in found.joins if item.graph == self._subgraph and item.type), found.type)
        name = named_type(node)
        target = self._graph.model.types.get(name)
        return _wrapping(node) + ("{}" if target is not None and target.is_composite else name)

    # Text

    def selection(self, out: Out, assumed: Guards = ()) -> str:
        """The selection set in braces; `assumed` conditions hold anyway and are left out."""
        parts = [self._field(field, assumed) for field in out.fields.values()]
        parts += [f"...on {name}{self.selection(cast, assumed)}" for name, cast in out.casts.items()]
        return "{" + (" ".join(parts) or "__typename") + "}"

    def _field(self, field: OutField, assumed: Guards) -> str:
        self._variables.update(dict.fromkeys(field.variables))
        alias = self._aliases.get(id(field), field.key)
        text = field.name + field.arguments if alias == field.name else f"{alias}: {field.name}{field.arguments}"
        below = self.selection(field.out) if field.out is not None else ""
        return " ".join(self._guarded(text, below, guards, assumed) for guards in field.when)

    def _guarded(self, text: str, below: str, guards: Guards, assumed: Guards) -> str:
        remaining = [guard for guard in guards if guard not in assumed]
        self.use(remaining)
        own = {guard.include: guard for guard in reversed(remaining)}
        outer = [guard for guard in remaining if own[guard.include] is not guard]
        text += "".join(f" {_directive(guard)}" for guard in own.values()) + below
        for guard in outer:
            text = f"... {_directive(guard)}{{{text}}}"
        return text


def shared_guards(outs: Iterable[Out]) -> Guards:
    """The conditions under which alone anything is selected; empty where something always is."""
    found: When | None = None
    for out in outs:
        for _, field in _fields_of(out):
            if len(field.when) > 1 or field.when == ALWAYS or (found is not None and field.when != found):
                return ()
            found = field.when
    return found[0] if found else ()


def _fields_of(out: Out) -> Iterable[tuple[str, OutField]]:
    for field in out.fields.values():
        yield out.type, field
    for cast in out.casts.values():
        yield from _fields_of(cast)


def _directive(guard: Guard) -> str:
    return f"@{'include' if guard.include else 'skip'}(if: ${guard.variable})"


def _wrapping(node: TypeNode) -> str:
    if isinstance(node, NonNullTypeNode):
        return _wrapping(node.type) + "!"
    if isinstance(node, ListTypeNode):
        return "[" + _wrapping(node.type) + "]"
    return ""
