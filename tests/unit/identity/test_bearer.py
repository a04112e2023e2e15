"""Where a token is found."""

from __future__ import annotations

from typing import Any

import pytest

from identity import CodedError, authorization_of_connection_init, bearer_token


def test_the_scheme_is_case_insensitive() -> None:
    assert bearer_token("bearer  abc ") == "abc"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (None, None),
        ({}, None),
        ({"Authorization": None}, None),
        ({"Authorization": "Bearer x"}, "Bearer x"),
        ({"authorization": "Bearer x", "other": 1}, "Bearer x"),
    ],
)
def test_connection_init(payload: Any, expected: str | None) -> None:
    assert authorization_of_connection_init(payload) == expected


@pytest.mark.parametrize("payload", ["Bearer x", ["Bearer x"], {"Authorization": 1}])
def test_a_payload_that_meant_to_sign_in_is_told_so(payload: Any) -> None:
    with pytest.raises(CodedError) as caught:
        authorization_of_connection_init(payload)
    assert caught.value.code == "UNAUTHENTICATED"
