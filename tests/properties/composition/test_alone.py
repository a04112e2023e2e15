"""One subgraph alone gives its own API, whatever federation's directives it carries."""

from __future__ import annotations

from gateway.composition import Subgraph
from tests.properties.composition.support import normal, sound
from tests.support.federation.chance import Chance, drawn
from tests.support.federation.decorate import Decorated, decorated
from tests.support.properties import holds


def _federation1(chance: Chance) -> Decorated:
    return decorated(chance, federation1=True)


@holds(quick=25, soak=6000, made=drawn(decorated))
def test_a_federation_2_subgraph_gives_its_own_api(made: Decorated) -> None:
    """In every minor version, with directives imported, renamed or in their namespace."""
    _keeps_its_api(made)


@holds(quick=12, soak=3000, made=drawn(_federation1))
def test_a_federation_1_subgraph_gives_its_own_api(made: Decorated) -> None:
    """Without a link, too."""
    _keeps_its_api(made)


def _keeps_its_api(made: Decorated) -> None:
    result = sound([Subgraph("alone", "http://alone.test/graphql", made.sdl)])
    assert result.api_schema is not None, f"{[str(error) for error in result.errors]}\n{made.sdl}"
    assert normal(result.api_schema) == normal(made.api), made.sdl
