"""The order in which the engine writes a step with one ASYNC commit hook (docs/decisions/0021), as a model.

Each run adds one to one document and tells one plugin. A run with a key is stored before its effect; one without is
stored by its own first write after it, and its effect holds it until then. That write records the step and parks the
run at once; the deliveries are made after it, by the worker, by the next one that writes the document, or by who
tidies it. Nothing but the document's mark and the delivery's mark leads a sweep to what a dead process left.

Faults cost one of the budget each: a worker or sweeper dies, a lease runs out under a living worker, a write is applied
and looks unmatched. A late write is a worker that has not made its next step yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from tests.unit.flows.protocol.explorer import LUCK

ABSENT, NEW, PARKED, ENDED = "absent", "new", "parked", "ended"
NONE, OPEN, DONE, CANCELLED = "none", "open", "done", "cancelled"

T = TypeVar("T")
Entry = tuple[int, int]
"""The version that made it, and its run."""


class Run(NamedTuple):
    """As it is stored."""

    stage: str
    leased: bool = False
    due: bool = False


class Delivery(NamedTuple):
    """Of each run one; `mark` is what a sweep finds a stored outcome by."""

    state: str = NONE
    version: int = 0
    mark: bool = False


class Worker(NamedTuple):
    """What a worker, or who tidies (run -1), knows and does next; `holds` is whether its claim is the last one."""

    run: int
    holds: bool
    at: str
    version: int = 0
    entries: tuple[Entry, ...] = ()
    effects: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()


class State(NamedTuple):
    """The document, the runs, their deliveries, the processes, what happened, and the faults that are left."""

    version: int
    effects: tuple[int, ...]
    outbox: tuple[Entry, ...]
    mark: bool
    runs: tuple[Run, ...]
    deliveries: tuple[Delivery, ...]
    workers: tuple[Worker, ...]
    applied: tuple[int, ...]
    told: tuple[int, ...]
    lost: tuple[bool, ...]
    faults: int


class OrderOfWrites:
    """The model.

    Args:
        keyed: for each run, whether it has a key.
        mistake: one of MISTAKES, or none.
    """

    def __init__(self, keyed: tuple[bool, ...], faults: int, mistake: str = "") -> None:
        self.keyed = keyed
        self.faults = faults
        self.mistake = mistake

    def start(self) -> State:
        """Each run in the hands of its first worker."""
        runs = tuple(Run(NEW, True, True) if key else Run(ABSENT) for key in self.keyed)
        workers = tuple(Worker(number, True, "read") for number in range(len(runs)))
        count = len(runs)
        return State(
            0, (), (), False, runs, (Delivery(),) * count, tuple(sorted(workers)), (), (), (False,) * count, self.faults
        )

    def moves(self, state: State) -> Iterator[tuple[str, State]]:
        """Everything that can happen next."""
        for place, worker in enumerate(state.workers):
            rest = state._replace(workers=state.workers[:place] + state.workers[place + 1 :])
            name = f"r{worker.run}" if worker.run >= 0 else "tidier"
            for text, after in getattr(self, f"_{worker.at}")(rest, worker):
                yield f"{name}: {text}", after
            if state.faults:
                yield f"{LUCK}{name} dies at {worker.at}", self._died(rest, worker)
        yield from self._claims(state)
        yield from self._plugin(state)
        if state.mark and not any(worker.run < 0 for worker in state.workers):
            yield "somebody looks at the document", with_worker(state, Worker(-1, False, "look"))

    def _died(self, rest: State, worker: Worker) -> State:
        after = rest._replace(faults=rest.faults - 1)
        if worker.run < 0:
            return after
        run = after.runs[worker.run]
        if run.stage == ABSENT and worker.run not in after.applied:
            return after._replace(lost=put(after.lost, worker.run, True))
        return with_run(after, worker.run, run._replace(leased=False)) if worker.holds else after

    def _claims(self, state: State) -> Iterator[tuple[str, State]]:
        for number, run in enumerate(state.runs):
            delivery = state.deliveries[number]
            over = delivery.state in (DONE, CANCELLED)
            if run.leased and state.faults:
                late = with_run(state, number, run._replace(leased=False))
                yield f"{LUCK}r{number}: lease runs out", late._replace(faults=state.faults - 1)
            if run.stage == NEW and not run.leased and run.due:
                claimed = with_run(let_go(state, number), number, Run(NEW, True, True))
                yield f"r{number}: claimed", with_worker(claimed, Worker(number, True, "read"))
            if run.stage == PARKED and over and delivery.mark:
                ended = with_run(let_go(state, number), number, Run(ENDED))
                yield f"r{number}: claimed, taken and ended in one write", ended
            if delivery.mark and run.stage in (ENDED, ABSENT):
                settled = delivery._replace(mark=False)
                yield f"r{number}: mark dropped", state._replace(deliveries=put(state.deliveries, number, settled))

    def _plugin(self, state: State) -> Iterator[tuple[str, State]]:
        for number, delivery in enumerate(state.deliveries):
            if delivery.state != OPEN:
                continue
            if state.runs[number].stage in (ENDED, ABSENT):
                done = delivery._replace(state=CANCELLED, mark=True)
                yield f"delivery r{number} cancelled", state._replace(deliveries=put(state.deliveries, number, done))
            elif not any(other.state == OPEN and other.version < delivery.version for other in state.deliveries):
                told = state._replace(
                    deliveries=put(state.deliveries, number, delivery._replace(state=DONE, mark=True))
                )
                yield f"plugin handles r{number}", told._replace(told=(*state.told, number))

    # ---- a worker

    def _read(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        seen = worker._replace(version=rest.version, entries=rest.outbox, effects=rest.effects)
        if worker.run in rest.effects:
            yield "reads, finds its effect", with_worker(rest, seen._replace(at="record"))
        else:
            confirm = "write" if rest.runs[worker.run].stage == ABSENT else "confirm"
            yield f"reads version {rest.version}", with_worker(rest, seen._replace(at=confirm))

    def _confirm(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        run = rest.runs[worker.run]
        if not worker.holds:
            yield "confirms its lease: lost", rest
        else:
            held = with_run(rest, worker.run, run._replace(leased=True))
            yield "confirms its lease", with_worker(held, worker._replace(at="write"))

    def _write(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        if rest.version != worker.version:
            yield "write unmatched", with_worker(rest, worker._replace(at="read", entries=(), effects=()))
            return
        entry = (rest.version + 1, worker.run)
        after = rest._replace(
            version=rest.version + 1,
            effects=tuple(sorted((*rest.effects, worker.run))),
            outbox=(*rest.outbox, entry),
            mark=self.mistake != "a write leaves no mark",
            applied=(*rest.applied, worker.run),
        )
        wrote = worker._replace(at="record", entries=(*worker.entries, entry))
        yield f"writes version {after.version}", with_worker(after, wrote)
        if rest.faults:
            again = worker._replace(at="read", entries=(), effects=())
            yield f"{LUCK}writes, looks lost", with_worker(after._replace(faults=rest.faults - 1), again)

    def _record(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        run = rest.runs[worker.run]
        others = tuple(other for other in worker.effects if other != worker.run)
        making = worker._replace(at="ensure", version=0, effects=others)
        parked = with_run(rest, worker.run, Run(PARKED))
        if run.stage == ABSENT:
            yield "stores its run, parked", with_worker(parked, making)
        elif worker.holds and run.stage == NEW:
            yield "records and parks", with_worker(parked, making)
            if rest.faults:
                yield f"{LUCK}records and parks, looks lost", parked._replace(faults=rest.faults - 1)
        else:
            yield "may not write its run", rest

    def _ensure(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        """The runs of others' entries exist before their deliveries."""
        missing = [other for other in worker.effects if rest.runs[other].stage == ABSENT]
        if not missing or self.mistake == "deliveries are made before their run":
            yield "sees that the runs exist", with_worker(rest, worker._replace(at="make", effects=()))
        else:
            yield f"stores r{missing[0]} out of its effect", with_worker(found(rest, missing[0]), worker)

    def _make(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        if not worker.entries:
            yield "is done", with_worker(rest, worker._replace(at="unset")) if worker.run < 0 else rest
            return
        at = -1 if self.mistake == "newest first" else 0
        version, run = worker.entries[at]
        left = worker.entries[:-1] if at else worker.entries[1:]
        after = rest
        if rest.deliveries[run].state == NONE:
            after = rest._replace(deliveries=put(rest.deliveries, run, Delivery(OPEN, version)))
        yield f"makes r{run}'s delivery", with_worker(after, worker._replace(entries=left))

    # ---- who tidies

    def _look(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        """The document, then the runs of its effects: two reads, but runs only move on, so one shows as much."""
        gone = tuple(run for run in rest.effects if rest.runs[run].stage in (PARKED, ENDED))
        if self.mistake == "an effect is forgotten before its step is recorded":
            gone = rest.effects
        first = "unset" if self.mistake == "an entry is removed before its delivery exists" else "ensure"
        seen = worker._replace(at=first, version=rest.version, entries=rest.outbox, effects=rest.effects, gone=gone)
        yield "reads the document and the runs", with_worker(rest, seen)

    def _unset(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        if rest.version != worker.version:
            yield "tidies nothing: it was written meanwhile", rest
            return
        effects = tuple(run for run in rest.effects if run not in worker.gone)
        after = rest._replace(effects=effects, outbox=(), mark=bool(effects))
        if self.mistake == "an entry is removed before its delivery exists" and worker.entries:
            yield "tidies", with_worker(after, worker._replace(at="make"))
        else:
            yield "tidies", after

    # ---- properties

    def wrong(self, state: State) -> str:
        """A change twice, a plugin told twice or out of order, or an end without its plugin."""
        if len(set(state.applied)) < len(state.applied):
            return "a change is applied twice"
        if len(set(state.told)) < len(state.told):
            return "a plugin is told twice"
        if state.told != state.applied[: len(state.told)]:
            return "a plugin is told out of order, or misses a change"
        for number, run in enumerate(state.runs):
            if run.stage == ENDED and number not in state.told:
                return "a run ends that its plugin was not told of"
        return ""

    def done(self, state: State) -> bool:
        """All runs have ended, or were never begun, and nothing is left anywhere."""
        over = all(run.stage == ENDED or lost for run, lost in zip(state.runs, state.lost, strict=True))
        marks = state.mark or any(run.due or run.leased for run in state.runs)
        left = any(item.state == OPEN or item.mark for item in state.deliveries)
        return over and not (marks or left or state.effects or state.outbox or state.workers)


def put(items: tuple[T, ...], place: int, item: T) -> tuple[T, ...]:
    """The items with another one in that place."""
    return (*items[:place], item, *items[place + 1 :])


def with_worker(state: State, worker: Worker) -> State:
    """The state with that worker at work; workers are alike."""
    return state._replace(workers=tuple(sorted((*state.workers, worker))))


def with_run(state: State, number: int, run: Run) -> State:
    """The state with that run."""
    return state._replace(runs=put(state.runs, number, run))


def let_go(state: State, number: int) -> State:
    """The state once another has claimed that run: whoever is at it holds it no more."""
    workers = [item._replace(holds=False) if item.run == number else item for item in state.workers]
    return state._replace(workers=tuple(sorted(workers)))


def found(state: State, number: int) -> State:
    """The run is stored out of its effect, for anybody to claim; its first worker's claim stands no more."""
    return with_run(let_go(state, number), number, Run(NEW, False, True))


MISTAKES = (
    "a write leaves no mark",
    "deliveries are made before their run",
    "newest first",
    "an effect is forgotten before its step is recorded",
    "an entry is removed before its delivery exists",
)
