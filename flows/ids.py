"""Deterministic ids: doing a thing twice makes the same id, so the second time changes nothing."""

from __future__ import annotations

import hashlib
import re

REF = re.compile(r"([a-z][A-Za-z0-9]{0,62}):([A-Z][A-Za-z0-9]{0,62}):([^\s:#]{1,200})\Z")


def hash_id(*parts: object) -> str:
    """A 24-digit hex id of the parts; parts are told apart by their lengths, so ("ab", "c") is not ("a", "bc")."""
    text = "".join(f"{len(str(part))}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def object_ref(service: str, obj_type: str, id: str) -> str:
    """`service:objType:id`, the ref by which connections and roles name an object."""
    return f"{service}:{obj_type}:{id}"


def split_ref(text: str) -> tuple[str, str, str]:
    """Service, objType and id of an object ref; ValueError, with a message for whoever wrote it, where it is none."""
    found = REF.match(text)
    if found is None:
        raise ValueError(f"{text[:100]!r} is no object ref; write service:objType:id, as in commerce:Good:abc.")
    service, obj_type, id = found.groups()
    return service, obj_type, id


def hook_id(service: str, flow: str, step: str, hook: str) -> str:
    """`serviceTag_flowTag_stepTag_hookTag`."""
    return f"{service}_{flow}_{step}_{hook}"


def payload_type_name(hook_id: str) -> str:
    """GraphQL name of a hook's payload: the parts of its id, capitalised and joined."""
    return "".join(part[0].upper() + part[1:] for part in hook_id.split("_"))
