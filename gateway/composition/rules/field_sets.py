"""``@key``, ``@requires`` and ``@provides``: their field sets must be selectable and make sense.

Specification: the federation subgraph specification, "Field sets" and each directive's own section.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.composition.codes import ErrorCode
from gateway.composition.fieldsets import FieldSet, FieldSetError, Selection, parse_field_set, problems
from gateway.composition.model import Applied, FieldDef, Kind, TypeDef
from gateway.composition.report import Report
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.typerefs import named


def check_field_sets(subgraph: SubgraphSchema, report: Report) -> None:
    """Check every field set of a subgraph."""
    for found in subgraph.schema.types.values():
        for key in found.all("key"):
            _Check(subgraph, report, "KEY", key, found.name).key(found)
        for entry in found.fields.values():
            coordinate = f"{found.name}.{entry.name}"
            for requires in entry.all("requires"):
                _Check(subgraph, report, "REQUIRES", requires, coordinate).requires(found)
            for provides in entry.all("provides"):
                _Check(subgraph, report, "PROVIDES", provides, coordinate).provides(found, entry)


@dataclass(slots=True)
class _Check:
    subgraph: SubgraphSchema
    report: Report
    prefix: str
    applied: Applied
    coordinate: str

    def fail(self, suffix: str, problem: str, help: str | None = None) -> None:
        text = self.applied.text("fields")
        shown = f'(fields: "{text}")' if text is not None else ""
        self.report.error(
            ErrorCode[f"{self.prefix}_{suffix}"],
            f'[{self.subgraph.name}] On "{self.coordinate}", @{self.applied.name}{shown}: {problem}.',
            (self.subgraph.name, self.applied.node),
            coordinate=self.coordinate,
            help=help,
        )

    def selections(self, parent: TypeDef) -> FieldSet | None:
        """The field set when it can be selected; None when what is wrong has been reported."""
        text = self.applied.text("fields")
        if text is None:
            self.fail("INVALID_FIELDS_TYPE", "the argument fields must be a string")
            return None
        try:
            selections = parse_field_set(text)
        except FieldSetError as error:
            self.fail("INVALID_FIELDS", str(error).rstrip("."))
            return None
        if not selections:
            self.fail("INVALID_FIELDS", "it selects nothing")
            return None
        found = [*self._unknown_directives(selections), *problems(self.subgraph.schema, parent, selections)]
        for problem in found:
            self.fail("INVALID_FIELDS", problem)
        if found:
            return None
        if any(alias for alias in _aliases(selections)):
            self.fail("INVALID_FIELDS", "aliases cannot be used in it")
            return None
        return selections

    def _unknown_directives(self, selections: FieldSet) -> Iterator[str]:
        for selection in _all(selections):
            for directive in selection.directives:
                name = directive[1:].partition("(")[0]
                known = self.subgraph.schema.directives
                if name not in known and name not in ("skip", "include", "deprecated"):
                    yield f"the directive @{name} is not known"

    def directives(self, selections: FieldSet) -> None:
        if any(selection.directives for selection in _all(selections)):
            self.fail("DIRECTIVE_IN_FIELDS_ARG", "directives cannot be used in it")

    def key(self, found: TypeDef) -> None:
        if found.kind is Kind.INTERFACE and self.subgraph.version < (2, 3):
            self.fail("UNSUPPORTED_ON_INTERFACE", "an interface can have a key from federation 2.3 on")
        if self._key_types(found):
            return
        selections = self.selections(found)
        if selections is None:
            return
        self.directives(selections)
        for parent, entry in self._reached(found, selections):
            if entry.args:
                self.fail(
                    "FIELDS_HAS_ARGS",
                    f'"{parent.name}.{entry.name}" has arguments',
                    "Select fields without arguments: an object has one value for them.",
                )

    def _key_types(self, found: TypeDef) -> bool:
        """Report what a key may not select even where its text is fine; whether there was any."""
        try:
            selections = parse_field_set(self.applied.text("fields") or "")
        except FieldSetError:
            return False
        wrong = False
        for parent, entry in self._reached(found, selections):
            target = self.subgraph.type(named(entry.type))
            if target is not None and target.kind in (Kind.INTERFACE, Kind.UNION):
                where = f'"{parent.name}.{entry.name}"'
                self.fail(
                    "FIELDS_SELECT_INVALID_TYPE",
                    f"{where} is of the {target.kind} {target.name}",
                    "Select fields of scalar, enum and object types only.",
                )
                wrong = True
        return wrong

    def requires(self, found: TypeDef) -> None:
        if found.kind is Kind.INTERFACE:
            self.fail("UNSUPPORTED_ON_INTERFACE", "a field of an interface cannot require others")
        selections = self.selections(found)
        if selections is None:
            return
        self.directives(selections)
        self._externals(found, selections)

    def provides(self, found: TypeDef, entry: FieldDef) -> None:
        if (found.name, entry.name) in self.subgraph.facts.external:
            self.report.error(
                ErrorCode.EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE,
                f'[{self.subgraph.name}] "{self.coordinate}" is @external, so it cannot have a @provides.',
                (self.subgraph.name, entry.node),
                coordinate=self.coordinate,
                help="Remove one of the two.",
            )
            return
        target = self.subgraph.type(named(entry.type))
        if target is None or not target.is_composite:
            self.fail("ON_NON_OBJECT_FIELD", f"the field returns {entry.type}, which has no fields")
            return
        if found.kind is Kind.INTERFACE:
            self.fail("UNSUPPORTED_ON_INTERFACE", "a field of an interface cannot provide others")
        selections = self.selections(target)
        if selections is None:
            return
        self.directives(selections)
        for parent, reached in self._reached(target, selections):
            if reached.args:
                self.fail("FIELDS_HAS_ARGS", f'"{parent.name}.{reached.name}" has arguments')
        self._externals(target, selections)

    def _reached(self, parent: TypeDef, selections: FieldSet) -> Iterator[tuple[TypeDef, FieldDef]]:
        for selection in selections:
            target = parent
            if selection.name is None:
                target = self.subgraph.type(selection.on or parent.name) or parent
            elif selection.name in parent.fields:
                entry = parent.fields[selection.name]
                yield parent, entry
                target = self.subgraph.type(named(entry.type)) or parent
            if selection.children:
                yield from self._reached(target, selection.children)

    def _externals(self, parent: TypeDef, selections: FieldSet) -> None:
        for coordinate in self._not_external(parent, selections, False):
            self.fail(
                "FIELDS_MISSING_EXTERNAL",
                f'"{coordinate}" is not marked @external',
                f'Mark it @external, or leave it out: "{self.subgraph.name}" resolves it anyway.',
            )

    def _not_external(self, parent: TypeDef, selections: FieldSet, inside: bool) -> Iterator[str]:
        """The leaves that are neither external themselves nor reached through something external."""
        for selection in selections:
            if selection.name is None:
                target = self.subgraph.type(selection.on) if selection.on else parent
                if target is not None:
                    yield from self._not_external(target, selection.children or (), inside)
                continue
            entry = parent.fields.get(selection.name)
            if entry is None:
                continue
            external = inside or self._is_external(parent, entry)
            if selection.children:
                target = self.subgraph.type(named(entry.type))
                if target is not None:
                    yield from self._not_external(target, selection.children, external)
            elif not external:
                yield f"{parent.name}.{entry.name}"

    def _is_external(self, parent: TypeDef, entry: FieldDef) -> bool:
        facts = self.subgraph.facts
        if (parent.name, entry.name) in facts.external:
            return True
        if parent.kind is not Kind.INTERFACE:
            return False
        return any((name, entry.name) in facts.external for name in self.subgraph.schema.possible(parent.name))


def _all(selections: FieldSet) -> Iterator[Selection]:
    for selection in selections:
        yield selection
        yield from _all(selection.children or ())


def _aliases(selections: FieldSet) -> Iterator[str]:
    return (selection.alias for selection in _all(selections) if selection.alias)
