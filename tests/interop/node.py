"""Programs of this folder that Node runs, with the packages of its lock file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NODE = shutil.which("node") or "node"

needs_packages = pytest.mark.skipif(
    shutil.which("node") is None or not (HERE / "node_modules" / ".installed").exists(),
    reason="npm's packages are not installed: `make test` does it where it finds Node 20 or newer",
)
