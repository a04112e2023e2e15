"""The project's pages, in parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        """Its path from the root of the repository."""
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text(encoding="utf-8")

    def fences(self, language: str) -> list[str]:
        """The blocks of code of that language, in order."""
        return [body for found, body in _FENCE.findall(self.text) if found == language]

    @property
    def prose(self) -> str:
        """It without its blocks of code."""
        return _FENCE.sub("", self.text)

    @property
    def spans(self) -> list[str]:
        """The pieces of code within its sentences and tables."""
        return [span.replace("\\|", "|") for span in _CODE.findall(self.prose)]


README = Page(ROOT / "README.md")
SDK_README = Page(ROOT / "plugin_sdk" / "README.md")
DECISIONS = [Page(path) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
DOCS = {path.stem: Page(path) for path in sorted((ROOT / "docs").glob("*.md"))}
PAGES = [
    README,
    SDK_README,
    *(Page(ROOT / name) for name in ("CONTRIBUTING.md", "CHANGELOG.md")),
    *DOCS.values(),
    *DECISIONS,
]
