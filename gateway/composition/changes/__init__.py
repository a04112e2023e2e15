"""What a new schema changes for the clients of an old one."""

from gateway.composition.changes.find import find_changes
from gateway.composition.changes.model import Change, ChangeLevel
from gateway.composition.changes.read import SchemaUnreadableError, read_client_schema

__all__ = ["Change", "ChangeLevel", "SchemaUnreadableError", "find_changes", "read_client_schema"]
