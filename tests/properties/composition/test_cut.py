"""A schema cut over subgraphs composes to the schema it was."""

from __future__ import annotations

from tests.properties.composition.support import api, normal, shown, subgraphs
from tests.support.federation.chance import drawn
from tests.support.federation.cut import Cut, random_cut
from tests.support.properties import holds


@holds(quick=60, soak=6000, made=drawn(random_cut))
def test_a_cut_schema_keeps_its_api(made: Cut) -> None:
    """Whatever is spread, shared, required, provided or overridden: clients see the whole."""
    parts = subgraphs(made)
    assert api(parts) == normal(made.whole.sdl), shown(parts)
