"""The pages about composing: the example prints what is shown, the configuration is read, all codes are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from izara.composing.config import read_config
from tests.docs.composition_codes import PAGE, tables, written
from tests.docs.pages import DOCS
from tests.docs.test_commands import IZARA

COMPOSING = DOCS["composition"]


def test_the_report_is_what_the_example_gives() -> None:
    (snippet,), (shown,) = COMPOSING.fences("python"), COMPOSING.fences("text")
    names: dict[str, Any] = {"__name__": "snippet"}
    exec(compile(snippet, COMPOSING.name, "exec"), names)
    assert names["report"] == shown


def test_the_configuration_is_read(tmp_path: Path) -> None:
    (text,) = COMPOSING.fences("yaml")
    (tmp_path / "supergraph.yaml").write_text(text)
    goods, prices = read_config(tmp_path / "supergraph.yaml", {"PRICES_TOKEN": "t"})
    assert (goods.file, goods.url) == (tmp_path / "goods.graphql", "http://goods.internal/graphql")
    assert (prices.place, prices.headers) == ("http://localhost:4002/graphql", {"authorization": "Bearer t"})


def test_every_option_is_explained() -> None:
    assert isinstance(IZARA, TyperGroup)
    command: Any = IZARA.commands["compose"]
    options = {option for parameter in command.params for option in parameter.opts} - {"--help"}
    assert options == set(re.findall(r"^\| `(--[a-z]+)", COMPOSING.text, re.MULTILINE))


def test_every_code_has_its_line() -> None:
    """`python -m tests.docs.composition_codes` brings the page up to date."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page)
    for rows in tables().values():
        assert all(row in page for row in rows)


def test_codes_of_sources_are_those_of_the_code() -> None:
    text = "\n".join(path.read_text() for name in ("gateway", "izara") for path in Path(name).rglob("*.py"))
    section = DOCS["composition-codes"].text.split("## Errors")[0]
    named = set(re.findall(r"^\| `([A-Z_]+)`", section, re.MULTILINE))
    assert len(named) == 9
    assert all(f'"{code}"' in text for code in named)
