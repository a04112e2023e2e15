"""Plans turned into code, once: the same answers as `Run` and `Projector` give, in a fraction of the time.

What is usual is compiled: sending, gathering, merging, reading the answer out. What is not (errors of subgraphs,
values of wrong types, nulls that travel) is left to the interpreting modules, which work on the same data.
"""

from gateway.executor.compiled.execution import Done, Execution
from gateway.executor.compiled.plan import CompiledPlan, compile_plan, lay_out
from gateway.executor.compiled.single import SingleFetch

__all__ = ["CompiledPlan", "Done", "Execution", "SingleFetch", "compile_plan", "lay_out"]
