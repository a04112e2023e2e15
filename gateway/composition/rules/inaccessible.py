"""``@inaccessible``: what stays visible must make a valid API without what is hidden.

Specification: https://specs.apollo.dev/inaccessible/v0.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from graphql import ConstValueNode, EnumValueNode, ListValueNode, Node, ObjectValueNode

from gateway.composition.codes import ErrorCode
from gateway.composition.merge.context import Merge
from gateway.composition.model import Element, FieldDef, InputDef, Kind, TypeDef
from gateway.composition.typerefs import item, named


def check_inaccessible(merge: Merge) -> None:
    """Check the merged schema; nothing is done when nothing is hidden."""
    if "inaccessible" in merge.used:
        _Check(merge).run()


def _hides_or_defaults(found: TypeDef) -> bool:
    inputs = [*found.inputs.values(), *(a for entry in found.fields.values() for a in entry.args.values())]
    elements: list[Element] = [*found.fields.values(), *found.values.values(), *inputs]
    return any(entry.default is not None for entry in inputs) or any(_hidden(element) for element in elements)


def _hidden(element: Element) -> bool:
    return element.has("inaccessible")


class _Check:
    def __init__(self, merge: Merge) -> None:
        self.merge = merge
        self.types = merge.schema.types
        self.hidden = {found.name for found in self.types.values() if _hidden(found)}

    def fail(self, code: ErrorCode, message: str, coordinate: str) -> None:
        self.merge.report.error(code, message, *self._places(coordinate), coordinate=coordinate)

    def _places(self, coordinate: str) -> Iterator[tuple[str, Node | None]]:
        type_name, _, child = coordinate.partition("(")[0].partition(".")
        for subgraph in self.merge.subgraphs:
            found = subgraph.type(type_name)
            if found is None:
                continue
            element = found.fields.get(child) or found.inputs.get(child) or found.values.get(child) or found
            if element is not found or not child:
                yield subgraph.name, element.node

    def run(self) -> None:
        if "Query" in self.hidden:
            self.fail(ErrorCode.QUERY_ROOT_TYPE_INACCESSIBLE, "The query root cannot be @inaccessible.", "Query")
        for found in self.types.values():
            if found.name in self.hidden or not self._is_concerned(found):
                continue
            self._children(found)
            for entry in found.fields.values():
                self._field(found, entry)
            for field in found.inputs.values():
                self._input(f"{found.name}.{field.name}", field, "input field")
        self.merge.memos.concerned.turn()
        for directive in self.merge.schema.directives.values():
            for argument in directive.args.values():
                if not _hidden(argument):
                    self._default(f"@{directive.name}({argument.name}:)", argument)

    def _is_concerned(self, found: TypeDef) -> bool:
        """Whether the type hides something, may refer to something hidden, or has defaults that may use it."""
        return bool(self.hidden) or self.merge.memos.concerned.get(found, partial(_hides_or_defaults, found))

    def _children(self, found: TypeDef) -> None:
        children: list[bool] = [
            _hidden(child) for group in (found.fields, found.inputs, found.values) for child in group.values()
        ]
        children += [member in self.hidden for member in found.members]
        if children and all(children):
            self.fail(
                ErrorCode.ONLY_INACCESSIBLE_CHILDREN,
                f'"{found.name}" is visible, but all it holds is @inaccessible.',
                found.name,
            )

    def _field(self, found: TypeDef, entry: FieldDef) -> None:
        coordinate = f"{found.name}.{entry.name}"
        shown = list(self._implemented(found, entry.name))
        if _hidden(entry):
            for interface in shown:
                self.fail(
                    ErrorCode.IMPLEMENTED_BY_INACCESSIBLE,
                    f'"{coordinate}" is @inaccessible but implements the visible "{interface}.{entry.name}".',
                    coordinate,
                )
            return
        self._reference(coordinate, entry.type)
        for argument in entry.args.values():
            where = f"{coordinate}({argument.name}:)"
            self._input(where, argument, "argument")
            if not _hidden(argument):
                continue
            for interface in shown:
                other = self.types[interface].fields[entry.name].args.get(argument.name)
                if other is not None and not _hidden(other):
                    self.fail(
                        ErrorCode.IMPLEMENTED_BY_INACCESSIBLE,
                        f'"{where}" is @inaccessible but implements a visible argument of "{interface}".',
                        where,
                    )

    def _implemented(self, found: TypeDef, name: str) -> Iterator[str]:
        for interface in found.interfaces:
            other = self.types.get(interface)
            if other is None or interface in self.hidden:
                continue
            if name in other.fields and not _hidden(other.fields[name]):
                yield interface

    def _input(self, coordinate: str, entry: InputDef, what: str) -> None:
        if _hidden(entry):
            if entry.required:
                self.fail(
                    ErrorCode.REQUIRED_INACCESSIBLE,
                    f'The {what} "{coordinate}" is @inaccessible but required.',
                    coordinate,
                )
            return
        self._reference(coordinate, entry.type)
        self._default(coordinate, entry)

    def _reference(self, coordinate: str, ref: str) -> None:
        if named(ref) in self.hidden:
            self.fail(
                ErrorCode.REFERENCED_INACCESSIBLE,
                f'"{coordinate}" is visible but its type "{named(ref)}" is @inaccessible.',
                coordinate,
            )

    def _default(self, coordinate: str, entry: InputDef) -> None:
        if entry.default is None:
            return
        for used in self._hidden_in(entry.default, entry.type):
            self.fail(
                ErrorCode.DEFAULT_VALUE_USES_INACCESSIBLE,
                f'The default of "{coordinate}" uses "{used}", which is @inaccessible.',
                coordinate,
            )

    def _hidden_in(self, value: ConstValueNode, ref: str) -> Iterable[str]:
        """The hidden enum values and input fields inside a constant value."""
        if isinstance(value, ListValueNode):
            inner = item(ref) or ref
            for entry in value.values or ():
                yield from self._hidden_in(entry, inner)
            return
        found = self.types.get(named(ref))
        if found is None:
            return
        if isinstance(value, EnumValueNode) and found.kind is Kind.ENUM:
            member = found.values.get(value.value)
            if member is not None and _hidden(member):
                yield f"{found.name}.{member.name}"
        elif isinstance(value, ObjectValueNode):
            for field in value.fields or ():
                declared = found.inputs.get(field.name.value)
                if declared is None:
                    continue
                if _hidden(declared):
                    yield f"{found.name}.{declared.name}"
                yield from self._hidden_in(field.value, declared.type)
