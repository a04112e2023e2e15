"""What may be put together: flows by hand before generated ones, hooks added within a service alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import strawberry

from flows import (
    AddedHook,
    CodeHook,
    Flow,
    FlowCatalog,
    FlowDefinitionError,
    Hook,
    HookCall,
    Refusal,
    StepContext,
    assemble,
    check_together,
)
from tests.unit.flows.test_definitions import KIDS, WRITE, Params, a_flow


@strawberry.type
class SvcGoCommitMore:
    id: strawberry.ID


async def nobody(ctx: StepContext[Any], document: Any) -> HookCall | None:
    """Nobody is called."""
    return None


async def nothing(ctx: StepContext[Any], document: Any) -> Refusal | None:
    """Does nothing."""
    return None


MORE = Hook("more", ("Jar",), SvcGoCommitMore)


def to(place: str) -> AddedHook:
    """A plugin hook at that place."""
    return AddedHook(place, MORE, nobody)


def by_hand(*adds: AddedHook | CodeHook) -> Flow[Any]:
    """A flow that adds these."""
    return Flow("mine", Params, (WRITE,), adds=adds)


def test_a_flow_written_by_hand_replaces_the_generated_one_hooks_and_all() -> None:
    mine = a_flow(WRITE)
    generated = replace(a_flow(replace(WRITE, hooks=(MORE,))), version=7)
    flows = assemble("svc", [mine], generated=[generated, a_flow(WRITE, tag="other")])
    assert [(flow.tag, flow.version) for flow in flows] == [("go", 1), ("other", 1)]
    assert "svc_go_commit_more" not in FlowCatalog("svc", flows).hooks


def test_a_hook_is_added_to_a_generated_flow_of_the_same_service() -> None:
    flows = assemble("svc", [by_hand(to("svc_go_commit"))], generated=[a_flow(WRITE)])
    bound = FlowCatalog("svc", flows).hooks["svc_go_commit_more"]
    assert (bound.flow, bound.step, bound.hook.targets) == ("go", "commit", ("Jar",))


def test_flows_that_only_others_start_have_no_submitted_hooks_but_may_add() -> None:
    flows = assemble("svc", [], generated=[a_flow(WRITE)], children=[by_hand(to("svc_go_commit"))])
    hooks = FlowCatalog("svc", flows).hooks
    assert {"svc_go_commit_more", "svc_go_submitted_asSubmitter"} == hooks.keys()


@pytest.mark.parametrize("added", [to, lambda place: CodeHook(place, nothing)])
@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            "other_go_commit",
            "flow svc_mine adds a hook to 'other_go_commit', a flow of service 'other': "
            "only flows of 'other' can add to it; from 'svc', connect a plugin",
        ),
        ("svc_mine_commit", "'svc_mine_commit', which is written by hand: declare the hook there"),
        ("svc_gone_commit", "svc generates no flow 'gone'; it generates go"),
        ("svc_go_validate", "flow 'go' has no step 'validate'; it has kids, commit"),
        ("svc_go", "write service_flow_step"),
        ("svc_go_kids", "'svc_go_kids' starts child runs"),
    ],
)
def test_where_a_hook_must_not_be_added_the_error_says_why(added: Any, place: str, message: str) -> None:
    with pytest.raises(FlowDefinitionError, match=message):
        assemble("svc", [by_hand(added(place))], generated=[a_flow(KIDS, WRITE)])


@strawberry.type
class ABCDE:
    id: strawberry.ID


def one_hook(flow: str, step: str) -> Flow[Any]:
    """A flow with the hook `e`."""
    return a_flow(replace(WRITE, tag=step, hooks=(Hook("e", ("Jar",), ABCDE),)), tag=flow)


def test_two_hook_ids_with_one_payload_name_are_an_error_in_a_service_and_in_a_supergraph() -> None:
    with pytest.raises(FlowDefinitionError, match="hooks a_bC_d_e and a_b_cD_e share the payload name ABCDE"):
        FlowCatalog("a", [one_hook("bC", "d"), one_hook("b", "cD")])
    first, second = FlowCatalog("a", [one_hook("bC", "d")]), FlowCatalog("aB", [one_hook("c", "d")])
    check_together([first])
    with pytest.raises(FlowDefinitionError, match="hooks a_bC_d_e and aB_c_d_e share the payload name ABCDE"):
        check_together([first, second])
