"""Commands that need nobody else: what they print, and exit codes 0, 1 and 2."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from izara.cli.main import app
from izara.listening import bind

SDL = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"]) '
GOODS = SDL + 'type Query { good: Good } type Good @key(fields: "id") { id: ID! name: String }'
PRICES = SDL + 'type Good @key(fields: "id") { id: ID! price: Int }'


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("IZARA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path("goods.graphql").write_text(GOODS)
    Path("prices.graphql").write_text(PRICES)
    Path("wrong.graphql").write_text("type Query { a: }")
    Path("bytes").write_bytes(b"\xff\xfe\xff")


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Commands send what is logged to the standard error that they were run with, which is gone afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def izara(*arguments: str) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


BOTH = ("compose", "--subgraph", "goods=goods.graphql", "--subgraph", "prices=prices.graphql")


def test_compose_prints_the_supergraph() -> None:
    result = izara(*BOTH)
    assert result.exit_code == 0
    assert 'PRICES @join__graph(name: "prices"' in result.stdout


def test_compose_writes_the_supergraph_and_plan_reads_it() -> None:
    assert izara(*BOTH, "--out", "super.graphql").stdout == ""
    Path("query.graphql").write_text("{ good { name price } }")
    result = izara("plan", "query.graphql", "--supergraph", "super.graphql")
    assert result.exit_code == 0
    assert 0 <= result.stdout.find("fetch goods") < result.stdout.find(" prices")


def test_compose_json_has_the_shape_of_the_contract() -> None:
    answer = json.loads(izara(*BOTH, "--json").stdout)
    assert set(answer) == {"supergraph", "apiSchema", "errors", "hints"}
    assert "type Good" in answer["apiSchema"]
    assert "@join__" not in answer["apiSchema"]
    assert answer["errors"] == []


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("wrong.graphql", "INVALID_GRAPHQL"),
        ("missing.graphql", "SUBGRAPH_FILE_UNREADABLE"),
        (".", "SUBGRAPH_FILE_UNREADABLE"),
        ("bytes", "SUBGRAPH_FILE_UNREADABLE"),
        ("http://127.0.0.1:1/graphql", "SUBGRAPH_UNREACHABLE"),
        ("http://", "SUBGRAPH_UNREACHABLE"),
    ],
)
def test_what_does_not_compose_is_a_coded_error(source: str, code: str) -> None:
    result = izara("compose", "--subgraph", f"bad={source}")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"error {code}: ")
    assert "bad" in result.stderr
    as_json = izara("compose", "--subgraph", f"bad={source}", "--json")
    assert as_json.exit_code == 1
    assert [error["code"] for error in json.loads(as_json.stdout)["errors"]] == [code]
    assert json.loads(as_json.stdout)["supergraph"] is None


def test_one_name_for_two_subgraphs_is_an_error() -> None:
    result = izara("compose", "--subgraph", "a=goods.graphql", "--subgraph", "a=prices.graphql")
    assert (result.exit_code, result.stderr.split(":")[0]) == (1, "error INVALID_SUBGRAPH_NAME")


def test_what_does_not_compose_leaves_an_old_supergraph_alone() -> None:
    Path("super.graphql").write_text("old")
    assert izara("compose", "--subgraph", "a=wrong.graphql", "--out", "super.graphql").exit_code == 1
    assert Path("super.graphql").read_text() == "old"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*BOTH, "--out", "no/such/place"), "no/such/place cannot be written"),
        (("plan", "q.graphql"), "no supergraph in supergraph.graphql"),
        (("plan", "goods.graphql", "--supergraph", "goods.graphql"), "join__Graph"),
        (("plan", "goods.graphql", "--supergraph", "wrong.graphql"), "the supergraph is not GraphQL"),
        (("plan", "goods.graphql", "--supergraph", "bytes"), "no supergraph in bytes"),
        (("plan", "goods.graphql", "--supergraph", "http://127.0.0.1:1/"), "no supergraph at http://127.0.0.1:1/"),
        (("serve", "gateway", "--port", "0"), "IZARA_SUBGRAPHS"),
        (("serve", "gateway", "--port", "0", "--supergraph", "missing"), "no supergraph in missing"),
        (("serve", "gateway", "--port", "0", "--supergraph", "goods.graphql"), "join__Graph"),
        (("up", "--port", "0", "--host", "192.0.2.1"), "cannot listen on 192.0.2.1"),
        (("up", "--port", "0", "--data-dir", "bytes"), "The data directory bytes cannot be written"),
        (("token", "--user", "ada", "--url", "http://127.0.0.1:1"), "no Izara answers at http://127.0.0.1:1"),
        (("token", "--user", "ada", "--url", "nonsense"), "no Izara answers at nonsense"),
        (("runs", "list", "--url", "http://127.0.0.1:1"), "no Izara answers at http://127.0.0.1:1"),
        (("deliveries", "list", "--url", "http://127.0.0.1:1", "--token", "x"), "does not answer"),
    ],
)
def test_a_problem_is_one_line_and_exit_code_1(arguments: tuple[str, ...], says: str) -> None:
    result = izara(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert says in result.stderr


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("{ good { nope } }", "Cannot query field 'nope' on type 'Good'. Did you mean 'name'? (1:10)"),
        ("{ good {", "Syntax Error"),
        ("query A { good { id } } query B { good { id } }", "which operation"),
        ("{ good " * 3000 + "}" * 3000, "nested too deeply"),
    ],
)
def test_an_operation_that_cannot_be_planned(query: str, says: str) -> None:
    izara(*BOTH, "--out", "super.graphql")
    Path("query.graphql").write_text(query)
    result = izara("plan", "query.graphql", "--supergraph", "super.graphql")
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert says in result.stderr


def test_a_port_in_use() -> None:
    with closing(bind("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in (("up",), ("serve", "commerce")):
            result = izara(*command, "--port", port)
            assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
            assert f"port {port} of 127.0.0.1 is in use" in result.stderr


@pytest.mark.parametrize("uri", ["nonsense", "mongodb://", "http://127.0.0.1/"])
def test_a_store_uri_that_is_none(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.setenv("IZARA_MONGODB_URI", uri)
    result = izara("up", "--port", "0")
    assert result.exit_code == 1
    assert result.stderr.startswith("izara: IZARA_MONGODB_URI is not a MongoDB URI")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nope",),
        ("compose",),
        ("compose", "--subgraph", "goods.graphql"),
        ("compose", "--subgraph", "goods="),
        ("up", "--port", "x"),
        ("up", "--port", "65536"),
        ("serve", "nope"),
        ("serve", "commerce", "--port", "-1"),
        ("serve", "plugin", "nope"),
        ("serve", "plugin", "market.sync"),
        ("catalog", "nope"),
        ("token",),
        ("token", "--user", "ada", "--plugin", "market"),
        ("runs", "list", "--status", "DONE"),
        ("runs", "list", "--limit", "0"),
        ("runs", "list", "--url", "localhost:4000", "--token", "x"),
        ("runs", "show"),
        ("deliveries", "list", "--status", "LOST"),
        ("deliveries", "redrive"),
        ("deliveries", "redrive", "--plugin", "market"),
        ("deliveries", "redrive", "id", "--all"),
        ("deliveries", "redrive", "id", "--plugin", "market"),
        ("deliveries", "redrive", "--all", "--status", "COMPLETED"),
    ],
)
def test_wrong_use_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    result = izara(*arguments)
    assert result.exit_code == 2


def test_the_catalog_lists_hooks_with_targets_and_payloads() -> None:
    rows = {row["id"]: row for row in json.loads(izara("catalog", "--json").stdout)}
    assert rows["commerce_adjustStock_commit_stockChanged"] == {
        "id": "commerce_adjustStock_commit_stockChanged",
        "kind": "COMMIT",
        "targets": rows["commerce_adjustStock_commit_stockChanged"]["targets"],
        "payload": "CommerceAdjustStockCommitStockChanged",
    }
    assert all(row["targets"] for row in rows.values())
    of_market = izara("catalog", "market").stdout.splitlines()
    assert {line.split("_")[0] for line in of_market} == {"market"}


def test_every_command_has_help() -> None:
    for command in ("up", "compose", "plan", "token", "catalog", "serve gateway", "runs list", "deliveries redrive"):
        assert izara(*command.split(), "--help").exit_code == 0
