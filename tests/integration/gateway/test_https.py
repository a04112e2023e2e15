"""A gateway whose subgraphs and issuer are reached over https, with certificates of an authority of their own."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.app import create_gateway
from gateway.assembly import AssemblyError
from gateway.config import ConfigError, GatewayConfig
from identity import CodedError
from izara.authorizing import open_verifier
from izara.settings import Settings, SettingsError
from tests.integration.gateway.running import open_websocket
from tests.integration.gateway.subgraphs import Seen, products_app, reviews_app
from tests.support.certificates import Authority
from tests.support.issuer import running_issuer
from tests.support.serving import serving

RENAMED = "subscription { renamed { name reviews { text } } }"


async def test_subgraphs_are_composed_asked_and_subscribed_to(tmp_path: Path) -> None:
    authority, products = Authority.make(tmp_path), Seen()
    routes = [Mount("/products", products_app(products)), Mount("/reviews", reviews_app(Seen()))]
    async with AsyncExitStack() as stack:
        at = await stack.enter_async_context(serving(Starlette(routes=routes), certificate=authority.signed()))
        urls = {name: f"{at}/{name}/graphql" for name in ("products", "reviews")}
        gateway = create_gateway(GatewayConfig(subgraphs=urls, ca_file=authority.ca_file))
        url = await stack.enter_async_context(serving(gateway.app, http=gateway.http_protocol()))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        await gateway.wait_ready()
        for _ in range(3):
            body = {"query": "{ product(id: 2) { name reviews { text } } }"}
            async with session.post(f"{url}/graphql", json=body) as response:
                assert await response.json() == {"data": {"product": {"name": "Chair", "reviews": [{"text": "Hard"}]}}}
        socket = await stack.enter_async_context(open_websocket(url))
        await socket.sign_in()
        await socket.subscribe("1", RENAMED)
        products.renames.put_nowait("2")
        renamed = {"name": "Chair, renamed", "reviews": [{"text": "Hard"}]}
        assert (await socket.receive())["payload"] == {"data": {"renamed": renamed}}
        products.renames.put_nowait("end")


async def test_without_the_authority_the_gateway_says_what_is_not_accepted(tmp_path: Path) -> None:
    authority = Authority.make(tmp_path)
    async with serving(products_app(Seen()), certificate=authority.signed()) as at:
        gateway = create_gateway(GatewayConfig(subgraphs={"products": f"{at}/graphql"}))
        async with gateway.running():
            with pytest.raises(AssemblyError, match=r"SUBGRAPH_UNREACHABLE.*'products'.*certificate is not accepted"):
                await gateway.reload()


def test_a_file_that_cannot_be_used_keeps_a_gateway_from_being_made(tmp_path: Path) -> None:
    config = GatewayConfig(subgraphs={"products": "https://localhost/graphql"}, ca_file=tmp_path / "none.pem")
    with pytest.raises(ConfigError, match=r"ca_file: .*none\.pem cannot be read: No such file"):
        create_gateway(config)


async def test_an_issuers_keys_are_fetched_with_the_same_authority(tmp_path: Path) -> None:
    authority = Authority.make(tmp_path)
    async with running_issuer(certificate=authority.signed()) as issuer:
        token = issuer.party.token()
        async with open_verifier(Settings(issuer=issuer.url, ca_file=authority.ca_file)) as verifier:
            assert verifier is not None
            assert (await verifier.verify(token)).is_signed_in
        async with open_verifier(Settings(issuer=issuer.url)) as verifier:
            assert verifier is not None
            with pytest.raises(CodedError, match="certificate") as caught:
                await verifier.verify(token)
            assert caught.value.code == "UNAVAILABLE"
    with pytest.raises(SettingsError, match=r"IZARA_CA_FILE: .*none\.pem cannot be read"):
        async with open_verifier(Settings(issuer="https://localhost", ca_file=tmp_path / "none.pem")):
            pass
