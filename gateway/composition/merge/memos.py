"""What a merge remembers of the merges before it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from gateway.composition.memo import Last, Memo, Same
from gateway.composition.model import TypeDef

AnyMemo = Memo[Hashable, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """A type with the access requirements that reach it, and of which directives where several were joined."""

    type: TypeDef
    joined: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Memos:
    """One memo per question. Whoever asks in all of a stage ends the round with ``turn``."""

    used: Memo[Same, set[str]] = field(default_factory=Memo)
    """The federation directives that each subgraph applies (``merge.directives``)."""
    composed: Last[Any] = field(default_factory=Last)
    """Which directives the supergraph has."""
    pieces: AnyMemo = field(default_factory=Memo)
    """Merged types (``merge.pieces``)."""
    enums: AnyMemo = field(default_factory=Memo)
    """Enums with their values (``merge.pieces``)."""
    guarded: Memo[Same, Guarded] = field(default_factory=Memo)
    """Types with the access requirements that reach them (``rules.authorization``)."""
    visible: AnyMemo = field(default_factory=Memo)
    """Types as clients see them (``supergraph.api``)."""
    printed: Memo[Same, tuple[str, frozenset[str]]] = field(default_factory=Memo)
    """Types as the supergraph's SDL, and the federation directives on them (``supergraph.emit``)."""
    shown: Memo[Same, str] = field(default_factory=Memo)
    """Types as the API's SDL (``supergraph.api``)."""
