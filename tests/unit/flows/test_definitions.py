"""Flows that are declared wrongly are refused, by name and with the rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
import strawberry
from pydantic import BaseModel

from flows import (
    Change,
    ChildrenStep,
    Flow,
    FlowCatalog,
    FlowDefinitionError,
    Hook,
    HookCall,
    HookKind,
    StepContext,
    ValidateStep,
    WriteStep,
)
from store import VersionedDocument
from tests.support.toy_service import ADJUST, FLOWS
from tests.support.versions import BOTH, SECOND


class Result(BaseModel):
    """What a plugin may return."""


@strawberry.type
class SvcGoCommitDone:
    id: strawberry.ID


@strawberry.type(name="SvcGoCommitDone")
class OtherDone:
    id: strawberry.ID


@dataclass(frozen=True)
class Params:
    """No parameters."""


async def calls(ctx: StepContext[Any], document: Any) -> Mapping[str, HookCall]:
    """Nobody is called."""
    return {}


async def change(ctx: StepContext[Any], document: Any) -> Change:
    """Never run here."""
    raise NotImplementedError


async def children(ctx: StepContext[Any]) -> Mapping[str, Any]:
    """No children."""
    return {}


DONE = Hook("done", ("Jar",), SvcGoCommitDone)
WRITE: WriteStep[Any, VersionedDocument] = WriteStep(VersionedDocument, lambda ctx: "1", change)
GATE: ValidateStep[Any, VersionedDocument] = ValidateStep(calls, (DONE,))
KIDS: ChildrenStep[Any] = ChildrenStep("kids", "go", children)


def a_flow(*steps: Any, tag: str = "go", version: int = 1, earlier: tuple[Flow[Any], ...] = ()) -> Flow[Any]:
    """A flow of these steps."""
    return Flow(tag, Params, steps, version=version, earlier=earlier)


def amends(params: Any, result: Any) -> Any:
    """Changes nothing."""
    return params


WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: a_flow(WRITE, tag="Go"), r"flow tag 'Go' must match \[a-z\]"),
    (lambda: a_flow(WRITE, tag="go_on"), r"'go_on'.*no underscore"),
    (a_flow, "flow 'go' has no steps"),
    (lambda: Flow("go", dict, (WRITE,)), "flow 'go': params .*dict.* is not a dataclass"),
    (lambda: a_flow(replace(WRITE, tag="a b")), "flow 'go': step tag 'a b'"),
    (lambda: a_flow(WRITE, WRITE), "flow 'go' has two steps tagged 'commit'"),
    (lambda: a_flow(GATE), "step go_validate must be followed by the WriteStep it gates"),
    (lambda: a_flow(GATE, KIDS, WRITE), "step go_validate must be followed by the WriteStep it gates"),
    (lambda: a_flow(replace(WRITE, hooks=(DONE, DONE))), "step go_commit has two hooks tagged 'done'"),
    (
        lambda: a_flow(replace(WRITE, hooks=(replace(DONE, amend=amends, result=Result),))),
        "hook go_commit_done: only a ValidateStep amends",
    ),
    (
        lambda: a_flow(replace(WRITE, hooks=(DONE,)), KIDS),
        "flow 'go': step 'kids' can refuse, so it comes before the commit hooks of 'commit'",
    ),
    (
        lambda: a_flow(replace(WRITE, hooks=(DONE,)), replace(WRITE, tag="after")),
        "flow 'go': step 'after' can refuse, so it comes before the commit hooks of 'commit'",
    ),
    (lambda: Hook("Done", ("Jar",), SvcGoCommitDone), "hook tag 'Done'"),
    (lambda: Hook("done", (), SvcGoCommitDone), "hook 'done' declares no target objType"),
    (lambda: Hook("done", ("Jar",), dict), "hook 'done': payload .*dict.* is not a Strawberry type"),
    (lambda: replace(DONE, amend=amends), "hook 'done' amends, so it must declare the result model"),
    (lambda: replace(DONE, quorum=0), "hook 'done': a quorum is 1 plugin at least, not 0; leave it out"),
    (
        lambda: replace(DONE, quorum=2, amend=amends, result=Result),
        "hook 'done' amends and has a quorum: .*; leave out one of the two",
    ),
    (
        lambda: a_flow(replace(WRITE, hooks=(replace(DONE, quorum=2),))),
        "hook go_commit_done comes after the write .* no quorum: declare it on a hook of the ValidateStep",
    ),
    (lambda: FlowCatalog("My Svc", []), "service tag 'My Svc'"),
    (lambda: FlowCatalog("svc", [a_flow(WRITE), a_flow(WRITE)]), "service 'svc' has two flows tagged 'go'"),
    (
        lambda: FlowCatalog("svc", [a_flow(replace(KIDS, flow="gone"))]),
        "step svc_go_kids starts runs of 'gone', which is no flow of service 'svc'",
    ),
    (
        lambda: FlowCatalog("svc", [a_flow(replace(KIDS, undo_flow="gone"))]),
        "step svc_go_kids starts runs of 'gone'",
    ),
    (
        lambda: FlowCatalog("svc", [a_flow(replace(WRITE, tag="other", hooks=(DONE,)))]),
        "hook svc_go_other_done: its payload type is named 'SvcGoCommitDone', it must be 'SvcGoOtherDone'",
    ),
    (lambda: a_flow(WRITE, earlier=(a_flow(WRITE),)), "version 1 of flow 'go' is not earlier than its version 1"),
    (
        lambda: a_flow(WRITE, version=2, earlier=(a_flow(WRITE), a_flow(WRITE))),
        "version 1 of flow 'go' is declared twice",
    ),
    (lambda: a_flow(WRITE, version=2, earlier=(replace(a_flow(WRITE), tag="gone"),)), "that is tagged 'gone'"),
    (
        lambda: a_flow(WRITE, version=3, earlier=(a_flow(WRITE, version=2, earlier=(a_flow(WRITE),)),)),
        "version 2 of flow 'go' has earlier versions or adds hooks",
    ),
    (
        lambda: FlowCatalog(
            "svc",
            [
                a_flow(
                    replace(WRITE, hooks=(DONE,)),
                    version=2,
                    earlier=(a_flow(replace(WRITE, hooks=(replace(DONE, payload=OtherDone),))),),
                )
            ],
        ),
        "hook svc_go_commit_done of version 1 has another payload type",
    ),
    (
        lambda: FlowCatalog("svc", [a_flow(WRITE, version=2, earlier=(a_flow(replace(KIDS, flow="gone"), WRITE),))]),
        "step svc_go_kids starts runs of 'gone'",
    ),
    (
        lambda: FlowCatalog("svc", [a_flow(WRITE)]).hook(a_flow(WRITE), "commit", "done"),
        "step svc_go_commit calls hook 'done', which it does not declare",
    ),
]


@pytest.mark.parametrize(("declare", "message"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_definition_names_the_culprit_and_the_rule(declare: Callable[[], object], message: str) -> None:
    with pytest.raises(FlowDefinitionError, match=message):
        declare()


def test_the_hooks_of_earlier_versions_are_there_and_their_steps_too() -> None:
    catalog = FlowCatalog("toy", BOTH)
    assert sorted(catalog.hooks) == [
        "toy_adjust_commit_changed",
        "toy_adjust_store_stored",
        "toy_adjust_validate_beforeChange",
    ]
    assert catalog.flow("adjust") == BOTH[0]
    assert catalog.flow_at("adjust", 1, "commit") is ADJUST
    assert catalog.flow_at("adjust", 2, "store") is BOTH[0]
    for tag, version, step in (("adjust", 2, "commit"), ("adjust", 3, "store"), ("gone", 1, "commit")):
        assert catalog.flow_at(tag, version, step) is None
    assert SECOND.versions == (SECOND,)


def test_hooks_are_bound_to_their_ids_kinds_and_places() -> None:
    catalog = FlowCatalog("toy", FLOWS)
    bound = {id: (item.kind, item.flow, item.step, item.position) for id, item in catalog.hooks.items()}
    assert bound == {
        "toy_adjust_validate_beforeChange": (HookKind.VALIDATE, "adjust", "validate", 0),
        "toy_adjust_commit_changed": (HookKind.COMMIT, "adjust", "commit", 0),
    }
    assert catalog.hook(ADJUST, "commit", "changed").payload_name == "ToyAdjustCommitChanged"
    assert [flow.tag for flow in catalog] == ["adjust", "trade"]
    assert catalog.flow("nothing") is None


def test_steps_are_found_by_tag() -> None:
    flow = a_flow(GATE, WRITE)
    assert flow.step("commit") is WRITE and flow.step("gone") is None
    assert flow.position("commit") == 1
    with pytest.raises(ValueError, match="gone"):
        flow.position("gone")


def test_write_steps_that_never_refuse_may_follow_commit_hooks() -> None:
    after = replace(WRITE, tag="after", refuses=False)
    assert a_flow(replace(WRITE, hooks=(DONE,)), after).position("after") == 1
