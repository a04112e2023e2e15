"""The files of a new flow, with the names that `izara.scaffold.flow` puts in."""

from __future__ import annotations

INIT = '''"""`${tag}`: …"""

from subgraphs.${service}.flows.${folder}.flow import ${constant}
from subgraphs.${service}.flows.${folder}.params import ${params}

__all__ = ["${constant}", "${params}"]
'''

PARAMS = '''"""What `${tag}` is given, and what is wrong with it whatever the ${thing} is."""

from __future__ import annotations

from dataclasses import dataclass

from flows.schema import Refusal
from subgraphs.shared.checks import check_id, check_note


@dataclass(frozen=True)
class ${params}:
    """What the caller gave."""

    ${id_name}: str
    note: str | None = None


def check(params: ${params}) -> list[Refusal]:
    """All that is wrong with the input."""
    return [*check_id(params.${id_name}, ("${id_field}",)), *check_note(params.note, ("note",))]
'''

BEFORE_PAYLOAD = '''"""Payloads of the hooks of `${tag}`."""

from __future__ import annotations

import strawberry

${payload_imports}


@strawberry.type(description="${tag} is about to be done.")
class ${before_payload}:
    ${id_name}: strawberry.ID
    note: str | None

    @strawberry.field
    async def ${thing_name}(self, info: SubgraphInfo) -> ${type} | None:
        return await ${type}.live(info, self.${id_name})
'''

PAYLOADS = (
    BEFORE_PAYLOAD
    + """

@strawberry.type(description="${tag} was done.")
class ${done_payload}:
    ${id_name}: strawberry.ID
    note: str | None

    @strawberry.field
    async def ${thing_name}(self, info: SubgraphInfo) -> ${type} | None:
        return await ${type}.live(info, self.${id_name})
"""
)

VALIDATE = '''"""The step `validate` of `${tag}`: the ${thing}'s plugins are asked; they may veto."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from flows.schema import Hook, HookCall, Refusal, StepContext, ValidateStep
from subgraphs.${service}.documents import ${document}
from subgraphs.${service}.flows.${folder}.params import ${params}
from subgraphs.${service}.flows.${folder}.payloads import ${before_payload}


async def before(
    ctx: StepContext[${params}],
    ${thing_name}: ${document} | None,
) -> Mapping[str, HookCall] | Refusal:
    """Ask the plugins; what is impossible anyway is refused before they are."""
    if ${thing_name} is None:
        return Refusal("NOT_FOUND", "${id_field} names no ${thing}.", ("${id_field}",))
    payload = ${before_payload}(
        ${id_name}=strawberry.ID(${thing_name}.id),
        note=ctx.params.note,
    )
    return {"before": HookCall([${thing_name}.object_ref], payload)}


VALIDATE: ValidateStep[${params}, ${document}] = ValidateStep(
    calls=before,
    hooks=(Hook("before", ("${type}",), ${before_payload}),),
)
'''

COMMIT = '''"""The step `commit` of `${tag}`: the ${thing} is written and its plugins are told."""

from __future__ import annotations

import strawberry

from flows.schema import Change, Hook, HookCall, Refusal, StepContext, Unchanged, WriteStep
from subgraphs.${service}.documents import ${document}
from subgraphs.${service}.flows.${folder}.params import ${params}
from subgraphs.${service}.flows.${folder}.payloads import ${done_payload}


async def commit(
    ctx: StepContext[${params}],
    ${thing_name}: ${document} | None,
) -> Change | Unchanged | Refusal:
    """Write the ${thing}. What it shall be goes into `update`; return `Unchanged()` where it is that already."""
    if ${thing_name} is None:
        return Refusal("NOT_FOUND", "${id_field} names no ${thing}.", ("${id_field}",))
    payload = ${done_payload}(
        ${id_name}=strawberry.ID(${thing_name}.id),
        note=ctx.params.note,
    )
    return Change(
        ${thing_name}.model_copy(update={}),
        result={"${id_field}": ${thing_name}.id},
        hooks={"done": HookCall([${thing_name}.object_ref], payload)},
    )


COMMIT = WriteStep(
    document=${document},
    subject=lambda ctx: ctx.params.${id_name},
    change=commit,
    hooks=(Hook("done", ("${type}",), ${done_payload}),),
)
'''

FLOW = '''"""`${tag}`: its steps in order, one file for each."""

from __future__ import annotations

from flows.ids import object_ref
from flows.schema import Flow
from subgraphs.${service}.documents import TAG
from subgraphs.${service}.flows.${folder}.commit import COMMIT
from subgraphs.${service}.flows.${folder}.params import ${params}, check
from subgraphs.${service}.flows.${folder}.validate import VALIDATE

${constant} = Flow(
    tag="${tag}",
    params=${params},
    object_refs=lambda params: [object_ref(TAG, "${type}", params.${id_name})],
    check=check,
    steps=(VALIDATE, COMMIT),
)
'''

TEST = '''"""`${tag}`, step by step and without a store."""

from __future__ import annotations

from flows.catalog import FlowCatalog
from subgraphs.${service}.documents import ${document}
from subgraphs.${service}.flows.${folder} import ${constant}, ${params}
from subgraphs.${service}.flows.${folder}.commit import commit
from subgraphs.${service}.flows.${folder}.params import check
from subgraphs.${service}.flows.${folder}.validate import before
from tests.unit.subgraphs.steps import changed, codes, refused, step_context

ASKED = ${params}(${id_name}="1", note="why")
MISSING = ("NOT_FOUND", ("${id_field}",))


def a_${thing_name}() -> ${document}:
    """What the flow is about; only its id counts as yet."""
    made: ${document} = ${document}.model_construct(id="1")
    return made


def test_its_hooks_and_whom_they_are_about() -> None:
    hooks = FlowCatalog("${service}", [${constant}]).hooks
    assert {id: bound.hook.targets for id, bound in hooks.items()} == {
        "${service}_${tag}_validate_before": ("${type}",),
        "${service}_${tag}_commit_done": ("${type}",),
    }


def test_wrong_input_is_refused() -> None:
    assert check(ASKED) == []
    assert codes(check(${params}(${id_name}="", note="x" * 2001))) == {MISSING, ("TOO_LONG", ("note",))}


async def test_what_is_not_there_is_refused_by_both_steps() -> None:
    ctx = step_context(ASKED)
    assert refused(await before(ctx, None)) == MISSING
    assert refused(await commit(ctx, None)) == MISSING


async def test_the_plugins_are_asked_and_then_told() -> None:
    ctx, found = step_context(ASKED), a_${thing_name}()
    calls = await before(ctx, found)
    assert isinstance(calls, dict)
    assert (calls["before"].targets, calls["before"].payload.note) == (["${service}:${type}:1"], "why")
    change = changed(await commit(ctx, found))
    assert change.document == found
    assert change.result == {"${id_field}": "1"}
    assert change.hooks["done"].targets == ["${service}:${type}:1"]
    assert change.hooks["done"].payload.${id_name} == "1"
'''
