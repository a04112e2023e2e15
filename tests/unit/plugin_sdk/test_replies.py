"""What the platform's answer to an outcome means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from plugin_sdk import ErrorDetail
from plugin_sdk._http import Response
from plugin_sdk._outcomes import Complete
from plugin_sdk._replies import Replies
from plugin_sdk._transient import Transient, Unexpected
from plugin_sdk.protocol.delivery import Delivery
from plugin_sdk.protocol.in_hand import Verdict
from plugin_sdk.protocol.operations import ServiceOperations

DELIVERY = Delivery("d1", "commerce_a_b_c", "ASYNC", 2, 1, None, False, None, (), {})


class Answering:
    """A client that gives one answer, and keeps what it was asked."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.variables: Mapping[str, Any] = {}

    async def execute(
        self, document: str, variables: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Response:
        assert "commerceReply" in document
        self.variables = variables
        return self.response


def replies(response: Response) -> tuple[Replies, Answering]:
    client = Answering(response)
    return Replies(client, {"commerce": ServiceOperations("commerce", [])}), client


def payload(*codes: str) -> Response:
    errors = [{"code": code, "message": "because"} for code in codes]
    return Response({"commerceReply": {"errors": errors}}, ())


def top_level(code: str | None) -> Response:
    return Response(None, (ErrorDetail("because", code),))


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        (payload(), Verdict.ACCEPTED),
        (payload("STALE_ATTEMPT"), Verdict.STALE),
        (payload("BAD_RESULT"), Verdict.REFUSED),
        (top_level("STALE_ATTEMPT"), Verdict.STALE),
        (top_level("BAD_USER_INPUT"), Verdict.REFUSED),
        (top_level("FORBIDDEN"), Verdict.REFUSED),
        (top_level("LIMIT_EXCEEDED"), Verdict.REFUSED),
        (top_level("PAYLOAD_TOO_LARGE"), Verdict.REFUSED),
        (top_level("GRAPHQL_VALIDATION_FAILED"), Verdict.REFUSED),
    ],
)
async def test_an_answer_is_a_verdict(response: Response, verdict: Verdict) -> None:
    sender, client = replies(response)
    answer = await sender.send(DELIVERY, Complete(1))
    assert answer.verdict is verdict
    assert ("because" in answer.reason) is (verdict is not Verdict.ACCEPTED)
    assert client.variables == {"deliveryId": "d1", "attempt": 2, "outcome": {"complete": {"result": 1}}}


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (top_level("UNAVAILABLE"), Transient),
        (top_level("SUBGRAPH_UNREACHABLE"), Transient),
        (top_level("INTERNAL"), Unexpected),
        (top_level(None), Unexpected),
        (Response({"commerceReply": None}, ()), Unexpected),
    ],
)
async def test_no_answer_is_no_verdict(response: Response, kind: type[Transient]) -> None:
    sender, _ = replies(response)
    with pytest.raises(Transient) as raised:
        await sender.send(DELIVERY, Complete())
    assert raised.type is kind
