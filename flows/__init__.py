"""The engine: flows made of durable steps, hooks that become deliveries, and the bus that carries them."""

from flows.assembly import assemble
from flows.bus import open_bus
from flows.catalog import BoundHook, FlowCatalog, check_together
from flows.engine import Engine, open_engine
from flows.ids import hash_id, hook_id, object_ref, payload_type_name
from flows.indexes import ENGINE_INDEXES
from flows.kinds import HookKind, HookMode
from flows.ownership import grant_owner_step
from flows.schema import (
    AddedHook,
    Change,
    ChildrenStep,
    CodeHook,
    Decision,
    Flow,
    FlowDefinitionError,
    Hook,
    HookCall,
    OnRefused,
    PagedStep,
    Refusal,
    StepContext,
    Unchanged,
    ValidateStep,
    WriteStep,
)
from flows.settings import EngineSettings
from flows.submission import Submission
from flows.tidying import tidy_indexes

__all__ = [
    "ENGINE_INDEXES",
    "AddedHook",
    "BoundHook",
    "Change",
    "ChildrenStep",
    "CodeHook",
    "Decision",
    "Engine",
    "EngineSettings",
    "Flow",
    "FlowCatalog",
    "FlowDefinitionError",
    "Hook",
    "HookCall",
    "HookKind",
    "HookMode",
    "OnRefused",
    "PagedStep",
    "Refusal",
    "StepContext",
    "Submission",
    "Unchanged",
    "ValidateStep",
    "WriteStep",
    "assemble",
    "check_together",
    "grant_owner_step",
    "hash_id",
    "hook_id",
    "object_ref",
    "open_bus",
    "open_engine",
    "payload_type_name",
    "tidy_indexes",
]
