"""Commands that the pages name exist, with the options they are given; so do make's targets, and Docker's commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from izara.cli.main import app
from izara.settings import PLUGIN_NAMES, PREFIX, Settings
from tests.docs.pages import DOCS, PAGES, ROOT, Page
from tests.support.properties import SEED

WORD = re.compile(r"[a-z][a-z-]*\Z")
IZARA = typer.main.get_command(app)
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def lines(page: Page) -> Iterator[str]:
    """What could be a command: lines of shell blocks, and code within sentences."""
    for block in page.fences("sh"):
        yield from block.replace("\\\n", " ").splitlines()
    yield from page.spans


def words(line: str) -> list[str]:
    """The words of a command line; a quotation that goes on in the next line is left out."""
    try:
        return shlex.split(line.replace("$(", " ").replace(")", " "), comments=True)
    except ValueError:
        return line.split()


def uses(page: Page, command: str) -> list[list[str]]:
    """The arguments of each use of a command."""
    found = []
    for line in lines(page):
        given = words(line)
        places = [place for place, word in enumerate(given) if word.rpartition("/")[2] == command]
        found += [given[place + 1 :] for place in places[-1:]]
    return found


def check_izara(arguments: list[str]) -> None:
    """Fail unless the sub-command and its options exist."""
    command: Any = IZARA
    for word in arguments:
        names = word.strip("[]|").split("|")
        if word.strip("[]").startswith("--"):
            options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
            for name in names:
                assert name.partition("=")[0] in options, f"{command.name} has no option {name}"
        elif isinstance(command, TyperGroup) and all(WORD.match(name) for name in names):
            for name in names:
                assert name in command.commands, f"{command.name} has no command {name}"
            command = command.commands[names[0]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_izara_commands_exist(page: Page) -> None:
    for arguments in uses(page, "izara"):
        check_izara(arguments)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_exist(page: Page) -> None:
    named = {word for arguments in uses(page, "make") for word in arguments if WORD.match(word)}
    assert named <= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_modules_exist(page: Page) -> None:
    for line in lines(page):
        for module in re.findall(r"python -m ([a-z_.]+[a-z_])", line):
            assert find_spec(module) is not None, module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_exist(page: Page) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {PREFIX + name for name in PLUGIN_NAMES}
    known.add(SEED)
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", page.text))
    assert named <= known


def test_operating_lists_every_setting_and_command() -> None:
    page = DOCS["operating"]
    missing = [name for name in Settings.model_fields if f"`{PREFIX}{name.upper()}`" not in page.text]
    assert missing == []
    assert isinstance(IZARA, TyperGroup)
    named = {arguments[0] for arguments in uses(page, "izara") if arguments}
    assert set(IZARA.commands) <= named


COMPOSE = sorted((ROOT / "docker").glob("compose*.yaml"))


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_docker_runs_commands_that_exist(path: Path) -> None:
    text = path.read_text()
    commands = [found.split(", ") for found in re.findall(r"command: \[([^\]]*)\]", text)]
    ours = [arguments for arguments in commands if not arguments[0].startswith("--")]
    assert ours
    for arguments in ours:
        check_izara(arguments)
    known = {name.upper() for name in Settings.model_fields} | PLUGIN_NAMES
    assert set(re.findall(rf"{PREFIX}([A-Z_]+)", text)) <= known


def test_the_image_has_every_package_that_is_installed() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    (listed,) = re.findall(r"^include = \[(.*)\]$", pyproject, re.MULTILINE)
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    ignored = (ROOT / "docker" / "Dockerfile.dockerignore").read_text()
    for package in re.findall(r'"([a-z_]+)\*"', listed):
        assert f"COPY {package}/ {package}/" in dockerfile
        assert f"!{package}\n" in ignored
