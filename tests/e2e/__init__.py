"""Scenarios told through GraphQL, to real processes."""

import pytest

IN_STACK = [pytest.mark.stack, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="session")]
"""What marks a module whose tests share the session's running Izara."""
