"""What the oracle's cuts have besides: deep requirements, partial unions, stricter fields, interface objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.support.federation.chance import Chance
from tests.support.federation.closure import Closure
from tests.support.federation.cut import Cut
from tests.support.federation.dialect import dialect
from tests.support.federation.part import Part, Role
from tests.support.federation.schema import BUILT_IN, Field, Input, Key, Kind, Schema, Type, named
from tests.support.federation.values import literal

ID = Key("id", ("id",))


def require_deeply(whole: Schema, closure: Closure, chance: Chance) -> None:
    """Lets fields that require something require objects and fields with arguments, too."""
    for found in whole.types:
        for part in closure.parts:
            for role in list(part.roles.get(found.name, {}).values()):
                if role.requires is None or not chance.flag():
                    continue
                known = role.requires.split()
                free = [each for each in found.fields if not any(word.startswith(each.name) for word in known)]
                wanted = [each for each in free if _is_requirable(whole, closure, found, each, part)]
                if wanted:
                    entry = chance.choice(wanted)
                    closure.borrow(part, found, entry)
                    role.requires += f" {_field_set(whole, part, entry, chance)}"


def _is_requirable(whole: Schema, closure: Closure, found: Type, entry: Field, part: Part) -> bool:
    """Whether a field of another subgraph can be required with something in braces or parentheses."""
    resolvers = closure.resolvers(found, entry.name)
    roles = [each.roles[found.name][entry.name] for each in resolvers]
    here = part.roles[found.name].get(entry.name)
    known = here is not None and not (here.external and entry.args)
    if part in resolvers or known or entry.name in found.key_fields or not roles:
        return False
    if any(role.requires is not None or role.lost or role.override for role in roles):
        return False
    target = whole.by_name.get(named(entry.type))
    if target is None or target.kind in (Kind.ENUM, Kind.SCALAR):
        return bool(entry.args)
    if entry.args or target.kind is not Kind.OBJECT or target.is_root:
        return False
    return target.is_entity or any(is_leaf(whole, each) and not each.args for each in target.fields)


def _field_set(whole: Schema, part: Part, entry: Field, chance: Chance) -> str:
    target = whole.by_name.get(named(entry.type))
    if target is None or target.kind in (Kind.ENUM, Kind.SCALAR):
        return entry.name + _arguments(whole, entry, chance)
    if target.is_entity:
        return f"{entry.name} {{ {next(iter(part.keys[target.name])).text} }}"
    leaves = [each.name for each in target.fields if is_leaf(whole, each) and not each.args]
    return f"{entry.name} {{ {' '.join(leaves)} }}"


def is_leaf(whole: Schema, entry: Field) -> bool:
    name = named(entry.type)
    return name in BUILT_IN or whole.by_name[name].kind in (Kind.SCALAR, Kind.ENUM)


def _arguments(whole: Schema, entry: Field, chance: Chance) -> str:
    given = [each for each in entry.args if _is_required(each) or chance.flag()]
    parts = [f"{each.name}: {literal(chance, each.type, whole.by_name)}" for each in given]
    return f"({', '.join(parts)})" if parts else ""


def _is_required(entry: Input) -> bool:
    return entry.type.endswith("!") and entry.default is None


def leave_members_out(found: Cut, chance: Chance) -> None:
    """Lets subgraphs know fewer members of unions, and fewer implementations, than there are."""
    for part in found.parts:
        for abstract in [each for each in found.whole.types if each.name in part.types]:
            if abstract.kind is Kind.UNION:
                part.left_out |= {(abstract.name, name) for name in chance.some(abstract.members[1:], 4)}
            elif abstract.kind is Kind.INTERFACE and abstract.name not in part.interface_keys:
                if abstract.name in _mentioned(found.whole):
                    continue
                below = found.whole.implementations(abstract.name)[1:]
                narrower = {each.name for each in _narrower(found.whole, abstract)}
                free = [each for each in below if not narrower & {*each.interfaces}]
                part.left_out |= {(abstract.name, each.name) for each in chance.some(free, 4)}


def _narrower(whole: Schema, face: Type) -> list[Type]:
    return [each for each in whole.types if each.kind is Kind.INTERFACE and face.name in each.interfaces]


def _mentioned(whole: Schema) -> set[str]:
    """Types that fields of interfaces return: implementations may narrow those fields, if they are such."""
    return {named(entry.type) for each in whole.types if each.kind is Kind.INTERFACE for entry in each.fields}


def tighten(found: Cut, chance: Chance) -> None:
    """Declares fields that several subgraphs resolve non-null in one of them."""
    for owner in found.whole.types:
        for entry in owner.fields if owner.kind is Kind.OBJECT and not owner.is_root else ():
            roles = [role for part in found.parts if (role := part.roles.get(owner.name, {}).get(entry.name))]
            plain = all(role == Role(shareable=True) for role in roles)
            named_here = {entry.name} <= _words(found.parts)
            if len(roles) > 1 and plain and not entry.type.endswith("!") and not named_here and chance.flag():
                roles[chance.integer(0, len(roles) - 1)].type = f"{entry.type}!"


def _words(parts: Sequence[Part]) -> set[str]:
    """Names in any field set."""
    texts = [
        text
        for part in parts
        for roles in part.roles.values()
        for role in roles.values()
        for text in (role.requires, role.provides)
        if text
    ]
    texts += [key.text for part in parts for keys in part.keys.values() for key in keys]
    return {word for text in texts for word in text.replace("{", " ").replace("}", " ").split()}


def add_interface_object(found: Cut, chance: Chance) -> Cut:
    """Adds a subgraph that knows an interface of entities as an object, where the cut has a home for it."""
    homes = [(face, part) for face in found.whole.types for part in found.parts if _is_home(found.whole, face, part)]
    if not homes:
        return found
    face, home = chance.choice(homes)
    home.interface_keys.add(face.name)
    home.keys[face.name] = {ID: True}
    home.dialect = dialect(chance, home.needs(), 7)
    below = [each.name for each in found.whole.implementations(face.name)]
    others = [each.name for each in found.whole.types if each.is_entity and each.name not in below]
    leaf = next((each for each in face.fields if each.type in BUILT_IN and not each.args), None)
    targets = chance.some([f"[{face.name}]", *others]) or ["String"]
    extras = [Field(f"more{n}", ref) for n, ref in enumerate([chance.choice(("String", "Int!", "Int!")), *targets])]
    root = Field("aside", chance.choice((face.name, f"[{face.name}]", f"[{face.name}!]!")))
    part = _blind(face, others, extras, root, leaf, chance)
    return Cut(_extended(found.whole, face, below, extras, root), (*found.parts, part))


def _is_home(whole: Schema, face: Type, part: Part) -> bool:
    if face.kind is not Kind.INTERFACE or face.name not in part.types or face.interfaces:
        return False
    below = whole.implementations(face.name)
    return not _narrower(whole, face) and all(part.keys.get(each.name, {}).get(ID) for each in below)


def _blind(face: Type, others: list[str], extras: list[Field], root: Field, leaf: Field | None, chance: Chance) -> Part:
    key = face.field("id")
    borrowed = [leaf] if leaf is not None and chance.flag() else []
    own = Schema(
        (
            Type(face.name, Kind.OBJECT, fields=(key, *borrowed, *extras), keys=(ID,)),
            *(Type(name, Kind.OBJECT, fields=(Field("id", "ID!"),), keys=(ID,)) for name in others),
            Type("Query", Kind.OBJECT, fields=(root,)),
        )
    )
    part = Part("blind", own, types={each.name for each in own.types}, interface_objects={face.name})
    part.roles = {each.name: {entry.name: Role() for entry in each.fields} for each in own.types}
    for entry in borrowed:
        part.roles[face.name][entry.name].external = True
        part.roles[face.name][extras[0].name].requires = entry.name
    part.keys = {each.name: {ID: True} for each in own.types if each.is_entity}
    part.dialect = dialect(chance, part.needs(), 7)
    return part


def _extended(whole: Schema, face: Type, below: list[str], extras: list[Field], root: Field) -> Schema:
    changed = {face.name: extras, "Query": [root], **dict.fromkeys(below, extras)}
    return Schema(tuple(replace(each, fields=(*each.fields, *changed.get(each.name, ()))) for each in whole.types))
