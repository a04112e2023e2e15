"""What plugins may say at a service's hook fields."""

from __future__ import annotations

import pytest
import strawberry

from flows.catalog import FlowCatalog
from flows.graphql.hook_fields import LONGEST_MESSAGE, HookFields, parse_outcome
from flows.graphql.types import HookFailInput, HookOutcomeInput, HookRejectInput
from flows.outcomes import Fail, Reject
from identity import CodedError


def test_of_a_long_message_the_beginning_is_kept() -> None:
    long = "m" * (LONGEST_MESSAGE + 1)
    failed = HookOutcomeInput(
        complete=None, reject=None, fail=strawberry.Some(HookFailInput(message=long)), retry=None, extend=None
    )
    assert parse_outcome(failed) == Fail(long[:-1])
    vetoed = HookOutcomeInput(
        complete=None,
        reject=strawberry.Some(HookRejectInput(code="NO", message=long)),
        fail=None,
        retry=None,
        extend=None,
    )
    assert parse_outcome(vetoed) == Reject("NO", long[:-1])


def test_a_subscription_to_no_hooks_at_all_is_refused() -> None:
    fields = HookFields(FlowCatalog("toy", []))
    fields._check_subscription("worker", None, 1)
    with pytest.raises(CodedError, match="leave it out to take all"):
        fields._check_subscription("worker", [], 1)
