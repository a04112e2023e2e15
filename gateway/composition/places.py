"""Where subgraphs define what a finding is about, for those that a rule reported without a place."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.composition.locate import locate
from gateway.composition.model import Element, Schema
from gateway.composition.result import Location

_COORDINATE = re.compile(r"(@?\w+)(?:\.(\w+))?(?:\((\w+):\))?\Z")


def places_of(coordinate: str | None, schemas: Mapping[str, Schema]) -> tuple[Location, ...]:
    """Where each subgraph defines a schema coordinate; empty where none does."""
    match = _COORDINATE.match(coordinate or "")
    if match is None:
        return ()
    found = ((name, _element(schema, *match.groups())) for name, schema in schemas.items())
    spots = (locate(name, element.node) for name, element in found if element is not None)
    return tuple(spot for spot in spots if spot is not None)


def _element(schema: Schema, owner: str, member: str | None, argument: str | None) -> Element | None:
    if owner.startswith("@"):
        directive = schema.directives.get(owner.removeprefix("@"))
        return directive.args.get(argument) if directive is not None and argument is not None else directive
    found = schema.types.get(owner)
    if found is None or member is None:
        return found
    field = found.fields.get(member)
    if argument is not None:
        return field.args.get(argument) if field is not None else None
    return field or found.inputs.get(member) or found.values.get(member)
