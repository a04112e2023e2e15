"""What to do about a directive that a subgraph does not know: nearly always an import is missing."""

from __future__ import annotations

from graphql import DirectiveDefinitionNode, DirectiveNode, DocumentNode, GraphQLError, specified_directives
from graphql.pyutils import suggestion_list

from gateway.composition.subgraph.links import FEDERATION_SPEC, Links
from gateway.composition.subgraph.specs import FED1_DIRECTIVES, SPECS, Spec


def way_out(error: GraphQLError, document: DocumentNode, links: Links) -> str | None:
    """How to make an unknown directive known; None for errors about anything else."""
    node = error.nodes[0] if error.nodes else None
    if not (isinstance(node, DirectiveNode) and error.message.startswith("Unknown directive")):
        return None
    name = node.name.value
    spec = SPECS.get(name.rpartition("__")[2])
    if spec is not None:
        return _imported(spec, links)
    meant = suggestion_list(f"@{name}", sorted(_known(document, links)))
    return f"Write {meant[0]} if that is meant, or define @{name}." if meant else f"Define @{name}."


def _imported(spec: Spec, links: Links) -> str:
    """How a directive of federation is had, whatever is linked now."""
    directive, link = f"@{spec.name}", links.federation
    since = f"{FEDERATION_SPEC}/v{spec.since[0]}.{spec.since[1]}"
    if link is None:
        return (
            f"It is a directive of federation {spec.since[0]}.{spec.since[1]}, and the subgraph links none: add "
            f'extend schema @link(url: "{since}", import: ["{directive}"]), with all others that it uses.'
        )
    if link.url.version is not None and link.url.version < spec.since:
        return f"Link {since} or newer, which brought {directive}, and import it."
    local = links.local_name(link, directive)
    if local in link.imports:
        return f"Write {local}, as it is imported."
    return f'Add "{directive}" to the import of {link.url.text}, or write {local}.'


def _known(document: DocumentNode, links: Links) -> set[str]:
    """The directives that the subgraph may use by a name without a prefix."""
    defined = {f"@{node.name.value}" for node in document.definitions if isinstance(node, DirectiveDefinitionNode)}
    imported = {local for local in links.by_import if local.startswith("@")}
    own = () if links.federation is not None else FED1_DIRECTIVES
    return defined | imported | {f"@{name}" for name in own} | {f"@{known.name}" for known in specified_directives}
