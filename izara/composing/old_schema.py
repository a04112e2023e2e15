"""The schema that clients know, which a new one is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import aiohttp
from graphql import GraphQLSchema

from gateway.composition.changes import SchemaUnreadableError, read_client_schema
from gateway.composition.diagnostics import Diagnostic
from izara.composing.files import LARGEST, FileUnreadableError, read_text
from izara.composing.sources import is_url

CODE = "OLD_SCHEMA_UNREADABLE"
_HELP = "Give a file or URL with the supergraph, or the API schema, that clients use now."


@dataclass(frozen=True)
class OldSchema:
    """A schema and the text that it was read from, or why there is none."""

    schema: GraphQLSchema | None
    text: str = ""
    problems: tuple[Diagnostic, ...] = ()


async def read_old_schema(place: str, seconds: float) -> OldSchema:
    """Read it from a file or a URL."""
    try:
        text = await _fetch(place, seconds) if is_url(place) else read_text(Path(place))
        return OldSchema(read_client_schema(text), text)
    except FileUnreadableError as error:
        message = str(error)
    except SchemaUnreadableError as error:
        message = f"{place} holds no schema: {error}"
    except aiohttp.ClientResponseError as error:
        message = f"{place} gives no schema: it answered {error.status}"
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        message = f"{place} gives no schema: {error or type(error).__name__}"
    return OldSchema(None, problems=(Diagnostic("error", CODE, message, help=_HELP),))


async def _fetch(url: str, seconds: float) -> str:
    """The body at a URL. Raises aiohttp.ClientError, TimeoutError or ValueError."""
    limits = aiohttp.ClientTimeout(total=seconds)
    async with aiohttp.ClientSession(timeout=limits) as session, session.get(url) as response:
        response.raise_for_status()
        body = bytearray()
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > LARGEST:
                raise ValueError(f"it is longer than {LARGEST} bytes")
        return body.decode("utf-8-sig")
