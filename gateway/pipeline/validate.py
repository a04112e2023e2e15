"""Stage 3: the document against the API schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final, cast

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLSchema,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    validate,
)

from gateway.pipeline.errors import LimitExceeded, ValidationFailed
from gateway.pipeline.planning import Pause, no_pause
from gateway.pipeline.rules import Rules, rules_for

_MOST_ERRORS = 20
_LARGE: Final = 200
"""Tokens of a document that is worth some care."""

_STRIDE: Final = 32
_COMPARISONS: Final = 100_000
"""What comparing the fields of a large document may cost. The library's own limit is more, and takes more memory."""

_ABORTED: Final = "Validation aborted."
"""What the library says when that is not enough."""


def validate_document(
    schema: GraphQLSchema, document: DocumentNode, query: str, introspection: bool, pause: Pause = no_pause
) -> None:
    """Without introspection, errors do not suggest names of the schema either.

    Args:
        query: the document's text.
        pause: called now and then while a large document is looked at; what it raises ends that.

    Raises:
        ValidationFailed: the document breaks rules.
        LimitExceeded: to find out would take too long.
    """
    with _tidy(rules_for(document, query, introspection), document.token_count >= _LARGE, pause) as rules:
        errors = validate(schema, document, rules, max_errors=_MOST_ERRORS, hide_suggestions=not introspection)
    if any(error.message == _ABORTED for error in errors):
        raise LimitExceeded(
            "The document is too complex to validate: too many fields have a response key in common, in selections or "
            "in fragments that are spread together. Ask for each field once"
        )
    if errors:
        raise ValidationFailed(errors)


@contextmanager
def _tidy(rules: Rules, large: bool, pause: Pause) -> Iterator[Rules]:
    """Rules that let go of what they noted at the end, and rest and have less of a budget for a large document.

    They refer to themselves, and would wait for the garbage collector with all of it: half of a small document's
    objects, and most of what a large one's rules noted.
    """
    made: list[object] = []

    def make(rule: type[ASTValidationRule], context: ValidationContext) -> ASTValidationRule:
        visitor = rule(context)
        made.extend((visitor, context))
        if large and isinstance(visitor, OverlappingFieldsCanBeMergedRule):
            visitor.rule_context.remaining_complexity_budget = _COMPARISONS
        return visitor

    if large:
        rules = (*rules, cast(type[ASTValidationRule], partial(_Pausing, pause)))
    try:
        yield tuple(cast(type[ASTValidationRule], partial(make, rule)) for rule in rules)
    finally:
        for each in made:
            vars(each).clear()


class _Pausing(ASTValidationRule):
    """No rule, but looks at all nodes as rules do."""

    def __init__(self, pause: Pause, context: ValidationContext) -> None:
        super().__init__(context)
        self._pause = pause
        self._seen = 0

    def enter(self, *_: object) -> None:
        self._seen += 1
        if not self._seen % _STRIDE:
            self._pause()
