"""Commands that need nobody else: what they print, and exit codes 0, 1 and 2."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from izara.cli.main import app
from izara.composing.printing import in_colour
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


def test_plan_takes_the_operation_that_is_named() -> None:
    assert izara("compose", "--subgraph", "goods=goods.graphql", "--out", "super.graphql").exit_code == 0
    Path("query.graphql").write_text("query A { good { id } } query B { good { name } }")
    planned = izara("plan", "query.graphql", "--supergraph", "super.graphql", "--operation", "B")
    assert planned.exit_code == 0
    assert "name" in planned.stdout
    assert "id" not in planned.stdout
    which = izara("plan", "query.graphql", "--supergraph", "super.graphql")
    assert which.exit_code == 1
    assert which.stderr == "izara: query.graphql: has several operations; choose one with --operation: A, B\n"
    assert izara("plan", "query.graphql", "--supergraph", "super.graphql", "--operation", "C").exit_code == 1


def test_what_is_no_supergraph_is_named() -> None:
    says = "izara: goods.graphql: the document has no enum join__Graph that names its subgraphs; `izara compose` makes"
    for command in (("plan", "goods.graphql"), ("serve", "gateway", "--port", "0")):
        result = izara(*command, "--supergraph", "goods.graphql")
        assert result.exit_code == 1
        assert result.stderr.startswith(says)


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


@pytest.mark.parametrize("given", [("a=goods.graphql", "a=prices.graphql"), ("=goods.graphql",), ("_=goods.graphql",)])
def test_names_that_are_none_or_taken_are_errors(given: tuple[str, ...]) -> None:
    result = izara("compose", *(word for item in given for word in ("--subgraph", item)))
    assert (result.exit_code, result.stderr.split(":")[0]) == (1, "error INVALID_SUBGRAPH_NAME")
    assert "= help: " in result.stderr


def test_places_in_json_lead_to_the_files() -> None:
    clash = GOODS.replace("name: String", "name: Int")
    Path("clash.graphql").write_text(clash)
    answer = json.loads(izara(*BOTH, "--subgraph", "clash=clash.graphql", "--json").stdout)
    error = next(item for item in answer["errors"] if item["coordinate"] == "Good.name")
    assert error["subgraphs"] == ["clash", "goods"]
    column = clash.index("name: Int") + 1
    assert error["locations"][0] == {
        "subgraph": "clash",
        "file": "clash.graphql",
        "line": 1,
        "column": column,
        "endLine": 1,
        "endColumn": column + len("name: Int"),
    }


UNREACHABLE = 'type Query { good: Good } type Good @key(fields: "id") { id: ID! }'


def test_reasons_are_data_in_json() -> None:
    Path("one.graphql").write_text(SDL + UNREACHABLE)
    Path("two.graphql").write_text(SDL + "type Good { price: Int }")
    answer = json.loads(
        izara("compose", "--subgraph", "one=one.graphql", "--subgraph", "two=two.graphql", "--json").stdout
    )
    (error,) = answer["errors"]
    assert {(reason["kind"], reason["subgraph"]) for reason in error["details"]} == {
        ("NOT_DEFINED", "one"),
        ("NO_KEY", "one"),
    }


def test_hints_are_filtered_by_level() -> None:
    Path("more.graphql").write_text(PRICES.replace("}", "} enum Unused { A }").replace(' @key(fields: "id")', ""))
    command = ("compose", "--subgraph", "goods=goods.graphql", "--subgraph", "more=more.graphql")
    shown = {level: izara(*command, "--hints", level) for level in ("none", "warn", "info", "debug")}
    assert {result.exit_code for result in shown.values()} == {1}
    lines = {level: re.findall(r"^(warn|info|debug) [A-Z_]+: ", r.stderr, re.MULTILINE) for level, r in shown.items()}
    assert lines["none"] == []
    assert set(lines["warn"]) <= {"warn"}
    assert "info" in lines["info"]
    assert len(lines["debug"]) >= len(lines["info"])


def test_a_configuration_and_options_add_up() -> None:
    Path("supergraph.yaml").write_text("subgraphs: {goods: {routing_url: http://g, schema: {file: goods.graphql}}}")
    result = izara("compose", "--config", "supergraph.yaml", "--subgraph", "prices=prices.graphql")
    assert result.exit_code == 0
    assert '(name: "goods", url: "http://g")' in result.stdout
    assert '(name: "prices", url: "")' in result.stdout


def test_check_tells_what_breaks_and_keeps_the_old_supergraph() -> None:
    assert izara(*BOTH, "--out", "super.graphql").exit_code == 0
    old = Path("super.graphql").read_text()
    same = izara(*BOTH, "--check", "super.graphql")
    assert (same.exit_code, same.stdout) == (0, "no change for clients\n")
    fewer = ("compose", "--subgraph", "goods=goods.graphql", "--check", "super.graphql")
    result = izara(*fewer, "--out", "super.graphql")
    assert result.exit_code == 1
    assert result.stdout == (
        "breaking FIELD_REMOVED: Field Good.price was removed.\n1 change for clients: 1 breaking, 0 dangerous, 0 safe\n"
    )
    assert "was not written" in result.stderr
    assert Path("super.graphql").read_text() == old
    answer = json.loads(izara(*fewer, "--json").stdout)
    assert answer["changes"] == [
        {
            "level": "breaking",
            "code": "FIELD_REMOVED",
            "message": "Field Good.price was removed.",
            "coordinate": "Good.price",
        }
    ]


def test_what_breaks_nobody_is_exit_code_0_and_written() -> None:
    izara("compose", "--subgraph", "goods=goods.graphql", "--out", "super.graphql")
    result = izara(*BOTH, "--check", "super.graphql", "--out", "super.graphql")
    assert result.exit_code == 0
    assert result.stdout.startswith("safe FIELD_ADDED: Field Good.price was added.")
    assert "price" in Path("super.graphql").read_text()
    Path("api.graphql").write_text("type Query { good: Good } type Good { id: ID! name: String price: Int }")
    assert izara(*BOTH, "--check", "api.graphql").stdout == "no change for clients\n"


@pytest.mark.parametrize("old", ["missing", ".", "bytes", "goods.graphql", "wrong.graphql", "http://127.0.0.1:1/"])
def test_an_old_schema_that_is_none_is_a_coded_error(old: str) -> None:
    result = izara(*BOTH, "--check", old)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error OLD_SCHEMA_UNREADABLE: ")
    assert old in result.stderr
    assert "= help: " in result.stderr


@pytest.mark.parametrize(
    ("environment", "colour"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
)
def test_terminals_that_want_no_colour_get_none(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], colour: bool
) -> None:
    for name, value in ({"TERM": "xterm", "NO_COLOR": ""} | environment).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert in_colour() is colour


def test_a_supergraph_is_written_through_links_and_to_what_is_no_file() -> None:
    Path("real.graphql").write_text("old")
    Path("super.graphql").symlink_to("real.graphql")
    assert izara(*BOTH, "--out", "super.graphql").exit_code == 0
    assert Path("super.graphql").is_symlink()
    assert "join__Graph" in Path("real.graphql").read_text()
    assert izara(*BOTH, "--out", "/dev/null").exit_code == 0
    assert Path("/dev/null").is_char_device()
    assert [path.name for path in Path().iterdir() if path.name.startswith(".")] == []


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
        ("query A { good { id } } query B { good { id } }", "--operation: A, B"),
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
        ("compose", "--subgraph", "goods=ftp://goods.test/sdl"),
        ("compose", "--subgraph", "goods=goods.graphql", "--hints", "loud"),
        ("compose", "--subgraph", "goods=goods.graphql", "--timeout", "0"),
        ("compose", "--subgraph", "goods=goods.graphql", "--watch", "--interval", "0"),
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
        "merge": "ALL_ARE_TOLD",
        "budgetMs": 5_000,
        "deadlineMs": None,
        "quorum": None,
    }
    assert all(row["targets"] for row in rows.values())
    of_market = izara("catalog", "market").stdout.splitlines()
    assert {line.split("_")[0] for line in of_market} == {"market"}


def test_every_command_has_help() -> None:
    for command in ("up", "compose", "plan", "token", "catalog", "serve gateway", "runs list", "deliveries redrive"):
        assert izara(*command.split(), "--help").exit_code == 0
