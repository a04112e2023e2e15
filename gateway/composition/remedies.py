"""The way out of each kind of error, for errors that cannot name a better one."""

from __future__ import annotations

from typing import Final

from gateway.composition.codes import ErrorCode

_SAME_EVERYWHERE = "Declare it alike in every subgraph."
_LIKE_THE_OWNER = "Declare it here as the subgraph does that resolves the field."
_NO_DIRECTIVES = "Leave the directive out of the field set."
_STRING = 'Write the field set as a string: fields: "id".'
_KNOWN_FIELDS = "Select fields that the type has in this subgraph; declare those of others here, with @external."
_ON_IMPLEMENTATIONS = "Put it on the field of each implementation."
_VISIBLE = "Hide what uses it too, or make it visible."

REMEDIES: Final[dict[ErrorCode, str]] = {
    ErrorCode.CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS: (
        "Set the argument by @fromContext here as well, or make it optional."
    ),
    ErrorCode.CONTEXT_NAME_INVALID: "Rename the context.",
    ErrorCode.DEFAULT_VALUE_USES_INACCESSIBLE: "Use a visible default, or hide what has the default.",
    ErrorCode.DIRECTIVE_COMPOSITION_ERROR: "Link and define the directive alike in every subgraph that composes it.",
    ErrorCode.EMPTY_MERGED_ENUM_TYPE: "Give the enum a value that all subgraphs have.",
    ErrorCode.EMPTY_MERGED_INPUT_TYPE: "Give the input a field that all subgraphs have.",
    ErrorCode.EXTERNAL_ARGUMENT_DEFAULT_MISMATCH: _LIKE_THE_OWNER,
    ErrorCode.EXTERNAL_ARGUMENT_MISSING: _LIKE_THE_OWNER,
    ErrorCode.EXTERNAL_ARGUMENT_TYPE_MISMATCH: _LIKE_THE_OWNER,
    ErrorCode.EXTERNAL_ON_INTERFACE: _ON_IMPLEMENTATIONS,
    ErrorCode.EXTERNAL_TYPE_MISMATCH: _LIKE_THE_OWNER,
    ErrorCode.FIELD_ARGUMENT_TYPE_MISMATCH: _SAME_EVERYWHERE,
    ErrorCode.FIELD_TYPE_MISMATCH: _SAME_EVERYWHERE,
    ErrorCode.IMPLEMENTED_BY_INACCESSIBLE: "Hide it in the interface as well, or make it visible here.",
    ErrorCode.INVALID_LINK_DIRECTIVE_USAGE: (
        'Write @link(url: "https://host/name/v1.0", import: ["@one", {name: "@two", as: "@other"}]).'
    ),
    ErrorCode.INVALID_SHAREABLE_USAGE: "Write @shareable once on each definition of an object type or its fields.",
    ErrorCode.INVALID_SUBGRAPH_NAME: "Give every subgraph a name of its own.",
    ErrorCode.KEY_DIRECTIVE_IN_FIELDS_ARG: _NO_DIRECTIVES,
    ErrorCode.KEY_INVALID_FIELDS: _KNOWN_FIELDS,
    ErrorCode.KEY_INVALID_FIELDS_TYPE: _STRING,
    ErrorCode.KEY_UNSUPPORTED_ON_INTERFACE: "Link federation 2.3 or newer.",
    ErrorCode.LIST_SIZE_APPLIED_TO_NON_LIST: "Name the list below the field with sizedFields, or leave @listSize out.",
    ErrorCode.LIST_SIZE_INVALID_ASSUMED_SIZE: "Assume a size of 0 or more.",
    ErrorCode.LIST_SIZE_INVALID_SIZED_FIELD: "Name fields of the type that the field returns.",
    ErrorCode.LIST_SIZE_INVALID_SLICING_ARGUMENT: "Name arguments of the field that are of type Int.",
    ErrorCode.NO_SUBGRAPHS: "Give at least one subgraph.",
    ErrorCode.ONLY_INACCESSIBLE_CHILDREN: "Hide the type itself, or make something in it visible.",
    ErrorCode.OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE: "Remove the other directive first, or override no more.",
    ErrorCode.OVERRIDE_FROM_SELF_ERROR: "Name the subgraph that the field is taken from.",
    ErrorCode.PROVIDES_DIRECTIVE_IN_FIELDS_ARG: _NO_DIRECTIVES,
    ErrorCode.PROVIDES_FIELDS_HAS_ARGS: "Provide fields without arguments only.",
    ErrorCode.PROVIDES_INVALID_FIELDS: _KNOWN_FIELDS,
    ErrorCode.PROVIDES_INVALID_FIELDS_TYPE: _STRING,
    ErrorCode.PROVIDES_ON_NON_OBJECT_FIELD: "Remove the @provides.",
    ErrorCode.PROVIDES_UNSUPPORTED_ON_INTERFACE: _ON_IMPLEMENTATIONS,
    ErrorCode.QUERY_ROOT_TYPE_INACCESSIBLE: "Hide single fields of it instead.",
    ErrorCode.REFERENCED_INACCESSIBLE: _VISIBLE,
    ErrorCode.REQUIRED_INACCESSIBLE: "Make it optional, or visible.",
    ErrorCode.REQUIRES_DIRECTIVE_IN_FIELDS_ARG: _NO_DIRECTIVES,
    ErrorCode.REQUIRES_INVALID_FIELDS: _KNOWN_FIELDS,
    ErrorCode.REQUIRES_INVALID_FIELDS_TYPE: _STRING,
    ErrorCode.REQUIRES_UNSUPPORTED_ON_INTERFACE: _ON_IMPLEMENTATIONS,
    ErrorCode.TYPE_DEFINITION_INVALID: "Remove the definition: the composer knows the type.",
}
