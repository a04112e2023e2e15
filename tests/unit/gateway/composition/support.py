"""Short ways to write subgraphs and to look at outcomes."""

from __future__ import annotations

from gateway.composition import CompositionResult, Subgraph, compose

FEDERATION = "https://specs.apollo.dev/federation"


def fed2(*imports: str, version: str = "v2.11") -> str:
    """The link to federation 2 with these directives imported."""
    names = ", ".join(f'"@{name}"' for name in imports)
    return f'extend schema @link(url: "{FEDERATION}/{version}", import: [{names}])\n'


def run(**sdls: str) -> CompositionResult:
    """Compose subgraphs given by name."""
    return compose([Subgraph(name, f"http://{name}.test/graphql", sdl) for name, sdl in sdls.items()])


def good(**sdls: str) -> str:
    """The supergraph of subgraphs that must compose."""
    result = run(**sdls)
    assert result.supergraph is not None, result.errors
    return result.supergraph


def codes(result: CompositionResult) -> set[str]:
    """The codes of all errors."""
    return {str(error.code) for error in result.errors}
