"""Prints the supergraph: links, join machinery, directives, types, all in a fixed order."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from functools import partial
from itertools import count

from graphql import print_ast

from gateway.composition.merge.context import Merge
from gateway.composition.merge.joins import quoted
from gateway.composition.model import FEDERATION, Applied, Kind, Schema, TypeDef, used_directives
from gateway.composition.subgraph.link_names import split_name
from gateway.composition.subgraph.links import LINK_SPEC, Link
from gateway.composition.subgraph.schema import SubgraphSchema
from gateway.composition.subgraph.specs import SPEC_PURPOSES, SPEC_VERSIONS, SPECS
from gateway.composition.supergraph.machinery import join_machinery
from gateway.composition.supergraph.printer import Printer

_ONE_OF = "directive @oneOf on INPUT_OBJECT"
"""Printed where it is used: gateways on older GraphQL libraries do not have it built in."""

_HOST = LINK_SPEC.removesuffix("link")


def join_version(merge: Merge) -> str:
    """The lowest join version that can say what this supergraph needs."""
    if "context" in merge.features:
        return "v0.5"
    return "v0.4" if merge.features & {"label", "directive"} else "v0.3"


class _Emitter:
    def __init__(self, merge: Merge, links: Mapping[str, Link]) -> None:
        self.merge = merge
        self.links = links
        self.printer = Printer(self.text, joins=True)
        self.blocks, self.used = self._print_types()

    def _print_types(self) -> tuple[list[str], set[str]]:
        """All types as text, and the federation directives that are used."""
        schema, memo = self.merge.schema, self.merge.memos.printed
        blocks: list[str] = []
        used = used_directives(Schema(directives=schema.directives, element=schema.element))
        for _, found in sorted(schema.types.items()):
            text, names = memo.get(found, partial(self._print_type, found))
            blocks.append(text)
            used |= names
        memo.turn()
        return blocks, used | {"fromContext"} if "context" in used else used

    def _print_type(self, found: TypeDef) -> tuple[str, frozenset[str]]:
        return self.printer.type(found), frozenset(used_directives(Schema({found.name: found})))

    def local(self, name: str) -> str:
        composed = self.merge.composed.get((FEDERATION, name))
        if composed is not None:
            return composed.local
        home = SPECS[name].own_spec
        return name if home in (None, name) else f"{home}__{name}"

    def text(self, applied: Applied) -> str | None:
        name = self.local(applied.name) if applied.spec == FEDERATION else applied.name
        args = ", ".join(f"{key}: {print_ast(value)}" for key, value in applied.args.items())
        return f"@{name}({args})" if args else f"@{name}"

    def feature_links(self) -> list[str]:
        lines = [
            f'@link(url: "{LINK_SPEC}/v1.0")',
            f'@link(url: "{_HOST}join/{join_version(self.merge)}", for: EXECUTION)',
        ]
        imports: dict[str, list[str]] = {}
        for name in sorted(self.used):
            home = SPECS[name].own_spec
            if home is None:
                continue
            entries = imports.setdefault(home, [])
            local = self.local(name)
            if local == f"{home}__{name}":
                continue
            if local != name:
                entries.append(f'{{name: "@{name}", as: "@{local}"}}')
            elif name != home:
                entries.append(f'"@{name}"')
        for home, entries in sorted(imports.items()):
            lines.append(self._link(f"{_HOST}{home}/{SPEC_VERSIONS[home]}", entries, SPEC_PURPOSES.get(home)))
        taken = {"link", "join", *imports, *(self.local(name) for name in self.used)}
        for (url, name), entries in sorted(self._custom_links().items()):
            others = taken | {own for own, link in self.links.items() if link.url.text != url}
            alias = _free_name(name, others | set(self.links)) if name in others or name == "" else None
            lines.append(self._link(url, entries, None, alias))
            taken.add(alias or name)
        return lines

    def _custom_links(self) -> dict[tuple[str, str], list[str]]:
        """The imports from each of the subgraphs' own specifications, by its url and name."""
        grouped: dict[tuple[str, str], list[str]] = {}
        for name, link in sorted(self.links.items()):
            original = _original(link, name)
            entry = f'"@{name}"' if original == f"@{name}" else f'{{name: "{original}", as: "@{name}"}}'
            grouped.setdefault((link.url.text, link.url.name or ""), []).append(entry)
        return grouped

    def _link(self, url: str, imports: Sequence[str], purpose: str | None, alias: str | None = None) -> str:
        text = f"@link(url: {quoted(url)}"
        if alias is not None:
            text += f", as: {quoted(alias)}"
        if imports:
            text += f", import: [{', '.join(imports)}]"
        return text + (f", for: {purpose})" if purpose else ")")

    def feature_definitions(self) -> tuple[list[str], list[str]]:
        directives: list[str] = []
        scalars: set[str] = set()
        for name in sorted(self.used):
            spec = SPECS[name]
            home = spec.own_spec
            if home is None:
                continue
            text = spec.sdl.replace(f"@{name}", f"@{self.local(name)}", 1)
            directives.append(text.replace("federation__", f"{home}__"))
            scalars.update(
                f"scalar {home}__{scalar}"
                for scalar in ("Scope", "Policy", "ContextFieldValue")
                if f"federation__{scalar}" in spec.sdl
            )
        return directives, sorted(scalars)


def _original(link: Link, name: str) -> str:
    """What a specification itself calls the directive that a subgraph calls ``name``."""
    imported = link.imports.get(f"@{name}")
    if imported is not None:
        return imported
    parts = split_name(name)
    return f"@{parts[1]}" if parts is not None else f"@{link.url.name}"


def _free_name(name: str, taken: Container[str]) -> str:
    """A name for a specification that no other has."""
    return next(found for number in count(1) if (found := f"{name or 'spec'}{number}") not in taken)


def emit(merge: Merge, links: Mapping[str, Link]) -> str:
    """The supergraph's SDL."""
    emitter = _Emitter(merge, links)
    types = merge.schema.types
    roots = [
        f"  {operation}: {name}"
        for operation, name in (("query", "Query"), ("mutation", "Mutation"), ("subscription", "Subscription"))
        if name in types and types[name].kind is Kind.OBJECT
    ]
    element = merge.schema.element
    lines = [*emitter.feature_links(), *emitter.printer.directives(element)]
    head = emitter.printer.description(element) + "schema\n" + "\n".join(f"  {line}" for line in lines)
    head += "\n{\n" + "\n".join(roots) + "\n}"
    join_directives, join_types = join_machinery(join_version(merge), _graphs(merge))
    feature_directives, scalars = emitter.feature_definitions()
    own = [emitter.printer.directive_definition(found) for found in merge.schema.directives.values()]
    if "oneOf" not in merge.schema.directives and any(found.applies("oneOf") for found in types.values()):
        own.append(_ONE_OF)
    directives = sorted(
        [*join_directives, *feature_directives, *own], key=lambda text: text.rpartition("directive @")[2]
    )
    return "\n\n".join([head, *directives, *join_types, *scalars, *emitter.blocks]) + "\n"


def _graphs(merge: Merge) -> list[str]:
    def line(subgraph: SubgraphSchema) -> str:
        graph = merge.graphs[subgraph.name]
        return f"  {graph} @join__graph(name: {quoted(subgraph.name)}, url: {quoted(subgraph.url)})"

    return [line(subgraph) for subgraph in merge.subgraphs]
