"""Proves that every query of the API can be answered, or shows one that cannot.

Built on the graph of moves that plans queries: what is proven here is what the planner can do.
"""

from gateway.composition.satisfiability.check import STEPS, SatisfiabilityMemo, check_satisfiability

__all__ = ["STEPS", "SatisfiabilityMemo", "check_satisfiability"]
