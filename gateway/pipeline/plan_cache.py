"""Stage 5: the plan of an operation, made once for each text, operation name and set of override labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graphql import DocumentNode, OperationDefinitionNode

from gateway.pipeline.errors import PlanningFailed
from gateway.pipeline.lru import LRU
from gateway.pipeline.operation import choose_operation
from gateway.planner import PlanError, QueryPlan, plan_operation
from gateway.supergraph import Supergraph

PlanKey = tuple[str, str | None, frozenset[str]]


@dataclass(frozen=True, slots=True)
class PlannedOperation:
    operation: OperationDefinitionNode
    plan: QueryPlan


class PlanCache:
    """The plans of one supergraph."""

    def __init__(self, supergraph: Supergraph, plans: LRU[PlanKey, PlannedOperation]) -> None:
        self._supergraph = supergraph
        self._plans = plans

    def find(
        self,
        query: str,
        operation_name: str | None,
        labels: frozenset[str],
        document: Callable[[], DocumentNode],
    ) -> PlannedOperation:
        """The plan of an operation.

        Args:
            labels: the override labels active for this request.
            document: gives the valid document of the query; asked only where there is no plan yet.

        Raises:
            RequestError: from `document`, or OperationUnresolved, or PlanningFailed.
        """
        key = (query, operation_name, labels)
        planned = self._plans.get(key)
        if planned is None:
            planned = self._plan(document(), operation_name, labels)
            self._plans.put(key, planned, len(query))
        return planned

    def _plan(self, document: DocumentNode, operation_name: str | None, labels: frozenset[str]) -> PlannedOperation:
        operation = choose_operation(document, operation_name)
        try:
            plan = plan_operation(self._supergraph, document, operation_name, labels=labels)
        except PlanError as error:
            raise PlanningFailed(error.code, error.message) from error
        return PlannedOperation(operation, plan)
