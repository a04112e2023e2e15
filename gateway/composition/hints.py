"""Every code of a hint: what composes but deserves a look, one line each with its level.

The names and levels are those that users of federation already know from other composers.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class HintLevel(IntEnum):
    """How much a hint matters: a higher level says more."""

    DEBUG = 20
    INFO = 40
    WARN = 60


class HintCode(StrEnum):
    """What composes but deserves a look."""

    level: HintLevel
    doc: str

    def __new__(cls, code: str, level: HintLevel, doc: str) -> HintCode:
        """Keep the level and the one-line explanation beside the code."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.level = level
        member.doc = doc
        return member

    CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS = (
        "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS",
        HintLevel.INFO,
        "An argument is contextual in one subgraph, optional and not contextual in another: it is left out.",
    )
    DIRECTIVE_COMPOSITION_INFO = (
        "DIRECTIVE_COMPOSITION_INFO",
        HintLevel.INFO,
        "A @composeDirective changes nothing, or minor versions of its specification differ.",
    )
    DIRECTIVE_COMPOSITION_WARN = (
        "DIRECTIVE_COMPOSITION_WARN",
        HintLevel.WARN,
        "A directive is composed, and a subgraph uses the same name for something else.",
    )
    FROM_SUBGRAPH_DOES_NOT_EXIST = (
        "FROM_SUBGRAPH_DOES_NOT_EXIST",
        HintLevel.WARN,
        "An @override names a subgraph that does not exist.",
    )
    IMPLICITLY_UPGRADED_FEDERATION_VERSION = (
        "IMPLICITLY_UPGRADED_FEDERATION_VERSION",
        HintLevel.INFO,
        "A subgraph is treated as linking a newer federation version, for another subgraph needs it.",
    )
    INCONSISTENT_ARGUMENT_PRESENCE = (
        "INCONSISTENT_ARGUMENT_PRESENCE",
        HintLevel.WARN,
        "An optional argument is not in all subgraphs: it is left out.",
    )
    INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE = (
        "INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE",
        HintLevel.INFO,
        "An argument has different types, all compatible with the strictest.",
    )
    INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE = (
        "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE",
        HintLevel.INFO,
        "A field has different types, all compatible with one of them.",
    )
    INCONSISTENT_DEFAULT_VALUE_PRESENCE = (
        "INCONSISTENT_DEFAULT_VALUE_PRESENCE",
        HintLevel.WARN,
        "A default value is not in all subgraphs: it is dropped.",
    )
    INCONSISTENT_DESCRIPTION = (
        "INCONSISTENT_DESCRIPTION",
        HintLevel.WARN,
        "An element has different descriptions: the most common is used.",
    )
    INCONSISTENT_ENTITY = (
        "INCONSISTENT_ENTITY",
        HintLevel.INFO,
        "A type has a @key in some subgraphs only.",
    )
    INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM = (
        "INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM",
        HintLevel.WARN,
        "A value of an input enum is not in all subgraphs: it is left out.",
    )
    INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM = (
        "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM",
        HintLevel.DEBUG,
        "A value of an output enum is not in all subgraphs.",
    )
    INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS = (
        "INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS",
        HintLevel.WARN,
        "An executable directive is kept only where all subgraphs allow it.",
    )
    INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE = (
        "INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE",
        HintLevel.WARN,
        "An executable directive is not in all subgraphs: it is left out.",
    )
    INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE = (
        "INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE",
        HintLevel.WARN,
        "An executable directive is repeatable in some subgraphs only: it is not repeatable.",
    )
    INCONSISTENT_INPUT_OBJECT_FIELD = (
        "INCONSISTENT_INPUT_OBJECT_FIELD",
        HintLevel.WARN,
        "An optional input field is not in all subgraphs: it is left out.",
    )
    INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD = (
        "INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD",
        HintLevel.DEBUG,
        "A field of an interface is not in all subgraphs that have the interface.",
    )
    INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS = (
        "INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS",
        HintLevel.WARN,
        "A directive has different arguments: the most common are used.",
    )
    INCONSISTENT_OBJECT_VALUE_TYPE_FIELD = (
        "INCONSISTENT_OBJECT_VALUE_TYPE_FIELD",
        HintLevel.DEBUG,
        "A field of a type without @key is not in all subgraphs that have the type.",
    )
    INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN = (
        "INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN",
        HintLevel.WARN,
        "A shared field can return different types in different subgraphs.",
    )
    INCONSISTENT_UNION_MEMBER = (
        "INCONSISTENT_UNION_MEMBER",
        HintLevel.DEBUG,
        "A member of a union is not in all subgraphs that have the union.",
    )
    MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS = (
        "MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS",
        HintLevel.INFO,
        "A directive has different arguments: they are joined into one application.",
    )
    NO_EXECUTABLE_DIRECTIVE_INTERSECTION = (
        "NO_EXECUTABLE_DIRECTIVE_INTERSECTION",
        HintLevel.WARN,
        "Subgraphs allow an executable directive in no common place: it is left out.",
    )
    OVERRIDDEN_FIELD_CAN_BE_REMOVED = (
        "OVERRIDDEN_FIELD_CAN_BE_REMOVED",
        HintLevel.INFO,
        "A field is overridden by another subgraph: it can go, or be @external.",
    )
    OVERRIDE_DIRECTIVE_CAN_BE_REMOVED = (
        "OVERRIDE_DIRECTIVE_CAN_BE_REMOVED",
        HintLevel.INFO,
        "An @override overrides nothing any more.",
    )
    OVERRIDE_MIGRATION_IN_PROGRESS = (
        "OVERRIDE_MIGRATION_IN_PROGRESS",
        HintLevel.INFO,
        "A field is moved from one subgraph to another, by a label.",
    )
    UNUSED_ENUM_TYPE = (
        "UNUSED_ENUM_TYPE",
        HintLevel.DEBUG,
        "An enum is neither input nor output.",
    )
