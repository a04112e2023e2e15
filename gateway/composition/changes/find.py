"""All changes between two schemas: those that graphql-core finds, and those that it does not look for."""

from __future__ import annotations

import re
from typing import Final

from graphql import GraphQLSchema, specified_scalar_types
from graphql.utilities.find_schema_changes import (
    BreakingChangeType,
    DangerousChangeType,
    SchemaChange,
    find_schema_changes,
)

from gateway.composition.changes.beyond import find_beyond
from gateway.composition.changes.model import Change, ChangeLevel

_ORDER: Final = list(ChangeLevel)
_NAME: Final = r"@?\w+(?:\.\w+)?(?:\(\w+:?\))?"
_LEAD: Final = (
    r"(?:Standard scalar |Description of (?:field |argument |enum value |input-field )?|Enum value |Field |Argument "
    r"|Directive |An? (?:required|optional) (?:field |argument ))?"
)
_FIRST: Final = re.compile(rf"{_LEAD}({_NAME}) (?:was|changed|has|added|defaultValue|no longer)\b")
_OWNER: Final = re.compile(rf"\w+(?: \w+)* (?:to union type|from union type|implemented by|from|to) ({_NAME})\.\Z")
_OF_OWNER: Final = frozenset(
    {
        "TYPE_ADDED_TO_UNION",
        "TYPE_REMOVED_FROM_UNION",
        "IMPLEMENTED_INTERFACE_ADDED",
        "DIRECTIVE_REPEATABLE_REMOVED",
        "DIRECTIVE_REPEATABLE_ADDED",
        "DIRECTIVE_LOCATION_REMOVED",
        "DIRECTIVE_LOCATION_ADDED",
    }
)


def find_changes(old: GraphQLSchema, new: GraphQLSchema) -> tuple[Change, ...]:
    """Every change, the breaking ones first, then by coordinate."""
    found = [_change(change) for change in find_schema_changes(old, new)]
    # A standard scalar comes and goes with its last use, which is a change of its own.
    found = [change for change in found if change.coordinate not in specified_scalar_types]
    found += find_beyond(old, new)
    return tuple(sorted(found, key=lambda c: (_ORDER.index(c.level), c.coordinate or "", c.code, c.message)))


def _change(change: SchemaChange) -> Change:
    code, message = change.type.name, change.description
    level = ChangeLevel.SAFE
    if isinstance(change.type, BreakingChangeType):
        level = ChangeLevel.BREAKING
    elif isinstance(change.type, DangerousChangeType):
        level = ChangeLevel.DANGEROUS
    return Change(level, code, message, _coordinate(code, message))


def _coordinate(code: str, message: str) -> str | None:
    """What a sentence of graphql-core is about; it gives nothing but sentences."""
    match = (_OWNER if code in _OF_OWNER else _FIRST).match(message)
    if match is None:
        return None
    name = match[1]
    return name if not name.endswith(")") or name.endswith(":)") else f"{name[:-1]}:)"
