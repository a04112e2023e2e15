"""Subgraphs that do not give their SDL: each is a coded error that names it, with a way out; nothing hangs."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app import create_gateway
from gateway.assembly import AssemblyError
from gateway.composition import Composer
from gateway.composition.diagnostics import Diagnostic
from gateway.config import GatewayConfig
from izara.composing.outcome import compose_gathered
from izara.composing.sources import Gathered, Source, gather
from tests.support.bad_subgraphs import EXPECTED, SDL, bad_subgraphs

KEY = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n'
PATIENCE = 60.0
"""For those that answer, on a machine that has other work too."""


async def problems(*sources: Source, seconds: float = PATIENCE) -> list[Diagnostic]:
    return list((await gather(sources, seconds)).problems)


async def test_all_at_once_and_each_by_its_code() -> None:
    silent = [name for name, code in EXPECTED.items() if code == "SUBGRAPH_TIMEOUT"]
    async with bad_subgraphs() as url:
        told = await problems(*(Source(n, f"{url}/{n}") for n in ("good", *EXPECTED) if n not in silent))
        told += await problems(*(Source(name, f"{url}/{name}") for name in silent), seconds=0.2)
    found = {problem.subgraphs[0]: problem for problem in told}
    assert {name: problem.code for name, problem in found.items()} == EXPECTED
    for name, problem in found.items():
        assert repr(name) in problem.message
        assert problem.help
    assert "redirects to /good" in found["moved"].message
    assert "Cannot query field '_service'" in found["hides"].message


async def test_a_gateway_that_composes_itself_tells_the_same() -> None:
    names = sorted(set(EXPECTED) - {"silent", "drips", "endless", "bomb"})
    async with bad_subgraphs() as url:
        urls = {name: f"{url}/{name}" for name in names}
        told = await problems(*(Source(name, place) for name, place in urls.items()))
        gateway = create_gateway(GatewayConfig(subgraphs=urls))
        async with gateway.running():
            with pytest.raises(AssemblyError) as caught:
                await gateway.reload()
    assert [(p.code, p.message, p.help) for p in caught.value.problems] == [(p.code, p.message, p.help) for p in told]


async def test_a_gateway_reads_no_endless_sdl() -> None:
    async with bad_subgraphs() as url:
        gateway = create_gateway(GatewayConfig(subgraphs={"endless": f"{url}/endless"}))
        async with gateway.running():
            with pytest.raises(AssemblyError, match="SUBGRAPH_ANSWER_TOO_LARGE"):
                await gateway.reload()


async def test_headers_and_the_url_of_a_source_are_kept() -> None:
    async with bad_subgraphs() as url:
        found = await gather([Source("one", f"{url}/echo", "http://one.test/", {"x-key": "open"})], PATIENCE)
    assert found.problems == ()
    assert [(s.name, s.url, s.sdl) for s in found.subgraphs] == [("one", "http://one.test/", SDL)]


@pytest.mark.parametrize(
    "url", ["http://", "http://h:99999/", "http://[::1/", "http://x" + "y" * 70 + ".test/", "http://a b/"]
)
async def test_what_is_no_url(url: str) -> None:
    (problem,) = await problems(Source("bad", url))
    assert problem.code == "SUBGRAPH_UNREACHABLE"
    assert url in problem.message


async def test_files_that_give_nothing(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"type Query {\xff}")
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "bom").write_bytes(b"\xef\xbb\xbf" + SDL.encode())
    found: Gathered = await gather(
        [Source(name, tmp_path / name) for name in ("bytes", "empty", "missing", ".", "bom", "a\0b")]
        + [Source("zero", Path("/dev/zero"))],
        PATIENCE,
    )
    assert {p.subgraphs[0]: p.code for p in found.problems} == {
        "bytes": "SUBGRAPH_FILE_UNREADABLE",
        "empty": "INVALID_GRAPHQL",
        "missing": "SUBGRAPH_FILE_UNREADABLE",
        ".": "SUBGRAPH_FILE_UNREADABLE",
        "a\0b": "SUBGRAPH_FILE_UNREADABLE",
        "zero": "SUBGRAPH_FILE_UNREADABLE",
    }
    assert "0xff at offset 12" in next(p.message for p in found.problems if p.subgraphs == ("bytes",))
    assert [(s.name, s.sdl) for s in found.subgraphs] == [("bom", SDL)]


async def test_what_is_wrong_in_the_others_is_told_too(tmp_path: Path) -> None:
    """One that is missing hides nothing, and is no reason for errors of its own: others may extend its types."""
    texts = {
        "syntax": "type A {",
        "key": KEY + 'type K @key(fields: "no") { id: ID! }',
        "old": "extend type B { b: Int }",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = await gather([Source(name, tmp_path / name) for name in (*texts, "missing")], PATIENCE)
    outcome = compose_gathered(Composer(), found, None, None)
    assert [(error.code, error.subgraphs) for error in outcome.errors] == [
        ("SUBGRAPH_FILE_UNREADABLE", ("missing",)),
        ("INVALID_GRAPHQL", ("syntax",)),
        ("KEY_INVALID_FIELDS", ("key",)),
    ]
    assert all(error.locations for error in outcome.errors[1:])


async def test_names_are_judged_before_anything_is_asked() -> None:
    found = await problems(Source("", Path("a")), Source("b", Path("x")), Source("b", "http://127.0.0.1:1/"))
    assert [problem.code for problem in found] == ["INVALID_SUBGRAPH_NAME"] * 2
    assert all(problem.help for problem in found)
    assert "http://127.0.0.1:1/" in found[1].message
