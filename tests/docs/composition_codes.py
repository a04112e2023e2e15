"""The tables of docs/composition-codes.md, from the code. `python -m tests.docs.composition_codes` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from gateway.composition import ErrorCode, HintCode

PAGE = Path(__file__).parents[2] / "docs" / "composition-codes.md"


def tables() -> Mapping[str, list[str]]:
    """The rows of each table by its name."""
    return {
        "errors": [f"| `{code}` | {code.doc} |" for code in sorted(ErrorCode)],
        "hints": [f"| `{code}` | {code.level.name.lower()} | {code.doc} |" for code in sorted(HintCode)],
    }


def written(text: str) -> str:
    """The page with the tables as they should be."""
    for name, rows in tables().items():
        pattern = rf"(<!-- {name}: begin -->\n\|[^\n]*\n\|[^\n]*\n).*?(<!-- {name}: end -->)"
        head, end = re.search(pattern, text, re.DOTALL).groups()  # type: ignore[union-attr]
        table = head + "".join(f"{row}\n" for row in rows) + end
        text = re.sub(pattern, table.replace("\\", r"\\"), text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
