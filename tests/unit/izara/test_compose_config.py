"""The configuration of `izara compose`: what is taken, and where it says that something is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from izara.composing.config import ConfigUnreadableError, read_config
from izara.composing.sources import Source

ENVIRONMENT = {"TOKEN": "secret", "HOST": "shop.test", "EMPTY": ""}


def read(folder: Path, text: str, environment: Mapping[str, str] = ENVIRONMENT) -> list[Source]:
    path = folder / "supergraph.yaml"
    path.write_text(text, encoding="utf-8")
    return read_config(path, environment)


def test_what_other_tools_call_supergraph_yaml(tmp_path: Path) -> None:
    sources = read(
        tmp_path,
        """
        federation_version: =2.9.0
        subgraphs:
          on:  # of YAML's booleans none is meant
            routing_url: http://${env.HOST}/graphql
            schema: {file: ./on.graphql}
          "2":
            schema:
              subgraph_url: "http://two.test/graphql"
              introspection_headers:
                Authorization: Bearer ${env.TOKEN}
                X-Stage: ${env.STAGE:-dev}${EMPTY}
          three:
            routing_url: http://three.test/
            schema: {subgraph_url: http://inside.test/}
        """,
    )
    assert sources == [
        Source("on", tmp_path / "on.graphql", "http://shop.test/graphql"),
        Source(
            "2",
            "http://two.test/graphql",
            "http://two.test/graphql",
            {"authorization": "Bearer secret", "x-stage": "dev"},
        ),
        Source("three", "http://inside.test/", "http://three.test/"),
    ]


@pytest.mark.parametrize("version", ["2", "2.3", "=2.11.2", "=v2.3.1", "latest-2", '"2"'])
def test_versions_of_federation_2(tmp_path: Path, version: str) -> None:
    assert read(tmp_path, f"federation_version: {version}\nsubgraphs: {{}}") == []


WRONG = [
    ("subgraphs: {a: {schema: {file: a}}, b: [", "it is no YAML", (1, 41)),
    ("\tsubgraphs: {}", "it is no YAML", (1, 1)),
    ("subgraphs:\n  a: {schema: {file: a}}\n  a: {schema: {file: b}}", "'a' is given twice", (3, 3)),
    ("subgraphs:\n  ? [a]\n  : b", "a key is no text", (2, 5)),
    ("subgraphs: " + "[" * 20 + "]" * 20, "nested too deeply", (1, 24)),
    ("subgraphs: " + "[" * 1100, "nested too deeply", None),
    ("subgraphs: &a [*a]", "nested too deeply", (1, 12)),
    ("", "subgraphs: is missing", None),
    ("- a", "must be a mapping", (1, 1)),
    ("federation_version: 1\nsubgraphs: {}", "only federation 2", (1, 21)),
    ("subgraphs: {}\nsubgraph: {}", "subgraph: is no key", (2, 1)),
    ("subgraphs:\n  a:\n    schema: {file: 'a', fle: b}", "subgraphs.a.schema.fle: is no key", (3, 25)),
    ("subgraphs:\n  a: {routing_url: http://a}", "subgraphs.a.schema: is missing", (2, 3)),
    ("subgraphs:\n  a:\n    schema: {}", "needs either file or subgraph_url", (3, 5)),
    ("subgraphs:\n  a:\n    schema: {file: [a]}", "subgraphs.a.schema.file: must be text", (3, 14)),
    ("subgraphs:\n  a: b", "subgraphs.a: must be a mapping", (2, 6)),
    ("subgraphs: {a: {schema: {subgraph_url: a.test}}}", "is no http or https URL", (1, 40)),
    ("subgraphs: {a: {schema: {file: '${env.NO}'}}}", "the environment has no NO", (1, 32)),
    ("subgraphs: {a: {schema: {file: '${}'}}}", "names no variable", (1, 32)),
    (
        "subgraphs:\n  a: {schema: {subgraph_url: http://a, introspection_headers: {'a b': c}}}",
        "cannot be sent as a header",
        (2, 40),
    ),
    (
        'subgraphs:\n  a: {schema: {subgraph_url: http://a, introspection_headers: {a: "b\\r\\nc"}}}',
        "cannot be sent as a header",
        (2, 40),
    ),
    (
        "subgraphs:\n  a: {schema: {file: a, introspection_headers: {a: c}}}",
        "introspection_headers go with subgraph_url",
        (2, 7),
    ),
]


@pytest.mark.parametrize(("text", "says", "place"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, text: str, says: str, place: tuple[int, int] | None
) -> None:
    with pytest.raises(ConfigUnreadableError, match=r"supergraph\.yaml") as caught:
        read(tmp_path, text)
    (problem,) = caught.value.gathered.problems
    assert problem.code == "CONFIG_INVALID"
    assert says in problem.message
    assert [(found.line, found.column) for found in problem.locations] == ([] if place is None else [place])


def test_all_mistakes_at_once_with_their_ways_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigUnreadableError) as caught:
        read(tmp_path, "subgraphs:\n  a: {shema: {file: a}}\n  b: {schema: {subgraph_url: '${env.NO}'}}")
    problems = caught.value.gathered.problems
    assert len(problems) == 3
    assert {problem.help for problem in problems} >= {
        "Did you mean 'schema'?",
        "Set it, or write ${env.NAME:-default}.",
    }


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9))]
    with pytest.raises(ConfigUnreadableError, match="more than 100000 values"):
        read(tmp_path, "\n".join(lines))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"subgraphs: {\xe9: 1}")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "latin", tmp_path / ("x" * 300)):
        with pytest.raises(ConfigUnreadableError) as caught:
            read_config(path, {})
        (problem,) = caught.value.gathered.problems
        assert str(path) in problem.message
        assert problem.help
