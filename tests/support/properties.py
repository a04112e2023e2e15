"""Properties in two lengths: a short one for every run, always the same; a long one for ``make soak``."""

from __future__ import annotations

import os
from collections.abc import Callable
from random import SystemRandom
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

SEED = "IZARA_TEST_SEED"
"""The variable that repeats a long run: its seed is printed by the run."""

Check = Callable[..., None]


def holds(*, quick: int, soak: int, **strategies: SearchStrategy[Any]) -> Callable[[Check], Callable[[int], None]]:
    """Make a test of a property: ``quick`` examples in every run, ``soak`` ones under the slow marker.

    The quick run is the same each time, so that it never fails by chance; the long one begins from a new
    seed, which it prints.
    """

    def decorate(check: Check) -> Callable[[int], None]:
        lengths = [pytest.param(quick, id="quick"), pytest.param(soak, id="soak", marks=pytest.mark.slow)]

        @pytest.mark.parametrize("examples", lengths)
        def test(examples: int) -> None:
            _run(check, strategies, examples, fixed=examples == quick)

        test.__name__, test.__doc__, test.__module__ = check.__name__, check.__doc__, check.__module__
        return test

    return decorate


def _run(check: Check, strategies: dict[str, SearchStrategy[Any]], examples: int, fixed: bool) -> None:
    profile = settings(
        max_examples=examples,
        deadline=None,
        print_blob=True,
        derandomize=fixed,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
    )
    run = profile(given(**strategies)(check))
    if not fixed:
        chosen = int(os.environ.get(SEED) or SystemRandom().randrange(2**32))
        print(f"{check.__name__}: {SEED}={chosen}")  # noqa: T201
        run = seed(chosen)(run)
    run()
