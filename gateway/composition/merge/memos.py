"""What a merge remembers of the merges before it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from gateway.composition.memo import Last, Memo
from gateway.composition.model import TypeDef
from gateway.composition.subgraph.schema import SubgraphSchema

AnyMemo = Memo[Hashable, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """A type with the access requirements that reach it, and of which directives where several were joined."""

    type: TypeDef
    joined: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Memos:
    """One memo per question. Whoever asks in all of a stage ends the round with ``turn``."""

    sources: Memo[SubgraphSchema, list[Any]] = field(default_factory=Memo)
    """The types that each subgraph declares (``merge.context``)."""
    used: Memo[SubgraphSchema, set[str]] = field(default_factory=Memo)
    """The federation directives that each subgraph applies (``merge.directives``)."""
    composed: Last[Any] = field(default_factory=Last)
    """Which directives the supergraph has."""
    types: AnyMemo = field(default_factory=Memo)
    """Merged types (``merge.pieces``)."""
    enums: AnyMemo = field(default_factory=Memo)
    """Enums with their values (``merge.pieces``)."""
    guarded: Memo[tuple[object, ...], Guarded] = field(default_factory=Memo)
    """Types with the access requirements that reach them (``rules.authorization``)."""
    concerned: Memo[TypeDef, bool] = field(default_factory=Memo)
    """Types that hide something or have defaults (``rules.inaccessible``)."""
    visible: AnyMemo = field(default_factory=Memo)
    """Types as clients see them (``supergraph.api``)."""
    printed: Memo[TypeDef, tuple[str, frozenset[str]]] = field(default_factory=Memo)
    """Types as the supergraph's SDL, and the federation directives on them (``supergraph.emit``)."""
    shown: Memo[TypeDef, str] = field(default_factory=Memo)
    """Types as the API's SDL (``supergraph.api``)."""
