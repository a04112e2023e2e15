"""Records the histories anew and prints what differs: ``python -m tests.histories``, ``--write`` to keep it."""

from __future__ import annotations

import argparse
import asyncio
import difflib
import json
import sys
import tempfile
from pathlib import Path

from izara.services import SERVICES
from store import connect_store, serve_store
from tests.histories.files import FOLDER, SHAPES, STEPS, as_text, file_of, recorded, steps_of
from tests.support.store import embedded_settings, empty_store


def main() -> int:
    """Exit code 1 where something differs and is not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep what differs")
    write = parser.parse_args().write
    made = asyncio.run(record())
    differing = [path for path, text in made.items() if show(path, text)]
    gone = [] if not FOLDER.exists() else [path for path in FOLDER.glob("*.json") if path not in made]
    if write:
        for path in differing:
            path.write_text(made[path])
        for path in gone:
            path.unlink()
    print(f"{len(made)} histories, {len(differing)} differ{', kept' if differing and write else ''}")  # noqa: T201
    return 0 if write or not (differing or gone) else 1


async def record() -> dict[Path, str]:
    """Every file as it comes out now."""
    with tempfile.TemporaryDirectory() as folder:
        async with serve_store(embedded_settings(Path(folder))) as uri:
            async with connect_store(uri, "izara_test_probe") as probe:
                capabilities = probe.capabilities
            made: dict[Path, str] = {}
            for shape in SHAPES:
                async with empty_store(uri, capabilities) as store:
                    made[file_of(shape)] = await recorded(store, shape)
    known = json.loads(STEPS.read_text()) if STEPS.exists() else {}
    now = steps_of({tag: service.flows for tag, service in SERVICES.items()})
    return {**made, STEPS: as_text({**known, **now})}


def show(path: Path, text: str) -> bool:
    """Print how the file differs; whether it does."""
    before = path.read_text() if path.exists() else ""
    lines = difflib.unified_diff(
        before.splitlines(), text.splitlines(), str(path.name), f"{path.name} now", lineterm="", n=2
    )
    for line in lines:
        print(line)  # noqa: T201
    return before != text


if __name__ == "__main__":
    sys.exit(main())
