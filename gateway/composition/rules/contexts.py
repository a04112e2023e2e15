"""``@context`` and ``@fromContext``: https://specs.apollo.dev/context/v0.1."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.composition.codes import ErrorCode
from gateway.composition.fieldsets import FieldSetError, parse_field_set
from gateway.composition.merge.joins import split_context
from gateway.composition.model import FieldDef, InputDef, Kind, TypeDef
from gateway.composition.report import Place, Report
from gateway.composition.rules.context_selections import selection_problems
from gateway.composition.subgraph.schema import SubgraphSchema

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def check_contexts(subgraph: SubgraphSchema, report: Report) -> None:
    """Check contexts and every argument that is set from one."""
    contexts: dict[str, list[TypeDef]] = {}
    for found in subgraph.schema.types.values():
        for applied in found.all("context"):
            name = applied.text("name") or ""
            if not _NAME.fullmatch(name):
                report.error(
                    ErrorCode.CONTEXT_NAME_INVALID,
                    f'[{subgraph.name}] The context "{name}" on "{found.name}" may hold only letters and'
                    " digits, and must begin with a letter.",
                    (subgraph.name, applied.node),
                    coordinate=found.name,
                )
            contexts.setdefault(name, []).append(found)
    for found in subgraph.schema.types.values():
        for entry in found.fields.values():
            for argument in entry.args.values():
                if argument.has("fromContext"):
                    _Argument(subgraph, report, found, entry, argument).check(contexts)
    for directive in subgraph.schema.directives.values():
        for argument in directive.args.values():
            for applied in argument.all("fromContext"):
                coordinate = f"@{directive.name}({argument.name}:)"
                report.error(
                    ErrorCode.CONTEXT_NOT_SET,
                    f'[{subgraph.name}] @fromContext cannot be on "{coordinate}": no context reaches a directive.',
                    (subgraph.name, applied.node),
                    coordinate=coordinate,
                    help="Remove the @fromContext.",
                )


@dataclass(slots=True)
class _Argument:
    """One contextual argument of one subgraph."""

    subgraph: SubgraphSchema
    report: Report
    type: TypeDef
    field: FieldDef
    argument: InputDef

    def fail(self, code: ErrorCode, problem: str, help: str, *more: Place) -> None:
        coordinate = f"{self.type.name}.{self.field.name}({self.argument.name}:)"
        self.report.error(
            code,
            f'[{self.subgraph.name}] @fromContext on "{coordinate}": {problem}.',
            (self.subgraph.name, self.argument.node),
            *more,
            coordinate=coordinate,
            help=help,
        )

    def check(self, contexts: dict[str, list[TypeDef]]) -> None:
        if self.type.kind is not Kind.OBJECT:
            self.fail(
                ErrorCode.CONTEXT_NOT_SET,
                f'"{self.type.name}" is an interface, and contexts reach fields of objects only',
                "Put it on the field of each implementation, under another name than the interface's.",
            )
            return
        self._place()
        applied = self.argument.find("fromContext")
        name, selection = split_context((applied.text("field") if applied is not None else None) or "")
        if not name or not selection.strip():
            self.fail(
                ErrorCode.NO_CONTEXT_IN_SELECTION,
                "the field must begin with a context, as in $name { field }",
                "Write the name of a context, then what to select from it.",
            )
            return
        if name in contexts:
            self._selection(contexts[name], selection)
        else:
            self.fail(
                ErrorCode.CONTEXT_NOT_SET,
                f'no type sets the context "{name}"',
                f'Add @context(name: "{name}") to a type above this one.',
            )
        if not any(key.is_true("resolvable") for key in self.type.all("key")):
            self.fail(
                ErrorCode.CONTEXT_NO_RESOLVABLE_KEY,
                f'"{self.type.name}" has no resolvable @key to come back to it with the value',
                f'Give "{self.type.name}" a resolvable @key.',
                (self.subgraph.name, self.type.node),
            )

    def _place(self) -> None:
        """Neither the field nor the argument may be something that others rely on."""
        for name in self.type.interfaces:
            interface = self.subgraph.type(name)
            if interface is not None and self.field.name in interface.fields:
                self.fail(
                    ErrorCode.CONTEXT_NOT_SET,
                    f'the field implements "{name}.{self.field.name}", which knows no contexts',
                    "Use a field that no interface has.",
                    (self.subgraph.name, interface.fields[self.field.name].node),
                )
        if self.argument.default is not None:
            self.fail(
                ErrorCode.CONTEXT_NOT_SET,
                "the argument has a default, and a contextual one cannot have any",
                "Remove the default.",
            )

    def _selection(self, contexts: list[TypeDef], text: str) -> None:
        places = [(self.subgraph.name, context.node) for context in contexts]
        help = "Select one leaf, of exactly the argument's type without !, from every type that sets the context."
        try:
            selections = parse_field_set(text)
        except FieldSetError as error:
            self.fail(ErrorCode.CONTEXT_INVALID_SELECTION, str(error).rstrip("."), help, *places)
            return
        for problem in selection_problems(self.subgraph.schema, contexts, selections, self.argument):
            self.fail(ErrorCode.CONTEXT_INVALID_SELECTION, problem, help, *places)
