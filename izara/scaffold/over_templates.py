"""The files of a new flow over many objects that its own flow's (`flow_templates`) do not cover."""

from __future__ import annotations

from izara.scaffold.flow_templates import BEFORE_PAYLOAD

PAYLOADS = (
    BEFORE_PAYLOAD
    + """

@strawberry.type(description="${tag} was done; the plugins of each ${object} were told by then.")
class ${done_payload}:
    ${id_name}: strawberry.ID
    run_id: strawberry.ID
    ${things_name}: int = strawberry.field(description="Those that were met.")
    failed: int = strawberry.field(description="Of these, the ones that were refused and stayed as they were.")

    @strawberry.field
    async def ${thing_name}(self, info: SubgraphInfo) -> ${type} | None:
        return await ${type}.live(info, self.${id_name})
"""
)

BEGIN = '''"""The step `begin` of `${tag}`: the ${thing} is there, and its plugins had nothing against it."""

from __future__ import annotations

from flows.schema import Refusal, StepContext, Unchanged, WriteStep
from subgraphs.${service}.documents import ${document}
from subgraphs.${service}.flows.${folder}.params import ${params}


async def begin(
    ctx: StepContext[${params}],
    ${thing_name}: ${document} | None,
) -> Unchanged | Refusal:
    """Go on. Nothing is written yet; a record of what was asked for would be, and its undo would close it."""
    if ${thing_name} is None:
        return Refusal("NOT_FOUND", "${id_field} names no ${thing}.", ("${id_field}",))
    return Unchanged()


BEGIN = WriteStep(
    tag="begin",
    document=${document},
    subject=lambda ctx: ctx.params.${id_name},
    change=begin,
)
'''

THINGS = '''"""The step `${things_tag}` of `${tag}`: each is changed by a run of `${each}`, with its hooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.schema import OnRefused, PagedStep, StepContext
${step_imports}


def ${things_name}_of(ctx: StepContext[${params}]) -> Mapping[str, Any]:
    """Which ones: the same whenever it is asked in one run, and what an index serves."""
    return {"${id_name}": ctx.params.${id_name}}


def ${each_name}_of(
    ctx: StepContext[${params}],
    ${object_name}: ${object_document},
) -> ${each_params} | None:
    """What is to be done to one of them; None leaves it out."""
    return ${each_params}(${object_name}_id=${object_name}.id)


${things_constant}: PagedStep[${params}, ${object_document}] = PagedStep(
    tag="${things_tag}",
    flow="${each}",
    document=${object_document},
    where=${things_name}_of,
    child=${each_name}_of,
    # One that is refused is counted. STOP would end the whole, and take back what was done where `undo` says how.
    on_refused=lambda ctx: OnRefused.CONTINUE,
)
'''

COMMIT = '''"""The step `commit` of `${tag}`: the ${thing}'s plugins are told what became of it."""

from __future__ import annotations

import strawberry

from flows.schema import Change, Hook, HookCall, StepContext, Unchanged, WriteStep
from subgraphs.${service}.documents import ${document}
from subgraphs.${service}.flows.${folder}.params import ${params}
from subgraphs.${service}.flows.${folder}.payloads import ${done_payload}


async def commit(
    ctx: StepContext[${params}],
    ${thing_name}: ${document} | None,
) -> Change | Unchanged:
    """Tell them. What the ${thing} itself shall be goes into `update`."""
    if ${thing_name} is None:
        return Unchanged()
    met = ctx.results["${things_tag}"]
    payload = ${done_payload}(
        ${id_name}=strawberry.ID(${thing_name}.id),
        run_id=strawberry.ID(ctx.run_id),
        ${things_name}=met["done"],
        failed=met["failed"],
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
    refuses=False,
)
'''

FLOW = '''"""`${tag}`: its steps in order, one file for each."""

from __future__ import annotations

from flows.ids import object_ref
from flows.schema import Flow
from subgraphs.${service}.documents import TAG
${flow_imports}

${constant} = Flow(
    tag="${tag}",
    params=${params},
    object_refs=lambda params: [object_ref(TAG, "${type}", params.${id_name})],
    check=check,
    steps=(VALIDATE, BEGIN, ${things_constant}, COMMIT),
)
'''

TEST = '''"""`${tag}`, step by step and without a store."""

from __future__ import annotations

from flows.catalog import FlowCatalog
from flows.schema import OnRefused, Unchanged
${test_imports}
from tests.unit.subgraphs.steps import changed, codes, refused, step_context

ASKED = ${params}(${id_name}="1", note="why")
MISSING = ("NOT_FOUND", ("${id_field}",))
MET = {"${things_tag}": {"pages": 1, "done": 7, "failed": 2, "of": 7}}


def a_${thing_name}() -> ${document}:
    """Whose objects are changed; only its id counts as yet."""
    made: ${document} = ${document}.model_construct(id="1")
    return made


def test_its_hooks_and_whom_they_are_about() -> None:
    assert {hook.tag: hook.targets for step in (VALIDATE, COMMIT) for hook in step.hooks} == {
        "before": ("${type}",),
        "done": ("${type}",),
    }
    assert [step.tag for step in ${constant}.steps] == ["validate", "begin", "${things_tag}", "commit"]


def test_wrong_input_is_refused() -> None:
    assert check(ASKED) == []
    assert codes(check(${params}(${id_name}="", note="x" * 2001))) == {MISSING, ("TOO_LONG", ("note",))}


async def test_the_plugins_are_asked_unless_the_${thing_name}_is_not_there() -> None:
    ctx, found = step_context(ASKED), a_${thing_name}()
    assert refused(await before(ctx, None)) == MISSING
    assert refused(await begin(ctx, None)) == MISSING
    calls = await before(ctx, found)
    assert isinstance(calls, dict)
    assert (calls["before"].targets, calls["before"].payload.note) == (["${service}:${type}:1"], "why")
    assert await begin(ctx, found) == Unchanged()


def test_which_are_met_and_what_becomes_of_each() -> None:
    ctx = step_context(ASKED)
    met: ${object_document} = ${object_document}.model_construct(id="2")
    assert ${things_name}_of(ctx) == {"${id_name}": "1"}
    assert ${each_name}_of(ctx, met) == ${each_params}(${object_name}_id="2")
    assert ${things_constant}.on_refused(ctx) is OnRefused.CONTINUE
    assert ${things_constant}.flow == ${each_constant}.tag
    assert FlowCatalog("${service}", [${constant}, ${each_constant}]).hooks


async def test_the_plugins_are_told_what_became_of_it() -> None:
    ctx, found = step_context(ASKED, results=MET), a_${thing_name}()
    assert await commit(ctx, None) == Unchanged()
    change = changed(await commit(ctx, found))
    assert change.document == found
    told = change.hooks["done"]
    assert (told.targets, told.payload.${things_name}, told.payload.failed) == (["${service}:${type}:1"], 7, 2)
'''
