"""Which validation rules a document gives anything to find."""

from __future__ import annotations

from functools import cache
from typing import Final

from graphql import (
    ASTValidationRule,
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    DocumentNode,
    ExecutableDefinitionsRule,
    FragmentsOnCompositeTypesRule,
    KnownArgumentNamesRule,
    KnownDirectivesRule,
    KnownFragmentNamesRule,
    KnownOperationTypesRule,
    KnownTypeNamesRule,
    LoneAnonymousOperationRule,
    MaxIntrospectionDepthRule,
    NoFragmentCyclesRule,
    NoSchemaIntrospectionCustomRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    OperationDefinitionNode,
    PossibleFragmentSpreadsRule,
    SingleFieldSubscriptionsRule,
    StreamDirectiveOnListField,
    UniqueArgumentNamesRule,
    UniqueDirectivesPerLocationRule,
    UniqueFragmentNamesRule,
    UniqueInputFieldNamesRule,
    UniqueOperationNamesRule,
    UniqueVariableNamesRule,
    ValuesOfCorrectTypeRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    specified_rules,
)

Rules = tuple[type[ASTValidationRule], ...]

_ALL: Final[Rules] = (*specified_rules, NoSchemaIntrospectionCustomRule)

_VARIABLE, _DIRECTIVE, _ARGUMENT, _SPREAD, _FRAGMENT = "$", "@", "(", "...", "fragment"
_MUTATION, _SUBSCRIPTION, _INTROSPECTION = "mutation", "subscription", "__"
_SIGNS: Final = (_VARIABLE, _DIRECTIVE, _ARGUMENT, _SPREAD, _FRAGMENT, _MUTATION, _SUBSCRIPTION, _INTROSPECTION)
_DEFINITIONS: Final = "definitions"

_ABOUT: Final[dict[type[ASTValidationRule], tuple[str, ...]]] = {
    UniqueVariableNamesRule: (_VARIABLE,),
    NoUndefinedVariablesRule: (_VARIABLE,),
    NoUnusedVariablesRule: (_VARIABLE,),
    VariablesAreInputTypesRule: (_VARIABLE,),
    VariablesInAllowedPositionRule: (_VARIABLE,),
    KnownDirectivesRule: (_DIRECTIVE,),
    UniqueDirectivesPerLocationRule: (_DIRECTIVE,),
    DeferStreamDirectiveOnRootField: (_DIRECTIVE,),
    DeferStreamDirectiveOnValidOperationsRule: (_DIRECTIVE,),
    DeferStreamDirectiveLabel: (_DIRECTIVE,),
    StreamDirectiveOnListField: (_DIRECTIVE,),
    KnownArgumentNamesRule: (_ARGUMENT,),
    UniqueArgumentNamesRule: (_ARGUMENT,),
    ValuesOfCorrectTypeRule: (_ARGUMENT,),
    UniqueInputFieldNamesRule: (_ARGUMENT,),
    KnownFragmentNamesRule: (_SPREAD,),
    PossibleFragmentSpreadsRule: (_SPREAD,),
    FragmentsOnCompositeTypesRule: (_SPREAD, _FRAGMENT),
    UniqueFragmentNamesRule: (_FRAGMENT,),
    NoUnusedFragmentsRule: (_FRAGMENT,),
    NoFragmentCyclesRule: (_FRAGMENT,),
    KnownTypeNamesRule: (_SPREAD, _FRAGMENT, _VARIABLE),
    SingleFieldSubscriptionsRule: (_SUBSCRIPTION,),
    KnownOperationTypesRule: (_MUTATION, _SUBSCRIPTION),
    MaxIntrospectionDepthRule: (_INTROSPECTION,),
    NoSchemaIntrospectionCustomRule: (_INTROSPECTION,),
    ExecutableDefinitionsRule: (_DEFINITIONS,),
    UniqueOperationNamesRule: (_DEFINITIONS,),
    LoneAnonymousOperationRule: (_DEFINITIONS,),
}
"""What a rule is about: signs and words of which a text that breaks it has at least one (GraphQL, section 2).

Values, for example, stand only in arguments and in defaults of variables, and both stand in parentheses. `definitions`
stands for anything but a single operation. Rules that are not here are about all documents.
"""


def rules_for(document: DocumentNode, query: str, introspection: bool) -> Rules:
    """The rules to validate with: most of what validating a small document costs is to have every rule look at it.

    Args:
        query: the document's text.
        introspection: whether the schema may be asked for.
    """
    return _rules(_marks(document, query), introspection)


def _marks(document: DocumentNode, query: str) -> frozenset[str]:
    found = [sign for sign in _SIGNS if sign in query]
    if len(document.definitions) != 1 or not isinstance(document.definitions[0], OperationDefinitionNode):
        found.append(_DEFINITIONS)
    return frozenset(found)


@cache
def _rules(marks: frozenset[str], introspection: bool) -> Rules:
    """The rules for documents with these marks, in the library's order; at most one result for each set of marks."""
    rules = specified_rules if introspection else _ALL
    return tuple(rule for rule in rules if rule not in _ABOUT or not marks.isdisjoint(_ABOUT[rule]))
