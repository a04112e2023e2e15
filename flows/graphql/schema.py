"""A service's federation schema: its own types with the fields that every service mounts."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from copy import deepcopy
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    GraphQLUnionType,
    SelectionSetNode,
)
from strawberry.extensions import MaskErrors, SchemaExtension
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.federation.schema import FederationAny
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext, Info

from flows.catalog import FlowCatalog
from flows.graphql.declaring import declare_mutations, declare_payloads
from flows.graphql.documents import ReuseDocuments, ValidDocuments
from flows.graphql.hook_fields import HookFields
from flows.graphql.operations import ChooseOperation, OwnContext
from flows.graphql.run_fields import run_query_type, run_subscription_type
from flows.graphql.shared_events import SharingExecutor
from flows.schema import Flow
from identity import CodedError, PrincipalKind
from store import StoreUnavailable

log = logging.getLogger(__name__)

OPEN_FIELDS = frozenset({"__typename", "__schema", "__type", "_service"})


def is_internal(error: GraphQLError) -> bool:
    """Whether the error is a fault of ours, not to be shown: what a resolver raised and nobody gave a code to."""
    original = error.original_error
    return original is not None and not isinstance(original, GraphQLError | StoreUnavailable)


def shown_error(error: GraphQLError) -> GraphQLError:
    """The error as callers may see it, with a code."""
    if is_internal(error):
        return recoded(error, "INTERNAL", "something went wrong on our side; the log of the service has the details")
    if isinstance(error.original_error, StoreUnavailable):
        return recoded(error, "UNAVAILABLE", "the store does not answer; try again")
    if "code" in (error.extensions or {}):
        return error
    code = "GRAPHQL_PARSE_FAILED" if isinstance(error, GraphQLSyntaxError) else "BAD_USER_INPUT"
    return recoded(error, code, error.message)


def recoded(error: GraphQLError, code: str, message: str) -> GraphQLError:
    """The error at its place, with another message and code."""
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**(error.extensions or {}), "code": code},
    )


class CodedErrors(MaskErrors):
    """Every error has a code; faults of ours become INTERNAL with a plain sentence, the log has the rest."""

    def __init__(self) -> None:
        super().__init__(should_mask_error=lambda error: True)

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        return shown_error(error)

    def _process_result(self, result: object) -> None:
        """Strawberry's, without a look at the result's protocol, which took a tenth of what an event costs."""
        errors = getattr(result, "errors", None)
        if errors:
            result.errors = self._process_errors(errors)  # type: ignore[attr-defined]


class RequireToken(SchemaExtension):
    """Without a token only `__typename`, introspection and `_service`; with a bad one, nothing."""

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context.context
        error = context.auth_error if context is not None else None
        if error is None and context is not None and context.principal.kind is PrincipalKind.ANONYMOUS:
            closed = sorted(root_fields(self.execution_context) - OPEN_FIELDS)
            if closed:
                error = CodedError("UNAUTHENTICATED", f"sign in with a bearer token to use {', '.join(closed)}")
        if error is not None:
            self.execution_context.pre_execution_errors = [
                GraphQLError(str(error), extensions=dict(error.extensions or {}))
            ]
        yield


def root_fields(context: ExecutionContext) -> set[str]:
    """Names of the root fields of every operation in the document, through fragments."""
    document = context.graphql_document
    definitions = document.definitions if document else ()
    fragments = {item.name.value: item for item in definitions if isinstance(item, FragmentDefinitionNode)}
    names: set[str] = set()
    seen: set[str] = set()

    def walk(selections: SelectionSetNode | None) -> None:
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                names.add(selection.name.value)
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name not in seen and name in fragments:
                    seen.add(name)
                    walk(fragments[name].selection_set)
            else:
                walk(getattr(selection, "selection_set", None))

    for definition in definitions:
        if not isinstance(definition, FragmentDefinitionNode):
            walk(getattr(definition, "selection_set", None))
    return names


class ErrorsOnlyRunner(SchemaExtensionsRunner):
    """Lets extensions look at the events that have errors: ours do nothing with others, and add nothing to results.

    Strawberry makes several context managers for each event of each subscription to find that out.
    """

    def on_stream_result(self, result: Any) -> Any:
        """Around an event."""
        return super().on_stream_result(result) if getattr(result, "errors", None) else nullcontext()

    async def get_extensions_results(self, ctx: ExecutionContext) -> dict[str, Any]:
        """The `extensions` of a result."""
        return dict(ctx.extensions_results)


class ServiceSchema(strawberry.federation.Schema):
    """A federation schema that logs faults of ours with their trace, and nothing of what callers got wrong."""

    def create_extensions_runner(
        self, execution_context: ExecutionContext, extensions: list[SchemaExtension]
    ) -> SchemaExtensionsRunner:
        """What runs the extensions around one operation."""
        return ErrorsOnlyRunner(execution_context, extensions)

    def entities_resolver(self, info: Info, representations: list[FederationAny]) -> list[FederationAny]:
        """Strawberry's, over copies (it takes them apart) and only for what names an entity and its key."""
        union = self._schema.type_map["_Entity"]
        entities = {item.name for item in union.types} if isinstance(union, GraphQLUnionType) else set()
        given: list[Any] = list(representations)
        for place, item in enumerate(given):
            name = item.get("__typename") if isinstance(item, dict) else None
            if name not in entities or "id" not in item:
                raise CodedError(
                    "BAD_USER_INPUT", f"representations[{place}]: needs the __typename of an entity of ours, and its id"
                )
        return super().entities_resolver(info, deepcopy(representations))

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        for error in errors:
            if is_internal(error):
                log.error("%s at %s", error.message, error.path, exc_info=error.original_error)


def build_schema(
    service: str,
    query: type[Any],
    mutation: type[Any],
    flows: Sequence[Flow[Any]],
    types: Sequence[type[Any]] = (),
) -> ServiceSchema:
    """The schema of a service: its query and mutation with `SHooks`, `SReply`, `SRun` and `SRunUpdates`.

    Raises:
        FlowDefinitionError: the flows do not fit together (see FlowCatalog).
    """
    catalog = FlowCatalog(service, flows)
    declare_payloads(catalog)
    declare_mutations(catalog, mutation)
    hooks = HookFields(catalog)
    mutations: tuple[type[Any], ...] = (mutation,)
    subscriptions: tuple[type[Any], ...] = (run_subscription_type(service),)
    if hooks.delivery_type is not None:
        mutations += (hooks.mutation_type(),)
        subscriptions += (hooks.subscription_type(),)
    known = ValidDocuments()
    return ServiceSchema(
        query=merge_types("Query", (query, run_query_type(service))),
        mutation=merge_types("Mutation", mutations),
        subscription=merge_types("Subscription", subscriptions),
        types=types,
        execution_context_class=SharingExecutor,
        extensions=[OwnContext, RequireToken, ChooseOperation, lambda: ReuseDocuments(known), CodedErrors],
    )
