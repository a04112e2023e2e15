"""How a subgraph speaks of federation: which version it links, and what it calls each directive."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field

from tests.support.federation.chance import Chance

SPEC = "https://specs.apollo.dev/federation"
NEWEST_MINOR = 12

SINCE = {
    "key": 0, "requires": 0, "provides": 0, "external": 0, "extends": 0, "shareable": 0, "override": 0,
    "tag": 0, "inaccessible": 0, "composeDirective": 1, "interfaceObject": 3, "authenticated": 5,
    "requiresScopes": 5, "policy": 6, "context": 8, "fromContext": 8, "cost": 9, "listSize": 9,
}  # fmt: skip
"""The minor version of federation 2 that brought each directive."""

FED1 = ("key", "requires", "provides", "external", "extends", "tag")
"""What a subgraph without a link may use."""


@dataclass(frozen=True)
class Dialect:
    """A federation version (None is federation 1) and the local names of directives."""

    minor: int | None = None
    alias: str | None = None
    imports: dict[str, str] = field(default_factory=dict)

    def name(self, directive: str) -> str:
        """What a directive is called here, with its sign."""
        if self.minor is None:
            return f"@{directive}"
        return "@" + (self.imports.get(directive) or f"{self.alias or 'federation'}__{directive}")

    @property
    def head(self) -> str:
        """The schema extension that links the specification."""
        if self.minor is None:
            return ""
        items = [
            json.dumps(f"@{name}") if name == local else f'{{name: "@{name}", as: "@{local}"}}'
            for name, local in self.imports.items()
        ]
        alias = f', as: "{self.alias}"' if self.alias else ""
        listed = f", import: [{', '.join(items)}]" if items else ""
        return f'extend schema @link(url: "{SPEC}/v2.{self.minor}"{alias}{listed})\n'


def dialect(chance: Chance, needs: Collection[str], least: int = 0) -> Dialect:
    """A random dialect in which all these directives can be said; ``least`` is a minor version."""
    if least == 0 and set(needs) <= set(FED1) and chance.flag(5):
        return Dialect()
    least = max([least, *(SINCE[name] for name in needs)])
    minor = chance.integer(least, NEWEST_MINOR)
    alias = chance.choice((None, None, "fed", "_f")) if needs else None
    imports: dict[str, str] = {}
    style = chance.integer(0, 3)
    for name in sorted(needs):
        if style == 0 or (style == 3 and chance.flag()):
            imports[name] = name
        elif style == 1 or (style == 3 and chance.flag()):
            imports[name] = chance.choice((f"my{name.capitalize()}", f"{name}_", f"x__{name}"))
    return Dialect(minor, alias, imports)
