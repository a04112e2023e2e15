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


def over(things: str) -> list[str]:
    """The modules of a flow over many objects."""
    return ["__init__", "params", "payloads", "validate", "begin", things, "commit", "flow"]


ROOT = Path(__file__).parents[3]
SINGLE = ["__init__", "params", "payloads", "validate", "commit", "flow"]
PER_SERVICE = [
    (("commerce", "archiveGood", "--on", "Good"), SINGLE),
    (("commerce", "archiveGoods", "--on", "Business", "--over", "Good"), over("goods")),
    (("commerce", "roundPrices", "--on", "Business", "--over", "Good", "--each", "setPrice"), over("goods")),
    (("market", "pauseSellOffers", "--on", "Seller", "--over", "SellOffer"), [*SINGLE, *over("sell_offers")]),
    (("supply", "sealItems", "--on", "Company", "--over", "Item"), [*SINGLE, *over("items")]),
]
"""What is asked for, and which modules are made: of the flow for one object too where there is none yet."""


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
    made = scaffolds(checkout)
    tests = [path for path in made if path.startswith(str(checkout / "tests"))]
    assert "32 passed" in run(checkout, "pytest", "-q", "-p", "no:cacheprovider", *tests)
    run(checkout, "ruff", "format", "--check", *made)
    run(checkout, "ruff", "check", "--no-cache", *made)


@pytest.mark.slow
def test_the_scaffold_is_typed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    run(checkout, "mypy", "--cache-dir", str(tmp_path_factory.mktemp("mypy")), *scaffolds(checkout))


def scaffolds(checkout: Path) -> list[str]:
    """Make all of them; gives the files."""
    made: list[str] = []
    for arguments, modules in PER_SERVICE:
        code, said = new(*arguments, "--root", str(checkout))
        assert code == 0, said
        files = [line.removeprefix("made     ") for line in said.splitlines() if line.startswith("made")]
        assert [Path(file).stem for file in files if "/tests/" not in file] == modules
        made += files
    return made


def test_a_new_flow_can_be_mounted_at_once(checkout: Path) -> None:
    """Named among the service's mutations, the hooks of both are in the catalog."""
    assert new("commerce", "archiveGoods", "--on", "Business", "--over", "Good", "--root", str(checkout))[0] == 0
    flows = checkout / "subgraphs" / "commerce" / "flows" / "__init__.py"
    text = flows.read_text().replace(
        "from subgraphs.commerce.flows.cancel_sale",
        "from subgraphs.commerce.flows.archive_good import ARCHIVE_GOOD\n"
        "from subgraphs.commerce.flows.archive_goods import ARCHIVE_GOODS\n"
        "from subgraphs.commerce.flows.cancel_sale",
    )
    both = "    ARCHIVE_GOOD,\n    ARCHIVE_GOODS,\n"
    flows.write_text(text.replace("    CREATE_BUSINESS,\n", f"{both}    CREATE_BUSINESS,\n"))
    listed = run(checkout, "izara", "catalog", "commerce")
    for hook in ("validate_before", "commit_done", "submitted_asOwner"):
        assert f"commerce_archiveGood_{hook}" in listed
        assert f"commerce_archiveGoods_{hook}" in listed


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
        (("commerce", "archive", "--on", "Business", "--over", "Good"), "name the flow that each Good is changed by"),
        (("commerce", "archiveGoods", "--on", "Good", "--over", "Good"), "a Good says of no Good that it belongs"),
        (("commerce", "archiveSales", "--on", "Business", "--over", "Sale"), "commerce has no objType 'Sale'"),
        (("commerce", "archiveGoods", "--on", "Business", "--each", "setPrice"), "give --over too"),
        (("commerce", "moves", "--on", "Business", "--over", "Good", "--each", "adjustStock"), "takes delta, good_id"),
        (
            ("commerce", "sales", "--on", "Business", "--over", "Good", "--each", "createSale"),
            "takes business_id, customer",
        ),
        (("commerce", "names", "--on", "Business", "--over", "Good", "--each", "updateGood"), "is generated"),
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
