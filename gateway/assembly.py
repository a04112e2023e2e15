"""From a configuration to a generation: transports, SDLs, composition, loading."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from starlette.types import ASGIApp

from gateway.composition import Composer, Subgraph
from gateway.config import ConfigError, GatewayConfig
from gateway.executor.transports import (
    ConnectableTransport,
    FetchObserver,
    HttpClient,
    InProcessTransport,
    MeasuredTransport,
    RemoteTransport,
)
from gateway.pipeline.generation import Generation
from gateway.subgraph_sdl import LARGEST_SDL, fetch_sdls
from gateway.supergraph import Supergraph, SupergraphError, load_supergraph


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why there is no supergraph, and a way out where one is known."""

    code: str
    message: str
    help: str | None = None

    def __str__(self) -> str:
        way_out = f" {self.help}" if self.help else ""
        return f"[{self.code}] {self.message.rstrip('.')}.{way_out}"


class AssemblyError(Exception):
    """No supergraph could be made of the subgraphs as they are now."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(" ".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Assembled:
    """A generation and the supergraph's text. `sdls` is what it was composed of; empty where it was given."""

    generation: Generation
    supergraph: str
    sdls: Mapping[str, str]


class Assembler:
    """Makes generations.

    Args:
        apps: ASGI apps of this process by subgraph name; they are called at `/graphql`, whatever the URL says.
        client: for all other subgraphs.
    """

    def __init__(
        self,
        config: GatewayConfig,
        apps: Mapping[str, ASGIApp],
        client: HttpClient,
        observer: FetchObserver,
    ) -> None:
        self._config = config
        self._apps = apps
        self._client = client
        self._observer = observer
        self._seconds = config.subgraph_timeout.total_seconds()
        self._composing = _Composing()

    def given(self, sdl: str, supergraph: Supergraph) -> Assembled:
        """The generation of a supergraph that is not composed here."""
        transports = self._transports(supergraph.subgraphs)
        return Assembled(Generation.of(supergraph, transports, self._config), sdl, {})

    async def composed(self, previous: Assembled | None) -> Assembled:
        """Asks the subgraphs and composes what they say. Raises AssemblyError.

        Returns `previous` where they still say the same.
        """
        sdls, silent = await fetch_sdls(self._transports(self._config.subgraphs, largest=LARGEST_SDL))
        if silent:
            raise AssemblyError(tuple(Problem(problem.code, problem.message, problem.help) for problem in silent))
        if previous is not None and previous.sdls == sdls:
            return previous
        text, supergraph = await asyncio.to_thread(self._composing.compose, self._config.subgraphs, sdls)
        transports = self._transports(self._config.subgraphs)
        return Assembled(Generation.of(supergraph, transports, self._config), text, sdls)

    def _transports(self, urls: Mapping[str, str], largest: int | None = None) -> dict[str, ConnectableTransport]:
        return {
            name: MeasuredTransport(self._transport(name, url, largest), self._observer) for name, url in urls.items()
        }

    def _transport(self, name: str, url: str, largest: int | None) -> ConnectableTransport:
        app = self._apps.get(name)
        if app is not None:
            return InProcessTransport(app, self._seconds)
        events = name in self._config.event_streams
        return RemoteTransport(url, self._client, self._seconds, largest=largest, events=events)


def check_apps(apps: Mapping[str, ASGIApp], subgraphs: Mapping[str, str], event_streams: frozenset[str]) -> None:
    """Raises ConfigError where an app belongs to no subgraph, or a subgraph can be reached in no way."""
    for setting, name in [*(("apps", name) for name in apps), *(("event_streams", name) for name in event_streams)]:
        if name not in subgraphs:
            raise ConfigError(
                f"{setting}: {name!r} is not a subgraph; there are {', '.join(sorted(subgraphs)) or 'none'}"
            )
    for name, url in subgraphs.items():
        if name not in apps and not url.startswith(("http://", "https://")):
            raise ConfigError(f"subgraphs: the URL of {name!r} must start with http:// or https://, not {url!r}")


class _Composing:
    """Composes what subgraphs say now; what did not change since the last time is taken over."""

    def __init__(self) -> None:
        self._composer = Composer()
        # A refresh that is cancelled leaves its thread behind, and the next one must wait for it.
        self._alone = Lock()

    def compose(self, urls: Mapping[str, str], sdls: Mapping[str, str]) -> tuple[str, Supergraph]:
        """Composes and loads; takes its time, so it belongs in a thread. Raises AssemblyError."""
        with self._alone:
            result = self._composer.compose([Subgraph(name, urls[name], sdl) for name, sdl in sdls.items()])
        if result.supergraph is None:
            raise AssemblyError(tuple(Problem(str(error.code), error.message, error.help) for error in result.errors))
        try:
            return result.supergraph, load_supergraph(result.supergraph)
        except SupergraphError as error:
            raise AssemblyError((Problem(error.code, error.message),)) from error
