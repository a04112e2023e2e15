"""Payload values of any shape come back from what is stored as they were."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
from strawberry.scalars import JSON

from flows.codec import from_json, to_json


@strawberry.type
class Payload:
    """A hook's payload with a value of any shape."""

    id: strawberry.ID
    config: JSON


@pytest.mark.parametrize("config", [{"minimum": 4, "names": ["a", None]}, [], "text", 1.5, None])
def test_any_json_comes_back_as_it_was(config: Any) -> None:
    payload = Payload(id=strawberry.ID("1"), config=JSON(config))
    assert to_json(from_json(Payload, to_json(payload))) == {"id": "1", "config": config}
