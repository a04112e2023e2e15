"""Stage 5: the plan of an operation, made once for each text, operation name and set of override labels."""

from __future__ import annotations

from collections.abc import Callable

from graphql import DocumentNode

from gateway.executor import CompiledPlan, compile_plan
from gateway.pipeline.errors import PlanningFailed
from gateway.pipeline.lru import LRU
from gateway.pipeline.operation import choose_operation
from gateway.pipeline.variables import VariableReader
from gateway.planner import PlanError, QueryPlan, plan_operation
from gateway.supergraph import Supergraph

PlanKey = tuple[str, str | None, frozenset[str]]


class PlannedOperation:
    """A plan, compiled when it is asked for again: what is asked for once does not repay it.

    Attributes:
        variables: reads the operation's variables; None where it has none.
    """

    __slots__ = ("_compiled", "_compiles", "_used", "plan", "variables")

    def __init__(self, variables: VariableReader | None, plan: QueryPlan, compiles: bool) -> None:
        self.variables = variables
        self.plan = plan
        self._compiles = compiles and plan.kind != "subscription"
        self._used = False
        self._compiled: CompiledPlan | None = None

    def compiled(self) -> CompiledPlan | None:
        """The compiled plan from the second use on, where plans are compiled at all."""
        if self._compiled is None and self._compiles:
            if self._used:
                self._compiled = compile_plan(self.plan)
            self._used = True
        return self._compiled


class PlanCache:
    """The plans of one supergraph.

    Args:
        compiles: whether plans are compiled.
        introspection: whether refused variables may tell names of the schema.
    """

    def __init__(
        self, supergraph: Supergraph, plans: LRU[PlanKey, PlannedOperation], compiles: bool, introspection: bool
    ) -> None:
        self._supergraph = supergraph
        self._introspection = introspection
        self._compiles = compiles
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
        reader = None
        if operation.variable_definitions:
            reader = VariableReader(self._supergraph.api_schema, operation, self._introspection)
        return PlannedOperation(reader, plan, self._compiles)
