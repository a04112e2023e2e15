"""The README's code works as it is printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import plugin_sdk


async def test_the_readme_is_true() -> None:
    text = (Path(plugin_sdk.__file__).parent / "README.md").read_text(encoding="utf-8")
    snippets = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {"__name__": "readme"}
    for snippet in snippets:
        exec(compile(snippet, "README.md", "exec"), names)
    await names["test_stock_reaches_the_offer"]()
    assert len(snippets) == 2
