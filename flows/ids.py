"""Deterministic ids: doing a thing twice makes the same id, so the second time changes nothing."""

from __future__ import annotations

import hashlib


def hash_id(*parts: object) -> str:
    """A 24-digit hex id of the parts; parts are told apart by their lengths, so ("ab", "c") is not ("a", "bc")."""
    text = "".join(f"{len(str(part))}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def object_ref(service: str, obj_type: str, id: str) -> str:
    """`service:objType:id`, the ref by which connections and roles name an object."""
    return f"{service}:{obj_type}:{id}"


def hook_id(service: str, flow: str, step: str, hook: str) -> str:
    """`serviceTag_flowTag_stepTag_hookTag`."""
    return f"{service}_{flow}_{step}_{hook}"


def payload_type_name(hook_id: str) -> str:
    """GraphQL name of a hook's payload: the parts of its id, capitalised and joined."""
    return "".join(part[0].upper() + part[1:] for part in hook_id.split("_"))
