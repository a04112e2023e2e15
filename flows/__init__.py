"""The engine: flows made of durable steps, hooks that become deliveries, and the bus that carries them."""

from flows.bus import open_bus
from flows.catalog import BoundHook, FlowCatalog
from flows.engine import Engine, open_engine
from flows.ids import hash_id, hook_id, object_ref, payload_type_name
from flows.indexes import ENGINE_INDEXES
from flows.kinds import HookKind, HookMode
from flows.ownership import grant_owner_step
from flows.schema import (
    Change,
    ChildrenStep,
    Decision,
    Flow,
    FlowDefinitionError,
    Hook,
    HookCall,
    Refusal,
    StepContext,
    Unchanged,
    ValidateStep,
    WriteStep,
)
from flows.settings import EngineSettings
from flows.submission import Submission

__all__ = [
    "ENGINE_INDEXES",
    "BoundHook",
    "Change",
    "ChildrenStep",
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
    "Refusal",
    "StepContext",
    "Submission",
    "Unchanged",
    "ValidateStep",
    "WriteStep",
    "grant_owner_step",
    "hash_id",
    "hook_id",
    "object_ref",
    "open_bus",
    "open_engine",
    "payload_type_name",
]
