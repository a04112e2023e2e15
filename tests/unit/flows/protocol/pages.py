"""The order in which a step over many objects writes (docs/decisions/0022), as a model.

Three objects on two pages. The parent stores a page before it starts any of its runs, parks, and takes their ends in
the write that stores the next page; where one is refused (and does not let the others go on), the pages are undone,
last first, in the same way. A parked parent is found by the marks of children that have ended, and by nothing else.

An object may go away meanwhile, so that a page that was never stored is another one when it is looked up again. Faults
cost one of the budget each: a worker dies, a lease runs out under a living worker, a write is applied and looks lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.unit.flows.protocol.explorer import LUCK
from tests.unit.flows.protocol.order_of_writes import put

SIZE = 2
ABSENT, RUNNING, DONE, REFUSED = "absent", "running", "done", "refused"
DO, UNDO = "do", "undo"


class Child(NamedTuple):
    """A child run; `mark` is what a sweep finds its end by."""

    state: str = ABSENT
    mark: bool = False

    @property
    def over(self) -> bool:
        return self.state in (DONE, REFUSED)


class Parent(NamedTuple):
    """As it is stored: what it has listed (of which kind, from which page), what it has counted, where it is."""

    kind: str = ""
    page: int = 0
    listed: tuple[int, ...] = ()
    counted: int = 0
    rejected: bool = False
    leased: bool = True
    parked: bool = False
    ended: bool = False


class Worker(NamedTuple):
    """What a worker of the parent does next; `holds` is whether its claim is the last one."""

    holds: bool
    at: str
    kind: str = ""
    page: int = 0
    listed: tuple[int, ...] = ()
    taken: tuple[tuple[str, int], ...] = ()


class State(NamedTuple):
    """The parent, its children and their inverses, its workers, the objects that are there, the faults left."""

    parent: Parent
    children: tuple[Child, ...]
    inverses: tuple[Child, ...]
    workers: tuple[Worker, ...]
    there: tuple[int, ...]
    faults: int


class PagesOfChildren:
    """The model.

    Args:
        go_on: whether the others go on where one is refused.
        mistake: one of MISTAKES, or none.
    """

    def __init__(self, go_on: bool, faults: int, mistake: str = "", objects: int = 3) -> None:
        self.go_on = go_on
        self.faults = faults
        self.mistake = mistake
        self.objects = objects

    def start(self) -> State:
        """The parent in the hands of its first worker."""
        nothing = (Child(),) * self.objects
        return State(Parent(), nothing, nothing, (Worker(True, "plan"),), tuple(range(self.objects)), self.faults)

    def moves(self, state: State) -> Iterator[tuple[str, State]]:
        """Everything that can happen next."""
        for place, worker in enumerate(state.workers):
            rest = state._replace(workers=state.workers[:place] + state.workers[place + 1 :])
            yield from getattr(self, f"_{worker.at}")(rest, worker)
            if state.faults:
                parent = state.parent._replace(leased=False) if worker.holds else state.parent
                yield f"{LUCK}dies at {worker.at}", rest._replace(parent=parent, faults=state.faults - 1)
        yield from self._children(state)
        yield from self._claims(state)
        if state.there and state.faults:
            gone = state.there[-1]
            yield f"{LUCK}object {gone} goes", state._replace(there=state.there[:-1], faults=state.faults - 1)

    def _children(self, state: State) -> Iterator[tuple[str, State]]:
        mark = self.mistake != "a child leaves no mark"
        for kind in (DO, UNDO):
            for number, child in enumerate(of_kind(state, kind)):
                if child.state == RUNNING:
                    yield f"{kind} {number} completes", with_child(state, kind, number, Child(DONE, mark))
                    if kind == DO:
                        yield f"{kind} {number} is refused", with_child(state, kind, number, Child(REFUSED, mark))
                if child.over and child.mark and self._sweep_drops(state, kind, number):
                    yield (
                        f"mark of {kind} {number} dropped",
                        with_child(state, kind, number, child._replace(mark=False)),
                    )

    def _sweep_drops(self, state: State, kind: str, number: int) -> bool:
        """Whether a sweep that finds the mark drops it: the parent lists others by now, or has ended."""
        parent = state.parent
        listed = parent.kind == kind and number in parent.listed
        return parent.ended or not listed or self.mistake == "a sweep drops any mark it has looked at"

    def _claims(self, state: State) -> Iterator[tuple[str, State]]:
        parent = state.parent
        if parent.leased and not parent.ended and state.faults:
            late = state._replace(parent=parent._replace(leased=False), faults=state.faults - 1)
            yield f"{LUCK}lease runs out", late
        if parent.leased or parent.ended:
            return
        children = of_kind(state, parent.kind) if parent.kind else ()
        found = any(children[number].mark for number in parent.listed)
        over = all(children[number].over for number in parent.listed)
        if not parent.parked or (found and over) or (self._premature and found):
            worker = Worker(True, "look" if parent.kind else "plan", *parent[:3])
            others = tuple(item._replace(holds=False) for item in state.workers)
            claimed = state._replace(parent=parent._replace(leased=True, parked=False), workers=others)
            yield "claimed", with_worker(claimed, worker)

    @property
    def _premature(self) -> bool:
        return self.mistake == "a page is taken while one of it runs"

    # ---- a worker of the parent

    def _plan(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        """Looks the first page up, and stores it."""
        listed = tuple(number for number in range(SIZE) if number in rest.there)
        if self.mistake == "a page is started before it is stored" and any(
            rest.children[number].state == ABSENT for number in listed
        ):
            fresh = next(number for number in listed if rest.children[number].state == ABSENT)
            yield f"starts {fresh}", with_worker(with_child(rest, DO, fresh, Child(RUNNING)), worker)
            return
        after = rest.parent._replace(kind=DO, page=1, listed=listed)
        yield from self._writes(rest, worker, after, Worker(True, "look", DO, 1, listed), "stores page 1")

    def _look(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        children = of_kind(rest, worker.kind)
        ends = [children[number].over for number in worker.listed]
        if all(ends) or (self._premature and any(ends)):
            yield "sees the ends", with_worker(rest, worker._replace(at="take"))
        else:
            yield "sees that some run", with_worker(rest, worker._replace(at="spawn"))

    def _spawn(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        """Starts what it has listed: no claim is asked for, so a late worker starts it too."""
        children = of_kind(rest, worker.kind)
        missing = [number for number in worker.listed if children[number].state == ABSENT]
        if not missing:
            yield "has started all", with_worker(rest, worker._replace(at="park"))
        else:
            started = with_child(rest, worker.kind, missing[0], Child(RUNNING))
            yield f"starts {worker.kind} {missing[0]}", with_worker(started, worker)

    def _park(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        after = rest.parent._replace(leased=False, parked=True)
        yield from self._writes(rest, worker, after, None, "parks")

    def _take(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        """Counts the page and stores the next one, or the end, in one write."""
        if self.mistake == "a page is counted by a write of its own" and worker.kind == DO:
            counted = rest.parent._replace(counted=rest.parent.counted + len(worker.listed))
            yield from self._writes(rest, worker, counted, worker._replace(at="follow"), "counts")
            return
        yield from self._follow(rest, worker)

    def _follow(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        parent, taken = rest.parent, tuple((worker.kind, number) for number in worker.listed)
        if worker.kind == DO and worker.at == "take":
            parent = parent._replace(counted=parent.counted + len(worker.listed))
        stopped = worker.kind == DO and any(rest.children[number].state == REFUSED for number in worker.listed)
        if worker.kind == UNDO or (stopped and not self.go_on):
            page = worker.page if worker.kind == DO else worker.page - 1
            after = self._undoing(rest, parent._replace(rejected=True), page)
        else:
            first = worker.page * SIZE
            listed = tuple(number for number in range(first, first + SIZE) if number in rest.there)
            if listed:
                after = parent._replace(page=worker.page + 1, listed=listed)
            else:
                after = parent._replace(ended=True, leased=False)
        text = "takes the page and ends" if after.ended else f"takes the page, stores {after.kind} {after.page}"
        next = Worker(not after.ended, "unmark", after.kind, after.page, after.listed, taken)
        yield from self._writes(rest, worker, after, next, text)

    def _undoing(self, rest: State, parent: Parent, page: int) -> Parent:
        """The inverse runs of the last page, from this one back, that has any; else the end."""
        while page > 0:
            first = (page - 1) * SIZE
            done = range(first, min(first + SIZE, self.objects))
            listed = tuple(number for number in done if rest.children[number].state == DONE)
            if listed:
                return parent._replace(kind=UNDO, page=page, listed=listed)
            page = 0 if self.mistake == "only the last page is undone" else page - 1
        return parent._replace(ended=True, leased=False)

    def _unmark(self, rest: State, worker: Worker) -> Iterator[tuple[str, State]]:
        after = unmarked(rest, worker.taken)
        if worker.holds:
            yield "drops the marks", with_worker(after, worker._replace(at="look", taken=()))
        else:
            yield "drops the marks", after

    def _writes(
        self, rest: State, worker: Worker, after: Parent, next: Worker | None, text: str
    ) -> Iterator[tuple[str, State]]:
        """A write of the parent, filtered on the claim."""
        if not worker.holds:
            yield f"{text}: lost its claim", rest
            return
        written = rest._replace(parent=after)
        if next is not None and (next.holds or next.at == "unmark"):
            yield text, with_worker(written, next)
        else:
            yield text, written
        if rest.faults:
            unleased = after if after.ended else after._replace(leased=False)
            yield f"{LUCK}{text}, looks lost", written._replace(parent=unleased, faults=rest.faults - 1)

    # ---- properties

    def wrong(self, state: State) -> str:
        """A page too early, a count that is off, an end with something running or half done."""
        parent = state.parent
        states = [child.state for child in state.children]
        for number, child in enumerate(states):
            before = states[: number // SIZE * SIZE]
            if child != ABSENT and any(earlier == RUNNING for earlier in before):
                return "a page is begun while the one before it runs"
        if any(item.state != ABSENT for item in state.inverses) and RUNNING in states:
            return "an undo begins while a run of the step goes on"
        if parent.counted > sum(state in (DONE, REFUSED) for state in states):
            return "an object is counted twice"
        if not parent.ended:
            return ""
        if RUNNING in states or any(item.state == RUNNING for item in state.inverses):
            return "the parent ends while one of its runs goes on"
        if parent.counted != sum(state != ABSENT for state in states):
            return "an object is not counted"
        undone = [item.state == DONE for item in state.inverses]
        if parent.rejected != (REFUSED in states and not self.go_on):
            return "the parent's end does not follow from its runs'"
        if parent.rejected and undone != [child == DONE for child in states]:
            return "a rejected parent leaves something done"
        return "" if parent.rejected or not any(undone) else "something is undone that stands"

    def done(self, state: State) -> bool:
        """The parent has ended, and nobody is left to look at anything."""
        marks = any(item.mark for item in (*state.children, *state.inverses))
        return state.parent.ended and not marks and not state.workers


def of_kind(state: State, kind: str) -> tuple[Child, ...]:
    """The children, or their inverses."""
    return state.children if kind == DO else state.inverses


def with_child(state: State, kind: str, number: int, child: Child) -> State:
    """The state with that child, or inverse, so."""
    if kind == DO:
        return state._replace(children=put(state.children, number, child))
    return state._replace(inverses=put(state.inverses, number, child))


def with_worker(state: State, worker: Worker) -> State:
    """The state with that worker at work."""
    return state._replace(workers=tuple(sorted((*state.workers, worker))))


def unmarked(state: State, taken: tuple[tuple[str, int], ...]) -> State:
    """The state without the marks of these."""
    for kind, number in taken:
        child = of_kind(state, kind)[number]
        if child.over:
            state = with_child(state, kind, number, child._replace(mark=False))
    return state


MISTAKES = (
    "a page is started before it is stored",
    "a page is taken while one of it runs",
    "a child leaves no mark",
    "a page is counted by a write of its own",
    "only the last page is undone",
    "a sweep drops any mark it has looked at",
)
