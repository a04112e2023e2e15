"""Every code of an error that composition can report, one line each.

The names are those that users of federation already know from other composers.
"""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Why a set of subgraphs does not compose."""

    doc: str

    def __new__(cls, code: str, doc: str) -> ErrorCode:
        """Keep the one-line explanation beside the code."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.doc = doc
        return member

    AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE = (
        "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE",
        "An authorization directive is on an interface, its fields or an interface object.",
    )
    COMPOSITION_LIMIT_EXCEEDED = (
        "COMPOSITION_LIMIT_EXCEEDED",
        "The work needed to validate the input exceeds the budget.",
    )
    CONTEXT_INVALID_SELECTION = (
        "CONTEXT_INVALID_SELECTION",
        "The selection of @fromContext does not fit the context's type or the argument's type.",
    )
    CONTEXT_NAME_INVALID = ("CONTEXT_NAME_INVALID", "A context's name may hold only letters and digits.")
    CONTEXT_NOT_SET = ("CONTEXT_NOT_SET", "@fromContext names a context that no type sets.")
    CONTEXT_NO_RESOLVABLE_KEY = (
        "CONTEXT_NO_RESOLVABLE_KEY",
        "A type whose field takes a contextual argument needs a resolvable @key.",
    )
    CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS = (
        "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS",
        "An argument is contextual in one subgraph and required in another.",
    )
    COST_APPLIED_TO_INTERFACE_FIELD = (
        "COST_APPLIED_TO_INTERFACE_FIELD",
        "@cost is on a field of an interface or of an interface object.",
    )
    DEFAULT_VALUE_USES_INACCESSIBLE = (
        "DEFAULT_VALUE_USES_INACCESSIBLE",
        "A visible element's default value uses an inaccessible element.",
    )
    DIRECTIVE_COMPOSITION_ERROR = (
        "DIRECTIVE_COMPOSITION_ERROR",
        "@composeDirective is used wrongly, or the composed directives clash.",
    )
    DIRECTIVE_DEFINITION_INVALID = (
        "DIRECTIVE_DEFINITION_INVALID",
        "A subgraph defines a federation directive or type otherwise than its specification.",
    )
    EMPTY_MERGED_ENUM_TYPE = ("EMPTY_MERGED_ENUM_TYPE", "No value of an input enum is common to all subgraphs.")
    EMPTY_MERGED_INPUT_TYPE = (
        "EMPTY_MERGED_INPUT_TYPE",
        "No field of an input type is common to all subgraphs.",
    )
    ENUM_VALUE_MISMATCH = (
        "ENUM_VALUE_MISMATCH",
        "An enum used as input and output has different values in different subgraphs.",
    )
    EXTENSION_WITH_NO_BASE = (
        "EXTENSION_WITH_NO_BASE",
        "A type is extended, and no subgraph defines it.",
    )
    EXTERNAL_ARGUMENT_DEFAULT_MISMATCH = (
        "EXTERNAL_ARGUMENT_DEFAULT_MISMATCH",
        "An external field's argument has another default than where the field is resolved.",
    )
    EXTERNAL_ARGUMENT_MISSING = (
        "EXTERNAL_ARGUMENT_MISSING",
        "An external field lacks an argument that the field has where it is resolved.",
    )
    EXTERNAL_ARGUMENT_TYPE_MISMATCH = (
        "EXTERNAL_ARGUMENT_TYPE_MISMATCH",
        "An external field's argument has another type than where the field is resolved.",
    )
    EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE = (
        "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE",
        "A field is @external and has a @provides.",
    )
    EXTERNAL_MISSING_ON_BASE = (
        "EXTERNAL_MISSING_ON_BASE",
        "A field is external in every subgraph that has it.",
    )
    EXTERNAL_ON_INTERFACE = ("EXTERNAL_ON_INTERFACE", "@external is on a field of an interface.")
    EXTERNAL_TYPE_MISMATCH = (
        "EXTERNAL_TYPE_MISMATCH",
        "An external field has another type than where it is resolved.",
    )
    EXTERNAL_UNUSED = (
        "EXTERNAL_UNUSED",
        "An external field is in no @key, @requires or @provides and implements no interface field.",
    )
    FIELD_ARGUMENT_DEFAULT_MISMATCH = (
        "FIELD_ARGUMENT_DEFAULT_MISMATCH",
        "An argument has different defaults in different subgraphs.",
    )
    FIELD_ARGUMENT_TYPE_MISMATCH = (
        "FIELD_ARGUMENT_TYPE_MISMATCH",
        "An argument has incompatible types in different subgraphs.",
    )
    FIELD_TYPE_MISMATCH = ("FIELD_TYPE_MISMATCH", "A field has incompatible types in different subgraphs.")
    IMPLEMENTED_BY_INACCESSIBLE = (
        "IMPLEMENTED_BY_INACCESSIBLE",
        "An inaccessible element is needed by a visible interface that it implements.",
    )
    INPUT_FIELD_DEFAULT_MISMATCH = (
        "INPUT_FIELD_DEFAULT_MISMATCH",
        "An input field has different defaults in different subgraphs.",
    )
    INTERFACE_FIELD_NO_IMPLEM = (
        "INTERFACE_FIELD_NO_IMPLEM",
        "After merging, an implementation lacks a field of its interface.",
    )
    INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE = (
        "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE",
        "A subgraph with a @key on an interface does not define all its implementations.",
    )
    INTERFACE_KEY_NOT_ON_IMPLEMENTATION = (
        "INTERFACE_KEY_NOT_ON_IMPLEMENTATION",
        "An interface's @key is missing on one of its implementations.",
    )
    INTERFACE_OBJECT_USAGE_ERROR = (
        "INTERFACE_OBJECT_USAGE_ERROR",
        "An @interfaceObject type has no @key, no interface elsewhere, or implementations beside it.",
    )
    INVALID_FIELD_SHARING = (
        "INVALID_FIELD_SHARING",
        "Several subgraphs resolve a field that is not @shareable in all of them.",
    )
    INVALID_GRAPHQL = (
        "INVALID_GRAPHQL",
        "A schema does not parse or is not valid GraphQL: a subgraph's, or the merged one.",
    )
    INVALID_LINK_DIRECTIVE_USAGE = ("INVALID_LINK_DIRECTIVE_USAGE", "A @link is malformed or imports wrongly.")
    INVALID_LINK_IDENTIFIER = ("INVALID_LINK_IDENTIFIER", "The url of a @link is not a specification's url.")
    INVALID_SHAREABLE_USAGE = (
        "INVALID_SHAREABLE_USAGE",
        "@shareable is on a field of an interface, or twice in one place.",
    )
    INVALID_SUBGRAPH_NAME = (
        "INVALID_SUBGRAPH_NAME",
        "A subgraph's name is missing, reserved or used twice.",
    )
    KEY_DIRECTIVE_IN_FIELDS_ARG = ("KEY_DIRECTIVE_IN_FIELDS_ARG", "A directive is used inside a @key.")
    KEY_FIELDS_HAS_ARGS = ("KEY_FIELDS_HAS_ARGS", "A @key selects a field that has arguments.")
    KEY_FIELDS_SELECT_INVALID_TYPE = (
        "KEY_FIELDS_SELECT_INVALID_TYPE",
        "A @key selects an interface or a union.",
    )
    KEY_INVALID_FIELDS = ("KEY_INVALID_FIELDS", "The field set of a @key is not valid.")
    KEY_INVALID_FIELDS_TYPE = ("KEY_INVALID_FIELDS_TYPE", "The field set of a @key is not a string.")
    KEY_UNSUPPORTED_ON_INTERFACE = (
        "KEY_UNSUPPORTED_ON_INTERFACE",
        "@key on an interface needs federation 2.3 or newer.",
    )
    LINK_IMPORT_NAME_MISMATCH = (
        "LINK_IMPORT_NAME_MISMATCH",
        "A composed directive is imported under different names.",
    )
    LIST_SIZE_APPLIED_TO_NON_LIST = ("LIST_SIZE_APPLIED_TO_NON_LIST", "@listSize is on a field that is no list.")
    LIST_SIZE_INVALID_ASSUMED_SIZE = (
        "LIST_SIZE_INVALID_ASSUMED_SIZE",
        "The assumed size of a @listSize is negative.",
    )
    LIST_SIZE_INVALID_SIZED_FIELD = (
        "LIST_SIZE_INVALID_SIZED_FIELD",
        "@listSize names a sized field that does not exist.",
    )
    LIST_SIZE_INVALID_SLICING_ARGUMENT = (
        "LIST_SIZE_INVALID_SLICING_ARGUMENT",
        "@listSize names a slicing argument that does not exist or is no Int.",
    )
    MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL = (
        "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL",
        "A composed directive is on an external field.",
    )
    MISSING_TRANSITIVE_AUTH_REQUIREMENTS = (
        "MISSING_TRANSITIVE_AUTH_REQUIREMENTS",
        "A field requires data that is guarded more strictly than the field itself.",
    )
    NO_CONTEXT_IN_SELECTION = (
        "NO_CONTEXT_IN_SELECTION",
        "The field of a @fromContext does not start with a context's name.",
    )
    NO_QUERIES = ("NO_QUERIES", "No subgraph has a query field.")
    NO_SUBGRAPHS = ("NO_SUBGRAPHS", "There is nothing to compose.")
    ONLY_INACCESSIBLE_CHILDREN = (
        "ONLY_INACCESSIBLE_CHILDREN",
        "A visible type has only inaccessible fields, values or members.",
    )
    OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE = (
        "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE",
        "@override meets @external, @provides, @requires or @interfaceObject.",
    )
    OVERRIDE_FROM_SELF_ERROR = ("OVERRIDE_FROM_SELF_ERROR", "@override names its own subgraph.")
    OVERRIDE_LABEL_INVALID = ("OVERRIDE_LABEL_INVALID", "The label of an @override is malformed.")
    OVERRIDE_ON_INTERFACE = ("OVERRIDE_ON_INTERFACE", "@override is on a field of an interface.")
    OVERRIDE_SOURCE_HAS_OVERRIDE = (
        "OVERRIDE_SOURCE_HAS_OVERRIDE",
        "The field that @override takes over is itself an override.",
    )
    PROVIDES_DIRECTIVE_IN_FIELDS_ARG = (
        "PROVIDES_DIRECTIVE_IN_FIELDS_ARG",
        "A directive is used inside a @provides.",
    )
    PROVIDES_FIELDS_HAS_ARGS = ("PROVIDES_FIELDS_HAS_ARGS", "A @provides selects a field that has arguments.")
    PROVIDES_FIELDS_MISSING_EXTERNAL = (
        "PROVIDES_FIELDS_MISSING_EXTERNAL",
        "A @provides selects a field that is not external.",
    )
    PROVIDES_INVALID_FIELDS = ("PROVIDES_INVALID_FIELDS", "The field set of a @provides is not valid.")
    PROVIDES_INVALID_FIELDS_TYPE = (
        "PROVIDES_INVALID_FIELDS_TYPE",
        "The field set of a @provides is not a string.",
    )
    PROVIDES_ON_NON_OBJECT_FIELD = (
        "PROVIDES_ON_NON_OBJECT_FIELD",
        "@provides is on a field that returns no object, interface or union.",
    )
    PROVIDES_UNSUPPORTED_ON_INTERFACE = (
        "PROVIDES_UNSUPPORTED_ON_INTERFACE",
        "@provides is on a field of an interface.",
    )
    QUERY_ROOT_TYPE_INACCESSIBLE = ("QUERY_ROOT_TYPE_INACCESSIBLE", "The query root is inaccessible.")
    REFERENCED_INACCESSIBLE = (
        "REFERENCED_INACCESSIBLE",
        "A visible element refers to an inaccessible type.",
    )
    REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH = (
        "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
        "An argument is required in one subgraph and absent in another.",
    )
    REQUIRED_INACCESSIBLE = (
        "REQUIRED_INACCESSIBLE",
        "An inaccessible argument or input field is required by a visible element.",
    )
    REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH = (
        "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
        "An input field is required in one subgraph and absent in another.",
    )
    REQUIRES_DIRECTIVE_IN_FIELDS_ARG = (
        "REQUIRES_DIRECTIVE_IN_FIELDS_ARG",
        "A directive is used inside a @requires.",
    )
    REQUIRES_FIELDS_MISSING_EXTERNAL = (
        "REQUIRES_FIELDS_MISSING_EXTERNAL",
        "A @requires selects a field that is not external.",
    )
    REQUIRES_INVALID_FIELDS = ("REQUIRES_INVALID_FIELDS", "The field set of a @requires is not valid.")
    REQUIRES_INVALID_FIELDS_TYPE = (
        "REQUIRES_INVALID_FIELDS_TYPE",
        "The field set of a @requires is not a string.",
    )
    REQUIRES_UNSUPPORTED_ON_INTERFACE = (
        "REQUIRES_UNSUPPORTED_ON_INTERFACE",
        "@requires is on a field of an interface.",
    )
    ROOT_MUTATION_USED = ("ROOT_MUTATION_USED", "A type is named Mutation beside another mutation root.")
    ROOT_QUERY_USED = ("ROOT_QUERY_USED", "A type is named Query beside another query root.")
    ROOT_SUBSCRIPTION_USED = (
        "ROOT_SUBSCRIPTION_USED",
        "A type is named Subscription beside another subscription root.",
    )
    SATISFIABILITY_ERROR = (
        "SATISFIABILITY_ERROR",
        "Some query of the merged schema cannot be answered by the subgraphs.",
    )
    SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES = (
        "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES",
        "A shared field's runtime types in two subgraphs never meet.",
    )
    TYPE_DEFINITION_INVALID = (
        "TYPE_DEFINITION_INVALID",
        "A subgraph defines a type of a specification with another kind.",
    )
    TYPE_KIND_MISMATCH = ("TYPE_KIND_MISMATCH", "A type has different kinds in different subgraphs.")
    TYPE_WITH_ONLY_UNUSED_EXTERNAL = (
        "TYPE_WITH_ONLY_UNUSED_EXTERNAL",
        "All fields of a federation 1 type are external and unused.",
    )
    UNKNOWN_FEDERATION_LINK_VERSION = (
        "UNKNOWN_FEDERATION_LINK_VERSION",
        "The linked federation version is not known.",
    )
    UNKNOWN_LINK_VERSION = ("UNKNOWN_LINK_VERSION", "The linked version of a core specification is not known.")
    UNSUPPORTED_LINKED_FEATURE = (
        "UNSUPPORTED_LINKED_FEATURE",
        "A linked specification (connectors) is known but not supported.",
    )
