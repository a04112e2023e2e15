"""Brings federation 1 subgraphs up to federation 2.

Federation 1 let value types be shared silently, tolerated useless directives, and used ``extend`` as
a sign of ownership. The steps run in this order over all subgraphs without a federation link.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphql import EnumValueNode, ListValueNode, StringValueNode

from gateway.composition.codes import ErrorCode
from gateway.composition.fieldsets import (
    FieldSet,
    FieldSetError,
    Selection,
    coordinates,
    parse_field_set,
    print_field_set,
    problems,
)
from gateway.composition.model import FEDERATION, Applied, FieldDef, Kind, Schema, TypeDef
from gateway.composition.report import Report
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.typerefs import named

_ROOTS = ("Query", "Mutation", "Subscription")
_FIELDED = (Kind.OBJECT, Kind.INTERFACE)


def upgrade(subgraphs: Sequence[SubgraphSchema], report: Report) -> None:
    """Change the models of all federation 1 subgraphs in place."""
    old = [subgraph for subgraph in subgraphs if subgraph.is_fed1]
    for subgraph in old:
        _check_bases(subgraph, subgraphs, report)
        _check_interface_keys(subgraph, subgraphs, report)
    for subgraph in old:
        _repair_arguments(subgraph)
        _clean_externals(subgraph, subgraphs)
        _clean_field_sets(subgraph)
        _clean_interfaces(subgraph)
        subgraph.changed()
        _remove_unused_externals(subgraph, report)
        _clean_tags(subgraph, subgraphs)
        subgraph.changed()
    declared = _declared(subgraphs)
    for subgraph in old:
        _share(subgraph, declared)
    for subgraph in old:
        for found in subgraph.schema.types.values():
            if found.kind in _FIELDED and found.definition is None:
                found.definition = 0
        subgraph.changed()


def _check_bases(subgraph: SubgraphSchema, subgraphs: Sequence[SubgraphSchema], report: Report) -> None:
    for found in subgraph.schema.types.values():
        if found.name in _ROOTS or found.kind not in _FIELDED or not subgraph.is_extension(found):
            continue
        others = (other.type(found.name) for other in subgraphs if other is not subgraph)
        if not any(other is not None and other.defined and other.kind in _FIELDED for other in others):
            report.error(
                ErrorCode.EXTENSION_WITH_NO_BASE,
                f"[{subgraph.name}] The type {found.name} is extended, but no subgraph defines it.",
                (subgraph.name, found.node),
                coordinate=found.name,
                help="Write it as a definition: remove `extend` or @extends.",
            )


def _check_interface_keys(subgraph: SubgraphSchema, subgraphs: Sequence[SubgraphSchema], report: Report) -> None:
    """A key on an interface meant nothing in federation 1, so no interface object can rely on it."""
    for found in subgraph.schema.types.values():
        if found.kind is not Kind.INTERFACE or not found.has("key"):
            continue
        objects = [(s.name, o.node) for s in subgraphs if (o := s.type(found.name)) and o.is_interface_object]
        if objects:
            report.error(
                ErrorCode.INTERFACE_OBJECT_USAGE_ERROR,
                f'"{found.name}" is an @interfaceObject in {" and ".join(name for name, _ in objects)}, but'
                f' "{subgraph.name}", which has the @key of the interface, is a federation 1 subgraph.',
                *objects,
                (subgraph.name, found.node),
                coordinate=found.name,
                help=f'Link federation 2.3 or newer in "{subgraph.name}".',
            )


def _repair_arguments(subgraph: SubgraphSchema) -> None:
    """Field sets were once allowed as lists of strings, and as bare names."""
    for found in subgraph.schema.types.values():
        for applied in [*found.directives, *(a for entry in found.fields.values() for a in entry.directives)]:
            if applied.spec != FEDERATION or applied.name not in ("key", "requires", "provides"):
                continue
            fields = applied.args.get("fields")
            if isinstance(fields, EnumValueNode):
                applied.args["fields"] = StringValueNode(value=fields.value, loc=fields.loc)
            if isinstance(fields, ListValueNode):
                names = [v.value for v in fields.values or () if isinstance(v, StringValueNode | EnumValueNode)]
                applied.args["fields"] = StringValueNode(value=" ".join(names), loc=fields.loc)


def _clean_externals(subgraph: SubgraphSchema, subgraphs: Sequence[SubgraphSchema]) -> None:
    schema = subgraph.schema
    for found in schema.types.values():
        if found.kind is Kind.INTERFACE:
            for entry in found.fields.values():
                entry.drop(["external"])
        found.external_declarations.clear()
        found.drop(["external"])
    for found in schema.types.values():
        if subgraph.is_extension(found):
            for key in found.all("key"):
                key.of_extension = False
            _clean_extension(schema, found, [other for other in subgraphs if other is not subgraph])


def _clean_extension(schema: Schema, found: TypeDef, others: Sequence[SubgraphSchema]) -> None:
    """Key fields of an extension are known to whoever extends, whatever ``@external`` says."""
    keys = list(found.all("key"))
    for key in keys:
        for type_name, name in coordinates(schema, found, key.text("fields")):
            if type_name == found.name:
                found.fields[name].drop(["external"])
    if keys:
        return
    for other in others:
        owner = other.type(found.name)
        first = next(iter(owner.all("key")), None) if owner is not None else None
        if first is None:
            continue
        for type_name, name in coordinates(other.schema, owner, first.text("fields")):
            if type_name == found.name and name in found.fields:
                found.fields[name].drop(["external"])


def _clean_field_sets(subgraph: SubgraphSchema) -> None:
    """Drop from ``@requires`` and ``@provides`` what is not external: federation 1 ignored it."""
    for found in subgraph.schema.types.values():
        for entry in found.fields.values():
            _clean_field(subgraph, found, entry)


def _clean_field(subgraph: SubgraphSchema, found: TypeDef, entry: FieldDef) -> None:
    kept: list[Applied] = []
    for applied in entry.directives:
        if applied.spec == FEDERATION and applied.name in ("requires", "provides"):
            parent = found if applied.name == "requires" else subgraph.type(named(entry.type))
            if parent is None or not parent.is_composite:
                continue
            try:
                selections = parse_field_set(applied.text("fields") or "")
            except FieldSetError:
                kept.append(applied)
                continue
            if any(problems(subgraph.schema, parent, selections)):
                kept.append(applied)
                continue
            active = _active(subgraph, parent, selections, False)
            if not active:
                continue
            if active != selections:
                applied.args["fields"] = StringValueNode(value=print_field_set(active))
        kept.append(applied)
    entry.directives = kept


def _active(subgraph: SubgraphSchema, parent: TypeDef | None, selections: FieldSet, inside: bool) -> FieldSet:
    """The part of a field set that reaches something external."""
    result: list[Selection] = []
    for selection in selections:
        if selection.name is None:
            target = subgraph.type(selection.on) if selection.on else parent
            children = _active(subgraph, target, selection.children or (), inside)
            if children:
                result.append(Selection(None, selection.on, children=children))
            continue
        entry = parent.fields.get(selection.name) if parent is not None else None
        if entry is None:
            result.append(selection)
            continue
        external = inside or entry.has("external")
        if selection.children:
            children = _active(subgraph, subgraph.type(named(entry.type)), selection.children, external)
            if children:
                result.append(Selection(selection.name, None, selection.alias, selection.arguments, children=children))
        elif external:
            result.append(selection)
    return tuple(result)


def _clean_interfaces(subgraph: SubgraphSchema) -> None:
    for found in subgraph.schema.types.values():
        if found.kind is Kind.INTERFACE:
            found.drop(["key"])
            for entry in found.fields.values():
                entry.drop(["provides", "requires"])
        for entry in found.fields.values():
            target = subgraph.type(named(entry.type))
            if target is None or not target.is_composite:
                entry.drop(["provides"])


def _remove_unused_externals(subgraph: SubgraphSchema, report: Report) -> None:
    facts = subgraph.facts
    for found in list(subgraph.schema.types.values()):
        before = len(found.fields)
        for name, entry in list(found.fields.items()):
            if entry.has("external") and (found.name, name) not in facts.used:
                del found.fields[name]
        # The query root has the fields of federation's own besides.
        if not before or found.fields or found.name == "Query":
            continue
        if not _referenced(subgraph.schema, found.name):
            if found.name not in _ROOTS:
                del subgraph.schema.types[found.name]
        else:
            report.error(
                ErrorCode.TYPE_WITH_ONLY_UNUSED_EXTERNAL,
                f'[{subgraph.name}] All fields of "{found.name}" are @external, and none is used.',
                (subgraph.name, found.node),
                coordinate=found.name,
                help="Remove the type.",
            )


def _referenced(schema: Schema, name: str) -> bool:
    """Whether anything else of a subgraph names a type."""
    return any(
        name in other.members or name in other.interfaces or any(named(f.type) == name for f in other.fields.values())
        for other in schema.types.values()
        if other.name != name
    )


def _clean_tags(subgraph: SubgraphSchema, subgraphs: Sequence[SubgraphSchema]) -> None:
    """Drop the tags of external fields that stand on the field elsewhere too."""
    for found in subgraph.schema.types.values():
        for entry in found.fields.values():
            if not entry.has("external") or not entry.has("tag"):
                continue
            elsewhere = {
                tag.text("name")
                for other in subgraphs
                if other is not subgraph and (declared := other.type(found.name)) is not None
                if entry.name in declared.fields and not declared.fields[entry.name].has("external")
                for tag in declared.fields[entry.name].all("tag")
            }
            entry.directives = [
                a
                for a in entry.directives
                if not (a.spec == FEDERATION and a.name == "tag" and a.text("name") in elsewhere)
            ]


def _declared(subgraphs: Sequence[SubgraphSchema]) -> dict[str, list[tuple[SubgraphSchema, TypeDef]]]:
    """Every type's declarations."""
    found: dict[str, list[tuple[SubgraphSchema, TypeDef]]] = {}
    for subgraph in subgraphs:
        for declaration in subgraph.schema.types.values():
            found.setdefault(declaration.name, []).append((subgraph, declaration))
    return found


def _share(subgraph: SubgraphSchema, declared: dict[str, list[tuple[SubgraphSchema, TypeDef]]]) -> None:
    """Make shareable what federation 1 allowed several subgraphs to resolve."""
    for found in subgraph.schema.types.values():
        if found.kind is not Kind.OBJECT or found.name == "Subscription":
            continue
        declaring = [(other, o) for other, o in declared[found.name] if other is not subgraph]
        if found.has("key") or found.name in ("Query", "Mutation"):
            for entry in found.fields.values():
                coordinate = (found.name, entry.name)
                if coordinate not in subgraph.facts.shareable and any(
                    entry.name in o.fields and not other.facts.fully_external(coordinate) for other, o in declaring
                ):
                    entry.directives.append(Applied("shareable", {}, FEDERATION))
        elif declaring:
            for entry in found.fields.values():
                if found.defined and entry.declaration != found.definition:
                    continue
                entry.directives.append(Applied("shareable", {}, FEDERATION))
