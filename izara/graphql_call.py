"""GraphQL calls of our own commands to a running gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp


class CallFailed(Exception):
    """The endpoint did not answer, or answered with errors; the message says which."""


async def call(
    session: aiohttp.ClientSession, url: str, token: str, query: str, variables: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The `data` of one operation; raises CallFailed for anything but a clean answer."""
    body = {"query": query, "variables": dict(variables or {})}
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    try:
        async with session.post(url, json=body, headers=headers) as response:
            answer = await response.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise CallFailed(f"{url} does not answer: {error or type(error).__name__}") from error
    if not isinstance(answer, dict):
        raise CallFailed(f"{url} does not answer as GraphQL: {answer!r:.200}")
    if answer.get("errors"):
        raise CallFailed("; ".join(str(error.get("message")) for error in answer["errors"]))
    data: dict[str, Any] = answer.get("data") or {}
    return data


async def mutate(
    session: aiohttp.ClientSession, url: str, token: str, field: str, selection: str, **given: Any
) -> dict[str, Any]:
    """The payload of one mutation with the input `given`; raises CallFailed where it holds errors."""
    type_name = field[0].upper() + field[1:] + "Input"
    query = f"mutation ($input: {type_name}!) {{ {field}(input: $input) {{ errors {{ code message }} {selection} }} }}"
    payload: dict[str, Any] = (await call(session, url, token, query, {"input": given}))[field]
    if payload["errors"]:
        raise CallFailed(f"{field}: " + "; ".join(error["message"] for error in payload["errors"]))
    return payload
