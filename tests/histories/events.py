"""The events of a history as JSON, and the rules that decide them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel

from flows import EngineSettings, Flow
from flows.machine import after_failure, after_page, children_verdict, judge, judge_reply
from flows.outcomes import Complete, Extend, Fail, Outcome, Reject, Retry
from flows.records import DeliveryRecord, PageRecord, RunRecord
from flows.runner.taking import after_hooks, after_step

Event = dict[str, Any]
NOISE = {"claim", "worker", "principal", "connections", "payload"}
"""Fields of records that no rule looks at, or that differ each time."""
OUTCOMES: Mapping[str, type[Outcome]] = {item.__name__: item for item in (Complete, Reject, Fail, Retry, Extend)}


def plain(value: Any) -> Any:
    """A value as JSON, records without what is as usual."""
    if isinstance(value, RunRecord | DeliveryRecord):
        return value.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=NOISE)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {type(value).__name__: plain(asdict(value))} if isinstance(value, Outcome) else plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple | set | frozenset) else value


def run_of(stored: Mapping[str, Any]) -> RunRecord:
    """A run of a history."""
    return RunRecord.model_validate({"principal": {}, **stored})


def delivery_of(stored: Mapping[str, Any]) -> DeliveryRecord:
    """A delivery of a history."""
    return DeliveryRecord.model_validate({"connections": [], "payload": {}, **stored})


def decide(event: Event, flow: Flow[Any]) -> Any:
    """What the rules make of an event now."""
    match event["event"]:
        case "step recorded":
            run = run_of(event["run"])
            read = RunRecord.model_validate({**run.model_dump(by_alias=True), **event["recorded"]})
            recorded = {name: getattr(read, name) for name in event["recorded"]}
            return plain(after_step(flow, run, event["marked_at"], **recorded))
        case "outcomes taken":
            run = run_of(event["run"])
            deliveries = {item["_id"]: delivery_of(item) for item in event["deliveries"]}
            return plain(after_hooks(flow, run, event["marked_at"], judge(run.awaited, deliveries)))
        case "reply":
            return plain(judge_reply(delivery_of(event["delivery"]), event["attempt"], outcome_of(event["outcome"])))
        case "failure":
            outcome = outcome_of(event["outcome"])
            assert isinstance(outcome, Fail | Retry)
            settings = EngineSettings(**event["settings"])
            return plain(
                after_failure(delivery_of(event["delivery"]), outcome, event["now"], event["jitter"], settings)
            )
        case "children ended":
            return plain(children_verdict([run_of(item) for item in event["children"]]))
        case "page ended":
            page = PageRecord.model_validate(event["page"])
            return plain(after_page(page, [run_of(item) for item in event["children"]]))
        case other:
            raise AssertionError(f"a history has an event {other!r}")


def outcome_of(stored: Mapping[str, Any]) -> Outcome:
    """What a plugin said in a history."""
    ((name, fields),) = stored.items()
    return OUTCOMES[name](**fields)
