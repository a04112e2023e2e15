"""Who runs a command waits for what it needs to be loaded, and for nothing else."""

from __future__ import annotations

import importlib
import subprocess
import sys
from enum import Enum
from types import ModuleType

import pytest

import identity
import store
from flows.graphql.types import FlowStatus
from flows.records import AttemptError, DeliveryStatus
from izara.cli import operations
from izara.cli.run import KNOWN

LOADED = """
import sys
import store.embedded.child
print("the embedded server", sorted({name.split(".")[1] for name in sys.modules if name.startswith("store.")}))
def loaded(*modules):
    return sorted({name.partition(".")[0] for name in sys.modules} & set(modules))
import izara.cli.main
print("every command", loaded("aiohttp", "flows", "gateway", "graphql", "pydantic", "strawberry"))
import izara.serve
print("a gateway", loaded("beanie", "flows", "pymongo", "registrar", "strawberry"))
import izara.serve_service
from izara.services import SERVICES
SERVICES["market"]
print("a service", sorted(name for name in sys.modules if name.startswith("subgraphs.") and name.endswith(".app")))
"""


def test_processes_load_what_they_serve() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "the embedded server ['embedded']",
        "every command []",
        "a gateway []",
        "a service ['subgraphs.market.app']",
    ]


@pytest.mark.parametrize("package", [identity, store])
def test_what_is_loaded_later_is_there(package: ModuleType) -> None:
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    assert not hasattr(package, "nothing")


@pytest.mark.parametrize("module", KNOWN)
def test_errors_that_are_told_in_one_line_are_where_they_are_said_to_be(module: str) -> None:
    found = importlib.import_module(module)
    assert all(issubclass(getattr(found, name), Exception) for name in KNOWN[module])


def test_commands_know_the_words_of_the_api() -> None:
    said: list[type[Enum]] = [operations.RunStatus, operations.DeliveryStatus, operations.AttemptError]
    meant: list[type[Enum]] = [FlowStatus, DeliveryStatus, AttemptError]
    assert [[item.value for item in words] for words in said] == [[item.value for item in words] for words in meant]
