"""Stage 5: the plan of an operation, made once for each text and operation name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graphql import DocumentNode, OperationDefinitionNode

from gateway.pipeline.errors import PlanningFailed
from gateway.pipeline.lru import LRU
from gateway.pipeline.operation import choose_operation
from gateway.planner import PlanError, QueryPlan, plan_operation
from gateway.supergraph import Supergraph


@dataclass(frozen=True, slots=True)
class PlannedOperation:
    operation: OperationDefinitionNode
    plan: QueryPlan


class PlanCache:
    """The plans of one supergraph."""

    def __init__(self, supergraph: Supergraph, plans: LRU[tuple[str, str | None], PlannedOperation]) -> None:
        self._supergraph = supergraph
        self._plans = plans

    def find(self, query: str, operation_name: str | None, document: Callable[[], DocumentNode]) -> PlannedOperation:
        """The plan of an operation.

        Args:
            document: gives the valid document of the query; asked only where there is no plan yet.

        Raises:
            RequestError: from `document`, or OperationUnresolved, or PlanningFailed.
        """
        key = (query, operation_name)
        planned = self._plans.get(key)
        if planned is None:
            planned = self._plan(document(), operation_name)
            self._plans.put(key, planned, len(query))
        return planned

    def _plan(self, document: DocumentNode, operation_name: str | None) -> PlannedOperation:
        operation = choose_operation(document, operation_name)
        try:
            plan = plan_operation(self._supergraph, document, operation_name)
        except PlanError as error:
            raise PlanningFailed(error.code, error.message) from error
        return PlannedOperation(operation, plan)
