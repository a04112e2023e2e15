"""Adds contexts to a cut: entities that are only reached below objects that tell their fields something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.oracle.twists import ID, is_leaf
from tests.support.federation.chance import Chance
from tests.support.federation.cut import Cut
from tests.support.federation.dialect import dialect
from tests.support.federation.part import FromContext, Part, Role
from tests.support.federation.schema import Field, Input, Kind, Schema, Type, named

TOLD = "Told"
"""The entity whose fields have contextual arguments. Nothing but what sets the context has a field of it."""
_SHAPES = ("%s", "%s!", "[%s]", "[%s!]!", "[[%s]]")


@dataclass(frozen=True)
class _Source:
    """A leaf that a type can give a context: how it is selected, its type in an argument, who has to be asked."""

    text: str
    type: str
    borrowed: Field | None = None


def add_contexts(found: Cut, chance: Chance) -> Cut:
    """Lets types of one subgraph set a context for `TOLD`, where the cut has any that can."""
    homes = [(part, setters) for part in found.parts if (setters := _setters(found, part))]
    if not homes:
        return found
    home, able = chance.choice(homes)
    names = _setting(found, home, [each.name for each in able], chance)
    told = _Told(found, chance, home, names, chance.choice([part for part in found.parts if _is_other(part, home)]))
    for number in range(chance.integer(1, 2)):
        told.set_context(f"ctx{number}")
    return told.finish()


def _setting(found: Cut, home: Part, able: list[str], chance: Chance) -> list[str]:
    """Some of those that can, often all of an abstract type."""
    kinds = [
        members for each in found.whole.types if (members := _members(found, home, each)) and {*members} <= {*able}
    ]
    whole = chance.choice(kinds) if kinds and chance.flag() else []
    chosen = {*whole, *chance.some(able, 3)} or {able[0]}
    return [name for name in able if name in chosen]


def _members(found: Cut, part: Part, abstract: Type) -> list[str]:
    """The objects of an abstract type, as far as a subgraph knows them as such."""
    if abstract.name not in part.types:
        return []
    if abstract.kind is Kind.INTERFACE:
        names = [each.name for each in found.whole.implementations(abstract.name)]
    else:
        names = list(abstract.members)
    return [name for name in names if (abstract.name, name) not in part.left_out]


def _is_other(part: Part, home: Part) -> bool:
    return part is home or not part.interface_objects


def _setters(found: Cut, part: Part) -> list[Type]:
    """The objects of a subgraph that one may come back to, with something to tell."""
    if part.interface_objects:
        return []
    return [each for each in found.whole.types if _can_set(found, part, each)]


def _can_set(found: Cut, part: Part, each: Type) -> bool:
    # A root under another name has none in field sets: composers know it by the usual one.
    entered = (each.name == "Query" and "Query" not in part.root_names) or (
        each.is_entity and any(part.keys.get(each.name, {}).values())
    )
    return entered and each.name in part.types and bool(_sources(found, part, each))


def _sources(found: Cut, part: Part, owner: Type) -> list[_Source]:
    return [source for entry in owner.fields if (source := _source(found, part, owner, entry)) is not None]


def _source(found: Cut, part: Part, owner: Type, entry: Field) -> _Source | None:
    if entry.args:
        return None
    here = part.roles[owner.name].get(entry.name)
    if here is None and (owner.is_root or not _is_borrowable(found, owner, entry)):
        return None
    borrowed = entry if here is None else None
    target = found.whole.by_name.get(named(entry.type))
    if is_leaf(found.whole, entry):
        return _Source(entry.name, _bare(entry.type, named(entry.type)), borrowed)
    if here is None or here.external or target is None or target.kind is not Kind.OBJECT or target.is_root:
        return None
    leaf = _inner_leaf(found.whole, part, target)
    if leaf is None:
        return None
    return _Source(f"{entry.name} {{ {leaf.name} }}", _bare(entry.type, _bare(leaf.type, named(leaf.type))))


def _inner_leaf(whole: Schema, part: Part, target: Type) -> Field | None:
    roles = part.roles.get(target.name, {})
    leaves = [each for each in target.fields if each.name in roles and is_leaf(whole, each) and not each.args]
    return leaves[-1] if leaves else None


def _is_borrowable(found: Cut, owner: Type, entry: Field) -> bool:
    """Whether others resolve a leaf of an entity, plainly."""
    if not owner.is_entity or not is_leaf(found.whole, entry):
        return False
    roles = [part.roles.get(owner.name, {}).get(entry.name) for part in found.parts]
    resolving = [role for role in roles if role is not None and not role.external]
    return bool(resolving) and all(role.requires is None and not role.lost and not role.override for role in resolving)


def _bare(ref: str, leaf: str) -> str:
    """The reference's lists around the leaf's type, with no demands."""
    depth = ref.count("[")
    return "[" * depth + leaf + "]" * depth


class _Told:
    """The type under construction."""

    def __init__(self, found: Cut, chance: Chance, home: Part, setters: Sequence[str], other: Part) -> None:
        self._found = found
        self._chance = chance
        self._home = home
        self._setters = setters
        self._other = other
        self._contexts: dict[str, FromContext] = {}
        self._borrowed: list[tuple[str, Field]] = []

    def set_context(self, name: str) -> None:
        """A context of this name, with a value of one type that all who set it have; none if there is no such type."""
        whole = self._found.whole
        options = {each: _sources(self._found, self._home, whole.by_name[each]) for each in self._setters}
        shared = set.intersection(*({source.type for source in each} for each in options.values()))
        if not shared:
            return
        kind = self._chance.choice(sorted(shared))
        chosen = {
            each: self._chance.choice([source for source in sources if source.type == kind])
            for each, sources in options.items()
        }
        self._borrowed += [(each, source.borrowed) for each, source in chosen.items() if source.borrowed is not None]
        self._contexts[name] = FromContext(kind, name, self._selection({each: s.text for each, s in chosen.items()}))
        for each in self._holders(name):
            self._home.contexts[each] = (*self._home.contexts.get(each, ()), name)

    def _selection(self, texts: dict[str, str]) -> str:
        if len({*texts.values()}) == 1 and self._chance.flag():
            return f"{{ {next(iter(texts.values()))} }}"
        return " ".join(f"... on {name} {{ {text} }}" for name, text in texts.items())

    def _holders(self, context: str) -> list[str]:
        """The types that bear the directive: an abstract one in place of its objects, where all of them set it."""
        fragments = "..." in self._contexts[context].selection
        left = list(self._setters)
        found: list[str] = []
        for each in self._found.whole.types:
            members = _members(self._found, self._home, each)
            if fragments and members and {*members} <= {*self._setters} and not self._chance.flag(4):
                found.append(each.name)
                left = [name for name in left if name not in members]
        return [*found, *left]

    def finish(self) -> Cut:
        """The cut with the type in it, if it has come to a context."""
        if not self._contexts:
            return self._found
        fields, elsewhere = self._fields(), Field("elsewhere", self._chance.choice(("String", "Int!")))
        told = Type(TOLD, Kind.OBJECT, fields=(Field("id", "ID!"), *fields, elsewhere), keys=(ID,))
        links = self._links()
        whole = _extended(self._found.whole, told, links)
        for owner, entry in self._borrowed:
            self._home.roles[owner].setdefault(entry.name, Role(external=True))
            self._home.types |= {named(entry.type)} & {*whole.by_name}
        self._enter(self._home, fields, whole)
        if self._other is not self._home:
            self._enter(self._other, [elsewhere], whole)
        else:
            self._home.roles[TOLD]["elsewhere"] = Role()
        self._link(links)
        self._home.dialect = dialect(self._chance, self._home.needs(), 8)
        return Cut(whole, self._found.parts)

    def _fields(self) -> list[Field]:
        chance = self._chance
        pool = ["String", "[String]", "Int!", f"[{TOLD}]", TOLD, *(n for n in self._setters if n != "Query")]
        fields = []
        for number in range(chance.integer(1, 3)):
            plain = (Input("plain", "Int"),) if chance.flag(3) else ()
            fields.append(Field(f"word{number}", chance.choice(pool), plain))
        return [*fields, Field("again", chance.choice((TOLD, f"[{TOLD}]")))]

    def _enter(self, part: Part, fields: Sequence[Field], whole: Schema) -> None:
        part.whole = whole
        part.types.add(TOLD)
        part.keys[TOLD] = {ID: True}
        part.roles[TOLD] = {"id": Role(), **{entry.name: Role() for entry in fields}}
        for entry in fields:
            if entry.name.startswith("word"):
                # The first uses all, so that nothing is borrowed that nobody uses.
                chosen = [] if entry.name == "word0" else self._chance.some([*self._contexts])
                names = chosen or [*self._contexts]
                given = {f"given{number}": self._contexts[name] for number, name in enumerate(names)}
                part.roles[TOLD][entry.name].contextual = given

    def _links(self) -> dict[str, Field]:
        """The fields that lead to the type."""
        chosen = [each for each in self._setters if not self._chance.flag(4)] or self._setters[:1]
        return {each: Field("told", self._chance.choice(_SHAPES) % TOLD) for each in chosen}

    def _link(self, links: dict[str, Field]) -> None:
        for owner, entry in links.items():
            able = any(self._other.keys.get(owner, {}).values()) or owner == "Query"
            away = able and owner in self._other.types and self._chance.flag()
            (self._other if away else self._home).roles[owner][entry.name] = Role()


def _extended(whole: Schema, told: Type, links: dict[str, Field]) -> Schema:
    types = [
        replace(each, fields=(*each.fields, links[each.name])) if each.name in links else each for each in whole.types
    ]
    return Schema((*types, told))
