"""Prints the merged model as SDL: with ``join__`` directives as supergraph, without as API schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from graphql import print_ast
from graphql.language.block_string import is_printable_as_block_string, print_block_string
from graphql.language.print_string import print_string

from gateway.composition.model import Applied, DirectiveDef, Element, FieldDef, InputDef, Kind, TypeDef

DirectiveText = Callable[[Applied], str | None]


def _indent(text: str, prefix: str) -> str:
    return "\n".join(f"{prefix}{line}" if line else line for line in text.split("\n"))


class Printer:
    """Prints elements; ``directive_text`` decides which directives are shown and how."""

    def __init__(self, directive_text: DirectiveText, joins: bool) -> None:
        self._text = directive_text
        self._joins = joins

    def directives(self, element: Element) -> list[str]:
        """The directives of an element as texts."""
        shown = list(element.join) if self._joins else []
        return shown + [text for applied in element.directives if (text := self._text(applied)) is not None]

    def description(self, element: Element, prefix: str = "") -> str:
        """The description and a newline, or nothing; a block string unless that would change the text."""
        text = element.description
        if text is None:
            return ""
        if not text or not is_printable_as_block_string(text):
            return f"{prefix}{print_string(text)}\n"
        return _indent(print_block_string(text), prefix) + "\n"

    def _suffix(self, element: Element) -> str:
        texts = self.directives(element)
        return f" {' '.join(texts)}" if texts else ""

    def _input(self, entry: InputDef) -> str:
        default = f" = {print_ast(entry.default)}" if entry.default is not None else ""
        return f"{entry.name}: {entry.type}{default}{self._suffix(entry)}"

    def _arguments(self, args: Iterable[InputDef], prefix: str) -> str:
        found = list(args)
        if not found:
            return ""
        if not any(argument.description for argument in found):
            return f"({', '.join(self._input(argument) for argument in found)})"
        inner = f"{prefix}  "
        lines = [f"{self.description(argument, inner)}{inner}{self._input(argument)}" for argument in found]
        return "(\n" + "\n".join(lines) + f"\n{prefix})"

    def _field(self, entry: FieldDef) -> str:
        arguments = self._arguments(entry.args.values(), "  ")
        return f"{self.description(entry, '  ')}  {entry.name}{arguments}: {entry.type}{self._suffix(entry)}"

    def type(self, found: TypeDef) -> str:
        """A type's definition."""
        head = f"{self.description(found)}{found.kind.value} {found.name}"
        if found.interfaces and found.kind in (Kind.OBJECT, Kind.INTERFACE):
            head += f" implements {' & '.join(found.interfaces)}"
        texts = self.directives(found)
        if texts:
            head += "\n" + "\n".join(f"  {text}" for text in texts)
        if found.kind is Kind.UNION:
            return f"{head}\n = {' | '.join(found.members)}" if texts else f"{head} = {' | '.join(found.members)}"
        lines = self._children(found)
        if not lines:
            return head
        return f"{head}\n{{\n" + "\n".join(lines) + "\n}" if texts else f"{head} {{\n" + "\n".join(lines) + "\n}"

    def _children(self, found: TypeDef) -> list[str]:
        if found.kind is Kind.ENUM:
            return [f"{self.description(v, '  ')}  {v.name}{self._suffix(v)}" for v in found.values.values()]
        if found.kind is Kind.INPUT:
            return [f"{self.description(i, '  ')}  {self._input(i)}" for i in found.inputs.values()]
        return [self._field(entry) for entry in found.fields.values()]

    def directive_definition(self, found: DirectiveDef) -> str:
        """A directive's definition."""
        arguments = self._arguments(found.args.values(), "")
        repeatable = " repeatable" if found.repeatable else ""
        places = " | ".join(found.locations)
        return f"{self.description(found)}directive @{found.name}{arguments}{repeatable} on {places}"
