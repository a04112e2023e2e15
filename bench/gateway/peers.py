"""npm's gateways, over the same subgraphs: processes of their own where there is Node, on the core of ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.gateway.graph import SDLS
from bench.gateway.processes import Process, pinned
from bench.gateway.serving import supergraph

_SCRIPT: Final = Path(__file__).parents[1] / "peers" / "gateway.mjs"

PEERS: Final = {
    "@apollo/gateway": "apollo",
    "@graphql-hive/gateway-runtime": "hive",
    "@mercuriusjs/gateway": "mercurius",
}
"""What they are called, and how the script calls them."""

_FEDERATION_1: Final = {
    "readers": """
extend type Query { readers: [Reader] reader(id: ID!): Reader }
type Reader @key(fields: "id") { id: ID! name: String handle: String born: Int }
""",
    "books": """
extend type Query { topBooks(first: Int = 5): [Book] }
type Book @key(fields: "isbn") { isbn: String! title: String cents: Int grams: Int }
""",
    "opinions": """
extend type Query { opinion(id: ID!): Opinion }
type Opinion @key(fields: "id") { id: ID! text: String book: Book author: Reader @provides(fields: "handle") }
extend type Reader @key(fields: "id") { id: ID! @external handle: String @external opinions: [Opinion] }
extend type Book @key(fields: "isbn") { isbn: String! @external opinions: [Opinion] }
""",
    "stock": """
extend type Query { warehouse: String }
extend type Book @key(fields: "isbn") {
  isbn: String! @external cents: Int @external grams: Int @external
  inStock: Boolean days: Int @requires(fields: "cents grams")
}
""",
}
"""What the two queries ask for, as mercurius understands it: it composes by itself, and knows no links."""


def missing() -> str | None:
    """Why there are no peers, or None where there are."""
    if shutil.which("node") is None:
        return "npm's gateways are left out: there is no Node"
    if not (_SCRIPT.parent / "node_modules" / "@mercuriusjs").is_dir():
        return "npm's gateways are left out: `npm ci` in bench/peers installs them, as `make bench` does"
    return None


@contextmanager
def peer(core: int | None, name: str, standins: int) -> Iterator[Process]:
    """Runs a peer over the stand-ins at this port until the context ends. Raises RuntimeError if it does not start."""
    assert SDLS.keys() == _FEDERATION_1.keys(), "the same subgraphs, told in two ways"
    urls = {subgraph: f"http://127.0.0.1:{standins}/{subgraph}" for subgraph in SDLS}
    subgraphs = [{"name": each, "url": urls[each], "sdl": sdl} for each, sdl in _FEDERATION_1.items()]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as manifest:
        json.dump({"supergraph": supergraph(standins), "subgraphs": subgraphs}, manifest)
        manifest.flush()
        command = ["node", str(_SCRIPT), manifest.name, PEERS[name]]
        with pinned(core):
            child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_production()
            )
        with child:
            assert child.stdin is not None
            assert child.stdout is not None
            said, _, port = child.stdout.readline().strip().partition(" ")
            if said != "ready":
                child.kill()
                raise RuntimeError(f"{name} did not start")
            try:
                yield Process(int(port), child.pid)
            finally:
                child.stdin.close()
                child.wait(10)


def _production() -> dict[str, str]:
    """Our surroundings, with what makes Node's packages leave out checks for developers."""
    return {**os.environ, "NODE_ENV": "production"}
