"""Records what the rules are asked and decide while an engine works."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import flows.engine
import flows.replies
import flows.runner.children
import flows.runner.pages
import flows.runner.waiting
import flows.runner.worker
import flows.runner.write_step
from flows import EngineSettings, Flow
from flows.machine import Judgement, after_failure, after_page, children_verdict, judge, judge_reply
from flows.records import Awaited, DeliveryRecord, PageRecord, RunRecord
from flows.runner.taking import after_hooks, after_step
from tests.histories.events import Event, plain

JITTER = 0.5


class Recorder:
    """Events by the id of their run, in the order in which they came; one that comes again at once is one."""

    def __init__(self) -> None:
        self.events: dict[str, list[Event]] = {}
        self._judged: list[tuple[Judgement, list[DeliveryRecord]]] = []

    def add(self, run_id: str, event: Event) -> None:
        """Note an event."""
        events = self.events.setdefault(run_id, [])
        event = json.loads(json.dumps(event))
        if events[-1:] != [event]:
            events.append(event)

    def after_step(self, flow: Flow[Any], run: RunRecord, marked_at: int, **recorded: Any) -> dict[str, Any]:
        decided = after_step(flow, run, marked_at, **recorded)
        given = {"run": plain(run), "marked_at": marked_at, "recorded": plain(recorded)}
        self.add(run.id, {"event": "step recorded", **given, "decided": plain(decided)})
        return decided

    def judge(self, awaited: Sequence[Awaited], deliveries: Mapping[str, DeliveryRecord]) -> Judgement:
        judgement = judge(awaited, deliveries)
        self._judged.append((judgement, list(deliveries.values())))
        return judgement

    def after_hooks(self, flow: Flow[Any], run: RunRecord, marked_at: int, judgement: Judgement) -> dict[str, Any]:
        decided = after_hooks(flow, run, marked_at, judgement)
        deliveries = next(found for judged, found in self._judged if judged is judgement)
        shown = [plain(item) for item in sorted(deliveries, key=lambda item: item.plugin_tag)]
        given = {"run": plain(run), "marked_at": marked_at, "deliveries": shown}
        self.add(run.id, {"event": "outcomes taken", **given, "decided": plain(decided)})
        return decided

    def judge_reply(self, delivery: DeliveryRecord, attempt: int, outcome: Any) -> Any:
        decided = judge_reply(delivery, attempt, outcome)
        given = {"delivery": plain(delivery), "attempt": attempt, "outcome": plain(outcome)}
        self.add(delivery.run_id, {"event": "reply", **given, "decided": plain(decided)})
        return decided

    def after_failure(
        self, delivery: DeliveryRecord, outcome: Any, now: int, jitter: float, settings: EngineSettings
    ) -> Any:
        decided = after_failure(delivery, outcome, now, jitter, settings)
        kept = {name: getattr(settings, name) for name in ("retry_base", "retry_cap", "retry_window")}
        given = {"delivery": plain(delivery), "outcome": plain(outcome), "now": now, "jitter": jitter, "settings": kept}
        self.add(delivery.run_id, {"event": "failure", **given, "decided": plain(decided)})
        return decided

    def children_verdict(self, children: Any) -> Any:
        ended = list(children)
        decided = children_verdict(ended)
        if not ended:
            return decided
        shown = [plain(run) for run in ended]
        self.add(str(ended[0].parent), {"event": "children ended", "children": shown, "decided": plain(decided)})
        return decided

    def after_page(self, page: PageRecord, children: Any) -> Any:
        ended = list(children)
        decided = after_page(page, ended)
        if ended:
            given = {"page": plain(page), "children": [plain(run) for run in ended]}
            self.add(str(ended[0].parent), {"event": "page ended", **given, "decided": plain(decided)})
        return decided


@contextmanager
def recording() -> Iterator[Recorder]:
    """Record all engines of this process until the block ends."""
    recorder = Recorder()
    places: Sequence[tuple[Any, str]] = (
        (flows.runner.write_step, "after_step"),
        (flows.runner.waiting, "judge"),
        (flows.engine, "judge"),
        (flows.runner.worker, "after_hooks"),
        (flows.engine, "after_hooks"),
        (flows.replies, "judge_reply"),
        (flows.replies, "after_failure"),
        (flows.runner.children, "children_verdict"),
        (flows.runner.pages, "children_verdict"),
        (flows.runner.pages, "after_page"),
    )
    with ExitStack() as patches:
        for module, name in places:
            patches.enter_context(patch.object(module, name, getattr(recorder, name)))
        patches.enter_context(patch.object(flows.replies, "random", SimpleNamespace(random=lambda: JITTER)))
        yield recorder


def history(recorder: Recorder, runs: Sequence[RunRecord], about: str) -> dict[str, Any]:
    """The history of these runs, which have come to where they are now."""
    ordered = sorted(runs, key=lambda run: (run.flow, json.dumps(run.given_params, sort_keys=True), run.id))
    return {
        "about": about,
        "runs": [
            {
                "service": run.service,
                "flow": run.flow,
                "version": run.version,
                "ends": run.status.value,
                "events": recorder.events.get(run.id, []),
            }
            for run in ordered
        ],
    }
