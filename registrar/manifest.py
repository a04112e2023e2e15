"""What a plugin says of itself, and what can be wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flows.schema import Refusal
from identity import is_permission
from registrar.config_schema import schema_problems
from registrar.documents import ManifestHook
from registrar.refs import CONNECTABLE, TAG

HOOK_ID = re.compile(r"[a-z][A-Za-z0-9]*(?:_[a-z][A-Za-z0-9]*){2,3}\Z")
LONGEST_TIMEOUT_MS = 24 * 3600 * 1000
MOST_IN_FLIGHT = 1000

BAD_MANIFEST = "BAD_MANIFEST"


@dataclass(frozen=True)
class HookEntry:
    """One hook of a manifest.

    Args:
        before: tags of plugins that this one goes before at the hook.
        after: tags of plugins that this one goes after.
        on_failure: FAIL or CONTINUE, when the plugin does not answer in time.
        on_dead: BLOCK or SKIP: whether a dead delivery holds up those behind it.
        timeout_ms: longest time for one attempt, heartbeats included.
        echoes: whether it is told of what its own deliveries caused.
    """

    id: str
    mode: str
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    on_failure: str = "FAIL"
    on_dead: str = "BLOCK"
    timeout_ms: int | None = None
    echoes: bool = False

    def stored(self) -> ManifestHook:
        """As the plugin's document has it."""
        return ManifestHook(**vars(self))


@dataclass(frozen=True)
class Manifest:
    """A plugin's manifest; `config_schema` is JSON text, see `schema_text`."""

    tag: str
    name: str
    obj_types: list[str] = field(default_factory=list)
    permissions: list[str] = field(default_factory=list)
    hooks: list[HookEntry] = field(default_factory=list)
    config_schema: str | None = None
    max_in_flight: int | None = None
    """ASYNC deliveries that all its workers may have in hand, over all services; None: as many as they take."""

    def fields(self) -> dict[str, Any]:
        """The fields of a plugin's document that the manifest decides."""
        return {
            "name": self.name,
            "obj_types": self.obj_types,
            "permissions": self.permissions,
            "hooks": [hook.stored() for hook in self.hooks],
            "config_schema": self.config_schema,
            "max_in_flight": self.max_in_flight,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Manifest:
        """A manifest as its author writes it (camelCase, as in GraphQL).

        Raises ValueError that names a field which is unknown, missing or of the wrong type.
        """
        given = _known(data, _FIELDS, "manifest")
        hooks = [
            HookEntry(**_known(hook, _HOOK_FIELDS, f"hooks[{i}]")) for i, hook in enumerate(given.pop("hooks", []))
        ]
        schema = schema_text(given.pop("config_schema", None))
        return cls(hooks=hooks, config_schema=schema, **given)


def schema_text(schema: Mapping[str, Any] | None) -> str | None:
    """A schema as it is kept in parameters and documents, where its `$ref` would not survive as a field."""
    return None if schema is None else json.dumps(schema)


def read_schema(text: str | None) -> dict[str, Any] | None:
    """The schema of a kept text."""
    return None if text is None else dict(json.loads(text))


def manifest_problems(manifest: Manifest) -> list[Refusal]:
    """All that is wrong with a manifest by itself, each with the field to blame."""
    return list(_problems(manifest))


def _problems(manifest: Manifest) -> Iterator[Refusal]:
    if not TAG.match(manifest.tag):
        yield _bad(f"tag {manifest.tag[:80]!r} must match [a-z][A-Za-z0-9]* (no underscore, 63 at most).", "tag")
    if not manifest.name.strip() or len(manifest.name) > 200:
        yield _bad("name must have from 1 to 200 characters.", "name")
    for place, name in enumerate(manifest.obj_types):
        if name not in CONNECTABLE:
            yield _bad(
                f"{name[:80]!r} cannot be connected to; these can: {', '.join(CONNECTABLE)}.",
                "objTypes",
                place,
            )
    for place, permission in enumerate(manifest.permissions):
        if not is_permission(permission):
            yield _bad(
                f"{permission[:80]!r} is no permission; write service.resource.read or .write.",
                "permissions",
                place,
            )
    yield from _repeated(manifest.obj_types, "objTypes")
    yield from _repeated(manifest.permissions, "permissions")
    yield from _repeated([hook.id for hook in manifest.hooks], "hooks")
    for place, hook in enumerate(manifest.hooks):
        yield from _hook_problems(manifest.tag, hook, place)
    if manifest.max_in_flight is not None and not 1 <= manifest.max_in_flight <= MOST_IN_FLIGHT:
        yield _bad(
            f"maxInFlight is {manifest.max_in_flight}; from 1 to {MOST_IN_FLIGHT} are allowed (null for no bound).",
            "maxInFlight",
        )
    for problem in schema_problems(read_schema(manifest.config_schema)):
        yield _bad(problem, "configSchema")


def _hook_problems(tag: str, hook: HookEntry, place: int) -> Iterator[Refusal]:
    if not HOOK_ID.match(hook.id):
        yield _bad(f"{hook.id[:120]!r} is no hook id; write service_flow_step_hook.", "hooks", place, "id")
    for name, value, allowed in (
        ("mode", hook.mode, ("SYNC", "ASYNC")),
        ("onFailure", hook.on_failure, ("FAIL", "CONTINUE")),
        ("onDead", hook.on_dead, ("BLOCK", "SKIP")),
    ):
        if value not in allowed:
            yield _bad(f"{name} of {hook.id} is {value!r}; write {' or '.join(allowed)}.", "hooks", place, name)
    if hook.timeout_ms is not None and not 1 <= hook.timeout_ms <= LONGEST_TIMEOUT_MS:
        message = f"timeoutMs of {hook.id} is {hook.timeout_ms}; from 1 to {LONGEST_TIMEOUT_MS} are allowed."
        yield _bad(message, "hooks", place, "timeoutMs")
    for name, others in (("before", hook.before), ("after", hook.after)):
        for other in others:
            if not TAG.match(other) or other == tag:
                yield _bad(
                    f"{name} of {hook.id} must name tags of other plugins, not {other[:80]!r}.",
                    "hooks",
                    place,
                    name,
                )


def _repeated(values: Sequence[str], field_name: str) -> Iterator[Refusal]:
    for value in dict.fromkeys(values):
        if values.count(value) > 1:
            yield _bad(f"{value[:120]!r} appears {values.count(value)} times in {field_name}.", field_name)


def _bad(message: str, *path: object) -> Refusal:
    return Refusal(BAD_MANIFEST, message, ("manifest", *(str(part) for part in path)))


_FIELDS: Mapping[str, tuple[str, type[Any] | tuple[type[Any], ...]]] = {
    "tag": ("tag", str),
    "name": ("name", str),
    "objTypes": ("obj_types", list),
    "permissions": ("permissions", list),
    "hooks": ("hooks", list),
    "configSchema": ("config_schema", (dict, type(None))),
    "maxInFlight": ("max_in_flight", (int, type(None))),
}

_HOOK_FIELDS: Mapping[str, tuple[str, type[Any] | tuple[type[Any], ...]]] = {
    "id": ("id", str),
    "mode": ("mode", str),
    "before": ("before", list),
    "after": ("after", list),
    "onFailure": ("on_failure", str),
    "onDead": ("on_dead", str),
    "timeoutMs": ("timeout_ms", (int, type(None))),
    "echoes": ("echoes", bool),
}


def _known(
    data: Any, fields: Mapping[str, tuple[str, type[Any] | tuple[type[Any], ...]]], where: str
) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise ValueError(f"{where} must be an object")
    found: dict[str, Any] = {}
    for key, value in data.items():
        if key not in fields:
            raise ValueError(f"{where} has no field {key!r}; it has {', '.join(fields)}")
        name, kind = fields[key]
        if not isinstance(value, kind):
            raise ValueError(f"{key} of {where} has the wrong type: {value!r}")
        found[name] = value
    for key in ("tag", "name") if "tag" in fields else ("id", "mode"):
        if key not in data:
            raise ValueError(f"{where} has no {key}")
    return found
