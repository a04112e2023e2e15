"""A run in the hands of a worker: its definition, writes under its claim, and whether its lease still stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.codec import from_json
from flows.ids import hash_id
from flows.parts import EngineParts
from flows.records import RunRecord
from flows.schema import D, Flow, Loader, StepContext
from identity import Principal, PrincipalKind, owners_of
from store import read_document


def dump_principal(principal: Principal) -> dict[str, Any]:
    """Who submitted a run, as the run keeps it."""
    return {
        "ref": principal.ref,
        "kind": principal.kind.value,
        "id": principal.id,
        "name": principal.name,
        "scopes": sorted(principal.scopes),
    }


def load_principal(stored: Mapping[str, Any]) -> Principal:
    """Who submitted a run."""
    return Principal(
        kind=PrincipalKind(stored["kind"]),
        id=stored["id"],
        name=stored["name"],
        scopes=frozenset(stored["scopes"]),
    )


class HeldRun:
    """One claim of one run. Every write goes through `write`, which raises LostClaim once somebody else claimed it.

    A run without an idempotency key is stored by its first own write, which may be its last. Until then nobody else
    can find it but by an effect of it, which holds the run as it was then (docs/decisions/0021).
    """

    def __init__(self, parts: EngineParts, flow: Flow[Any], run: RunRecord, since: int, *, stored: bool = True) -> None:
        self.parts = parts
        self.flow = flow
        self.run = run
        self.stored = stored
        self.followed_up = ""
        """Tag of the last step whose deliveries exist for certain."""
        self.look_again = True
        """Whether an outcome may have been stored before the run was parked."""
        self._stands_until = since + parts.settings.run_lease // 2

    async def write(self, **changes: Any) -> None:
        """Change the run, and wake who watches it."""
        change = self.parts.runs.write if self.stored else self.parts.runs.store
        self.run = await change(self.run, **changes)
        self.stored = True
        self.parts.notify_run(self.run.id, *self.run.object_refs)

    def marked_at(self) -> int:
        """When a sweep looks at a child's end, should nobody have told its parent."""
        return self.parts.clock.now() + self.parts.settings.settle_delay

    async def confirm(self) -> None:
        """Make sure that the claim stands before a write outside the run.

        By the local monotonic clock while less than half of the lease has passed, because nobody can have claimed
        the run by then; else by renewing the lease under the claim.
        """
        if self.parts.clock.monotonic() >= self._stands_until:
            await self.renew()

    async def renew(self) -> None:
        """Move the end of the lease; raises LostClaim where the claim does not stand any more."""
        started = self.parts.clock.monotonic()
        until = self.parts.clock.now() + self.parts.settings.run_lease
        await self.write(leased_until=until, next_at=until)
        self._stands_until = started + self.parts.settings.run_lease // 2

    def params(self, encoded: Mapping[str, Any] | None = None) -> Any:
        """The run's parameters, or these encoded ones, as the flow's dataclass."""
        return from_json(self.flow.params, self.run.params if encoded is None else encoded)

    @staticmethod
    def params_of(flow: Flow[Any], encoded: Mapping[str, Any]) -> Any:
        """Encoded parameters of another flow, a child's, as its dataclass."""
        return from_json(flow.params, encoded)

    def context(self, params: Any = None) -> StepContext[Any]:
        """What the step's functions may use."""
        run = self.run

        async def load(cls: type[D], id: str, /) -> D | None:
            document = await read_document(cls, id, self.parts.grouped)
            return None if document is None or document.deleted else document

        async def owners(object_ref: str, /) -> list[str]:
            return await owners_of(object_ref, self.parts.grouped)

        def new_id(name: str = "") -> str:
            return hash_id("object", run.seed, name)

        loader: Loader = load
        return StepContext(
            params=self.params() if params is None else params,
            run_id=run.id,
            principal=load_principal(run.principal),
            results=run.results,
            now=run.created_at,
            load=loader,
            owners=owners,
            new_id=new_id,
            is_child=run.parent is not None,
        )
