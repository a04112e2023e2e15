"""The definitions that every supergraph carries: the link and join specifications' own."""

from __future__ import annotations

from collections.abc import Sequence

_LINK = "directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA"

_FIELD_03 = (
    "graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, "
    "override: String, usedOverridden: Boolean"
)
_FIELD_04 = f"{_FIELD_03}, overrideLabel: String"
_FIELD_05 = f"{_FIELD_04}, contextArguments: [join__ContextArgument!]"
_FIELDS = {"v0.3": _FIELD_03, "v0.4": _FIELD_04, "v0.5": _FIELD_05}

_COMMON = (
    "directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE",
    "directive @join__graph(name: String!, url: String!) on ENUM_VALUE",
    "directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE",
    "directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, "
    "resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on "
    "OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR",
    "directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION",
    _LINK,
)

_JOIN_DIRECTIVE = (
    "directive @join__directive(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments) "
    "repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION"
)

_CONTEXT_ARGUMENT = """input join__ContextArgument {
  name: String!
  type: String!
  context: String!
  selection: join__FieldValue!
}"""

_PURPOSE = '''enum link__Purpose {
  """`SECURITY` features are needed to resolve fields securely."""
  SECURITY

  """`EXECUTION` features are needed to execute operations."""
  EXECUTION
}'''


def join_machinery(version: str, graphs: Sequence[str]) -> tuple[list[str], list[str]]:
    """The definitions of a join version: directives, then types with the lines of ``join__Graph``."""
    field = f"directive @join__field({_FIELDS[version]}) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION"
    directives = [*_COMMON, field]
    types = ["scalar join__FieldSet", "enum join__Graph {\n" + "\n".join(graphs) + "\n}"]
    if version != "v0.3":
        directives.append(_JOIN_DIRECTIVE)
        types.append("scalar join__DirectiveArguments")
    if version == "v0.5":
        types += [_CONTEXT_ARGUMENT, "scalar join__FieldValue"]
    return directives, [*types, "scalar link__Import", _PURPOSE]
