"""Reads the topics. A folder holds:

- ``subgraphs.graphql``: each subgraph's SDL below a line ``# subgraph: NAME``. One without an ``@link`` of its own
  gets all of federation's directives; ``# subgraph: NAME version 1`` has none.
- ``world.yaml``: all the data, see ``world.py``.
- ``cases.yaml``: the operations, each with what is right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gateway.supergraph.authorization import NOTHING, Grants

FOLDER = Path(__file__).parent / "topics"
_SUBGRAPH = "# subgraph: "
_VERSION_1 = " version 1"
LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@provides", '
    '"@external", "@extends", "@shareable", "@override", "@interfaceObject", "@inaccessible", "@context", '
    '"@fromContext", "@authenticated", "@requiresScopes", "@policy"])\n'
)


@dataclass(frozen=True, eq=False)
class Case:
    """An operation and what is right.

    Attributes:
        data: for a subscription, of each event.
        errors: for each error its path and code and, where they are told, its subgraph and message.
        requests: how many requests each subgraph gets.
        depth: how many have to follow each other by the plan.
        grants: what the client is granted of what is protected.
        failing: subgraphs of which no request is answered, each with the code.
        refused: the code with which there is no plan; then there is no more than that.
        apart: why one server with all the data would answer something else; else it must answer the same.
    """

    topic: str
    name: str
    query: str
    requests: Mapping[str, int] = field(default_factory=dict)
    depth: int = 0
    data: Any = None
    errors: tuple[Mapping[str, Any], ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    grants: Grants = NOTHING
    failing: Mapping[str, str] = field(default_factory=dict)
    refused: str | None = None
    apart: str | None = None

    @property
    def id(self) -> str:
        """How tests call it."""
        return f"{self.topic}-{self.name.replace(' ', '-')}"


@dataclass(frozen=True, eq=False)
class Topic:
    """A federation with its data and cases."""

    name: str
    subgraphs: Mapping[str, str]
    world: Mapping[str, Any]
    cases: tuple[Case, ...]


@cache
def topics() -> tuple[Topic, ...]:
    """All topics by name."""
    return tuple(_read(path) for path in sorted(FOLDER.iterdir()) if path.is_dir())


def _read(path: Path) -> Topic:
    _, *parts = f"\n{(path / 'subgraphs.graphql').read_text(encoding='utf-8')}".split(f"\n{_SUBGRAPH}")
    subgraphs: dict[str, str] = {}
    for part in parts:
        head, _, sdl = part.partition("\n")
        linked = "@link" in sdl or head.endswith(_VERSION_1)
        subgraphs[head.removesuffix(_VERSION_1).strip()] = sdl if linked else LINK + sdl
    world = _yaml(path / "world.yaml")
    cases = tuple(_case(path.name, item) for item in _yaml(path / "cases.yaml"))
    return Topic(path.name, subgraphs, world, cases)


def _case(topic: str, item: dict[str, Any]) -> Case:
    values = {**item, "errors": tuple(item.get("errors", ())), "labels": frozenset(item.get("labels", ()))}
    values["grants"] = _grants(**item.get("grants", {}))
    return Case(topic=topic, **values)


def _grants(authenticated: bool = False, scopes: Sequence[str] = (), policies: Sequence[str] = ()) -> Grants:
    return Grants(authenticated, frozenset(scopes), frozenset(policies))


def _yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)


class _Loader(yaml.SafeLoader):
    """Reads `on`, `no` and the like as the words they are."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), ["t", "f"])
