"""A subgraph ready to merge: its model, and what its directives say about its fields."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.composition.fieldsets import coordinates
from gateway.composition.model import Applied, FieldDef, Kind, Schema, TypeDef
from gateway.composition.subgraph.links import Links
from gateway.composition.typerefs import named

Coordinate = tuple[str, str]


@dataclass(slots=True, eq=False)
class SubgraphSchema:
    """One subgraph. ``facts`` are computed on demand, once its model no longer changes."""

    name: str
    url: str
    links: Links
    schema: Schema
    _facts: Facts | None = None

    @property
    def schema_directives(self) -> list[Applied]:
        """The directives of the schema definition and its extensions."""
        return self.schema.element.directives

    @property
    def is_fed1(self) -> bool:
        """Whether it links no federation version."""
        return self.links.federation is None

    @property
    def version(self) -> tuple[int, int]:
        """The federation version it asks for; what federation 1 is upgraded to counts as 2.0."""
        federation = self.links.federation
        return (federation.url.version or (2, 0)) if federation is not None else (2, 0)

    @property
    def facts(self) -> Facts:
        """What is external, shareable, used and provided."""
        if self._facts is None:
            self._facts = compute_facts(self)
        return self._facts

    def copied(self) -> SubgraphSchema:
        """A copy whose types, fields and directives on them can be changed without changing these."""
        return SubgraphSchema(self.name, self.url, self.links, self.schema.copied())

    def changed(self) -> None:
        """Forget the facts after a change of the model."""
        self._facts = None

    def type(self, name: str) -> TypeDef | None:
        """A type by name."""
        return self.schema.types.get(name)

    def is_extension(self, found: TypeDef) -> bool:
        """Whether it declares the type as an extension of what others define."""
        return (found.extended and not found.defined) or found.has("extends")


@dataclass(slots=True)
class Facts:
    """Sets of coordinates of one subgraph.

    Attributes:
        external: declared here, resolved elsewhere (key fields of extensions are not).
        provided: in some ``@provides``, so resolved here on that path.
        shareable: may be resolved by others too.
        used: in a key, a requirement, a provision, a context, or implementing an interface's field.
        required: in some ``@requires``.
    """

    external: set[Coordinate] = field(default_factory=set)
    provided: set[Coordinate] = field(default_factory=set)
    shareable: set[Coordinate] = field(default_factory=set)
    used: set[Coordinate] = field(default_factory=set)
    required: set[Coordinate] = field(default_factory=set)
    keys: set[Coordinate] = field(default_factory=set)

    def fully_external(self, coordinate: Coordinate) -> bool:
        """External, and provided nowhere."""
        return coordinate in self.external and coordinate not in self.provided


def compute_facts(subgraph: SubgraphSchema) -> Facts:
    """Read the directives of a subgraph into facts."""
    facts = Facts()
    schema = subgraph.schema
    fake: set[Coordinate] = set()
    for found in schema.types.values():
        if found.kind in (Kind.OBJECT, Kind.INTERFACE):
            _read_keys(subgraph, found, facts, fake)
    for found in schema.types.values():
        for entry in found.fields.values():
            _read_field(subgraph, found, entry, facts, fake)
        if found.kind is Kind.OBJECT:
            _read_interfaces(schema, found, facts)
    facts.shareable |= facts.provided
    return facts


def _read_keys(subgraph: SubgraphSchema, found: TypeDef, facts: Facts, fake: set[Coordinate]) -> None:
    for key in found.all("key"):
        reached = set(coordinates(subgraph.schema, found, key.text("fields"), implementations=True))
        facts.keys |= reached
        facts.used |= reached
        facts.shareable |= reached
        if key.of_extension or found.has("extends"):
            fake |= {
                (type_name, name)
                for type_name, name in coordinates(subgraph.schema, found, key.text("fields"))
                if subgraph.schema.types[type_name].fields[name].has("external")
            }


def _read_field(subgraph: SubgraphSchema, found: TypeDef, entry: FieldDef, facts: Facts, fake: set[Coordinate]) -> None:
    coordinate = (found.name, entry.name)
    schema = subgraph.schema
    if (entry.has("external") or (found.external_declarations and found.has("external"))) and coordinate not in fake:
        facts.external.add(coordinate)
    if entry.has("shareable") or entry.declaration in found.shareable_declarations:
        facts.shareable.add(coordinate)
    for requires in entry.all("requires"):
        reached = set(coordinates(schema, found, requires.text("fields"), implementations=True))
        facts.required |= reached
        facts.used |= reached
    for provides in entry.all("provides"):
        target = schema.types.get(named(entry.type))
        reached = set(coordinates(schema, target, provides.text("fields"), implementations=True))
        facts.provided |= reached
        facts.used |= reached
    for argument in entry.args.values():
        for context in argument.all("fromContext"):
            facts.used |= _context_fields(schema, context.text("field"))


def _context_fields(schema: Schema, text: str | None) -> set[Coordinate]:
    name, _, selection = (text or "").strip().removeprefix("$").partition(" ")
    reached: set[Coordinate] = set()
    for found in schema.types.values():
        if any(context.text("name") == name for context in found.all("context")):
            for target in {found.name, *schema.possible(found.name)}:
                reached |= set(coordinates(schema, schema.types.get(target), selection, implementations=True))
    return reached


def _read_interfaces(schema: Schema, found: TypeDef, facts: Facts) -> None:
    for name in found.interfaces:
        interface = schema.types.get(name)
        for field_name in interface.fields if interface is not None else ():
            if field_name in found.fields:
                facts.used.add((found.name, field_name))
