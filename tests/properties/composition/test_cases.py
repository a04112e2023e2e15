"""What our own and the recorded cases give is sound: it can be read, served and parsed, in any order."""

from __future__ import annotations

import pytest

from gateway.composition import compose
from tests.properties.composition.corpus import inputs, own_inputs
from tests.properties.composition.support import sound


@pytest.mark.parametrize("part", range(4))
def test_our_own_cases(part: int) -> None:
    """Every fourth of them, and the same bytes again when composed again."""
    for given in own_inputs()[part::4]:
        assert compose(given) == sound(given)


@pytest.mark.slow
def test_all_cases() -> None:
    """The recorded ones, too."""
    for given in inputs():
        sound(given)
