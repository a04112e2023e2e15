"""What composing costs: many subgraphs from nothing, and again after one has changed, beside npm's composers.

`python -m bench.composition [--subgraphs 190] [--seconds 120]` prints the figures of one run. Each composition
from nothing has a process of its own, whose greatest size is measured too.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TypeVar

from bench.schemas import EDITS, adversary, edited, realistic
from gateway.composition import Composer, CompositionResult, Subgraph, compose

T = TypeVar("T")

INPUTS: Mapping[str, Callable[[int], list[Subgraph]]] = {"realistic": realistic, "adversary": adversary}
PEERS = {"guild": "@theguild/federation-composition", "apollo": "@apollo/composition"}
_SCRIPT = Path(__file__).parent / "peers" / "compose.mjs"
_EDITED = 3
"""How many subgraphs each edit is tried on."""


@dataclass(frozen=True)
class Cold:
    """One composition from nothing, None where it was given up. `cpu` are seconds of work, whoever else is at work."""

    composer: str
    input: str
    subgraphs: int
    kilobytes: float
    seconds: float | None
    cpu: float | None
    peak_mb: float | None


@dataclass(frozen=True)
class Again:
    """Composing again after one kind of change; `same` tells that the result is that of a cold composition."""

    edit: str
    cpu: float
    of_cold: float
    same: bool


@dataclass(frozen=True)
class Composition:
    """All figures, and why there are none of peers."""

    cold: list[Cold]
    again: list[Again]
    note: str | None


def compose_once(name: str, count: int) -> Cold:
    """One cold composition: a process's whole work."""
    subgraphs = INPUTS[name](count)
    began = perf_counter()
    cpu, result = _timed(lambda: compose(subgraphs))
    seconds = perf_counter() - began
    if not result.ok:
        raise SystemExit(f"{count} {name} subgraphs do not compose: {result.errors[0]}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Cold("izara", name, count, _kilobytes(subgraphs), seconds, cpu, peak / (1024**2 if _is_mac() else 1024))


def compose_again(count: int) -> list[Again]:
    """Each kind of change, on some subgraphs each, in one process that composed before."""
    subgraphs = realistic(count)
    composer = Composer()
    cold, _ = _timed(lambda: composer.compose(subgraphs))
    found: list[Again] = []
    for name, edit in EDITS.items():
        took: list[float] = []
        for number in range(_EDITED):
            changed = edited(subgraphs, (number + 1) * count // (_EDITED + 1), edit)
            cpu, result = _timed(lambda changed=changed: composer.compose(changed))  # type: ignore[misc]
            took.append(cpu)
            composer.compose(subgraphs)
        same = result.ok and result == compose(changed)
        found.append(Again(name, median(took), median(took) / cold, same))
    return found


def measure(count: int, seconds: float) -> Composition:
    """The whole report: half as many subgraphs and all, the adversary's, changes, peers of up to `seconds` each."""
    sizes = (count // 2, count)
    cold = [_apart(compose_once, name, size) for name in INPUTS for size in sizes]
    again: list[Again] = _apart(compose_again, count)
    note = _missing()
    if note is None:
        cold += [_peer(peer, size, seconds) for size in sizes for peer in PEERS]
    return Composition(cold, again, note)


def table(measured: Composition) -> list[str]:
    """The report for people."""
    heads = f"{'subgraphs':>10}{'kB':>6}{'seconds':>9}{'CPU s':>9}{'peak MB':>9}{'ratio':>8}"
    lines = [f"{'composition from nothing':46}{heads}"]
    for one in measured.cold:
        name = f"{PEERS.get(one.composer, one.composer)}, {one.input}"
        took = f"{one.seconds:9.1f}{one.cpu:9.1f}{one.peak_mb:9.0f}" if one.seconds is not None else f"{'given up':>9}"
        lines.append(f"  {name:44}{one.subgraphs:10}{one.kilobytes:6.0f}{took}{_ratio(one, measured)}")
    lines += ["  ratio: CPU time to that of half as many subgraphs", ""]
    lines += [f"{'composition again, when one subgraph changed':46}{'CPU s':>10}{'of cold':>12}"]
    for again in measured.again:
        same = "" if again.same else "  DIFFERENT RESULT"
        lines.append(f"  {again.edit:44}{again.cpu:10.2f}{again.of_cold:12.1%}{same}")
    return [*lines, f"  {measured.note}"] if measured.note else lines


def _ratio(one: Cold, measured: Composition) -> str:
    for half in measured.cold:
        alike = (half.composer, half.input, half.subgraphs) == (one.composer, one.input, one.subgraphs // 2)
        if alike and half.cpu and one.cpu:
            return f"{one.cpu / half.cpu:8.2f}"
    return ""


def _timed(work: Callable[[], CompositionResult]) -> tuple[float, CompositionResult]:
    """What some work gives, and its CPU time."""
    began = process_time()
    result = work()
    return process_time() - began, result


def _kilobytes(subgraphs: Sequence[Subgraph]) -> float:
    return sum(len(subgraph.sdl.encode()) for subgraph in subgraphs) / 1000


def _is_mac() -> bool:
    """Where the size of a process comes in bytes rather than in kilobytes."""
    return sys.platform == "darwin"


def _apart(work: Callable[..., T], *arguments: object) -> T:
    """Runs a function in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _missing() -> str | None:
    if shutil.which("node") is None:
        return "npm's composers are left out: there is no Node"
    if not (_SCRIPT.parent / "node_modules").is_dir():
        return "npm's composers are left out: `npm ci` in bench/peers installs them, as `make bench` does"
    return None


def _peer(peer: str, count: int, seconds: float) -> Cold:
    subgraphs = realistic(count)
    given_up = Cold(peer, "realistic", count, _kilobytes(subgraphs), None, None, None)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as manifest:
        json.dump([asdict(subgraph) for subgraph in subgraphs], manifest)
        manifest.flush()
        command = ["node", str(_SCRIPT), manifest.name, peer]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            return given_up
    answer = json.loads(done.stdout)
    if not answer["ok"]:
        raise SystemExit(f"{PEERS[peer]} does not compose {count} subgraphs: {answer['errors']}")
    return replace(given_up, seconds=answer["seconds"], cpu=answer["cpuSeconds"], peak_mb=answer["peakRssMb"])


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.composition", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print data instead of a table")
    parser.add_argument("--subgraphs", type=int, default=190, help="how many; half as many are measured too")
    parser.add_argument("--seconds", type=float, default=120.0, help="after which a peer is given up")
    options = parser.parse_args(arguments)
    measured = measure(options.subgraphs, options.seconds)
    print(json.dumps(asdict(measured), indent=2) if options.json else "\n".join(table(measured)))


if __name__ == "__main__":
    main()
