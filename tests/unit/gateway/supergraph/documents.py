"""Supergraph documents as a composer prints them, cut down to what a test needs."""

from __future__ import annotations

HEAD = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{ query: Query }

directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on OBJECT | INTERFACE | UNION
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph {
  A @join__graph(name: "a-1", url: "http://a")
  B @join__graph(name: "b", url: "http://b")
  C @join__graph(name: "c", url: "http://c")
}
"""

SHOP = (
    HEAD
    + """
type Query @join__type(graph: A) @join__type(graph: B) {
  thing(id: ID!, secret: Int @inaccessible): Thing @join__field(graph: A, provides: "maker { name }")
  any: [Any] @join__field(graph: B)
  node: Node @join__field(graph: A)
}
interface Node
  @join__type(graph: A, key: "id")
  @join__type(graph: C, key: "id", isInterfaceObject: true)
{
  id: ID!
  label: String @join__field(graph: A)
  views: Int @join__field(graph: C)
}
type Thing implements Node
  @join__implements(graph: A, interface: "Node")
  @join__type(graph: A, key: "id")
  @join__type(graph: A, key: "code maker { id }")
  @join__type(graph: B, key: "code maker { id }")
  @join__type(graph: C, key: "id", resolvable: false)
{
  id: ID! @join__field(graph: A) @join__field(graph: C)
  code: String! @join__field(graph: A) @join__field(graph: B) @deprecated(reason: "use id")
  maker: Maker! @join__field(graph: A) @join__field(graph: B)
  label: String @join__field(graph: A)
  views: Int @join__field
  old: String
    @join__field(graph: A, overrideLabel: "move")
    @join__field(graph: B, override: "a-1", overrideLabel: "move")
  gone: String @join__field(graph: A, usedOverridden: true) @join__field(graph: B, override: "a-1")
  weight: Int @join__field(graph: A) @join__field(graph: B, external: true)
  fee: Int @join__field(graph: B, requires: "weight")
  hidden: Secret @inaccessible
}
type Maker @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  name: String @join__field(graph: A, external: true) @join__field(graph: B)
}
type Secret @join__type(graph: A) @inaccessible { x: Int }
union Any
  @join__type(graph: A)
  @join__type(graph: B)
  @join__unionMember(graph: A, member: "Thing")
  @join__unionMember(graph: B, member: "Thing")
  @join__unionMember(graph: B, member: "Maker")
 = Thing | Maker
enum Mood @join__type(graph: A) { GOOD @join__enumValue(graph: A) BAD @join__enumValue(graph: A) @inaccessible }
"""
)
