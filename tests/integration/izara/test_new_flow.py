"""`izara flow new`: what it makes is green as it is, and it overwrites nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from izara.cli.main import app
from tests.support.stack import clean_environment

ROOT = Path(__file__).parents[3]
PER_SERVICE = [
    ("commerce", "archiveGood", "Good"),
    ("market", "pauseSellOffer", "SellOffer"),
    ("supply", "sealItem", "Item"),
]


def new(*arguments: str) -> tuple[int, str]:
    """Exit code and output of the command."""
    result = CliRunner().invoke(app, ["flow", "new", *arguments], terminal_width=400)
    return result.exit_code, result.output


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout to write in: what is written to is copied, the rest is linked."""
    for entry in ROOT.iterdir():
        if entry.name not in ("subgraphs", "tests") and not entry.name.startswith("."):
            (tmp_path / entry.name).symlink_to(entry)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "subgraphs", tmp_path / "subgraphs", ignore=ignored)
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    for package in (tmp_path / "tests", tmp_path / "tests" / "unit"):
        (package / "__init__.py").touch()
    shutil.copytree(ROOT / "tests" / "unit" / "subgraphs", tmp_path / "tests" / "unit" / "subgraphs", ignore=ignored)
    return tmp_path


def run(checkout: Path, *arguments: str) -> str:
    """The output of a Python module in the checkout, which must succeed."""
    environment = {**clean_environment(), "PYTHONPATH": str(checkout)}
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_scaffold_is_green_formatted_and_clean(checkout: Path) -> None:
    tests, folders = [], []
    for service, tag, type in PER_SERVICE:
        code, said = new(service, tag, "--on", type, "--root", str(checkout))
        assert code == 0, said
        made = [Path(line.removeprefix("made     ")) for line in said.splitlines() if line.startswith("made")]
        assert [path.name for path in made[:-1]] == [
            "__init__.py",
            "params.py",
            "payloads.py",
            "validate.py",
            "commit.py",
            "flow.py",
        ]
        tests.append(str(made[-1]))
        folders.append(str(made[0].parent))
    assert "12 passed" in run(checkout, "pytest", "-q", "-p", "no:cacheprovider", *tests)
    run(checkout, "ruff", "format", "--check", *folders, *tests)
    run(checkout, "ruff", "check", "--no-cache", *folders, *tests)


def test_a_new_flow_can_be_mounted_at_once(checkout: Path) -> None:
    """Named among the service's mutations, its hooks are in the catalog."""
    assert new("commerce", "archiveGood", "--on", "Good", "--root", str(checkout))[0] == 0
    flows = checkout / "subgraphs" / "commerce" / "flows" / "__init__.py"
    text = flows.read_text().replace(
        "from subgraphs.commerce.flows.cancel_sale",
        "from subgraphs.commerce.flows.archive_good import ARCHIVE_GOOD\nfrom subgraphs.commerce.flows.cancel_sale",
    )
    flows.write_text(text.replace("    CREATE_BUSINESS,\n", "    ARCHIVE_GOOD,\n    CREATE_BUSINESS,\n"))
    listed = run(checkout, "izara", "catalog", "commerce")
    for hook in ("validate_before", "commit_done", "submitted_asOwner"):
        assert f"commerce_archiveGood_{hook}" in listed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "archiveGood", "--on", "Good"), "there is no service 'nowhere'"),
        (("registrar", "archivePlugin", "--on", "User"), "there is no service 'registrar' to add a flow to"),
        (("commerce", "Archive_Good", "--on", "Good"), "must match"),
        (("commerce", "import", "--on", "Good"), "'import' is a word of Python"),
        (("commerce", "saleLines", "--on", "Good"), "sale_lines.py is there already"),
        (("commerce", "archiveSale", "--on", "Sale"), "commerce has no objType 'Sale' that plugins connect to"),
        (("commerce", "adjustStock", "--on", "Good"), "commerce has a flow 'adjustStock' already"),
        (("commerce", "archiveGood", "--on", "Good", "--root", "/nowhere"), "is no checkout of Izara"),
    ],
)
def test_what_cannot_be_made_is_said(checkout: Path, arguments: tuple[str, ...], said: str) -> None:
    given = arguments if "--root" in arguments else (*arguments, "--root", str(checkout))
    code, output = new(*given)
    assert code == 2
    assert said in " ".join(output.replace("│", " ").split())


def test_nothing_is_overwritten(checkout: Path) -> None:
    arguments = ("commerce", "archiveGood", "--on", "Good", "--root", str(checkout))
    assert new(*arguments)[0] == 0
    kept = checkout / "subgraphs" / "commerce" / "flows" / "archive_good" / "commit.py"
    kept.write_text("mine")
    code, output = new(*arguments)
    assert code == 2
    assert "there already" in output
    assert kept.read_text() == "mine"
