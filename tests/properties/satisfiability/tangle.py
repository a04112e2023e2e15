"""Small random sets of subgraphs in which fields, keys and requirements lie anywhere, reachable or not.

Nearly all of them break no other rule than that of reachability.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.composition import Subgraph
from tests.support.federation.chance import Chance

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", '
    '"@provides", "@external", "@shareable", "@override", "@interfaceObject"])\n'
)

Set = tuple[tuple[str, "Set"], ...]
"""A field set: names with what is selected below them."""

LEAVES = ("id", "k", "x", "y", "z")
ENTITIES = ("A", "B", "C")


@dataclass
class Entry:
    """A field as one subgraph has it."""

    type: str
    external: bool = False
    requires: Set = ()
    provides: Set = ()
    override: str | None = None
    label: str | None = None


@dataclass
class Shape:
    """A type as one subgraph has it."""

    kind: str = "type"
    keys: list[tuple[Set, bool]] = field(default_factory=list)
    fields: dict[str, Entry] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    interface_object: bool = False


@dataclass
class Tangle:
    """Types by subgraph and name."""

    parts: dict[str, dict[str, Shape]]

    def subgraphs(self) -> list[Subgraph]:
        """As the composer takes them."""
        return [Subgraph(name, f"http://{name}", LINK + _sdl(types)) for name, types in self.parts.items()]

    def labels(self) -> list[str]:
        """All override labels."""
        entries = [e for types in self.parts.values() for shape in types.values() for e in shape.fields.values()]
        return sorted({entry.label for entry in entries if entry.label})


def _text(fields: Set) -> str:
    return " ".join(f"{name} {{ {_text(below)} }}" if below else name for name, below in fields)


def _sdl(types: dict[str, Shape]) -> str:
    return "".join(_type(name, shape) for name, shape in types.items())


def _type(name: str, shape: Shape) -> str:
    if shape.kind == "union":
        return f"union {name} = {' | '.join(shape.members)}\n"
    head = f"{shape.kind} {name}"
    if shape.interfaces:
        head += f" implements {' & '.join(shape.interfaces)}"
    for fields, resolvable in shape.keys:
        head += f' @key(fields: "{_text(fields)}"{"" if resolvable else ", resolvable: false"})'
    head += " @interfaceObject" if shape.interface_object else ""
    shareable = shape.kind == "type" and name != "Query"
    return f"{head} {{ {' '.join(_field(n, e, shareable) for n, e in shape.fields.items())} }}\n"


def _field(name: str, entry: Entry, shareable: bool) -> str:
    text = f"{name}: {entry.type}"
    if entry.external:
        return f"{text} @external"
    if entry.requires:
        text += f' @requires(fields: "{_text(entry.requires)}")'
    if entry.provides:
        text += f' @provides(fields: "{_text(entry.provides)}")'
    if entry.override:
        text += f' @override(from: "{entry.override}"'
        text += f', label: "{entry.label}")' if entry.label else ")"
    return text + (" @shareable" if shareable else "")


def tangle(chance: Chance) -> Tangle:
    """A set of subgraphs."""
    names = ["s1", "s2", "s3", "s4"][: chance.integer(2, 4)]
    entities = ENTITIES[: chance.integer(1, 3)]
    links = {entity: chance.choice(entities) for entity in entities}
    found = Tangle({name: {} for name in names})
    for name in names:
        for entity in entities:
            if chance.flag() or name == "s1":
                found.parts[name][entity] = _entity(chance, entity, links)
    for types in found.parts.values():
        _complete(types, links)
    _add_requirements(chance, found)
    _add_abstract(chance, found)
    _add_query(chance, found)
    _settle_externals(found)
    _add_overrides(chance, found)
    return found


def _entity(chance: Chance, entity: str, links: dict[str, str]) -> Shape:
    shape = Shape()
    for name in chance.some(LEAVES):
        shape.fields[name] = Entry("ID")
    if chance.flag():
        shape.fields["link"] = Entry(links[entity])
    options: list[Set] = [(("id", ()),), (("k", ()),), (("id", ()), ("k", ())), (("link", (("id", ()),)),)]
    shape.keys = [(key, not chance.flag(6)) for key in chance.some(options, 3)]
    return shape


def _complete(types: dict[str, Shape], links: dict[str, str]) -> None:
    """Give every type what its subgraph's keys and links mention."""
    for entity, shape in list(types.items()):
        for key, _ in shape.keys:
            for name, _ in key:
                shape.fields.setdefault(name, Entry(links[entity] if name == "link" else "ID"))
        if "link" in shape.fields:
            target = types.setdefault(links[entity], Shape())
            if not target.fields or any(name == "link" for key, _ in shape.keys for name, _ in key):
                target.fields.setdefault("id", Entry("ID"))
    for shape in types.values():
        if not shape.fields:
            shape.fields["x"] = Entry("ID")


def _add_requirements(chance: Chance, found: Tangle) -> None:
    """Fields that require others, which are external then."""
    names = [f"r{number}" for number in range(len(found.parts))]
    for number, types in enumerate(found.parts.values()):
        for entity in [name for name in types if name in ENTITIES]:
            if not chance.flag():
                continue
            shape = types[entity]
            required = _requirement(chance, types, shape, [*LEAVES[1:], *names[:number], *names[number + 1 :]])
            if required:
                shape.fields[f"r{number}"] = Entry("ID", requires=required)


def _requirement(chance: Chance, types: dict[str, Shape], shape: Shape, names: list[str]) -> Set:
    if "link" in shape.fields and chance.flag(3):
        target, name = types[shape.fields["link"].type], chance.choice(["id", "x", "y", *names[4:]])
        if target.fields.setdefault(name, Entry("ID", external=True)).external:
            return (("link", ((name, ()),)),)
    name = chance.choice(names)
    return ((name, ()),) if shape.fields.setdefault(name, Entry("ID", external=True)).external else ()


def _settle_externals(found: Tangle) -> None:
    """Have somebody resolve each external field; where nobody can, who needs it does without."""
    for name, types in found.parts.items():
        for entity, shape in types.items():
            for field_name, entry in list(shape.fields.items()):
                if entry.external and not _settle(found, name, entity, field_name):
                    del shape.fields[field_name]
                    _forget(types, entity, field_name)


def _settle(found: Tangle, here: str, entity: str, name: str) -> bool:
    others = [types[entity] for part, types in found.parts.items() if part != here and entity in types]
    if any(name in shape.fields and not shape.fields[name].external for shape in others):
        return True
    for shape in others:
        if name not in shape.fields and not name.startswith("r"):
            shape.fields[name] = Entry("ID")
            return True
    return False


def _forget(types: dict[str, Shape], entity: str, name: str) -> None:
    for owner, shape in types.items():
        for field_name, entry in list(shape.fields.items()):
            mentions = (((name, ()),), (("link", ((name, ()),)),))
            if entry.requires in mentions and (owner == entity or entry.requires == mentions[1]):
                del shape.fields[field_name]
            entry.provides = tuple(item for item in entry.provides if item[0] != name)


def _add_overrides(chance: Chance, found: Tangle) -> None:
    for name, types in found.parts.items():
        for entity, shape in types.items():
            for field_name, entry in shape.fields.items():
                others = [n for n, t in found.parts.items() if n != name and _owns(t, entity, field_name)]
                if not others or entry.external or entry.requires or not chance.flag(8):
                    continue
                if any(_overriding(t, entity, field_name) for t in found.parts.values()):
                    continue
                entry.override = chance.choice(others)
                entry.label = chance.choice([None, "one", "two"])


def _owns(types: dict[str, Shape], entity: str, name: str) -> bool:
    entry = types[entity].fields.get(name) if entity in types else None
    return entry is not None and not entry.external and not entry.requires


def _overriding(types: dict[str, Shape], entity: str, name: str) -> bool:
    entry = types[entity].fields.get(name) if entity in types else None
    return entry is not None and entry.override is not None


def _add_abstract(chance: Chance, found: Tangle) -> None:
    """A union and an interface in the first subgraph, and an interface object in the last, sometimes."""
    first, last = next(iter(found.parts.values())), list(found.parts.values())[-1]
    members = [name for name in first if name in ENTITIES]
    if chance.flag(3):
        first["U"] = Shape("union", members=members)
    if not chance.flag(2):
        return
    interface = first["N"] = Shape("interface", fields={"id": Entry("ID")})
    for name in members:
        first[name].interfaces = ["N"]
        first[name].fields.setdefault("id", Entry("ID")).external = False
    if chance.flag(2) and not any(name in last for name in members):
        key: tuple[Set, bool] = ((("id", ()),), True)
        interface.keys = [key]
        for name in members:
            first[name].keys = [key, *(other for other in first[name].keys if other[0] != key[0])]
        last["N"] = Shape(keys=[key], fields={"id": Entry("ID"), "n": Entry("ID")}, interface_object=True)


def _add_query(chance: Chance, found: Tangle) -> None:
    taken: set[str] = set()
    for number, types in enumerate(found.parts.values()):
        shape = Shape()
        for name in list(types):
            if name not in taken and (chance.flag(3) or (number == 0 and not shape.fields)):
                field_name = f"q{number}{name}"
                shape.fields[field_name] = Entry(name)
                externals = [n for n, e in types[name].fields.items() if e.external]
                if name in ENTITIES and chance.flag(3):
                    leaves = [n for n in ("x", "y", "z") if n not in types[name].fields]
                    for leaf in chance.some(leaves, 2):
                        types[name].fields[leaf] = Entry("ID", external=True)
                        externals.append(leaf)
                    shape.fields[field_name].provides = tuple((leaf, ()) for leaf in externals if leaf in LEAVES)
        if shape.fields:
            types["Query"] = shape
