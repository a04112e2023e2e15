"""Facts in the pages are those of the code: queries, links, files, lists."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, parse, validate

from gateway.composition import Subgraph, compose
from gateway.supergraph import load_supergraph
from izara.services import SERVICES
from store import EMBEDDED_LIMITS
from tests.docs.pages import DECISIONS, DOCS, PAGES, README, ROOT, Page

LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE = re.compile(r"[\w./-]+/[\w.-]*\.(?:py|md|toml|yaml|conf)\Z|[\w-]+(?:/[\w-]+)*/\Z")
CODE = re.compile(r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$")
HOOK = re.compile(r"\b[a-z]+_[a-zA-Z]+_[a-zA-Z]+_[a-zA-Z]+\b")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """What clients of the whole see."""
    subgraphs = []
    for tag, service in SERVICES.items():
        answer = service.schema.execute_sync("{ _service { sdl } }")
        assert answer.data is not None
        subgraphs.append(Subgraph(name=tag, url="", sdl=answer.data["_service"]["sdl"]))
    composed = compose(subgraphs)
    assert composed.supergraph is not None
    return load_supergraph(composed.supergraph).api_schema


def operations(page: Page) -> list[str]:
    """GraphQL in blocks of its own, in curl's commands, and in Python."""
    shell, python = "".join(page.fences("sh")), "".join(page.fences("python"))
    plain = re.findall(r"query='\n(.*?)'\n", shell, re.DOTALL)
    posted = [json.loads(body)["query"] for body in re.findall(r"-d '(\{.*?\n\})'", shell, re.DOTALL)]
    called = re.findall(r'"""\n(mutation .*?)"""', python, re.DOTALL)
    return [*page.fences("graphql"), *plain, *posted, *called]


def test_queries_fit_the_schema(schema: GraphQLSchema) -> None:
    found = [(page.name, text) for page in PAGES for text in operations(page)]
    assert len([page for page, _ in found if page == README.name]) == 2
    for page, text in found:
        problems = validate(schema, parse(text))
        assert problems == [], f"{page}: {problems}"


def test_hooks_exist() -> None:
    known = {
        f"{tag}_{flow.tag}_{step.tag}_{hook.tag}"
        for tag, service in SERVICES.items()
        for flow in service.flows
        for step in flow.steps
        for hook in getattr(step, "hooks", ())
    }
    for page in PAGES:
        assert {name for name in HOOK.findall(page.text) if name.split("_")[0] in SERVICES} <= known, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Page) -> None:
    for target in LINK.findall(page.prose):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.path.parent / path).resolve() if path else page.path
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", Path(file).read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", text).lower().replace(" ", "-") for text in headings], target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Page) -> None:
    """A file is named from the root, from a package that the page is about, or by its name in the same sentence."""
    names = {path.name for path in ROOT.glob("*/**/*.py") if ".venv" not in path.parts}
    for span in page.spans:
        if FILE.match(span) and not span.startswith(("/", ".izara")):
            bases = (ROOT, page.path.parent, ROOT / "gateway", ROOT / "registrar")
            assert any((base / span).exists() for base in bases), span
        elif span.endswith(".py") and "/" not in span:
            assert span in names | {"floor.py"}, span


def test_each_plugin_that_comes_with_it_has_its_row() -> None:
    section = DOCS["plugins"].text.partition("## The plugins that come with it\n")[2].partition("\n## ")[0]
    tags = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert sorted(tags) == sorted(path.parent.name for path in (ROOT / "plugins").glob("*/__main__.py"))


def test_the_embedded_servers_limits_are_those_in_the_code() -> None:
    (listed,) = re.findall(r"<!-- limits: begin -->\n(.*?)<!-- limits: end -->", DOCS["store"].text, re.DOTALL)
    rows = [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in listed.splitlines()[2:]]
    assert rows == [(limit.what, limit.consequence) for limit in EMBEDDED_LIMITS]


def test_error_codes_exist() -> None:
    sources = [path.read_text() for name in CODE_PACKAGES for path in (ROOT / name).rglob("*.py")]
    written = set(re.findall(r"[\"']([A-Z][A-Z0-9_]+)[\"']", "\n".join(sources)))
    named = {
        code
        for line in DOCS["errors"].text.splitlines()
        if line.startswith("| `")
        for code in re.findall(r"`([A-Z][A-Z0-9_]+)`", line.split(" | ")[0])
        if CODE.match(code) and not code.startswith("IZARA_")
    }
    assert len(named) > 40
    assert named <= written


CODE_PACKAGES = ("gateway", "identity", "flows", "registrar", "subgraphs", "store")


def test_decisions_are_numbered_and_complete() -> None:
    assert [page.path.name[:4] for page in DECISIONS] == [f"{n:04}" for n in range(1, len(DECISIONS) + 1)]
    for page in DECISIONS:
        headings = re.findall(r"^#+ (.*)$", page.text, re.MULTILINE)
        assert headings[0].startswith(page.path.name[:4])
        assert headings[1:] == ["Context", "Choice", "Cost"], page.name


@pytest.mark.parametrize("page", DOCS.values(), ids=lambda page: page.name)
def test_pages_are_short(page: Page) -> None:
    assert len(page.text.splitlines()) <= 160
