"""Subgraphs to compose: a company's many realistic ones, and an adversary's with very many keys.

The same seed gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from gateway.composition import Subgraph

_LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable", "@external",'
    ' "@requires", "@provides", "@tag", "@inaccessible"])\n'
)
_SHARED = """
"An amount of money in one currency." type Money @shareable { "In hundredths." amount: Int! currency: Currency! }
enum Currency { EUR USD GBP JPY CHF }
"Where a page of results ends." type PageInfo @shareable { endCursor: String hasNextPage: Boolean! }
scalar DateTime
"Everything that has an identity." interface Node { id: ID! }
input Paging { first: Int = 20 after: String }
"""
# fmt: off
_NOUNS = (
    "account", "address", "asset", "basket", "booking", "brand", "budget", "campaign", "card", "catalog",
    "channel", "claim", "contract", "courier", "coupon", "customer", "delivery", "device", "document", "event",
    "fee", "forecast", "grade", "group", "holiday", "invoice", "issue", "item", "label", "ledger", "lesson",
    "licence", "listing", "location", "market", "media", "menu", "message", "meter", "note", "offer", "office",
    "order", "parcel", "partner", "payment", "permit", "person", "plan", "policy", "product", "profile",
    "project", "quote", "receipt", "refund", "region", "rental", "report", "review", "reward", "role", "route",
    "sale", "schedule", "sensor", "session", "shift", "shop", "signal", "site", "stock", "store", "survey",
    "task", "team", "ticket", "token", "tour", "trade", "trip", "unit", "vehicle", "vendor", "visit",
)
# fmt: on
# fmt: off
_VERBS = (
    "active", "amended", "approved", "archived", "assigned", "booked", "closed", "confirmed", "created", "due",
    "expected", "final", "open",
)
# fmt: on
_SCALARS = ("String", "Int", "Float", "Boolean", "ID", "DateTime", "String!", "Int!", "[String!]!")
_HUBS = 4


def realistic(count: int, seed: int = 1) -> list[Subgraph]:
    """What a company with this many teams has: about 2.9 kB of SDL for each.

    Every team owns an entity with what belongs to it, adds fields to other teams' entities, and shares value
    types. A few entities are hubs that nearly a third of all teams extend.
    """
    random = Random(seed)
    teams = [_name(index) for index in range(count)]
    return [
        Subgraph(team.lower(), f"http://{team.lower()}.internal/graphql", _Team(team, index, teams, random).sdl())
        for index, team in enumerate(teams)
    ]


def _name(index: int) -> str:
    return f"{_VERBS[index % len(_VERBS)].capitalize()}{_NOUNS[index % len(_NOUNS)].capitalize()}"


class _Team:
    """One team's subgraph."""

    def __init__(self, name: str, index: int, teams: Sequence[str], random: Random) -> None:
        self.name = name
        self.random = random
        hubs = teams[:_HUBS]
        others = [team for team in teams if team != name]
        known = random.sample(others, min(4, len(others)))
        known += [hub for hub in hubs if hub != name and hub not in known and random.random() < 0.3]
        self.known = known
        self.extended = known[:2] + [team for team in known[2:] if team in hubs]
        self.legacy = index % 9 == 8

    def sdl(self) -> str:
        parts = [_LINK, _SHARED, self._entity(), self._values(), self._inputs(), self._abstract(), self._roots()]
        parts += [self._extension(team) for team in self.extended]
        parts += [
            f'type {team} @key(fields: "id", resolvable: false) {{ id: ID! }}\n'
            for team in self.known
            if team not in self.extended
        ]
        return "".join(parts)

    def _fields(self, count: int, prefix: str = "") -> list[str]:
        random = self.random
        fields = []
        for number in range(count):
            name = f"{prefix}{random.choice(_VERBS)}{random.choice(_NOUNS).capitalize()}{number}"
            text = f"{name}: {random.choice(_SCALARS)}"
            if random.random() < 0.25:
                text = f'"As its team knows it." {text}'
            if random.random() < 0.06:
                text += f' @deprecated(reason: "Ask the {self.name} team.")'
            if random.random() < 0.05:
                text += f' @tag(name: "{random.choice(_VERBS)}")'
            if random.random() < 0.02:
                text += " @inaccessible"
            fields.append(text)
        return fields

    def _entity(self) -> str:
        name = self.name
        links = [f"{team[0].lower()}{team[1:]}: {team}" for team in self.known]
        body = [
            "id: ID!",
            "code: String!",
            "worth: Money",
            f"state: {name}State!",
            f"history(paging: Paging): [{name}Change!]!",
            *links,
            *self._fields(4),
        ]
        return (
            f'"""\nThe {name} that everybody means.\nThe team that owns it answers for what it says.\n"""\n'
            f'type {name} implements Node & {name}Summary @key(fields: "id") @key(fields: "code") {{\n  '
            + "\n  ".join(body)
            + f"\n}}\ninterface {name}Summary {{ id: ID! code: String! }}\n"
        )

    def _values(self) -> str:
        name = self.name
        states = " ".join(verb.upper() for verb in self.random.sample(_VERBS, 4))
        return (
            f'enum {name}State {{ UNKNOWN @deprecated(reason: "It is always known.") {states} }}\n'
            f"type {name}Change {{ at: DateTime! by: String cost: Money {' '.join(self._fields(2))} }}\n"
            f"type {name}Edge {{ cursor: String! node: {name}! }}\n"
            f"type {name}Connection {{ edges: [{name}Edge!]! pageInfo: PageInfo! total: Int! }}\n"
        )

    def _inputs(self) -> str:
        name = self.name
        ranges = " ".join(f"{verb}: DateTime" for verb in self.random.sample(_VERBS, 2))
        return (
            f'"What to look for." input {name}Filter {{ states: [{name}State!] text: String = "" {ranges} }}\n'
            f"input {name}Input {{ code: String! note: String state: {name}State = UNKNOWN }}\n"
        )

    def _abstract(self) -> str:
        name = self.name
        return (
            f"type {name}Found {{ item: {name}! rank: Float! }}\n"
            f"type {name}Refused {{ reason: String! code: Int! }}\n"
            f"union {name}Result = {name}Found | {name}Refused\n"
        )

    def _roots(self) -> str:
        name, low = self.name, self.name[0].lower() + self.name[1:]
        return (
            "type Query {\n"
            f"  {low}(id: ID!): {name}\n  {low}ByCode(code: String!): {name}\n"
            f"  {low}List(filter: {name}Filter, paging: Paging): {name}Connection!\n"
            f"  {low}Search(text: String!): [{name}Result!]!\n}}\n"
            "type Mutation {\n"
            f'  "Makes a new {name}." create{name}(input: {name}Input!): {name}Result!\n'
            f"  archive{name}(id: ID!): {name}\n}}\n"
        )

    def _extension(self, team: str) -> str:
        low = f"{self.name[0].lower()}{self.name[1:]}"
        fields = [f"id: ID! {low}Link: {self.name}", *self._fields(1, low)]
        if self.legacy:
            fields.append(f'code: String! @external {low}Label: String! @requires(fields: "code")')
        return f'type {team} @key(fields: "id") {{ {" ".join(fields)} }}\n'


def adversary(count: int, keys: int = 20) -> list[Subgraph]:
    """One type that every subgraph has under many keys, linked in a chain: each hop opens only the next few."""
    subgraphs = []
    for index in range(count):
        own = [f"k{number}" for number in range(index * keys // 2, index * keys // 2 + keys)]
        heads = " ".join(f'@key(fields: "{key}")' for key in own)
        nested = f'@key(fields: "part{index} {{ id }}") @key(fields: "part{index + 1} {{ id }}")'
        fields = " ".join(f"{key}: ID!" for key in own) + f" f{index}: Int"
        sdl = f"{_LINK}type T {heads} {nested} {{ {fields} part{index}: Part! part{index + 1}: Part! }}\n"
        sdl += "type Part @shareable { id: ID! }\n" + ("type Query { t: T }\n" if index == 0 else "")
        subgraphs.append(Subgraph(f"s{index:03}", f"http://s{index:03}/graphql", sdl))
    return subgraphs


EDITS: Mapping[str, Callable[[str], str]] = {
    "description": lambda sdl: sdl.replace("that everybody means", "that few remember"),
    "added field": lambda sdl: sdl.replace("  code: String!\n", "  code: String!\n  added: Int\n"),
    "added type": lambda sdl: sdl + "type Added { at: DateTime } extend type Query { added: Added }\n",
    "changed key": lambda sdl: sdl.replace('@key(fields: "code")', '@key(fields: "code state")'),
}
"""What a team changes in its subgraph, as changes of the SDL that `realistic` makes."""


def edited(subgraphs: Sequence[Subgraph], index: int, edit: Callable[[str], str]) -> list[Subgraph]:
    """The subgraphs after one team's change."""
    changed = replace(subgraphs[index], sdl=edit(subgraphs[index].sdl))
    assert changed != subgraphs[index], "an edit changes something"
    return [*subgraphs[:index], changed, *subgraphs[index + 1 :]]
